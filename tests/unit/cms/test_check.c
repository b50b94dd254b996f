#include "base/error.h"
#include "cms/check.h"
#include "cms/check_attributes.h"
#include "lib/place.h"
#include "lib/signatures.h"

#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What openssl made, and what we say of each of its signatures. */
static const struct made {
    const char *file;
    bool within; /* the content */
    int signers;
    enum kunci_reason reason;
    bool cades;
    const char *algorithm; /* NULL: several */
} made[] = {
    {"rsa2048.cms", false, 1, KUNCI_REASON_NONE, false, "RSA-SHA256"},
    {"rsa2048-cades.cms", false, 1, KUNCI_REASON_NONE, true, "RSA-SHA256"},
    {"rsa3072.cms", false, 1, KUNCI_REASON_NONE, false, "RSA-SHA256"},
    {"rsa3072-cades.cms", false, 1, KUNCI_REASON_NONE, true, "RSA-SHA256"},
    {"p256.cms", false, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"p256-cades.cms", false, 1, KUNCI_REASON_NONE, true, "ECDSA-SHA256"},
    {"p384.cms", false, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"p521.cms", false, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"sha384.cms", false, 1, KUNCI_REASON_NONE, true, "ECDSA-SHA384"},
    {"sha512.cms", false, 1, KUNCI_REASON_NONE, false, "RSA-SHA512"},
    {"pss.cms", false, 1, KUNCI_REASON_NONE, false, "PSS-SHA256"},
    {"pss-hash.cms", false, 1, KUNCI_REASON_NONE, false, "PSS-SHA256"},
    {"attached.cms", true, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"stream.cms", true, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"pem.cms", true, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"noattr.cms", false, 1, KUNCI_REASON_NONE, false, "RSA-SHA256"},
    {"noattr-attached.cms", true, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"keyid.cms", false, 1, KUNCI_REASON_NONE, true, "ECDSA-SHA256"},
    {"two.cms", false, 2, KUNCI_REASON_NONE, false, NULL}, /* a set: in no order of ours */
    {"three.cms", true, 3, KUNCI_REASON_NONE, true, NULL},
    {"nested.cms", true, 1, KUNCI_REASON_NONE, false, "ECDSA-SHA256"},
    {"nocerts.cms", false, 1, KUNCI_NO_SIGNING_CERTIFICATE_FOUND, false, "ECDSA-SHA256"},
    {"sha1.cms", false, 1, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, false, "RSA-SHA1"},
    {"md5.cms", false, 1, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, false, ""},
    {"rsa1024.cms", false, 1, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, false, "RSA-SHA256"},
    {"secp256k1.cms", false, 1, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, false, "ECDSA-SHA256"},
    {"pss-none.cms", false, 1, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, false, ""},
};

/* Reads the bytes, with the content where that is not within. */
static enum kunci_rc read_message(const unsigned char *bytes, size_t len, const char *content,
                                  struct cms *cms, struct kunci_err *err)
{
    BIO *in = BIO_new_mem_buf(bytes, (int)len), *file = NULL;
    enum kunci_rc rc = cms_read(in, NULL, cms, err);

    if (rc == KUNCI_OK && !cms->attached) {
        file = BIO_new_file(content, "rb");
        rc = cms_read_content(cms, file, err);
    }
    BIO_free(in);
    BIO_free(file);
    return rc;
}

static void check_one(const struct made *one)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct cms_proof proof;
    struct cms cms;
    size_t len;
    unsigned char *bytes = place_file(one->file, &len);
    int i;

    if (read_message(bytes, len, "content", &cms, &err) != KUNCI_OK)
        fail_msg("%s: %s", one->file, err.detail);
    assert_int_equal(cms.attached, one->within);
    assert_int_equal(sk_CMS_SignerInfo_num(cms.signers), one->signers);
    for (i = 0; i < one->signers; i++) {
        assert_int_equal(cms_check(&cms, sk_CMS_SignerInfo_value(cms.signers, i), &proof, &err),
                         KUNCI_OK);
        if (proof.reason != one->reason)
            fail_msg("%s: reason %d, %s", one->file, proof.reason, proof.detail);
        assert_int_equal(proof.indication, one->reason ? KUNCI_INDETERMINATE : KUNCI_PASSED);
        assert_int_equal(proof.cades, one->cades);
        if (one->algorithm)
            assert_string_equal(proof.algorithm, one->algorithm);
    }
    cms_clear(&cms);
    free(bytes);
}

static void what_openssl_makes_is_judged_rightly(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof made / sizeof *made; i++)
        check_one(&made[i]);
}

/* ---- attacks ---- */

/* What is said of the first signature of a message. */
static enum kunci_reason reason_of(const unsigned char *bytes, size_t len, const char *content)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct cms_proof proof = {.reason = KUNCI_FORMAT_FAILURE};
    struct cms cms;

    if (read_message(bytes, len, content, &cms, &err) == KUNCI_OK)
        assert_int_equal(cms_check(&cms, sk_CMS_SignerInfo_value(cms.signers, 0), &proof, &err),
                         KUNCI_OK);
    cms_clear(&cms);
    return proof.reason;
}

static enum kunci_reason reason_of_file(const char *name, const char *content)
{
    size_t len;
    unsigned char *bytes = place_file(name, &len);
    enum kunci_reason reason = reason_of(bytes, len, content);

    free(bytes);
    return reason;
}

static void another_content_is_found(void **state)
{
    (void)state;
    place_shell("sed 1s/./-/ content >other");
    assert_int_equal(reason_of_file("p256.cms", "other"), KUNCI_HASH_FAILURE);
    assert_int_equal(reason_of_file("noattr.cms", "other"), KUNCI_SIG_CRYPTO_FAILURE);
}

/* A message without signed attributes whose content is another's signed attributes: the
 * signature would be good. */
static void attributes_shown_as_content_are_refused(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    CMS_SignerInfo *signer;
    struct cms cms;
    size_t len;
    unsigned char *bytes = place_file("p256.cms", &len), *der = NULL;
    FILE *file = fopen("attributes", "wb");
    int der_len;

    (void)state;
    assert_int_equal(read_message(bytes, len, "content", &cms, &err), KUNCI_OK);
    signer = sk_CMS_SignerInfo_value(cms.signers, 0);
    der_len = attributes_encode(signer, &der);
    assert_true(der_len > 0);
    assert_int_equal(fwrite(der, 1, (size_t)der_len, file), der_len);
    fclose(file);
    place_shell("openssl cms -sign -binary -in attributes -signer p256.pem -inkey p256.key "
                "-outform DER -out confused.cms -noattr");
    assert_int_equal(reason_of_file("confused.cms", "attributes"), KUNCI_FORMAT_FAILURE);
    OPENSSL_free(der);
    cms_clear(&cms);
    free(bytes);
}

static void *read_pem(const char *name, bool key)
{
    BIO *in = BIO_new_file(name, "r");
    void *read = key ? (void *)PEM_read_bio_PrivateKey(in, NULL, NULL, NULL)
                     : (void *)PEM_read_bio_X509(in, NULL, NULL, NULL);

    BIO_free(in);
    assert_non_null(read);
    return read;
}

/* Another certificate of the same key: the signed one is not there. */
static void another_certificate_of_the_key_is_found(void **state)
{
    const unsigned char *p;
    unsigned char *bytes, *der = NULL;
    CMS_ContentInfo *info;
    size_t len;
    X509 *cert;
    int der_len;

    (void)state;
    place_shell("openssl req -new -key p256.key -out request -subj '/CN=Orang Lain' && "
                "openssl x509 -req -in request -CA root.pem -CAkey root.key -CAcreateserial "
                "-days 20 -extfile extensions -out p256-other.pem 2>/dev/null && "
                "openssl cms -sign -binary -in content -signer p256.pem -inkey p256.key "
                "-cades -keyid -nocerts -outform DER -out bare.cms");
    bytes = place_file("bare.cms", &len);
    p = bytes;
    info = d2i_CMS_ContentInfo(NULL, &p, (long)len);
    cert = read_pem("p256-other.pem", false);
    assert_int_equal(CMS_add1_cert(info, cert), 1);
    der_len = i2d_CMS_ContentInfo(info, &der);
    assert_int_equal(reason_of(der, (size_t)der_len, "content"),
                     KUNCI_NO_SIGNING_CERTIFICATE_FOUND);
    OPENSSL_free(der);
    CMS_ContentInfo_free(info);
    X509_free(cert);
    free(bytes);
}

/* Signed by us with what `spoil` does to the attributes. */
static enum kunci_reason reason_of_spoilt(void (*spoil)(CMS_SignerInfo *))
{
    X509 *cert = read_pem("p256.pem", false);
    EVP_PKEY *key = read_pem("p256.key", true);
    BIO *content = BIO_new_file("content", "rb");
    const unsigned flags = CMS_DETACHED | CMS_BINARY;
    CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, content, flags | CMS_PARTIAL);
    CMS_SignerInfo *signer = CMS_add1_signer(info, cert, key, EVP_sha256(), flags | CMS_PARTIAL);
    enum kunci_reason reason;
    unsigned char *der = NULL;
    int len;

    assert_non_null(signer);
    spoil(signer);
    (void)BIO_reset(content);
    assert_int_equal(CMS_final(info, content, NULL, flags), 1);
    len = i2d_CMS_ContentInfo(info, &der);
    reason = reason_of(der, (size_t)len, "content");
    OPENSSL_free(der);
    CMS_ContentInfo_free(info);
    BIO_free(content);
    EVP_PKEY_free(key);
    X509_free(cert);
    return reason;
}

static void spoil_nothing(CMS_SignerInfo *signer)
{
    (void)signer;
}

/* OpenSSL itself looks at those that it knows. */
static void add_one_with_two_values(CMS_SignerInfo *signer)
{
    X509_ATTRIBUTE *attribute =
        X509_ATTRIBUTE_create_by_NID(NULL, NID_commonName, V_ASN1_UTF8STRING, "a", 1);

    assert_int_equal(X509_ATTRIBUTE_set1_data(attribute, V_ASN1_UTF8STRING, "b", 1), 1);
    assert_int_equal(CMS_signed_add1_attr(signer, attribute), 1);
    X509_ATTRIBUTE_free(attribute);
}

static void add_one_twice(CMS_SignerInfo *signer)
{
    int i;

    for (i = 0; i < 2; i++)
        assert_int_equal(
            CMS_signed_add1_attr_by_NID(signer, NID_commonName, V_ASN1_UTF8STRING, "a", 1), 1);
}

static void name_no_certificate(CMS_SignerInfo *signer)
{
    static const unsigned char empty[] = {0x30, 0};

    assert_int_equal(CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2,
                                                 V_ASN1_SEQUENCE, empty, sizeof empty),
                     1);
}

static void spoilt_attributes_are_refused(void **state)
{
    (void)state;
    assert_int_equal(reason_of_spoilt(spoil_nothing), KUNCI_REASON_NONE);
    assert_int_equal(reason_of_spoilt(add_one_with_two_values), KUNCI_FORMAT_FAILURE);
    assert_int_equal(reason_of_spoilt(add_one_twice), KUNCI_FORMAT_FAILURE);
    assert_int_equal(reason_of_spoilt(name_no_certificate), KUNCI_NO_SIGNING_CERTIFICATE_FOUND);
}

/* The type stands first where the content is, and again among what is signed. */
static void another_type_is_found(void **state)
{
    static const unsigned char data[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1};
    size_t len;
    unsigned char *bytes = place_file("p256.cms", &len);
    unsigned char *type = memmem(bytes, len, data, sizeof data);

    (void)state;
    assert_non_null(type);
    type[sizeof data - 1] = 6;
    assert_int_equal(reason_of(bytes, len, "content"), KUNCI_FORMAT_FAILURE);
    free(bytes);
}

/* ---- every byte ---- */

/* All that a person is told of the first signature. */
struct told {
    enum kunci_rc rc;
    struct cms_proof proof;
    unsigned char cert[32], content[32], signature[32];
};

static struct told tell(const unsigned char *bytes, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct told told;
    struct cms cms;

    memset(&told, 0, sizeof told);
    told.rc = read_message(bytes, len, "small", &cms, &err);
    if (told.rc == KUNCI_OK) {
        assert_int_equal(
            cms_check(&cms, sk_CMS_SignerInfo_value(cms.signers, 0), &told.proof, &err), KUNCI_OK);
        if (told.proof.cades)
            X509_digest(told.proof.cert, EVP_sha256(), told.cert, NULL);
        else if (told.proof.cert) /* the certificate's own signature is its path's affair */
            X509_pubkey_digest(told.proof.cert, EVP_sha256(), told.cert, NULL);
        if (digests_value(&cms.digests, EVP_sha256()))
            memcpy(told.content, digests_value(&cms.digests, EVP_sha256()), 32);
        EVP_Digest(told.proof.signature->data, (size_t)told.proof.signature->length, told.signature,
                   NULL, EVP_sha256(), NULL);
        told.proof.cert = NULL;
        told.proof.signature = NULL;
    } else if (told.rc != KUNCI_CMS_INVALID || !*err.detail) {
        fail_msg("%s", kunci_err_name(told.rc));
    }
    cms_clear(&cms);
    return told;
}

static const char *const small[] = {"small.cms", "small-stream.cms", "small-pem.cms",
                                    "small-noattr.cms", "small-detached.cms"};

static void every_cut_is_refused(void **state)
{
    size_t i, len, cut;

    (void)state;
    for (i = 0; i < sizeof small / sizeof *small; i++) {
        unsigned char *bytes = place_file(small[i], &len);

        assert_int_equal(tell(bytes, len).proof.indication, KUNCI_PASSED);
        for (cut = 0; cut < len - 1; cut++) {      /* PEM may lack the end of its last line */
            unsigned char *part = malloc(cut + 1); /* so that a read past it is seen */

            memcpy(part, bytes, cut);
            part = realloc(part, cut ? cut : 1);
            assert_int_equal(tell(part, cut).rc, KUNCI_CMS_INVALID);
            free(part);
        }
        free(bytes);
    }
}

/* What passes though a byte is another says the same: that byte means nothing. */
static void no_changed_byte_passes_as_something_else(void **state)
{
    static const unsigned char flips[] = {0x01, 0xd4};
    size_t i, len, at, f;

    (void)state;
    for (i = 0; i < sizeof small / sizeof *small; i++) {
        unsigned char *bytes = place_file(small[i], &len);
        struct told right = tell(bytes, len);

        for (at = 0; at < len; at++)
            for (f = 0; f < sizeof flips; f++) {
                struct told told;

                bytes[at] ^= flips[f];
                told = tell(bytes, len);
                if (told.rc == KUNCI_OK && told.proof.indication == KUNCI_PASSED)
                    assert_memory_equal(&told, &right, sizeof told);
                bytes[at] ^= flips[f];
            }
        free(bytes);
    }
}

static void nothing_may_stand_after_it(void **state)
{
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof small / sizeof *small; i++) {
        unsigned char *bytes = place_file(small[i], &len);

        bytes[len] = 'x';
        assert_int_equal(tell(bytes, len + 1).rc, KUNCI_CMS_INVALID);
        free(bytes);
    }
}

static void what_is_no_signature_is_refused(void **state)
{
    static const char *const files[] = {"encrypted.cms", "root.pem", "content", "p256.key"};
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof files / sizeof *files; i++) {
        unsigned char *bytes = place_file(files[i], &len);

        assert_int_equal(tell(bytes, len).rc, KUNCI_CMS_INVALID);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_openssl_makes_is_judged_rightly),
        cmocka_unit_test(another_content_is_found),
        cmocka_unit_test(attributes_shown_as_content_are_refused),
        cmocka_unit_test(another_certificate_of_the_key_is_found),
        cmocka_unit_test(spoilt_attributes_are_refused),
        cmocka_unit_test(another_type_is_found),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(no_changed_byte_passes_as_something_else),
        cmocka_unit_test(nothing_may_stand_after_it),
        cmocka_unit_test(what_is_no_signature_is_refused),
    };

    return cmocka_run_group_tests(tests, signatures_up, place_down);
}
