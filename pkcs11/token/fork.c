/* Fork: a child inherits sessions, the login and, where another thread was inside
 * the module, locks that nobody will open. So fork waits until no session is lent
 * out, and the child begins with nothing. */
#include "token/module.h"
#include "token/session.h"
#include "token/token.h"

#include <time.h>

enum { PATIENCE_S = 2 };

static pthread_mutex_t open_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kunci_modules *all_open;
static _Thread_local bool for_program; /* set by fork_for_program() */

/* A session lent to the forking thread itself never comes back: bounded. */
static void lock_when_idle(struct kunci_token *token, const struct timespec *deadline)
{
    pthread_mutex_lock(&token->lock);
    while (token->idle_count != token->open_count)
        if (pthread_cond_timedwait(&token->given_back, &token->lock, deadline) != 0)
            break;
}

static void before_fork(void)
{
    struct kunci_modules *all;
    struct timespec deadline;
    size_t i;

    if (for_program)
        return;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&open_lock);
    for (all = all_open; all; all = all->next) {
        pthread_mutex_lock(&all->lock);
        for (i = 0; i < all->module_count; i++)
            pthread_mutex_lock(&all->modules[i].lock);
        for (i = 0; i < all->token_count; i++)
            lock_when_idle(all->tokens[i], &deadline);
    }
}

static void unlock_all(void)
{
    struct kunci_modules *all;
    size_t i;

    if (for_program)
        return;
    for (all = all_open; all; all = all->next) {
        for (i = 0; i < all->token_count; i++)
            pthread_mutex_unlock(&all->tokens[i]->lock);
        for (i = 0; i < all->module_count; i++)
            pthread_mutex_unlock(&all->modules[i].lock);
        pthread_mutex_unlock(&all->lock);
    }
    pthread_mutex_unlock(&open_lock);
}

/* Threads that waited, or were logging in, are not here any more. */
static void forget(struct kunci_token *token)
{
    session_forget(token);
    pthread_cond_init(&token->given_back, NULL);
    pthread_mutex_init(&token->login_lock, NULL);
    token->pins.opened = false;
}

static void in_child(void)
{
    struct kunci_modules *all;
    size_t i;

    if (for_program)
        return;
    for (all = all_open; all; all = all->next) {
        for (i = 0; i < all->module_count; i++) {
            all->modules[i].stale = true;
            if (all->modules[i].worker)
                worker_forked(all->modules[i].worker);
            watch_forked(&all->modules[i]);
        }
        for (i = 0; i < all->token_count; i++)
            forget(all->tokens[i]);
    }
    unlock_all();
}

void fork_for_program(bool is)
{
    for_program = is;
}

static void register_once(void)
{
    pthread_atfork(before_fork, unlock_all, in_child);
}

void fork_watch(struct kunci_modules *modules)
{
    static pthread_once_t registered = PTHREAD_ONCE_INIT;

    pthread_once(&registered, register_once);
    pthread_mutex_lock(&open_lock);
    modules->next = all_open;
    all_open = modules;
    pthread_mutex_unlock(&open_lock);
}

void fork_unwatch(struct kunci_modules *modules)
{
    struct kunci_modules **link;

    pthread_mutex_lock(&open_lock);
    for (link = &all_open; *link; link = &(*link)->next)
        if (*link == modules) {
            *link = modules->next;
            break;
        }
    pthread_mutex_unlock(&open_lock);
}
