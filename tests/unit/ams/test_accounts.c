/* Accounts in the store: names, passwords, roles and where they hold, and what is read from a
 * person's file. */
#include "ams/accounts.h"
#include "ams/body.h"
#include "ams/enlist.h"
#include "ams/passwords.h"
#include "audit/ledger.h"
#include "lib/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1795212000 };

static struct store *store;

static int store_up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    place_up();
    return store_open("ams.db", STORE_CREATE, &store, &err) != KUNCI_OK;
}

static int store_down(void **state)
{
    store_close(&store);
    return place_down(state);
}

static struct kunci_secret *secret(const char *text)
{
    char copy[256];
    struct kunci_secret *out = NULL;
    struct kunci_err err = KUNCI_ERR_INIT;

    strcpy(copy, text);
    assert_int_equal(kunci_secret_take(copy, strlen(text), &out, &err), KUNCI_OK);
    return out;
}

static enum kunci_rc add(const char *name, const char *institution, const char *subject,
                         int64_t *id)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const struct account_new account = {
        .name = name, .institution = institution, .data = "{}", .subject = subject, .now = NOW};

    return accounts_add(store, &account, id, &err);
}

static void test_added_and_found(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct account account;
    int64_t id, again;

    (void)state;
    assert_int_equal(add("budi", "kapuas/dinkes", "C=ID, O=Dinas, CN=Budi", &id), KUNCI_OK);
    assert_int_equal(accounts_find(store, "budi", &account, &err), KUNCI_OK);
    assert_int_equal(account.id, id);
    assert_string_equal(account.institution, "kapuas/dinkes");
    assert_string_equal(account.subject, "C=ID, O=Dinas, CN=Budi");
    assert_null(account.scrypt);
    assert_true(account.active);
    account_clear(&account);

    assert_int_equal(add("budi", "", NULL, &again), KUNCI_ACCOUNT_EXISTS);
    assert_int_equal(accounts_find(store, "nobody", &account, &err), KUNCI_ACCOUNT_UNKNOWN);
    account_clear(&account);
    err = (struct kunci_err)KUNCI_ERR_INIT;

    assert_int_equal(accounts_set_active(store, id, false, &err), KUNCI_OK);
    assert_int_equal(accounts_get(store, id, &account, &err), KUNCI_OK);
    assert_false(account.active);
    account_clear(&account);
}

static void test_names(void **state)
{
    static const struct {
        const char *name, *institution, *subject;
    } wrong[] = {
        {"", "", NULL},          {"Budi", "", NULL},   {"bu di", "", NULL},
        {"budi/x", "", NULL},    {"budi\n", "", NULL}, {"b", "/kapuas", NULL},
        {"b", "kapuas/", NULL},  {"b", "a//b", NULL},  {"b", "Kapuas", NULL},
        {"b", "", "not a name"},
    };
    char longest[66];
    int64_t id;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_not_equal(add(wrong[i].name, wrong[i].institution, wrong[i].subject, &id),
                             KUNCI_OK);
    memset(longest, 'x', 65);
    longest[65] = '\0';
    assert_int_equal(add(longest, "", NULL, &id), KUNCI_USAGE_VALUE);
    longest[64] = '\0';
    assert_int_equal(add(longest, "", NULL, &id), KUNCI_OK);
}

static void test_passwords(void **state)
{
    struct kunci_secret *right = secret("rahasia sekali"), *wrong = secret("rahasia sekalj");
    struct kunci_secret *small = secret("1234567");
    char kept[PASSWORD_TEXT_MAX], again[PASSWORD_TEXT_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    bool fits;
    size_t i;

    (void)state;
    assert_int_equal(password_keep(right, kept, &err), KUNCI_OK);
    assert_int_equal(password_keep(right, again, &err), KUNCI_OK);
    assert_string_not_equal(kept, again); /* each has a salt of its own */
    assert_int_equal(strncmp(kept, "scrypt:32768:8:1:", 17), 0);
    assert_null(strstr(kept, "rahasia"));
    assert_int_equal(password_fits(right, kept, &fits, &err), KUNCI_OK);
    assert_true(fits);
    assert_int_equal(password_fits(wrong, kept, &fits, &err), KUNCI_OK);
    assert_false(fits);
    assert_int_equal(password_fits(right, NULL, &fits, &err), KUNCI_OK);
    assert_false(fits);
    for (i = 0; kept[i]; i += 13) { /* cut, and changed */
        memcpy(again, kept, sizeof again);
        again[i] = '\0';
        assert_int_equal(password_fits(right, again, &fits, &err), KUNCI_OK);
        assert_false(fits);
        memcpy(again, kept, sizeof again);
        again[i] = again[i] == '1' ? '2' : '1';
        assert_int_equal(password_fits(right, again, &fits, &err), KUNCI_OK);
        assert_false(fits);
    }
    assert_int_equal(password_keep(small, kept, &err), KUNCI_USAGE_VALUE);
    kunci_secret_free(&right);
    kunci_secret_free(&wrong);
    kunci_secret_free(&small);
}

static bool holds(int64_t id, const char *role, const char *institution, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct account_actor actor;
    bool is;

    assert_int_equal(accounts_actor(store, id, now, &actor, &err), KUNCI_OK);
    assert_int_equal(actor.actor.account, id);
    assert_ptr_equal(actor.actor.flow.grants, actor.grants);
    is = account_actor_holds(&actor, role, institution, now);
    account_actor_clear(&actor);
    return is;
}

static void test_roles(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    json_t *grants = NULL;
    int64_t id;

    (void)state;
    assert_int_equal(add("siti", "kapuas", NULL, &id), KUNCI_OK);
    assert_false(holds(id, "op", NULL, NOW));
    assert_int_equal(accounts_grant(store, id, "op", "kapuas", NOW, 0, &err), KUNCI_OK);
    assert_true(holds(id, "op", NULL, NOW));
    assert_true(holds(id, "op", "kapuas", NOW));
    assert_true(holds(id, "op", "kapuas/dinkes", NOW));
    assert_false(holds(id, "op", "kapuasraya", NOW));
    assert_false(holds(id, "op", "", NOW));
    assert_false(holds(id, "verifikator", "kapuas", NOW));
    assert_false(holds(id, "op", "kapuas", NOW - 1));

    /* Once more, but not for long: it is not there twice. */
    assert_int_equal(accounts_grant(store, id, "op", "kapuas", NOW + 10, NOW + 20, &err), KUNCI_OK);
    assert_true(holds(id, "op", "kapuas", NOW + 19));
    assert_false(holds(id, "op", "kapuas", NOW + 20));
    assert_int_equal(accounts_grants(store, id, NOW + 15, &grants, &err), KUNCI_OK);
    assert_int_equal(json_array_size(grants), 1);
    json_decref(grants);

    assert_int_equal(accounts_grant(store, id, "auditor", "", NOW, 0, &err), KUNCI_OK);
    assert_true(holds(id, "auditor", "anywhere", NOW));
    assert_int_equal(accounts_ungrant(store, id, "auditor", "", NOW + 5, &err), KUNCI_OK);
    assert_true(holds(id, "auditor", "anywhere", NOW + 4));
    assert_false(holds(id, "auditor", "anywhere", NOW + 5));

    assert_int_equal(accounts_grant(store, id, "king", "", NOW, 0, &err), KUNCI_USAGE_VALUE);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(accounts_grant(store, id, "sistem", "", NOW, 0, &err), KUNCI_USAGE_VALUE);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(accounts_grant(store, id, "pemohon", "", NOW, 0, &err), KUNCI_USAGE_VALUE);
}

/* From the machine itself: all of it, and its rows in the audit trail, or nothing. */
static void test_enlisted(void **state)
{
    static const char *const roles[] = {"op", "verifikator", NULL};
    static const char *const no_roles[] = {"op", "king", NULL};
    const struct enlist_desk desk = {.store = store, .node = "ams", .now = NOW};
    struct enlist_new what = {
        .account = {.name = "agus", .institution = "kapuas", .data = "{}", .now = NOW},
        .roles = no_roles,
        .scope = "kapuas",
    };
    struct enlist_role role = {.role = "op", .scope = "kapuas", .until = NOW};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_issued issued;
    struct audit_head before, after;
    struct account account;

    (void)state;
    assert_int_equal(audit_head(store, &before, &err), KUNCI_OK);
    assert_int_equal(enlist_add(&desk, &what, &issued, &err), KUNCI_USAGE_VALUE);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(accounts_find(store, "agus", &account, &err), KUNCI_ACCOUNT_UNKNOWN);
    account_clear(&account);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(audit_head(store, &after, &err), KUNCI_OK);
    assert_int_equal(after.seq, before.seq);

    what.roles = roles;
    assert_int_equal(enlist_add(&desk, &what, &issued, &err), KUNCI_OK);
    assert_int_equal(audit_head(store, &after, &err), KUNCI_OK);
    assert_int_equal(after.seq, before.seq + 3);
    assert_int_equal(accounts_find(store, "agus", &account, &err), KUNCI_OK);
    assert_true(holds(account.id, "op", "kapuas", NOW));
    assert_int_equal(enlist_role(&desk, "agus", &role, &err), KUNCI_OK);
    assert_false(holds(account.id, "op", "kapuas", NOW));
    assert_true(holds(account.id, "verifikator", "kapuas", NOW));
    assert_int_equal(enlist_set_active(&desk, "agus", false, &err), KUNCI_OK);
    account_clear(&account);
    assert_int_equal(audit_head(store, &after, &err), KUNCI_OK);
    assert_int_equal(after.seq, before.seq + 5);
}

static enum kunci_rc data(const char *yaml, char **json)
{
    static const char *const domains[] = {"contoh.go.id", NULL};
    struct kunci_err err = KUNCI_ERR_INIT;

    return enlist_data("budi.yaml", yaml, strlen(yaml), domains, json, &err);
}

static void test_data(void **state)
{
    static const char *const wrong[] = {
        "nik: 6203011505800001\n",         /* a number loses its zeros */
        "nik: \"62\"\n",                   /* too short */
        "email: budi@elsewhere.example\n", /* another's domain */
        "shoe-size: \"44\"\n",             /* no such field */
        "name: [Budi]\n",
        "- nik\n",
    };
    char *json = NULL;
    size_t i;

    (void)state;
    assert_int_equal(data("name: Budi\nnik: \"6203011505800001\"\n", &json), KUNCI_OK);
    assert_string_equal(json, "{\"name\":\"Budi\",\"nik\":\"6203011505800001\"}");
    free(json);
    assert_int_equal(data("", &json), KUNCI_OK);
    assert_string_equal(json, "{}");
    free(json);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (data(wrong[i], &json) != KUNCI_CONFIG_INVALID)
            fail_msg("%s", wrong[i]);
        assert_null(json);
    }
}

/* ---- what logs in ---- */

static enum kunci_rc login(const char *text, struct login *out)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    json_t *body = NULL;
    enum kunci_rc rc = body_read(text, strlen(text), &body, &err);

    *out = (struct login){.account = NULL};
    if (rc == KUNCI_OK)
        rc = login_read(body, out, &err);
    assert_true(rc == KUNCI_OK || rc == KUNCI_BODY_INVALID);
    login_clear(out);
    json_decref(body);
    return rc;
}

static void test_logins_read(void **state)
{
    static const struct {
        const char *text;
        bool fine;
    } rows[] = {
        {"{\"account\":\"budi\",\"password\":\"x\"}", true},
        {"{\"challenge\":\"00\",\"certificate\":\"MAA=\",\"algorithm\":\"Ed25519\","
         "\"signature\":\"MAA=\"}",
         true},
        {"{\"account\":\"budi\",\"password\":\"\"}", false},
        {"{\"account\":\"budi\"}", false},
        {"{\"account\":7,\"password\":\"x\"}", false},
        {"{\"account\":\"budi\",\"password\":\"x\",\"more\":1}", false},
        {"{\"account\":\"budi\",\"account\":\"siti\",\"password\":\"x\"}", false},
        {"{\"account\":\"budi\",\"password\":\"a\\u0000b\"}", false},
        {"{\"challenge\":\"00\",\"certificate\":\"M\",\"algorithm\":\"Ed25519\","
         "\"signature\":\"MAA=\"}",
         false},
        {"[]", false},
        {"\"budi\"", false},
        {"", false},
        {"{}", false},
        {"{\"a\":[[[[[[[[1]]]]]]]]}", false},
        {"{\"a\":\"[[[[[[[[[[[[[[[[[[\",\"account\":1}", false},
    };
    struct login out;
    char cut[128];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if ((login(rows[i].text, &out) == KUNCI_OK) != rows[i].fine)
            fail_msg("%s", rows[i].text);
    for (i = 0; i < strlen(rows[0].text); i++) {
        snprintf(cut, sizeof cut, "%.*s", (int)i, rows[0].text);
        assert_int_equal(login(cut, &out), KUNCI_BODY_INVALID);
        snprintf(cut, sizeof cut, "%s", rows[0].text);
        cut[i] ^= 0x20;
        login(cut, &out);
    }
}

static void test_numbers(void **state)
{
    static const char *const wrong[] = {"",   "0",  "01",  "-1",  "+1",  "1 ",
                                        " 1", "1a", "0x1", "1.0", "1e3", "1234567890123456789"};
    int64_t number;
    size_t i;

    (void)state;
    assert_true(number_read("7", &number) && number == 7);
    assert_true(number_read("123456789012345678", &number) && number == 123456789012345678);
    for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(number_read(wrong[i], &number));
    assert_true(serial_fits("00ff"));
    assert_false(serial_fits(""));
    assert_false(serial_fits("0"));
    assert_false(serial_fits("00FF"));
    assert_false(serial_fits("00 f"));
    assert_false(serial_fits("000000000000000000000000000000000000000000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added_and_found), cmocka_unit_test(test_names),
        cmocka_unit_test(test_passwords),       cmocka_unit_test(test_roles),
        cmocka_unit_test(test_enlisted),        cmocka_unit_test(test_data),
        cmocka_unit_test(test_logins_read),     cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, store_up, store_down);
}
