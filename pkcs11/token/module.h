/* Modules and tokens from the inside. A kunci_modules owns its modules and
 * every token ever seen through them; a token that left stays as an object, so
 * that who holds it finds it again when it comes back.
 *
 * Locks are taken in this order, and never the other way: all modules in use,
 * one kunci_modules, a module, a token. */
#ifndef TOKEN_MODULE_H
#define TOKEN_MODULE_H

#include "token/way.h"
#include "token/worker.h"

#include <kunci/token.h>
#include <pthread.h>

struct module {
    CK_FUNCTION_LIST *f;      /* what is called */
    CK_FUNCTION_LIST *loaded; /* what p11-kit knows it by; NULL: it has a process */
    struct worker *worker;    /* its process; NULL: it runs in this one */
    char *name;               /* for people: its file, or the name in the configuration */
    const struct way *way;    /* what is known of it */
    enum kunci_pin_reset reset;
    bool managed;             /* from p11-kit's list, and given back with it */
    pthread_mutex_t lock;     /* around calls about slots and around starting anew */
    bool stale;               /* inherited through fork: has to be started in this process */
    struct kunci_err trouble; /* of the last scan; KUNCI_OK: none */
    bool login_tried;         /* what it knows of PINs may be older than the token */
    struct waiter *waiter;    /* of kunci_token_watch() */
    bool looks_once;          /* that one found that it has to be started anew to look */
};

struct broken_module {
    char *name, *why;
};

struct kunci_modules {
    struct kunci_pin_source source; /* source.ask is NULL where nobody can be asked */
    CK_FUNCTION_LIST **managed;     /* p11-kit's list; NULL where it was not needed */
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

/* Opens those that the options name, into all. */
KUNCI_MUST_USE enum kunci_rc module_open_all(struct kunci_modules *all,
                                             const struct kunci_modules_options *options,
                                             struct kunci_err *err);
void module_close(struct module *module);

/* Starts and stops it, wherever it runs. */
KUNCI_MUST_USE CK_RV module_start(struct module *module);
void module_stop(struct module *module);

/* Sets the error that an answer of the module means; about is what it was done to. */
enum kunci_rc module_err(struct module *module, CK_RV rv, const char *where, const char *about,
                         struct kunci_err *err);
/* The same for an answer about the security officer's PIN. */
enum kunci_rc module_err_so(struct module *module, CK_RV rv, const char *where, const char *about,
                            struct kunci_err *err);

/* Whether the error leaves open if what was begun is done: no token refuses so. */
bool module_is_uncertain(const struct kunci_err *err);

/* What was begun may be done: makes the error say so of what, and keep its cause. */
enum kunci_rc module_unknown(struct kunci_err *err, const char *what);

/* Whether the answer says that the module's own process is gone. */
bool module_is_down(CK_RV rv);

/* Starts a module again if this process inherited it through fork, or if its own
 * process ended. The module's lock is held. */
KUNCI_MUST_USE CK_RV module_ready(struct module *module);

/* Lets go of all the module knows and starts it anew, unless a session of one of
 * its tokens is lent out or open for its holder. Answers whether it did. */
bool module_restart(struct kunci_modules *all, struct module *module);

/* The slots with a token in them; to be freed. The module's lock is held. */
KUNCI_MUST_USE CK_RV module_slots(struct module *module, CK_SLOT_ID **out, CK_ULONG *count);

/* Called around fork for every kunci_modules that is open. */
void fork_watch(struct kunci_modules *modules);
void fork_unwatch(struct kunci_modules *modules);
/* This thread, which may hold locks, forks for nothing but another program meanwhile. */
void fork_for_program(bool is);

/* kunci_token_watch() tells what changes from now on. */
void watch_begin(struct kunci_modules *modules);
/* Ends the thread that waits in the module, which was told to end. */
void watch_end(struct module *module);
/* In a child of fork there is no such thread. */
void watch_forked(struct module *module);

#endif
