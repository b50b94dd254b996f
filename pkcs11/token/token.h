/* One token from the inside. */
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include "token/module.h"
#include "token/object.h"

#include <kunci/key.h>

enum { PIN_MAC_LEN = 32, KNOWN_BAD_PINS = 16 };

/* What is remembered of PINs: no PIN, only what tells two apart. */
struct pin_memory {
    struct kunci_secret *key; /* random, made at first use */
    bool opened;              /* good is the PIN that opened the token */
    unsigned char good[PIN_MAC_LEN];
    unsigned char bad[KNOWN_BAD_PINS][PIN_MAC_LEN]; /* the latest are kept */
    size_t bad_count;
};

struct kunci_token {
    struct kunci_modules *all;
    struct module *module;
    CK_SLOT_ID slot;      /* where it was last seen */
    CK_TOKEN_INFO info;   /* who it is; its flags are as old as the last look */
    char label[33];       /* for errors; the serial number of a blank token */
    char *pin_source;     /* a file's path, from the URI that chose it; may be NULL */

    pthread_mutex_t login_lock; /* one login at a time; held while the holder is asked */
    struct pin_memory pins;

    pthread_mutex_t lock; /* around all that follows */
    pthread_cond_t given_back;
    CK_SESSION_HANDLE *idle;
    size_t idle_count, idle_room;
    size_t open_count;    /* idle and lent out */
    size_t limit;         /* how many the token opens, once it has said so; 0: not known */
    unsigned generation;  /* rises when all sessions and handles became worthless */
    bool recognised;      /* the token in the slot was compared with info in this generation */
    bool logged_in;
    struct object_index index;
};

/* Makes the object for a token seen in a slot. */
struct kunci_token *token_new(struct kunci_modules *all, struct module *module, CK_SLOT_ID slot,
                              const CK_TOKEN_INFO *info);
void token_free(struct kunci_token *token);

/* The same token: manufacturer, model, serial number and label. */
bool token_same(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b);

/* Remembers the PIN file that a URI names; the text was checked before. */
KUNCI_MUST_USE enum kunci_rc token_use_pin_source(struct kunci_token *token, const char *source,
                                                  struct kunci_err *err);

/* Asks the module for the token's present state. */
KUNCI_MUST_USE enum kunci_rc token_look(struct kunci_token *token, CK_TOKEN_INFO *out,
                                        struct kunci_err *err);

/* Finds the token again, in whatever slot it is now. */
KUNCI_MUST_USE enum kunci_rc token_locate(struct kunci_token *token, struct kunci_err *err);

#endif
