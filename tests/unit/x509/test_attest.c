/* Statements are made here, as Yubico's devices make them and as they never would. */
#include <kunci/attest.h>
#include <kunci/cert.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRMWARE "1.3.6.1.4.1.41482.3.3"
#define SERIAL   "1.3.6.1.4.1.41482.3.7"
#define POLICY   "1.3.6.1.4.1.41482.3.8"

struct extension {
    const char *oid;
    const char *value;
    size_t len;
};

/* What is to be made; what is NULL is as usual. */
struct order {
    const char *subject, *issuer, *constraints, *from, *until;
    EVP_PKEY *key, *signer;
    const EVP_MD *hash;
    const struct extension *extensions;
    size_t count;
};

static const struct extension usual[] = {
    {FIRMWARE, "\x05\x02\x07", 3},
    {SERIAL, "\x02\x03\x28\x99\x89", 5},
    {POLICY, "\x02\x01", 2},
};

static EVP_PKEY *root_key, *device_key, *key, *other_key;
static X509 *root, *device, *statement;

static void add_extension(X509 *x509, const struct extension *extension)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(extension->oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *made;

    ASN1_OCTET_STRING_set(value, (const unsigned char *)extension->value, (int)extension->len);
    made = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    assert_int_equal(X509_add_ext(x509, made, -1), 1);
    X509_EXTENSION_free(made);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void set_name(X509_NAME *name, const char *common)
{
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common, -1, -1, 0);
}

static X509 *make(const struct order *order)
{
    X509 *x509 = X509_new();
    X509_EXTENSION *constraints;
    size_t i;

    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 7);
    ASN1_TIME_set_string_X509(X509_getm_notBefore(x509),
                              order->from ? order->from : "20160314000000Z");
    ASN1_TIME_set_string_X509(X509_getm_notAfter(x509),
                              order->until ? order->until : "20520417000000Z");
    set_name(X509_get_subject_name(x509), order->subject);
    set_name(X509_get_issuer_name(x509), order->issuer);
    X509_set_pubkey(x509, order->key);
    if (order->constraints) {
        constraints = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, order->constraints);
        assert_int_equal(X509_add_ext(x509, constraints, -1), 1);
        X509_EXTENSION_free(constraints);
    }
    for (i = 0; i < order->count; i++)
        add_extension(x509, &order->extensions[i]);
    assert_true(X509_sign(x509, order->signer, order->hash ? order->hash : EVP_sha256()) > 0);
    return x509;
}

static X509 *make_ca(const char *subject, EVP_PKEY *its, const char *issuer, EVP_PKEY *signer,
                     const char *constraints)
{
    const struct order order = {.subject = subject,
                                .issuer = issuer,
                                .constraints = constraints,
                                .key = its,
                                .signer = signer};

    return make(&order);
}

static X509 *make_statement(const struct extension *extensions, size_t count)
{
    const struct order order = {.subject = "Attestation 9a",
                                .issuer = "Device",
                                .key = key,
                                .signer = device_key,
                                .extensions = extensions,
                                .count = count};

    return make(&order);
}

static int set_up(void **state)
{
    (void)state;
    root_key = EVP_EC_gen("P-256");
    device_key = EVP_RSA_gen(2048);
    key = EVP_EC_gen("P-384");
    other_key = EVP_EC_gen("P-256");
    root = make_ca("Root", root_key, "Root", root_key, "critical,CA:TRUE,pathlen:1");
    device = make_ca("Device", device_key, "Root", root_key, "critical,CA:TRUE,pathlen:0");
    statement = make_statement(usual, 3);
    return 0;
}

static int tear_down(void **state)
{
    X509 *certificates[] = {root, device, statement};
    EVP_PKEY *keys[] = {root_key, device_key, key, other_key};
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++)
        X509_free(certificates[i]);
    for (i = 0; i < 4; i++)
        EVP_PKEY_free(keys[i]);
    return 0;
}

/* ---- judging ---- */

static unsigned char *der_of(const X509 *x509, size_t *len)
{
    unsigned char *openssls = NULL, *der;
    int size = i2d_X509(x509, &openssls);

    assert_true(size > 0);
    assert_non_null(der = malloc((size_t)size));
    memcpy(der, openssls, (size_t)size);
    OPENSSL_free(openssls);
    *len = (size_t)size;
    return der;
}

static void load(struct kunci_attestation *to, const X509 *said, const X509 *by)
{
    *to = (struct kunci_attestation){0};
    to->statement = der_of(said, &to->statement_len);
    to->device = der_of(by, &to->device_len);
}

/* The certificates as a file would hold them, up to a NULL; to be freed. */
static char *pem_of(X509 *first, ...)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text, *copy;
    va_list args;
    long len;

    va_start(args, first);
    for (; first; first = va_arg(args, X509 *)) {
        BIO_puts(bio, "what it is may stand before it\n");
        PEM_write_bio_X509(bio, first);
    }
    va_end(args);
    len = BIO_get_mem_data(bio, &text);
    copy = strndup(text, (size_t)len);
    BIO_free(bio);
    return copy;
}

static enum kunci_rc verify(struct kunci_attestation *attestation, EVP_PKEY *of, const char *roots)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *spki = NULL;
    int len = i2d_PUBKEY(of, &spki);
    enum kunci_rc rc = kunci_attestation_verify(attestation, spki, (size_t)len, roots,
                                                roots ? strlen(roots) : 0, &err);

    assert_int_equal(rc, err.rc);
    if (rc != KUNCI_OK)
        assert_null(attestation->root);
    OPENSSL_free(spki);
    return rc;
}

/* Judges once and forgets; takes roots over. */
static enum kunci_rc judge(const X509 *said, const X509 *by, EVP_PKEY *of, char *roots)
{
    struct kunci_attestation attestation;
    enum kunci_rc rc;

    load(&attestation, said, by);
    rc = verify(&attestation, of, roots);
    kunci_attestation_clear(&attestation);
    assert_null(attestation.statement);
    free(roots);
    return rc;
}

/* An error that the caller's struct held before is none of this judgement's. */
static void an_older_error_is_none(void **state)
{
    struct kunci_err err = {.rc = KUNCI_FILE_READ};
    struct kunci_attestation attestation;
    unsigned char *spki = NULL;
    int len = i2d_PUBKEY(key, &spki);

    (void)state;
    load(&attestation, statement, device);
    assert_int_equal(kunci_attestation_verify(&attestation, spki, (size_t)len, NULL, 0, &err),
                     KUNCI_OK);
    kunci_attestation_clear(&attestation);
    OPENSSL_free(spki);
}

static void tells_what_the_device_says(void **state)
{
    struct kunci_attestation attestation;
    char *roots = pem_of(root, NULL);

    (void)state;
    load(&attestation, statement, device);
    assert_int_equal(verify(&attestation, key, NULL), KUNCI_OK);
    assert_null(attestation.root);
    assert_string_equal(attestation.firmware, "5.2.7");
    assert_string_equal(attestation.serial, "2660745");
    assert_string_equal(attestation.pin_policy, "once");
    assert_string_equal(attestation.touch_policy, "never");
    assert_int_equal(verify(&attestation, key, roots), KUNCI_OK);
    assert_string_equal(attestation.root, "CN=Root");
    assert_int_equal(verify(&attestation, key, NULL), KUNCI_OK);
    assert_null(attestation.root); /* not what was found before */
    kunci_attestation_clear(&attestation);
    free(roots);
}

static void refuses_another_key(void **state)
{
    (void)state;
    assert_int_equal(judge(statement, device, other_key, pem_of(root, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, device, device_key, NULL), KUNCI_ATTEST_INVALID);
}

static void refuses_another_device(void **state)
{
    X509 *same_name = make_ca("Device", other_key, "Root", root_key, "critical,CA:TRUE");
    X509 *same_key = make_ca("Gadget", device_key, "Root", root_key, "critical,CA:TRUE");

    (void)state;
    assert_int_equal(judge(statement, same_name, key, NULL), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, same_key, key, NULL), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, statement, key, NULL), KUNCI_ATTEST_INVALID);
    X509_free(same_name);
    X509_free(same_key);
}

/* Whoever holds an attested key can sign statements with it. */
static void refuses_what_an_attested_key_says(void **state)
{
    const struct order order = {.subject = "Forged",
                                .issuer = "Attestation 9a",
                                .key = other_key,
                                .signer = key,
                                .extensions = usual,
                                .count = 3};
    X509 *forged = make(&order);

    (void)state;
    assert_int_equal(judge(forged, statement, other_key, NULL), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(forged, statement, other_key, pem_of(root, device, NULL)),
                     KUNCI_ATTEST_INVALID);
    X509_free(forged);
}

static void refuses_another_root(void **state)
{
    X509 *other = make_ca("Other", other_key, "Other", other_key, "critical,CA:TRUE");
    X509 *same_name = make_ca("Root", other_key, "Root", other_key, "critical,CA:TRUE");

    (void)state;
    assert_int_equal(judge(statement, device, key, pem_of(other, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, device, key, pem_of(same_name, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, device, key, pem_of(other, device, NULL)),
                     KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, device, key, pem_of(other, root, NULL)), KUNCI_OK);
    assert_int_equal(judge(statement, device, key, pem_of(same_name, root, NULL)), KUNCI_OK);
    assert_int_equal(judge(statement, device, key, pem_of(root, same_name, NULL)), KUNCI_OK);
    X509_free(other);
    X509_free(same_name);
}

static void follows_what_stands_between(void **state)
{
    X509 *top = make_ca("Top", other_key, "Top", other_key, "critical,CA:TRUE");
    X509 *middle = make_ca("Root", root_key, "Top", other_key, "critical,CA:TRUE");
    X509 *own = make_ca("Device", device_key, "Device", device_key, "critical,CA:TRUE");

    (void)state;
    assert_int_equal(judge(statement, device, key, pem_of(middle, top, NULL)), KUNCI_OK);
    assert_int_equal(judge(statement, device, key, pem_of(top, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, device, key, pem_of(middle, NULL)), KUNCI_CERT_INVALID);
    assert_int_equal(judge(statement, own, key, pem_of(own, NULL)), KUNCI_OK);
    X509_free(top);
    X509_free(middle);
    X509_free(own);
}

static void counts_paths_with_the_statement(void **state)
{
    X509 *shorter = make_ca("Root", root_key, "Root", root_key, "critical,CA:TRUE,pathlen:0");
    X509 *none = make_ca("Device", device_key, "Root", root_key, NULL);
    X509 *no_ca = make_ca("Device", device_key, "Root", root_key, "CA:FALSE");

    (void)state;
    assert_int_equal(judge(statement, device, key, pem_of(shorter, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, none, key, pem_of(root, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, no_ca, key, NULL), KUNCI_ATTEST_INVALID);
    X509_free(shorter);
    X509_free(none);
    X509_free(no_ca);
}

static void looks_at_the_dates_of_devices_alone(void **state)
{
    struct order order = {.subject = "Device",
                          .issuer = "Root",
                          .constraints = "critical,CA:TRUE",
                          .until = "20170101000000Z",
                          .key = device_key,
                          .signer = root_key};
    X509 *expired = make(&order), *endless, *old;

    (void)state;
    order.until = "99991231235959Z";
    endless = make(&order);
    order = (struct order){.subject = "Attestation 9a",
                           .issuer = "Device",
                           .until = "20170101000000Z",
                           .key = key,
                           .signer = device_key,
                           .extensions = usual,
                           .count = 3};
    old = make(&order);
    assert_int_equal(judge(statement, expired, key, NULL), KUNCI_OK);
    assert_int_equal(judge(statement, expired, key, pem_of(root, NULL)), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, endless, key, pem_of(root, NULL)), KUNCI_OK);
    assert_int_equal(judge(old, device, key, pem_of(root, NULL)), KUNCI_OK);
    X509_free(expired);
    X509_free(endless);
    X509_free(old);
}

static void refuses_weak_hashes(void **state)
{
    struct order order = {.subject = "Attestation 9a",
                          .issuer = "Device",
                          .key = key,
                          .signer = device_key,
                          .hash = EVP_sha1(),
                          .extensions = usual,
                          .count = 3};
    X509 *said = make(&order), *weak;

    (void)state;
    order = (struct order){.subject = "Device",
                           .issuer = "Root",
                           .constraints = "critical,CA:TRUE",
                           .key = device_key,
                           .signer = root_key,
                           .hash = EVP_sha1()};
    weak = make(&order);
    assert_int_equal(judge(said, device, key, NULL), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(statement, weak, key, pem_of(root, NULL)), KUNCI_ATTEST_INVALID);
    X509_free(said);
    X509_free(weak);
}

/* ---- extensions ---- */

static const struct told {
    struct extension extension;
    const char *firmware, *serial, *asked, *touched; /* firmware NULL: refused */
} tells[] = {
    {{FIRMWARE, "\x04\x03\x00", 3}, "4.3.0", "", "", ""},
    {{FIRMWARE, "\xff\xff\xff", 3}, "255.255.255", "", "", ""},
    {{FIRMWARE, "", 0}, NULL, "", "", ""},
    {{FIRMWARE, "\x05\x02", 2}, NULL, "", "", ""},
    {{FIRMWARE, "\x05\x02\x07\x00", 4}, NULL, "", "", ""},
    {{SERIAL, "\x02\x01\x00", 3}, "", "0", "", ""},
    {{SERIAL, "\x02\x01\x7f", 3}, "", "127", "", ""},
    {{SERIAL, "\x02\x02\x00\x80", 4}, "", "128", "", ""},
    {{SERIAL, "\x02\x04\x00\x28\x99\x89", 6}, "", "2660745", "", ""},
    {{SERIAL, "\x02\x05\x00\xff\xff\xff\xff", 7}, "", "4294967295", "", ""},
    {{SERIAL, "\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff", 10}, "", "9223372036854775807", "", ""},
    {{SERIAL, "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", 11}, NULL, "", "", ""},
    {{SERIAL, "", 0}, NULL, "", "", ""},
    {{SERIAL, "\x02", 1}, NULL, "", "", ""},
    {{SERIAL, "\x02\x00", 2}, NULL, "", "", ""},
    {{SERIAL, "\x02\x01\x80", 3}, NULL, "", "", ""},
    {{SERIAL, "\x02\x02\x01", 3}, NULL, "", "", ""},
    {{SERIAL, "\x02\x01\x01\x01", 4}, NULL, "", "", ""},
    {{SERIAL, "\x02\x81\x01\x01", 4}, NULL, "", "", ""},
    {{SERIAL, "\x04\x01\x01", 3}, NULL, "", "", ""},
    {{POLICY, "\x01\x01", 2}, "", "", "never", "never"},
    {{POLICY, "\x03\x02", 2}, "", "", "always", "always"},
    {{POLICY, "\x04\x03", 2}, "", "", "match-once", "cached"},
    {{POLICY, "\x05\x04", 2}, "", "", "match-always", "0x04"},
    {{POLICY, "\x00\x00", 2}, "", "", "0x00", "0x00"},
    {{POLICY, "\x07\xff", 2}, "", "", "0x07", "0xff"},
    {{POLICY, "", 0}, NULL, "", "", ""},
    {{POLICY, "\x01", 1}, NULL, "", "", ""},
    {{POLICY, "\x01\x01\x01", 3}, NULL, "", "", ""},
};

static void reads_extensions_strictly(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof tells / sizeof *tells; i++) {
        const struct told *told = &tells[i];
        X509 *said = make_statement(&told->extension, 1);
        struct kunci_attestation attestation;

        load(&attestation, said, device);
        assert_int_equal(verify(&attestation, key, NULL),
                         told->firmware ? KUNCI_OK : KUNCI_ATTEST_INVALID);
        assert_string_equal(attestation.firmware, told->firmware ? told->firmware : "");
        assert_string_equal(attestation.serial, told->serial);
        assert_string_equal(attestation.pin_policy, told->asked);
        assert_string_equal(attestation.touch_policy, told->touched);
        kunci_attestation_clear(&attestation);
        X509_free(said);
    }
}

static void refuses_none_and_two_of_a_kind(void **state)
{
    const struct extension twice[] = {usual[0], usual[1], usual[0]};
    X509 *none = make_statement(NULL, 0), *two = make_statement(twice, 3);

    (void)state;
    assert_int_equal(judge(none, device, key, NULL), KUNCI_ATTEST_INVALID);
    assert_int_equal(judge(two, device, key, NULL), KUNCI_ATTEST_INVALID);
    X509_free(none);
    X509_free(two);
}

/* ---- bytes of any kind ---- */

static enum kunci_rc verify_bytes(unsigned char *said, size_t said_len, unsigned char *by,
                                  size_t by_len, const char *roots)
{
    struct kunci_attestation attestation = {
        .statement = said, .statement_len = said_len, .device = by, .device_len = by_len};
    enum kunci_rc rc = verify(&attestation, key, roots);

    free(attestation.root);
    return rc;
}

static void refuses_every_cut(void **state)
{
    char *roots = pem_of(root, NULL);
    size_t said_len, by_len, cut;
    unsigned char *said = der_of(statement, &said_len), *by = der_of(device, &by_len), *part;

    (void)state;
    for (cut = 0; cut < said_len || cut < by_len; cut++) {
        assert_non_null(part = malloc(cut ? cut : 1)); /* so that a read past it is seen */
        memcpy(part, cut < said_len ? said : by, cut);
        if (cut < said_len)
            assert_int_equal(verify_bytes(part, cut, by, by_len, roots), KUNCI_ATTEST_INVALID);
        if (cut < by_len) {
            memcpy(part, by, cut);
            assert_int_equal(verify_bytes(said, said_len, part, cut, roots), KUNCI_ATTEST_INVALID);
        }
        free(part);
    }
    assert_int_equal(verify_bytes(NULL, 0, NULL, 0, roots), KUNCI_ATTEST_INVALID);
    free(said);
    free(by);
    free(roots);
}

static void refuses_every_flipped_byte(void **state)
{
    char *roots = pem_of(root, NULL);
    size_t said_len, by_len, i;
    unsigned char *said = der_of(statement, &said_len), *by = der_of(device, &by_len);

    (void)state;
    for (i = 0; i < said_len; i++) {
        said[i] ^= 0x55;
        assert_int_equal(verify_bytes(said, said_len, by, by_len, NULL), KUNCI_ATTEST_INVALID);
        said[i] ^= 0x55;
    }
    for (i = 0; i < by_len; i++) {
        by[i] ^= 0x55;
        assert_int_equal(verify_bytes(said, said_len, by, by_len, roots), KUNCI_ATTEST_INVALID);
        by[i] ^= 0x55;
    }
    assert_int_equal(verify_bytes(said, said_len, by, by_len, roots), KUNCI_OK);
    free(said);
    free(by);
    free(roots);
}

static void refuses_files_without_a_root(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        "letter",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n",
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
    };
    char *roots = pem_of(root, NULL);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *both = malloc(strlen(roots) + strlen(bad[i]) + 1);

        assert_int_equal(judge(statement, device, key, strdup(bad[i])), KUNCI_CERT_INVALID);
        sprintf(both, "%s%s", roots, bad[i]);
        assert_int_equal(judge(statement, device, key, both),
                         strncmp(bad[i], "-----", 5) == 0 ? KUNCI_CERT_INVALID : KUNCI_OK);
    }
    for (i = strlen(roots) - 2; i > 0; i--) { /* the last character is but a line's end */
        roots[i] = '\0';
        assert_int_equal(judge(statement, device, key, strdup(roots)), KUNCI_CERT_INVALID);
    }
    free(roots);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_the_device_says),
        cmocka_unit_test(an_older_error_is_none),
        cmocka_unit_test(refuses_another_key),
        cmocka_unit_test(refuses_another_device),
        cmocka_unit_test(refuses_what_an_attested_key_says),
        cmocka_unit_test(refuses_another_root),
        cmocka_unit_test(follows_what_stands_between),
        cmocka_unit_test(counts_paths_with_the_statement),
        cmocka_unit_test(looks_at_the_dates_of_devices_alone),
        cmocka_unit_test(refuses_weak_hashes),
        cmocka_unit_test(reads_extensions_strictly),
        cmocka_unit_test(refuses_none_and_two_of_a_kind),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_every_flipped_byte),
        cmocka_unit_test(refuses_files_without_a_root),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
