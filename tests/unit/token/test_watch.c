/* Watching tokens come and go: by waiting where a module can, by looking where not. */
#include "base/clock.h"
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/token.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct softhsm *hsm;
static struct kunci_modules *modules;
static struct kunci_err err = KUNCI_ERR_INIT;

/* The token's folder, out of SoftHSM's sight and back. */
static void take_out(void)
{
    char from[128], to[128];

    snprintf(from, sizeof from, "%s/tokens", hsm->dir);
    snprintf(to, sizeof to, "%s/drawer", hsm->dir);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(mkdir(from, 0700), 0);
}

static void put_back(void)
{
    char from[128], to[128];

    snprintf(from, sizeof from, "%s/drawer", hsm->dir);
    snprintf(to, sizeof to, "%s/tokens", hsm->dir);
    assert_int_equal(rmdir(to), 0);
    assert_int_equal(rename(from, to), 0);
}

/* The blank token, which SoftHSM always has, moves about: it is passed over. */
static struct kunci_token *next_event(enum kunci_token_event *event, int timeout_ms)
{
    int64_t until = clock_system.steady_ms(NULL) + timeout_ms;
    struct kunci_token *token;

    do {
        assert_int_equal(kunci_token_watch(modules, 50, &token, event, &err), KUNCI_OK);
        if (token && token->info.flags & CKF_TOKEN_INITIALIZED)
            return token;
    } while (clock_system.steady_ms(NULL) < until);
    return NULL;
}

static void it_comes_and_goes(void **state)
{
    enum kunci_token_event event;
    struct kunci_token *token;

    (void)state;
    assert_null(next_event(&event, 100));
    take_out();
    token = next_event(&event, 5000);
    assert_non_null(token);
    assert_int_equal(event, KUNCI_TOKEN_OUT);
    put_back();
    assert_ptr_equal(next_event(&event, 5000), token);
    assert_int_equal(event, KUNCI_TOKEN_IN);
    assert_null(next_event(&event, 100));
}

static void what_is_used_is_not_disturbed(void **state)
{
    enum kunci_token_event event;
    struct kunci_token *token = softhsm_token(hsm, 1);
    unsigned generation;

    (void)state;
    assert_int_equal(kunci_token_login(token, NULL, &err), KUNCI_OK);
    generation = token->generation;
    assert_null(next_event(&event, 300));
    assert_true(kunci_token_logged_in(token));
    assert_int_equal(token->generation, generation);
    kunci_token_logout(token);
}

/* ---- a module that can wait ---- */

static int bell[2];

static CK_RV wait_for_the_bell(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    char rung;

    (void)flags, (void)reserved;
    *slot = 0;
    return read(bell[0], &rung, 1) == 1 ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
}

static CK_RV removable(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    CK_RV rv = wrapped_real->C_GetSlotInfo(slot, info);

    info->flags |= CKF_REMOVABLE_DEVICE;
    return rv;
}

static atomic_bool empty;
static atomic_int looks;

static CK_RV slots(CK_BBOOL with_token, CK_SLOT_ID *list, CK_ULONG *count)
{
    atomic_fetch_add(&looks, 1);
    if (!atomic_load(&empty))
        return wrapped_real->C_GetSlotList(with_token, list, count);
    *count = 0;
    return CKR_OK;
}

static void *ring(void *context)
{
    (void)context;
    sleep(2); /* eight turns of one who looks again and again */
    atomic_store(&empty, true);
    return (void *)(intptr_t)write(bell[1], "!", 1);
}

/* It is told at once, and nobody looks in between. */
static void woken_by_the_module(void **state)
{
    enum kunci_token_event event;
    struct kunci_token *token;
    pthread_t ringer;

    (void)state;
    assert_int_equal(pipe(bell), 0);
    wrap(modules);
    wrapped.C_WaitForSlotEvent = wait_for_the_bell;
    wrapped.C_GetSlotInfo = removable;
    wrapped.C_GetSlotList = slots;
    watch_end(&modules->modules[0]); /* the thread that had learnt that SoftHSM cannot */
    assert_int_equal(pthread_create(&ringer, NULL, ring, NULL), 0);
    assert_int_equal(kunci_token_watch(modules, 60000, &token, &event, &err), KUNCI_OK);
    assert_non_null(token);
    assert_int_equal(event, KUNCI_TOKEN_OUT);
    assert_in_range(atomic_load(&looks), 1, 12); /* before and after, and not in between */
    pthread_join(ringer, NULL);
}

/* The last test leaves a thread waiting: closing the bell sends it home, as ending
 * a module does. */
static int tear_down(void **state)
{
    (void)state;
    close(bell[1]);
    softhsm_down(&hsm);
    close(bell[0]);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    hsm = softhsm_up(1);
    modules = softhsm_open(hsm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_comes_and_goes),
        cmocka_unit_test(what_is_used_is_not_disturbed),
        cmocka_unit_test(woken_by_the_module),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
