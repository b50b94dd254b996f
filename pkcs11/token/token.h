/* One token from the inside. */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "token/module.h"
#include "token/object.h"
#include "token/pin_memory.h"

#include <kunci/key.h>

struct kunci_token {
    struct kunci_modules *all;
    struct module *module;
    bool announced;   /* kunci_token_watch() told last that it is there */
    bool was_present; /* at the scan before the last one */

    pthread_mutex_t login_lock; /* one login at a time; held while the holder is asked */
    struct pin_memory pins;

    pthread_mutex_t lock; /* around all that follows; what says where and who it is is
                           * written under the module's lock too */
    pthread_cond_t given_back;
    CK_SLOT_ID slot;    /* where it was last seen */
    CK_TOKEN_INFO info; /* who it is; its flags are as old as the last look */
    char label[65];     /* token_name() */
    char *pin_source;   /* pin-source of the URI that chose it; may be NULL */
    CK_SESSION_HANDLE *idle;
    size_t idle_count, idle_room;
    size_t open_count;   /* idle, lent out and being opened */
    size_t limit;        /* how many the token opens, once that is known; 0: not known */
    unsigned generation; /* rises when all sessions and handles became worthless */
    bool recognised;     /* the token in the slot was compared with info in this generation */
    bool logged_in;
    struct object_index index;
};

/* Makes the object for a token seen in a slot. */
struct kunci_token *token_new(struct kunci_modules *all, struct module *module, CK_SLOT_ID slot,
                              const CK_TOKEN_INFO *info);
void token_free(struct kunci_token *token);

/* What errors call a token: a blank one has no name yet, so that its serial number or
 * what stands in its reader is said. */
void token_name(const struct module *module, CK_SLOT_ID slot, const CK_TOKEN_INFO *info, char *to,
                size_t size);

/* The same token: manufacturer, model, serial number and label. */
bool token_same(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b);

/* Whether the last scan saw it. The lock of all is held. */
bool token_is_present(const struct kunci_modules *all, const struct kunci_token *token);

/* What it said of itself when it was last seen; it may have left. */
void token_identity(struct kunci_token *token, CK_TOKEN_INFO *out);

/* Takes over what the token in a slot says of itself. The module's lock is held. */
void token_adopt(struct kunci_token *token, CK_SLOT_ID slot, const CK_TOKEN_INFO *info);

/* Remembers the PIN file that a URI names. */
KUNCI_MUST_USE enum kunci_rc token_use_pin_source(struct kunci_token *token, const char *source,
                                                  struct kunci_err *err);

/* Asks the module for the token's present state. */
KUNCI_MUST_USE enum kunci_rc token_look(struct kunci_token *token, CK_TOKEN_INFO *out,
                                        struct kunci_err *err);

/* Finds the token again, in whatever slot it is now. */
KUNCI_MUST_USE CK_RV token_locate(struct kunci_token *token);

#endif
