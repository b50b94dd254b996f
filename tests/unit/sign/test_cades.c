/* Signatures as stock OpenSSL sees them. */
#include "lib/signing_desk.h"
#include "lib/soft_signer.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct kind {
    enum kunci_key_type type;
    enum kunci_alg from, to;
} kinds[] = {
    {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512},
    {KUNCI_KEY_RSA3072, KUNCI_RSA_SHA256, KUNCI_PSS_SHA512},
    {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512},
    {KUNCI_KEY_P384, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512},
    {KUNCI_KEY_P521, KUNCI_ECDSA_SHA256, KUNCI_ECDSA_SHA512},
    {KUNCI_KEY_ED25519, KUNCI_ED25519, KUNCI_ED25519},
};

static void must_sign(const struct desk *desk, const struct kunci_sign_options *options,
                      const char *in, const char *out, const char *join)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_signed how;

    if (desk_sign(desk, options, in, out, join, &how, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", kunci_err_name(err.rc), err.about, err.detail);
    assert_int_equal(how, KUNCI_SIGNED);
}

/* An error that the caller's struct held before is none of this file's. */
static void older_errors_are_no_errors(void **state)
{
    static const struct certified how = {"Budi", -60, 3600, "digitalSignature", NULL};
    const struct kunci_sign_options wanted = {.format = KUNCI_FORMAT_CADES};
    const struct kunci_sign_options raw = {.format = KUNCI_FORMAT_RAW};
    struct kunci_err err = {.rc = KUNCI_FILE_READ};
    enum kunci_signed how_signed;
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, &how);

    (void)state;
    desk_write(desk, "letter", 1000);
    assert_int_equal(desk_sign(desk, &wanted, "letter", "letter.p7s", NULL, &how_signed, &err),
                     KUNCI_OK);
    desk_down(&desk);
    desk = desk_up(KUNCI_KEY_ED25519, KUNCI_ED25519, &how);
    desk_write(desk, "letter", 1000);
    assert_int_equal(desk_sign(desk, &raw, "letter", "letter.sig", NULL, &how_signed, &err),
                     KUNCI_OK);
    desk_down(&desk);
}

static void must_refuse(const struct desk *desk, const struct kunci_sign_options *options,
                        const char *in, const char *out, const char *join, enum kunci_rc rc)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_signed how;

    assert_string_equal(kunci_err_name(desk_sign(desk, options, in, out, join, &how, &err)),
                        kunci_err_name(rc));
}

/* What OpenSSL makes of it when it writes it anew is the same to the byte. */
static CMS_ContentInfo *is_der(const struct desk *desk, const char *name)
{
    unsigned char *again = NULL, *bytes;
    const unsigned char *p;
    CMS_ContentInfo *cms;
    size_t len;

    bytes = desk_read(desk, name, &len);
    p = bytes;
    cms = d2i_CMS_ContentInfo(NULL, &p, (long)len);
    assert_non_null(cms);
    assert_ptr_equal(p, bytes + len);
    assert_int_equal(i2d_CMS_ContentInfo(cms, &again), len);
    assert_memory_equal(again, bytes, len);
    OPENSSL_free(again);
    free(bytes);
    return cms;
}

static const unsigned char *bytes_of(X509_ATTRIBUTE *attribute, size_t *len)
{
    static unsigned char der[2][1024];
    static unsigned next;
    unsigned char *to = der[next++ % 2];

    *len = (size_t)i2d_X509_ATTRIBUTE(attribute, NULL);
    assert_true(*len <= sizeof der[0]);
    i2d_X509_ATTRIBUTE(attribute, &to);
    return to - *len;
}

static void check_attributes(CMS_SignerInfo *info)
{
    int i, count = CMS_signed_get_attr_count(info);

    assert_int_equal(count, 3);
    assert_true(CMS_signed_get_attr_by_NID(info, NID_pkcs9_contentType, -1) >= 0);
    assert_true(CMS_signed_get_attr_by_NID(info, NID_pkcs9_messageDigest, -1) >= 0);
    assert_true(CMS_signed_get_attr_by_NID(info, NID_id_smime_aa_signingCertificateV2, -1) >= 0);
    assert_true(CMS_signed_get_attr_by_NID(info, NID_pkcs9_signingTime, -1) < 0);
    for (i = 1; i < count; i++) {
        size_t a, b;
        const unsigned char *one = bytes_of(CMS_signed_get_attr(info, i - 1), &a);
        const unsigned char *two = bytes_of(CMS_signed_get_attr(info, i), &b);

        assert_true(memcmp(one, two, a < b ? a : b) < 0);
    }
}

/* What OpenSSL 3.0 cannot: it wants a hash of Ed25519, which has none. All the rest of
 * such a signature it checks. */
static void check_ed25519(const struct desk *desk, CMS_SignerInfo *info)
{
    unsigned char attributes[1024] = {0x31};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const ASN1_OCTET_STRING *sig = CMS_SignerInfo_get0_signature(info);
    size_t len = 0, one;
    X509_ALGOR *hash;
    int i;

    for (i = 0; i < 3; i++) { /* in the order in which they stand */
        const unsigned char *der = bytes_of(CMS_signed_get_attr(info, i), &one);

        memcpy(attributes + 3 + len, der, one);
        len += one;
    }
    assert_true(len >= 128 && len < 256);
    attributes[1] = 0x81;
    attributes[2] = (unsigned char)len;
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, desk->key), 1);
    assert_int_equal(EVP_DigestVerify(context, sig->data, (size_t)sig->length, attributes, 3 + len),
                     1);
    EVP_MD_CTX_free(context);
    CMS_SignerInfo_get0_algs(info, NULL, NULL, &hash, NULL);
    assert_int_equal(OBJ_obj2nid(hash->algorithm), NID_sha512);
}

static void check_file(const struct desk *desk, const char *name, bool attached)
{
    CMS_ContentInfo *cms = is_der(desk, name);
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
    STACK_OF(X509) *certs = CMS_get1_certs(cms);
    const char *how = "-cades";

    assert_int_equal(CMS_is_detached(cms), !attached);
    assert_int_equal(sk_CMS_SignerInfo_num(infos), 1);
    check_attributes(sk_CMS_SignerInfo_value(infos, 0));
    assert_int_equal(sk_X509_num(certs), 2); /* without the root */
    if (desk->signer->alg == KUNCI_ED25519) {
        check_ed25519(desk, sk_CMS_SignerInfo_value(infos, 0));
        how = "-no_attr_verify";
    }
    sk_X509_pop_free(certs, X509_free);
    CMS_ContentInfo_free(cms);
    assert_true(desk_sh(desk,
                        "openssl cms -verify -binary %s -inform DER -in %s %s -CAfile "
                        "root.pem -out got && cmp got letter",
                        how, name, attached ? "" : "-content letter"));
}

static void openssl_takes_every_kind(void **state)
{
    const struct kind *kind;
    int alg;

    (void)state;
    for (kind = kinds; kind < kinds + sizeof kinds / sizeof *kinds; kind++)
        for (alg = (int)kind->from; alg <= (int)kind->to; alg++) {
            struct desk *desk = desk_up(kind->type, (enum kunci_alg)alg, NULL);

            desk_write(desk, "letter", 70000);
            must_sign(desk, &(struct kunci_sign_options){0}, "letter", "letter.p7s", NULL);
            check_file(desk, "letter.p7s", false);
            must_sign(desk, &(struct kunci_sign_options){.attached = true}, "letter", "letter.p7m",
                      NULL);
            check_file(desk, "letter.p7m", true);
            desk_down(&desk);
        }
}

/* Where the form of a length changes, by one signature being shorter than another. */
static void every_length_has_its_form(void **state)
{
    static const size_t around[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 0};
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    const size_t *size = around;
    size_t len, rest, around_whole;
    int i;

    (void)state;
    do {
        desk_write(desk, "letter", *size);
        must_sign(desk, &(struct kunci_sign_options){.attached = true, .force = true}, "letter",
                  "letter.p7m", NULL);
        check_file(desk, "letter.p7m", true);
    } while (*++size);

    /* The whole is at the edge of two bytes of length. */
    free(desk_read(desk, "letter.p7m", &len));
    rest = len - 65536;
    for (i = -30; i < 30; i++) {
        around_whole = (size_t)(65536 - (long)rest + i);
        desk_write(desk, "letter", around_whole);
        must_sign(desk, &(struct kunci_sign_options){.attached = true, .force = true}, "letter",
                  "letter.p7m", NULL);
        CMS_ContentInfo_free(is_der(desk, "letter.p7m"));
        assert_true(desk_sh(desk, "openssl cms -verify -binary -inform DER -in letter.p7m -CAfile "
                                  "root.pem -out got && cmp got letter"));
    }
    desk_down(&desk);
}

/* ---- several signers ---- */

static void signers_join(void **state)
{
    struct desk *one = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    struct desk *two = desk_up(KUNCI_KEY_RSA2048, KUNCI_PSS_SHA512, NULL);
    char path[128], before[128];
    unsigned char *all, *first;
    size_t len, first_len;
    CMS_ContentInfo *cms;

    (void)state;
    desk_write(one, "letter", 5000);
    must_sign(one, &(struct kunci_sign_options){0}, "letter", "letter.p7s", NULL);
    must_sign(one, &(struct kunci_sign_options){.attached = true}, "letter", "letter.p7m", NULL);
    snprintf(path, sizeof path, "%s", desk_path(one, "letter"));
    snprintf(before, sizeof before, "%s", desk_path(one, "letter.p7s"));
    must_sign(two, &(struct kunci_sign_options){0}, path, "both.p7s", before);
    cms = is_der(two, "both.p7s");
    assert_int_equal(sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)), 2);
    CMS_ContentInfo_free(cms);
    assert_true(desk_sh(two,
                        "cat root.pem %s/root.pem >roots && openssl cms -verify -cades -binary "
                        "-inform DER -in both.p7s -content %s -CAfile roots -out got",
                        one->dir, path));

    /* The first one's SignerInfo, the last element, is in there as it was. */
    first = desk_read(one, "letter.p7s", &first_len);
    all = desk_read(two, "both.p7s", &len);
    assert_non_null(memmem(all, len, first + first_len - 250, 250));
    free(first);
    free(all);

    /* From one with the content within, to one with it. */
    snprintf(before, sizeof before, "%s", desk_path(one, "letter.p7m"));
    must_sign(two, &(struct kunci_sign_options){.attached = true}, path, "both.p7m", before);
    CMS_ContentInfo_free(is_der(two, "both.p7m"));
    assert_true(desk_sh(two,
                        "openssl cms -verify -cades -binary -inform DER -in both.p7m -CAfile "
                        "roots -out got && cmp got %s",
                        path));
    must_refuse(two, &(struct kunci_sign_options){0}, "root.pem", "other.p7s", before,
                KUNCI_JOIN_INVALID);
    must_refuse(two, &(struct kunci_sign_options){0}, path, "other.p7s", desk_path(two, "root.pem"),
                KUNCI_JOIN_INVALID);
    desk_down(&one);
    desk_down(&two);
}

/* ---- refusals ---- */

static void certificate_must_be_fit(void **state)
{
    static const struct {
        struct certified how;
        enum kunci_rc rc;
    } cases[] = {
        {{"Kedaluwarsa", -7200, -3600, NULL, NULL}, KUNCI_SIGN_CERT_EXPIRED},
        {{"Nanti", 3600, 7200, NULL, NULL}, KUNCI_SIGN_CERT_EARLY},
        {{"Enkripsi", 0, 3600, "keyEncipherment", NULL}, KUNCI_SIGN_CERT_USAGE},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, &cases[i].how);

        desk_write(desk, "letter", 10);
        must_refuse(desk, &(struct kunci_sign_options){0}, "letter", "letter.p7s", NULL,
                    cases[i].rc);
        must_sign(desk, &(struct kunci_sign_options){.format = KUNCI_FORMAT_RAW}, "letter",
                  "letter.sig", NULL);
        desk_down(&desk);
    }
}

static void certificate_must_be_the_keys(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    unsigned char *other = NULL;
    int len = i2d_X509(desk->issuer, &other);

    (void)state;
    desk_write(desk, "letter", 10);
    must_refuse(desk, &(struct kunci_sign_options){.certs = other, .certs_len = (size_t)len},
                "letter", "letter.p7s", NULL, KUNCI_SIGN_NO_CERT);
    OPENSSL_free(other);
    desk_down(&desk);
}

static void weak_keys_are_refused(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    EVP_PKEY *weak = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);

    (void)state;
    kunci_signer_free(&desk->signer);
    desk->signer = soft_signer(weak, KUNCI_RSA_SHA256);
    desk_write(desk, "letter", 10);
    must_refuse(desk, &(struct kunci_sign_options){0}, "letter", "letter.p7s", NULL,
                KUNCI_KEY_WEAK);
    EVP_PKEY_free(weak);
    desk_down(&desk);
}

static void signatures_are_proved(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    EVP_PKEY *other = soft_key(KUNCI_KEY_P256);

    (void)state;
    desk_write(desk, "letter", 10);
    desk->signer->context = other;
    must_refuse(desk, &(struct kunci_sign_options){0}, "letter", "letter.p7s", NULL,
                KUNCI_KEY_MISMATCH);
    desk->signer->context = desk->key;
    assert_true(desk_sh(desk, "test ! -e letter.p7s"));
    EVP_PKEY_free(other);
    desk_down(&desk);
}

/* ---- timestamps ---- */

static char stamped_in[128];

/* As an authority answers, by the stock openssl. */
static enum kunci_rc stamp_by_openssl(void *context, const unsigned char *bytes, size_t len,
                                      unsigned char **token, size_t *token_len,
                                      struct kunci_err *err)
{
    const struct desk *desk = context;
    FILE *file = fopen(desk_path(desk, "value"), "we");

    (void)err;
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
    assert_true(desk_sh(desk, "openssl ts -query -data value -sha256 -cert -out q.tsq && "
                              "openssl ts -reply -config ts.cnf -section tsa -queryfile q.tsq "
                              "-token_out -out token"));
    *token = desk_read(desk, "token", token_len);
    snprintf(stamped_in, sizeof stamped_in, "%s", desk->dir);
    return KUNCI_OK;
}

static int make_authority(const struct desk *desk)
{
    return desk_sh(
        desk,
        "printf '[tsa]\\nserial=serial\\ncrypto_device=builtin\\nsigner_cert=tsa.pem\\n"
        "signer_key=tsa.key\\nsigner_digest=sha256\\ndefault_policy=1.2.3.4\\ndigests=sha256\\n"
        "ess_cert_id_alg=sha256\\n' >ts.cnf && openssl req -x509 -newkey rsa:2048 -nodes -keyout "
        "tsa.key -out tsa.pem -subj '/CN=TSA Contoh' -days 2 -addext "
        "extendedKeyUsage=critical,timeStamping");
}

static enum kunci_rc stamp_fails(void *context, const unsigned char *bytes, size_t len,
                                 unsigned char **token, size_t *token_len, struct kunci_err *err)
{
    (void)context, (void)bytes, (void)len, (void)token, (void)token_len;
    err->rc = KUNCI_PROC_FAILED;
    return err->rc;
}

static void level_t_has_its_timestamp(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    struct kunci_sign_options options = {.timestamper = {stamp_by_openssl, desk}};
    CMS_ContentInfo *cms;
    CMS_SignerInfo *info;
    X509_ATTRIBUTE *attribute;
    ASN1_TYPE *value;
    FILE *file;

    (void)state;
    assert_true(make_authority(desk));
    desk_write(desk, "letter", 100);
    must_sign(desk, &options, "letter", "letter.p7s", NULL);
    cms = is_der(desk, "letter.p7s");
    info = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    assert_int_equal(CMS_unsigned_get_attr_count(info), 1);
    attribute = CMS_unsigned_get_attr(info, 0);
    assert_int_equal(OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)),
                     NID_id_smime_aa_timeStampToken);
    value = X509_ATTRIBUTE_get0_type(attribute, 0);
    assert_int_equal(value->type, V_ASN1_SEQUENCE);
    file = fopen(desk_path(desk, "within"), "we");
    fwrite(value->value.sequence->data, 1, (size_t)value->value.sequence->length, file);
    fclose(file);
    file = fopen(desk_path(desk, "value"), "we"); /* what stands in the signature */
    fwrite(CMS_SignerInfo_get0_signature(info)->data, 1,
           (size_t)CMS_SignerInfo_get0_signature(info)->length, file);
    fclose(file);
    assert_true(
        desk_sh(desk, "openssl ts -verify -data value -in within -token_in -CAfile tsa.pem"));
    assert_true(desk_sh(desk, "openssl cms -verify -cades -binary -inform DER -in letter.p7s "
                              "-content letter -CAfile root.pem -out got"));
    CMS_ContentInfo_free(cms);

    options.timestamper.stamp = stamp_fails;
    must_refuse(desk, &options, "letter", "other.p7s", NULL, KUNCI_PROC_FAILED);
    assert_true(desk_sh(desk, "test ! -e other.p7s"));
    desk_down(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_takes_every_kind),  cmocka_unit_test(older_errors_are_no_errors),
        cmocka_unit_test(every_length_has_its_form), cmocka_unit_test(signers_join),
        cmocka_unit_test(certificate_must_be_fit),   cmocka_unit_test(certificate_must_be_the_keys),
        cmocka_unit_test(weak_keys_are_refused),     cmocka_unit_test(signatures_are_proved),
        cmocka_unit_test(level_t_has_its_timestamp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
