/* Profiles, and certificates issued by them. */
#include "base/error.h"
#include "lib/soft_signer.h"
#include "x509/alt_name.h"
#include "x509/issue.h"
#include "x509/lint.h"
#include "x509/name.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define BEGIN        1795219200 /* 2026-11-21 00:00:00 */

static const char *const addresses[] = {"crl=http://crl.contoh.go.id/1.crl",
                                        "ca_issuers=http://ca.contoh.go.id/1.cer",
                                        "ocsp=http://ocsp.contoh.go.id/", NULL};

struct bytes {
    unsigned char *at;
    size_t len;
};

static void load(const char *name, struct profile *out)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char path[128];

    snprintf(path, sizeof path, "pkcs11/x509/profiles/%s.yaml", name);
    if (profile_load(path, out, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s", kunci_err_name(err.rc), err.about, err.detail);
}

static struct bytes subject_of(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct bytes der = {NULL, 0};
    X509_NAME *name;

    assert_int_equal(name_parse(text, &name, &err), KUNCI_OK);
    der.len = (size_t)i2d_X509_NAME(name, &der.at);
    X509_NAME_free(name);
    return der;
}

static struct bytes names_of(const char *name)
{
    const char *const list[] = {name, NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct bytes der = {NULL, 0};
    GENERAL_NAMES *names;

    assert_int_equal(alt_name_read(list, &names, &err), KUNCI_OK);
    der.len = (size_t)i2d_GENERAL_NAMES(names, &der.at);
    GENERAL_NAMES_free(names);
    return der;
}

/* What is to be issued, and by whom. */
struct order {
    const char *profile, *subject, *name;
    const struct bytes *issuer; /* NULL: the key signs for itself */
    EVP_PKEY *key, *issuer_key;
    enum kunci_alg alg;
    int64_t from;
    const char *const *fill;
};

static enum kunci_rc issue(const struct order *order, struct bytes *out, struct kunci_err *err)
{
    struct kunci_signer *signer = soft_signer(order->issuer_key, order->alg);
    struct kunci_signer *own = soft_signer(order->key, order->alg);
    struct bytes subject = subject_of(order->subject), names = {NULL, 0};
    struct profile profile;
    enum kunci_rc rc;

    load(order->profile, &profile);
    if (order->name)
        names = names_of(order->name);
    const struct issue what = {.profile = &profile,
                               .spki = own->spki,
                               .spki_len = own->spki_len,
                               .subject = subject.at,
                               .subject_len = subject.len,
                               .names = names.at,
                               .names_len = names.len,
                               .issuer = order->issuer ? order->issuer->at : NULL,
                               .issuer_len = order->issuer ? order->issuer->len : 0,
                               .from = order->from ? order->from : BEGIN,
                               .fill = order->fill};

    rc = issue_certificate(&what, signer, &out->at, &out->len, err);
    kunci_signer_free(&signer);
    kunci_signer_free(&own);
    OPENSSL_free(subject.at);
    OPENSSL_free(names.at);
    profile_clear(&profile);
    return rc;
}

static struct bytes must_issue(const struct order *order)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct bytes der;

    if (issue(order, &der, &err) != KUNCI_OK)
        fail_msg("%s: %s: %s %s", order->profile, kunci_err_name(err.rc), err.about, err.detail);
    return der;
}

/* ---- a root and an authority under it ---- */

static EVP_PKEY *root_key, *ca_key, *key;
static struct bytes root, ca;

static const struct order of_root = {
    .profile = "root", .subject = "C=ID, O=Contoh, CN=Root Contoh", .alg = KUNCI_ECDSA_SHA384};

static int set_up(void **state)
{
    struct order order = of_root;

    (void)state;
    root_key = soft_key(KUNCI_KEY_P384);
    ca_key = soft_key(KUNCI_KEY_P256);
    key = soft_key(KUNCI_KEY_P256);
    order.key = order.issuer_key = root_key;
    root = must_issue(&order);
    order = (struct order){.profile = "issuing-ca",
                           .subject = "C=ID, O=Contoh, CN=CA Contoh",
                           .issuer = &root,
                           .key = ca_key,
                           .issuer_key = root_key,
                           .alg = KUNCI_ECDSA_SHA384,
                           .fill = addresses};
    ca = must_issue(&order);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(root.at);
    free(ca.at);
    EVP_PKEY_free(root_key);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return 0;
}

static struct order order_of(const char *profile, const char *subject, const char *name)
{
    return (struct order){.profile = profile,
                          .subject = subject,
                          .name = name,
                          .issuer = &ca,
                          .key = key,
                          .issuer_key = ca_key,
                          .alg = KUNCI_ECDSA_SHA256,
                          .fill = addresses};
}

#define HOLDER "C=ID, O=Dinas Contoh, CN=Budi Santoso, emailAddress=budi@contoh.go.id"

/* ---- issuing ---- */

/* OpenSSL's own path validation, under its strictest flag. */
static void openssl_accepts(const struct bytes *leaf)
{
    const unsigned char *in[] = {root.at, ca.at, leaf->at};
    X509 *x509[3];
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();

    x509[0] = d2i_X509(NULL, &in[0], (long)root.len);
    x509[1] = d2i_X509(NULL, &in[1], (long)ca.len);
    x509[2] = d2i_X509(NULL, &in[2], (long)leaf->len);
    X509_STORE_add_cert(store, x509[0]);
    sk_X509_push(between, x509[1]);
    X509_STORE_CTX_init(context, store, x509[2], between);
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX_set_time(context, 0, BEGIN + 86400);
    if (X509_verify_cert(context) != 1)
        fail_msg("%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
    sk_X509_free(between);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(x509[0]);
    X509_free(x509[1]);
    X509_free(x509[2]);
}

static void openssl_accepts_every_profile(void **state)
{
    static const struct row {
        const char *profile, *subject, *name;
    } rows[] = {
        {"holder", HOLDER, "email:budi@contoh.go.id"},
        {"operator", "C=ID, O=Contoh, OU=Helpdesk, CN=Siti", NULL},
        {"ocsp-responder", "C=ID, O=Contoh, CN=OCSP", NULL},
        {"tsa", "C=ID, O=Contoh, CN=TSA", NULL},
        {"tls-server", "CN=www.contoh.go.id", "dns:www.contoh.go.id"},
        {"natural-person", "C=ID, CN=Budi Santoso, GN=Budi, SN=Santoso, serialNumber=PNOID-1",
         "email:budi@contoh.go.id"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct order order = order_of(rows[i].profile, rows[i].subject, rows[i].name);
        struct bytes leaf;

        order.issuer_key = ca_key;
        if (strcmp(rows[i].profile, "natural-person") == 0 || strcmp(rows[i].profile, "tsa") == 0)
            order.key = ca_key; /* any key of the kinds allowed */
        leaf = must_issue(&order);
        openssl_accepts(&leaf);
        assert_true(kunci_cert_issued_by(leaf.at, leaf.len, ca.at, ca.len));
        assert_false(kunci_cert_issued_by(leaf.at, leaf.len, root.at, root.len));
        assert_false(kunci_cert_issued_by(ca.at, ca.len, leaf.at, leaf.len));
        free(leaf.at);
    }
}

static void says_what_the_profile_says(void **state)
{
    struct order order = order_of("holder", HOLDER, "email:budi@contoh.go.id");
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    struct bytes leaf = must_issue(&order), again = must_issue(&order);

    (void)state;
    assert_int_equal(kunci_cert_describe(leaf.at, leaf.len, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, HOLDER);
    assert_string_equal(info.issuer, "C=ID, O=Contoh, CN=CA Contoh");
    assert_int_equal(info.not_before, BEGIN);
    assert_int_equal(info.not_after, BEGIN + 731 * 86400 - 1); /* 2028 has a 29 February */
    assert_int_equal(strlen(info.serial), 40);
    assert_string_equal(info.names[0], "email:budi@contoh.go.id");
    assert_string_equal(info.usages[0], "digitalSignature");
    assert_string_equal(info.usages[1], "nonRepudiation");
    kunci_cert_info_clear(&info);
    assert_int_equal(kunci_cert_alike(leaf.at, leaf.len, again.at, again.len),
                     KUNCI_SAME_KEY | KUNCI_SAME_SUBJECT);
    assert_int_equal(kunci_cert_alike(leaf.at, leaf.len, ca.at, ca.len), 0);
    assert_memory_not_equal(leaf.at + 15, again.at + 15, 20); /* the serial numbers */
    free(leaf.at);
    free(again.at);
}

static void refuses_what_the_profile_does(void **state)
{
    static const char *const no_ocsp[] = {"crl=http://crl.contoh.go.id/1.crl",
                                          "ca_issuers=http://ca.contoh.go.id/1.cer", NULL};
    const struct row {
        struct order order;
        enum kunci_rc rc;
        const char *why; /* in the detail */
    } rows[] = {
        {order_of("holder", "C=ID, CN=Budi", NULL), KUNCI_LINT_FAILED, "profile_required"},
        {order_of("holder", HOLDER ", DC=contoh", NULL), KUNCI_LINT_FAILED, "profile_attributes"},
        {order_of("holder", HOLDER, "dns:contoh.go.id"), KUNCI_LINT_FAILED, "profile_names"},
        {order_of("tls-server", "CN=contoh.go.id", NULL), KUNCI_LINT_FAILED, "profile_names"},
        {order_of("tls-server", "CN=contoh.go.id, O=Contoh", "dns:contoh.go.id"), KUNCI_LINT_FAILED,
         "profile_attributes"},
        {order_of("root", "C=ID, O=Contoh, CN=Root", NULL), KUNCI_PROFILE_REFUSED, "itself"},
    };
    struct order order;
    struct bytes der;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;

        assert_int_equal(issue(&rows[i].order, &der, &err), rows[i].rc);
        assert_null(der.at);
        if (!strstr(err.detail, rows[i].why))
            fail_msg("%s, not %s", err.detail, rows[i].why);
    }
    struct kunci_err err = KUNCI_ERR_INIT;
    order = order_of("holder", HOLDER, NULL);
    order.fill = no_ocsp;
    assert_int_equal(issue(&order, &der, &err), KUNCI_PROFILE_REFUSED);
    assert_non_null(strstr(err.detail, "{ocsp}"));
    err = (struct kunci_err)KUNCI_ERR_INIT;
    order = order_of("holder", HOLDER, NULL);
    order.from = BEGIN + (int64_t)10 * 365 * 86400;
    assert_int_equal(issue(&order, &der, &err), KUNCI_PROFILE_REFUSED); /* past the CA's end */
}

/* Two years, eight after the CA's ten began. */
static void the_last_second_may_be_the_issuers(void **state)
{
    const int64_t eight = BEGIN + (int64_t)(8 * 365 + 2) * 86400;
    struct order order = order_of("holder", HOLDER, NULL);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct bytes der;

    (void)state;
    order.from = eight;
    der = must_issue(&order);
    free(der.at);
    order.from = eight + 1;
    assert_int_equal(issue(&order, &der, &err), KUNCI_PROFILE_REFUSED);
}

/* A request's key, subject and names, and nothing else it asks for. */
static void requests_are_followed_as_far_as_the_profile_goes(void **state)
{
    static const char *const names[] = {"email:budi@contoh.go.id", NULL};
    static const char *const usages[] = {"keyCertSign", NULL};
    const struct kunci_csr_options wanted = {.subject = HOLDER, .names = names, .usages = usages};
    struct kunci_signer *signer = soft_signer(ca_key, KUNCI_ECDSA_SHA256);
    struct kunci_signer *own = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct bytes request, leaf;
    struct kunci_cert_info info;
    struct profile profile;

    (void)state;
    load("holder", &profile);
    const struct issue what = {.profile = &profile,
                               .issuer = ca.at,
                               .issuer_len = ca.len,
                               .from = BEGIN,
                               .fill = addresses};

    assert_int_equal(kunci_csr_new(own, &wanted, &request.at, &request.len, &err), KUNCI_OK);
    assert_int_equal(
        issue_for_request(&what, request.at, request.len, signer, &leaf.at, &leaf.len, &err),
        KUNCI_OK);
    openssl_accepts(&leaf);
    assert_int_equal(kunci_cert_describe(leaf.at, leaf.len, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, HOLDER);
    assert_string_equal(info.names[0], names[0]);
    assert_string_equal(info.usages[0], "digitalSignature");
    kunci_cert_info_clear(&info);
    free(request.at);
    free(leaf.at);
    kunci_signer_free(&signer);
    kunci_signer_free(&own);
    profile_clear(&profile);
}

/* ---- rules that only an authority's or a qualified certificate's profile has ---- */

static void lint_finds(const struct bytes *der, const char *profile, const char *rule)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_lint lint;
    bool found = false;
    char path[128];
    size_t i;

    snprintf(path, sizeof path, "pkcs11/x509/profiles/%s.yaml", profile);
    assert_int_equal(kunci_cert_lint(der->at, der->len, path, &lint, &err), KUNCI_OK);
    for (i = 0; i < lint.count; i++)
        found |= strcmp(lint.findings[i].rule, rule) == 0;
    kunci_lint_clear(&lint);
    assert_true(found);
}

static void paths_and_statements(void **state)
{
    struct order order = order_of("holder", HOLDER, NULL);
    struct bytes leaf = must_issue(&order);

    (void)state;
    lint_finds(&root, "issuing-ca", "profile_path");
    lint_finds(&leaf, "natural-person", "profile_statements");
    free(leaf.at);
}

/* ---- profiles ---- */

#define GOOD                                                                                       \
    "subject: {attributes: [C, CN]}\nkeys: [p256]\nvalidity: {days: 3}\n"                          \
    "key_usage: [digitalSignature]\n"

static void profiles_tell_where_they_are_wrong(void **state)
{
    static const struct row {
        const char *text, *detail;
    } rows[] = {
        {"", "\"subject\": it is missing"},
        {GOOD "colour: red\n", "line 5, \"colour\": there is no such setting"},
        {GOOD "crl: http://x/\n", "line 5, \"crl\": it must be a list"},
        {GOOD "extended_key_usage: [signing]\n",
         "line 5, \"extended_key_usage\": a purpose is not known"},
        {GOOD "policies: [none]\n", "line 5, \"policies\""},
        {GOOD "qc_statements: [gold]\n",
         "line 5, \"qc_statements\": it must be a list of texts that are known here"},
        {GOOD "basic_constraints: {ca: 1}\n", "line 5, \"ca\": the value must be true or false"},
        {GOOD "keys: [p256]\n", "line 5"},
        {"subject:\n  attributes: [C, colour]\nkeys: [p256]\nvalidity: {days: 3}\n"
         "key_usage: [digitalSignature]\n",
         "line 2, \"attributes\": an attribute is not known"},
        {"subject:\n  attributes: [C]\n  required: [O]\nkeys: [p256]\nvalidity: {days: 3}\n"
         "key_usage: [digitalSignature]\n",
         "line 3, \"required\""},
        {"subject: {attributes: [C]}\nkeys: [p256]\nvalidity: {}\nkey_usage: [digitalSignature]\n",
         "line 3, \"validity\""},
        {"subject: {attributes: [C]}\nkeys: [dsa]\nvalidity: {days: 1}\nkey_usage: []\n",
         "line 2, \"keys\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(rows); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct profile profile;

        assert_int_equal(
            profile_read("mine.yaml", rows[i].text, strlen(rows[i].text), &profile, &err),
            KUNCI_PROFILE_INVALID);
        assert_string_equal(err.about, "mine.yaml");
        if (!strstr(err.detail, rows[i].detail))
            fail_msg("%s, not %s", err.detail, rows[i].detail);
        assert_null(profile.name);
    }
}

static void profiles_that_are_missing_are_named(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct profile profile;

    (void)state;
    assert_int_equal(profile_load("nothing", &profile, &err), KUNCI_PROFILE_NOT_FOUND);
    assert_string_equal(err.about, "nothing");
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(profile_load("./", &profile, &err), KUNCI_PROFILE_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_accepts_every_profile),
        cmocka_unit_test(says_what_the_profile_says),
        cmocka_unit_test(refuses_what_the_profile_does),
        cmocka_unit_test(the_last_second_may_be_the_issuers),
        cmocka_unit_test(requests_are_followed_as_far_as_the_profile_goes),
        cmocka_unit_test(paths_and_statements),
        cmocka_unit_test(profiles_tell_where_they_are_wrong),
        cmocka_unit_test(profiles_that_are_missing_are_named),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
