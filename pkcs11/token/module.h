/* Modules and tokens from the inside. A kunci_modules owns its modules and
 * every token ever seen through them; a token that left stays as an object, so
 * that who holds it finds it again when it comes back. */
#ifndef TOKEN_MODULE_H
#define TOKEN_MODULE_H

#include "base/clock.h"
#include "token/ck.h"

#include <kunci/token.h>
#include <pthread.h>

struct module {
    CK_FUNCTION_LIST *f;
    char *name;            /* for people: its file, or the name in the configuration */
    pthread_mutex_t lock;  /* around calls about slots and around starting anew */
    bool stale;            /* inherited through fork: has to be started in this process */
    bool login_tried;      /* what it knows of PINs may be older than the token */
};

struct broken_module {
    char *name, *why;
};

struct kunci_modules {
    struct kunci_pin_source source; /* source.ask is NULL where nobody can be asked */
    const struct clock *clock;
    CK_FUNCTION_LIST **managed; /* p11-kit's list, to be given back; NULL with --module */
    struct module *modules;
    size_t module_count;
    struct broken_module *broken;
    size_t broken_count;
    pthread_mutex_t lock;       /* around the two lists of tokens */
    struct kunci_token **tokens; /* all ever seen */
    size_t token_count;
    struct kunci_token **present; /* those of the last scan, in the order of their slots */
    size_t present_count;
    struct kunci_modules *next; /* all that are open, for fork */
};

/* Starts a module again if this process inherited it through fork. The module's
 * lock is held. */
KUNCI_MUST_USE CK_RV module_ready(struct module *module);

/* Lets go of all the module knows and starts it anew. The module's lock is held
 * and no session of any of its tokens is open. */
KUNCI_MUST_USE CK_RV module_restart(struct module *module);

/* Called around fork for every kunci_modules that is open. */
void module_watch_forks(struct kunci_modules *modules);
void module_unwatch_forks(struct kunci_modules *modules);

#endif
