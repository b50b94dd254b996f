/* Modules, and choosing one of the tokens seen through them. */
#include "lib/softhsm.h"
#include "lib/wrapped.h"
#include "token/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct kunci_modules_options soft = {.path = SOFTHSM_MODULE};
static struct softhsm *hsm;
static struct kunci_err err;

static struct kunci_err *fresh(void)
{
    err = (struct kunci_err)KUNCI_ERR_INIT;
    return &err;
}

static enum kunci_rc open_module(const char *path)
{
    const struct kunci_modules_options how = {.path = path};
    struct kunci_modules *modules;
    enum kunci_rc rc = kunci_modules_open(&how, &modules, fresh());

    kunci_modules_free(&modules);
    return rc;
}

static void what_is_no_module(void **state)
{
    (void)state;
    assert_int_equal(open_module("/nowhere.so"), KUNCI_MODULE_LOAD);
    assert_non_null(strstr(err.about, "/nowhere.so"));
    assert_int_equal(open_module("/etc/passwd"), KUNCI_MODULE_LOAD);
    assert_int_equal(open_module("libcmocka.so.0"), KUNCI_MODULE_LOAD);
    assert_int_equal(open_module(SOFTHSM_MODULE), KUNCI_OK);
}

/* One list of tokens for several modules: the same module twice is two that show the
 * same tokens. */
static void see_twice(struct kunci_modules *all)
{
    struct module *grown = realloc(all->modules, 2 * sizeof *grown);
    size_t i;

    assert_non_null(grown);
    for (i = 0; i < all->token_count; i++)
        all->tokens[i]->module = grown;
    all->modules = grown;
    grown[1] = grown[0];
    grown[1].name = strdup("the same again");
    pthread_mutex_init(&grown[1].lock, NULL);
    all->module_count = 2;
}

static void forget_second(struct kunci_modules *all)
{
    free(all->modules[1].name);
    pthread_mutex_destroy(&all->modules[1].lock);
    all->module_count = 1;
}

static void a_token_seen_twice_is_one(void **state)
{
    struct kunci_modules *modules = NULL;
    struct kunci_token *token;
    size_t before;

    (void)state;
    assert_int_equal(kunci_modules_open(&soft, &modules, fresh()), KUNCI_OK);
    before = kunci_token_count(modules); /* one of them blank */
    see_twice(modules);
    assert_int_equal(kunci_modules_scan(modules, &err), KUNCI_OK);
    assert_int_equal(kunci_token_count(modules), before);
    assert_int_equal(kunci_token_find(modules, "token-1", KUNCI_BLANK_NEVER, &token, &err),
                     KUNCI_OK);
    forget_second(modules);
    kunci_modules_free(&modules);
}

static CK_RV no_slots(CK_BBOOL with_token, CK_SLOT_ID *slots, CK_ULONG *count)
{
    (void)with_token, (void)slots, (void)count;
    return CKR_GENERAL_ERROR;
}

static void a_module_that_fails_hides_no_other(void **state)
{
    struct kunci_modules *modules = NULL;
    size_t before;

    (void)state;
    assert_int_equal(kunci_modules_open(&soft, &modules, fresh()), KUNCI_OK);
    before = kunci_token_count(modules);
    see_twice(modules);
    wrap(modules); /* the first one fails */
    wrapped.C_GetSlotList = no_slots;
    assert_int_equal(kunci_modules_scan(modules, &err), KUNCI_OK);
    assert_int_equal(kunci_token_count(modules), before);
    unwrap();
    forget_second(modules);
    kunci_modules_free(&modules);
}

static CK_RV empty_slots(CK_BBOOL with_token, CK_SLOT_ID *slots, CK_ULONG *count)
{
    (void)with_token, (void)slots;
    *count = 0;
    return CKR_OK;
}

static struct kunci_token *token_1(struct kunci_modules *modules)
{
    struct kunci_token *token;

    assert_int_equal(kunci_token_find(modules, "token-1", KUNCI_BLANK_NEVER, &token, fresh()),
                     KUNCI_OK);
    return token;
}

/* How often it is told of token-1. */
static int told(struct kunci_modules *modules, enum kunci_token_event expected)
{
    enum kunci_token_event event;
    struct kunci_token *token;
    int times = 0;

    do {
        assert_int_equal(kunci_token_watch(modules, 50, &token, &event, fresh()), KUNCI_OK);
        if (token && strcmp(token->label, "token-1") == 0) {
            assert_int_equal(event, expected);
            times++;
        }
    } while (token);
    return times;
}

/* It has neither left nor come, and whoever opened it need not do so again. */
static void a_token_stays_where_it_is_seen(void **state)
{
    struct kunci_modules *modules = NULL;
    struct kunci_token *first, *second;

    (void)state;
    assert_int_equal(kunci_modules_open(&soft, &modules, fresh()), KUNCI_OK);
    see_twice(modules);
    wrap(modules);
    first = token_1(modules);
    wrapped.C_GetSlotList = empty_slots; /* of the first module */
    assert_int_equal(told(modules, KUNCI_TOKEN_OUT), 0);
    second = token_1(modules);
    assert_ptr_not_equal(first, second);
    unwrap();
    assert_int_equal(told(modules, KUNCI_TOKEN_IN), 0);
    assert_ptr_equal(token_1(modules), second);
    wrapped.C_GetSlotList = empty_slots;
    modules->modules[1].f = &wrapped;
    assert_int_equal(told(modules, KUNCI_TOKEN_OUT), 1);
    unwrap();
    assert_int_equal(told(modules, KUNCI_TOKEN_IN), 1);
    watch_end(&modules->modules[1]);
    forget_second(modules);
    kunci_modules_free(&modules);
}

/* ---- choosing ---- */

static void chosen_by_what_people_say(void **state)
{
    struct kunci_modules *modules = softhsm_open(hsm);
    struct kunci_token *token, *again;
    struct kunci_token_info info;
    char *uri, slot[32];

    (void)state;
    assert_int_equal(kunci_token_find(modules, "token-2", KUNCI_BLANK_NEVER, &token, fresh()),
                     KUNCI_OK);
    assert_int_equal(kunci_token_info(token, &info, &err), KUNCI_OK);
    assert_int_equal(kunci_token_uri(token, &uri, &err), KUNCI_OK);
    assert_int_equal(kunci_token_find(modules, info.serial, KUNCI_BLANK_NEVER, &again, &err),
                     KUNCI_OK);
    assert_ptr_equal(token, again);
    assert_int_equal(kunci_token_find(modules, uri, KUNCI_BLANK_NEVER, &again, &err), KUNCI_OK);
    assert_ptr_equal(token, again);
    free(uri);
    snprintf(slot, sizeof slot, "%lu", info.slot_id);
    assert_int_equal(kunci_token_find(modules, slot, KUNCI_BLANK_NEVER, &again, fresh()),
                     KUNCI_TOKEN_NOT_FOUND);
    assert_int_equal(kunci_token_find(modules, "token", KUNCI_BLANK_NEVER, &again, fresh()),
                     KUNCI_TOKEN_NOT_FOUND);
}

static void several_are_named(void **state)
{
    struct kunci_token *token;

    (void)state;
    assert_int_equal(kunci_token_find(softhsm_open(hsm), NULL, KUNCI_BLANK_NEVER, &token, fresh()),
                     KUNCI_TOKEN_AMBIGUOUS);
    assert_non_null(strstr(err.detail, "token-1 ("));
    assert_non_null(strstr(err.detail, "token-3 ("));
    assert_int_equal(kunci_token_find(softhsm_open(hsm), "pkcs11:model=SoftHSM%20v2",
                                      KUNCI_BLANK_NEVER, &token, fresh()),
                     KUNCI_TOKEN_AMBIGUOUS);
}

static void blank_ones_are_chosen_when_meant(void **state)
{
    struct kunci_token *token;

    (void)state;
    assert_int_equal(kunci_token_find(softhsm_open(hsm), NULL, KUNCI_BLANK_FIRST, &token, fresh()),
                     KUNCI_OK);
    assert_false(token->info.flags & CKF_TOKEN_INITIALIZED);
    assert_int_equal(kunci_token_find(softhsm_open(hsm), NULL, KUNCI_BLANK_LAST, &token, fresh()),
                     KUNCI_TOKEN_AMBIGUOUS);
}

static void only_a_blank_one(void **state)
{
    struct softhsm *blank;
    struct kunci_token *token;

    (void)state;
    softhsm_down(&hsm);
    blank = softhsm_up(0);
    assert_int_equal(
        kunci_token_find(softhsm_open(blank), NULL, KUNCI_BLANK_NEVER, &token, fresh()),
        KUNCI_TOKEN_BLANK);
    assert_int_equal(kunci_token_find(softhsm_open(blank), NULL, KUNCI_BLANK_LAST, &token, fresh()),
                     KUNCI_OK);
    softhsm_down(&blank);
    hsm = softhsm_up(3);
}

static int set_up(void **state)
{
    (void)state;
    hsm = softhsm_up(3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    softhsm_down(&hsm);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_module),
        cmocka_unit_test(a_token_seen_twice_is_one),
        cmocka_unit_test(a_module_that_fails_hides_no_other),
        cmocka_unit_test(a_token_stays_where_it_is_seen),
        cmocka_unit_test(chosen_by_what_people_say),
        cmocka_unit_test(several_are_named),
        cmocka_unit_test(blank_ones_are_chosen_when_meant),
        cmocka_unit_test(only_a_blank_one),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
