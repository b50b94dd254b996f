/* Watching tokens come and go. Where a module can wait, a thread waits in it; the
 * others are looked at again and again. */
#include "base/clock.h"
#include "base/error.h"
#include "token/session.h"
#include "token/token.h"

#include <stdlib.h>
#include <time.h>

enum { POLL_MS = 250, PATIENCE_S = 2 };

/* ---- waiting in a module ---- */

struct waiter {
    CK_FUNCTION_LIST *f;
    pthread_t thread;
    bool able, ended; /* under stir_lock */
};

static pthread_mutex_t stir_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t stir_cond;
static unsigned stirs; /* how often any module told of anything */

static void make_stir_cond(void)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&stir_cond, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* A module that is started anew sends its waiter home; one that cannot wait says so
 * at once. */
static void *wait_in_module(void *context)
{
    struct waiter *waiter = context;
    CK_SLOT_ID slot;
    CK_RV rv;

    do {
        rv = waiter->f->C_WaitForSlotEvent(0, &slot, NULL);
        pthread_mutex_lock(&stir_lock);
        stirs++;
        if (rv != CKR_OK) {
            waiter->ended = true;
            waiter->able = rv == CKR_CRYPTOKI_NOT_INITIALIZED;
        }
        pthread_cond_broadcast(&stir_cond);
        pthread_mutex_unlock(&stir_lock);
    } while (rv == CKR_OK);
    return NULL;
}

static struct waiter *start_waiter(CK_FUNCTION_LIST *f)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);

    if (!waiter)
        return NULL;
    waiter->f = f;
    waiter->able = true;
    if (pthread_create(&waiter->thread, NULL, wait_in_module, waiter) == 0)
        return waiter;
    free(waiter);
    return NULL;
}

/* Whether a thread is waiting in the module, or will be. */
static bool waits(struct module *module)
{
    bool able, ended;

    if (!module->waiter)
        return (module->waiter = start_waiter(module->f)) != NULL;
    pthread_mutex_lock(&stir_lock);
    able = module->waiter->able;
    ended = module->waiter->ended;
    pthread_mutex_unlock(&stir_lock);
    if (!able || !ended)
        return able;
    pthread_join(module->waiter->thread, NULL);
    free(module->waiter);
    module->waiter = NULL;
    return waits(module);
}

/* A module that has no removable slots is software, and looks at its tokens when it
 * starts, only then. */
static bool looks_once(struct module *module)
{
    CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0, i;
    CK_SLOT_INFO info;
    bool removable = false;

    pthread_mutex_lock(&module->lock);
    if (module_ready(module) == CKR_OK && module_slots(module, &slots, &count) == CKR_OK)
        for (i = 0; i < count; i++)
            removable |= module->f->C_GetSlotInfo(slots[i], &info) != CKR_OK ||
                         info.flags & CKF_REMOVABLE_DEVICE;
    pthread_mutex_unlock(&module->lock);
    free(slots);
    return count && !removable;
}

/* Software is started anew to be looked at: a thread must not be in it meanwhile. */
static bool all_wait(struct kunci_modules *all)
{
    bool they_do = true;
    size_t i;

    for (i = 0; i < all->module_count; i++)
        they_do &= !looks_once(&all->modules[i]) && waits(&all->modules[i]);
    return they_do;
}

/* Until something stirs, at most ms. */
static void pause_until_stir(unsigned seen, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&stir_lock);
    while (stirs == seen && pthread_cond_timedwait(&stir_cond, &stir_lock, &until) == 0)
        ;
    pthread_mutex_unlock(&stir_lock);
}

/* The module was told to end; a thread that stays in it is left alone with its own
 * small memory. */
void watch_end(struct module *module)
{
    struct timespec deadline;
    struct waiter *waiter = module->waiter;

    module->waiter = NULL;
    if (!waiter)
        return;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += PATIENCE_S;
    if (pthread_timedjoin_np(waiter->thread, NULL, &deadline) == 0)
        free(waiter);
    else
        pthread_detach(waiter->thread);
}

void watch_forked(struct module *module)
{
    pthread_mutex_init(&stir_lock, NULL);
    make_stir_cond();
    free(module->waiter);
    module->waiter = NULL;
}

/* ---- looking ---- */

static enum kunci_rc look(struct kunci_modules *all, struct kunci_err *err)
{
    size_t i;

    for (i = 0; i < all->module_count; i++) {
        struct module *module = &all->modules[i];

        if ((module->looks_once = looks_once(module)))
            module_restart(all, module);
    }
    return kunci_modules_scan(all, err);
}

/* A token that another module shows by now has not left, and has not come. */
static void hand_over(struct kunci_modules *all, struct kunci_token *gone)
{
    size_t i;

    for (i = 0; gone->announced && i < all->present_count; i++) {
        struct kunci_token *token = all->present[i];

        if (token->announced || !(token->info.flags & CKF_TOKEN_INITIALIZED) ||
            !token_same(&token->info, &gone->info))
            continue;
        token->announced = true;
        gone->announced = false;
    }
}

/* Software that starts while another program writes its token may pass it over. */
static bool is_doubtful(const struct kunci_token *gone)
{
    return gone->module->looks_once && gone->was_present;
}

/* One difference between what was told and what is there; it counts as told. */
static bool next_change(struct kunci_modules *all, struct kunci_token **token,
                        enum kunci_token_event *event)
{
    bool found = false;
    size_t i;

    pthread_mutex_lock(&all->lock);
    for (i = 0; i < all->token_count; i++)
        if (!token_is_present(all, all->tokens[i]))
            hand_over(all, all->tokens[i]);
    for (i = 0; !found && i < all->token_count; i++) {
        bool present = token_is_present(all, all->tokens[i]);

        if (all->tokens[i]->announced == present || (!present && is_doubtful(all->tokens[i])))
            continue;
        all->tokens[i]->announced = present;
        *token = all->tokens[i];
        *event = present ? KUNCI_TOKEN_IN : KUNCI_TOKEN_OUT;
        found = true;
    }
    pthread_mutex_unlock(&all->lock);
    return found;
}

void watch_begin(struct kunci_modules *all)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t i;

    pthread_once(&once, make_stir_cond);
    for (i = 0; i < all->present_count; i++)
        all->present[i]->announced = true;
}

static int64_t now_ms(void)
{
    return clock_system.steady_ms(NULL);
}

enum kunci_rc kunci_token_watch(struct kunci_modules *modules, int timeout_ms,
                                struct kunci_token **token, enum kunci_token_event *event,
                                struct kunci_err *err)
{
    int64_t until = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms, left;
    enum kunci_rc rc;
    unsigned seen;

    *token = NULL;
    for (;;) {
        bool waiting = all_wait(modules);

        pthread_mutex_lock(&stir_lock);
        seen = stirs;
        pthread_mutex_unlock(&stir_lock);
        if ((rc = look(modules, err)) != KUNCI_OK || next_change(modules, token, event))
            return rc;
        if ((left = until - now_ms()) <= 0)
            return KUNCI_OK;
        if (!waiting && left > POLL_MS)
            left = POLL_MS;
        pause_until_stir(seen, left > INT32_MAX ? INT32_MAX : left);
    }
}
