/* Modules and tokens from the inside. A kunci_modules owns its modules and
 * every token ever seen through them; a token that left stays as an object, so
 * that who holds it finds it again when it comes back.
 *
 * Locks are taken in this order, and never the other way: all modules in use,
 * one kunci_modules, a module, a token. */
#ifndef TOKEN_MODULE_H
#define TOKEN_MODULE_H

#include "token/ck.h"

#include <kunci/token.h>
#include <pthread.h>

struct module {
    CK_FUNCTION_LIST *f;      /* what is called */
    CK_FUNCTION_LIST *loaded; /* what p11-kit knows it by */
    char *name;               /* for people: its file, or the name in the configuration */
    bool managed;             /* from p11-kit's list, and given back with it */
    pthread_mutex_t lock;     /* around calls about slots and around starting anew */
    bool stale;               /* inherited through fork: has to be started in this process */
    bool login_tried;         /* what it knows of PINs may be older than the token */
    struct waiter *waiter;    /* of kunci_token_watch() */
};

struct broken_module {
    char *name, *why;
};

struct kunci_modules {
    struct kunci_pin_source source; /* source.ask is NULL where nobody can be asked */
    CK_FUNCTION_LIST **managed;     /* p11-kit's list; NULL with --module */
    struct module *modules;
    size_t module_count;
    struct broken_module *broken;
    size_t broken_count;
    pthread_mutex_t lock;        /* around the two lists of tokens */
    struct kunci_token **tokens; /* all ever seen */
    size_t token_count;
    struct kunci_token **present; /* those of the last scan, in the order of their slots */
    size_t present_count;
    struct kunci_modules *next; /* all that are open, for fork */
};

/* Starts a module again if this process inherited it through fork. The module's
 * lock is held. */
KUNCI_MUST_USE CK_RV module_ready(struct module *module);

/* Lets go of all the module knows and starts it anew, unless a session of one of
 * its tokens is lent out or open for its holder. Answers whether it did. */
bool module_restart(struct kunci_modules *all, struct module *module);

/* The slots with a token in them; to be freed. The module's lock is held. */
KUNCI_MUST_USE CK_RV module_slots(struct module *module, CK_SLOT_ID **out, CK_ULONG *count);

/* Called around fork for every kunci_modules that is open. */
void fork_watch(struct kunci_modules *modules);
void fork_unwatch(struct kunci_modules *modules);

/* kunci_token_watch() tells what changes from now on. */
void watch_begin(struct kunci_modules *modules);
/* Ends the thread that waits in the module, which was told to end. */
void watch_end(struct module *module);
/* In a child of fork there is no such thread. */
void watch_forked(struct module *module);

#endif
