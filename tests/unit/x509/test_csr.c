#include "base/error.h"
#include "lib/soft_signer.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUBJECT "C=ID, O=Dinas Kominfo, CN=Budi"

static const char *const mail[] = {"email:budi@contoh.go.id", NULL};
static const char *const commits[] = {"nonRepudiation", NULL};
static const struct kunci_csr_options plain = {.subject = SUBJECT};
static const struct kunci_csr_options full = {.subject = SUBJECT, .names = mail, .usages = commits};

static const struct kind {
    enum kunci_key_type type;
    enum kunci_alg from, to;
    const char *public_key;
} kinds[] = {
    {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 2048"},
    {KUNCI_KEY_RSA3072, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 3072"},
    {KUNCI_KEY_RSA4096, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512, "RSA 4096"},
    {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-256"},
    {KUNCI_KEY_P384, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-384"},
    {KUNCI_KEY_P521, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512, "P-521"},
    {KUNCI_KEY_ED25519, KUNCI_ED25519, KUNCI_ED25519, "Ed25519"},
};

/* Asks the stock openssl whether the request's signature is good. */
static void openssl_verifies(const unsigned char *der, size_t len)
{
    FILE *child = popen("openssl req -inform DER -verify -noout >/dev/null 2>&1", "w");

    assert_non_null(child);
    assert_int_equal(fwrite(der, 1, len, child), len);
    assert_int_equal(pclose(child), 0);
}

static void check_one(EVP_PKEY *key, enum kunci_alg alg, const char *public_key)
{
    struct kunci_signer *signer = soft_signer(key, alg);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    unsigned char *der, *again;
    size_t len, again_len;

    if (kunci_csr_new(signer, &plain, &der, &len, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", kunci_alg_name(alg), err.about, err.detail);
    openssl_verifies(der, len);
    assert_int_equal(kunci_csr_describe(der, len, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, SUBJECT);
    assert_string_equal(info.public_key, public_key);
    assert_string_equal(info.signature, kunci_alg_name(alg));
    assert_int_equal(strlen(info.sha256), 64);
    assert_null(info.issuer);
    kunci_cert_info_clear(&info);
    assert_int_equal(kunci_csr_read(der, len, &again, &again_len, &err), KUNCI_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, der, len);
    free(again);
    free(der);
    kunci_signer_free(&signer);
}

static void openssl_takes_every_kind(void **state)
{
    const struct kind *kind;
    int alg;

    (void)state;
    for (kind = kinds; kind < kinds + sizeof kinds / sizeof *kinds; kind++) {
        EVP_PKEY *key = soft_key(kind->type);

        for (alg = (int)kind->from; alg <= (int)kind->to; alg++)
            check_one(key, (enum kunci_alg)alg, kind->public_key);
        EVP_PKEY_free(key);
    }
}

/* ---- malformed ones ---- */

static unsigned char *make(size_t *len)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;

    assert_int_equal(kunci_csr_new(signer, &full, &der, len, &err), KUNCI_OK);
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
    return der;
}

static void refused(const void *bytes, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t der_len;

    assert_int_equal(kunci_csr_read(bytes, len, &der, &der_len, &err), KUNCI_CSR_INVALID);
    assert_null(der);
    assert_true(*err.detail);
}

static void refuses_every_cut(void **state)
{
    size_t len, cut;
    unsigned char *der = make(&len);

    (void)state;
    for (cut = 0; cut < len; cut++) {
        unsigned char *part = malloc(cut + 1); /* so that a read past it is seen */

        memcpy(part, der, cut);
        part = realloc(part, cut ? cut : 1);
        refused(part, cut);
        free(part);
    }
    free(der);
}

static void refuses_every_flipped_byte(void **state)
{
    size_t len, i;
    unsigned char *der = make(&len);

    (void)state;
    for (i = 0; i < len; i++) {
        der[i] ^= 0x55;
        refused(der, len);
        der[i] ^= 0x55;
    }
    free(der);
}

/* A signer whose signatures are another key's. */
static void never_hands_out_a_bad_signature(void **state)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256), *other = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    signer->context = other;
    assert_int_equal(kunci_csr_new(signer, &plain, &der, &len, &err), KUNCI_KEY_MISMATCH);
    assert_null(der);
    signer->context = key;
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

static void subject_is_checked_before_signing(void **state)
{
    static const struct kunci_csr_options wrong = {.subject = "C=Indonesia"};
    struct kunci_signer nobody = {.alg = KUNCI_ECDSA_SHA256};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    assert_int_equal(kunci_csr_new(&nobody, &wrong, &der, &len, &err), KUNCI_SUBJECT_INVALID);
    assert_null(der);
}

static void signer_must_name_its_algorithm(void **state)
{
    struct kunci_signer nobody = {.alg = KUNCI_ALG_NONE};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;
    size_t len;

    (void)state;
    assert_int_equal(kunci_csr_new(&nobody, &plain, &der, &len, &err), KUNCI_SIGN_UNSUPPORTED);
}

/* ---- what is asked for beyond the subject ---- */

static enum kunci_rc ask(const struct kunci_csr_options *wanted, struct kunci_cert_info *info,
                         struct kunci_err *err)
{
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    unsigned char *der = NULL, *again = NULL;
    size_t len, again_len;
    enum kunci_rc rc = kunci_csr_new(signer, wanted, &der, &len, err);

    *info = (struct kunci_cert_info){0};
    if (rc == KUNCI_OK) {
        openssl_verifies(der, len);
        assert_int_equal(kunci_csr_read(der, len, &again, &again_len, err), KUNCI_OK);
        assert_int_equal(kunci_csr_describe(der, len, info, err), KUNCI_OK);
    } else {
        assert_null(der);
    }
    free(der);
    free(again);
    kunci_signer_free(&signer);
    EVP_PKEY_free(key);
    return rc;
}

static void asks_for_names_usages_and_extensions(void **state)
{
    static const char *const names[] = {"dns:*.contoh.go.id",
                                        "email:budi@contoh.go.id",
                                        "ip:192.0.2.1",
                                        "ip:2001:db8::1",
                                        "uri:https://contoh.go.id/budi",
                                        "upn:budi@contoh.go.id",
                                        "dirname:C=ID, O=Dinas Contoh, CN=Budi",
                                        "rid:1.2.3",
                                        NULL};
    static const char *const usages[] = {"digitalSignature", "contentCommitment", "clientAuth",
                                         "1.2.3.4", NULL};
    static const char *const extensions[] = {"1.2.3.5=critical,0500", "1.2.3.6=0101ff", NULL};
    const struct kunci_csr_options wanted = {
        .subject = SUBJECT, .names = names, .usages = usages, .extensions = extensions};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    size_t i;

    (void)state;
    /* What is critical and not known, lint refuses. */
    assert_int_equal(ask(&wanted, &info, &err), KUNCI_LINT_FAILED);
    assert_non_null(strstr(err.detail, "extension_unknown_critical"));
    err = (struct kunci_err)KUNCI_ERR_INIT;
    const struct kunci_csr_options milder = {
        .subject = SUBJECT, .names = names, .usages = usages, .extensions = extensions + 1};
    if (ask(&milder, &info, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    for (i = 0; names[i]; i++)
        assert_string_equal(info.names[i], names[i]);
    assert_null(info.names[i]);
    assert_string_equal(info.usages[0], "digitalSignature");
    assert_string_equal(info.usages[1], "nonRepudiation");
    assert_string_equal(info.usages[2], "clientAuth");
    assert_string_equal(info.usages[3], "1.2.3.4");
    assert_int_equal(info.extension_count, 4);
    assert_string_equal(info.extensions[3].oid, "1.2.3.6");
    kunci_cert_info_clear(&info);
}

static void refuses_what_cannot_be_asked_for(void **state)
{
    static const struct row {
        const char *name, *usage, *extension;
        enum kunci_rc rc;
    } rows[] = {
        {"www.contoh.go.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dns:", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dns:a.id,dns:b.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dns:b\xc3\xbc"
         "ro.id",
         NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dns:contoh..id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dns:-contoh.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"email:budi", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"email:b\xc3\xbc"
         "di@contoh.id",
         NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"email:@contoh.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"email:budi@*.contoh.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"ip:1.2.3", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"uri:contoh.go.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"uri:http://contoh.go.id/a b", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"upn:budi", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"upn:b\ni@contoh.id", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"rid:one", NULL, NULL, KUNCI_ALT_NAME_INVALID},
        {"dirname:C=Indonesia", NULL, NULL, KUNCI_SUBJECT_INVALID},
        {NULL, "signing", NULL, KUNCI_USAGE_INVALID},
        {NULL, "", NULL, KUNCI_USAGE_INVALID},
        {NULL, "subjectAltName", NULL, KUNCI_USAGE_INVALID},
        {NULL, NULL, "1.2.3", KUNCI_EXTENSION_INVALID},
        {NULL, NULL, "1.2.3=", KUNCI_EXTENSION_INVALID},
        {NULL, NULL, "1.2.3=05", KUNCI_EXTENSION_INVALID},
        {NULL, NULL, "1.2.3=0580", KUNCI_EXTENSION_INVALID},
        {NULL, NULL, "1.2.3=04810100", KUNCI_EXTENSION_INVALID},
        {NULL, NULL, "name=0500", KUNCI_EXTENSION_INVALID},
        {"dns:a.id", NULL, "2.5.29.17=3000", KUNCI_EXTENSION_INVALID},
        {NULL, "encipherOnly", NULL, KUNCI_LINT_FAILED},
        {NULL, "keyEncipherment", NULL, KUNCI_LINT_FAILED},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const names[] = {rows[i].name, NULL}, *const usages[] = {rows[i].usage, NULL};
        const char *const extensions[] = {rows[i].extension, NULL};
        const struct kunci_csr_options wanted = {
            .subject = SUBJECT, .names = names, .usages = usages, .extensions = extensions};
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_cert_info info;

        if (ask(&wanted, &info, &err) != rows[i].rc)
            fail_msg("row %zu: %s %s %s", i, kunci_err_name(err.rc), err.about, err.detail);
        kunci_cert_info_clear(&info);
    }
}

/* A certificate's subject, names and usages are asked for again, to the byte. */
static void is_like_an_older_certificate(void **state)
{
    static const char command[] =
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout /dev/null -outform DER"
        " -subj '/CN=Budi/O=Dinas Kominfo/C=ID' -addext keyUsage=critical,nonRepudiation"
        " -addext subjectAltName=email:budi@contoh.go.id -addext extendedKeyUsage=emailProtection"
        " 2>/dev/null";
    static const char *const names[] = {"dns:contoh.go.id", NULL};
    struct kunci_csr_options wanted = {.subject = NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    FILE *child = popen(command, "r");
    unsigned char der[4096];

    (void)state;
    assert_non_null(child);
    assert_int_equal(ask(&wanted, &info, &err), KUNCI_SUBJECT_INVALID); /* like nothing */
    err = (struct kunci_err)KUNCI_ERR_INIT;
    wanted.like = der;
    wanted.like_len = fread(der, 1, sizeof der, child);
    assert_int_equal(pclose(child), 0);
    assert_int_equal(ask(&wanted, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, "CN=Budi, O=Dinas Kominfo, C=ID");
    assert_string_equal(info.names[0], "email:budi@contoh.go.id");
    assert_string_equal(info.usages[0], "nonRepudiation");
    assert_string_equal(info.usages[1], "emailProtection");
    assert_int_equal(info.extension_count, 3);
    kunci_cert_info_clear(&info);
    wanted.subject = SUBJECT;
    wanted.names = names;
    assert_int_equal(ask(&wanted, &info, &err), KUNCI_OK);
    assert_string_equal(info.subject, SUBJECT);
    assert_string_equal(info.names[0], names[0]);
    assert_string_equal(info.usages[0], "nonRepudiation");
    kunci_cert_info_clear(&info);
    wanted.like_len--;
    assert_int_equal(ask(&wanted, &info, &err), KUNCI_CERT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_takes_every_kind),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_every_flipped_byte),
        cmocka_unit_test(never_hands_out_a_bad_signature),
        cmocka_unit_test(subject_is_checked_before_signing),
        cmocka_unit_test(signer_must_name_its_algorithm),
        cmocka_unit_test(asks_for_names_usages_and_extensions),
        cmocka_unit_test(refuses_what_cannot_be_asked_for),
        cmocka_unit_test(is_like_an_older_certificate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
