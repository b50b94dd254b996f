/* A device's statement that a key was made in it, judged: bytes in, no token.
 *
 * Checked: the statement speaks of this key; what it tells is in the form Yubico
 * gives it; it is signed, by a hash that still stands, by the key of the device's
 * certificate, which may issue certificates. With roots: OpenSSL's checks of the
 * device's certificate and of all above it (signatures, dates, who may issue, critical
 * extensions), and the lengths of paths, the statement counted in.
 *
 * Not checked: the statement's own dates, which a device has no clock for and copies
 * from its certificate; purposes, as none of these certificates names one;
 * revocation, for which there is no list. */
#include "base/error.h"
#include "base/text.h"
#include "x509/document.h"
#include "x509/name.h"

#include <inttypes.h>
#include <kunci/attest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bits of strength, and OpenSSL's name for them: no SHA-1, no RSA below 1024. */
enum { STRENGTH = 80, LEVEL = 1 };

static const struct document_kind attestation_kind = {NULL, KUNCI_ATTEST_INVALID,
                                                      N_("The attestation")};
static const struct document_kind roots_kind = {NULL, KUNCI_CERT_INVALID, N_("The file of roots")};

static enum kunci_rc refuse(const char *detail, struct kunci_err *err)
{
    return document_refuse(&attestation_kind, detail, err);
}

static enum kunci_rc decode(const unsigned char *der, size_t len, const char *wrong, X509 **out,
                            struct kunci_err *err)
{
    const unsigned char *in = der;

    *out = der && len <= DOCUMENT_MAX ? d2i_X509(NULL, &in, (long)len) : NULL;
    return *out && in == der + len ? KUNCI_OK : refuse(wrong, err);
}

static enum kunci_rc check_key(const X509 *statement, const unsigned char *spki, size_t spki_len,
                               struct kunci_err *err)
{
    unsigned char *own = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(statement), &own);
    bool same = len > 0 && (size_t)len == spki_len && memcmp(own, spki, spki_len) == 0;

    OPENSSL_free(own);
    return same ? KUNCI_OK : refuse(_("the statement speaks of another key"), err);
}

/* ---- what it tells: Yubico's extensions, bytes without a frame but for one ---- */

static bool read_firmware(const unsigned char *in, size_t len, struct kunci_attestation *to)
{
    if (len != 3)
        return false;
    snprintf(to->firmware, sizeof to->firmware, "%u.%u.%u", in[0], in[1], in[2]);
    return true;
}

/* An INTEGER, positive. Zeros before it are let pass, which DER has not: a serial
 * number is four bytes in the device, and some write all of them. */
static bool read_serial(const unsigned char *in, size_t len, struct kunci_attestation *to)
{
    enum { HEAD = 2, MOST = 8 };
    uint64_t number = 0;
    size_t i;

    if (len <= HEAD || len > HEAD + MOST || in[0] != V_ASN1_INTEGER || in[1] != len - HEAD ||
        in[HEAD] >= 0x80)
        return false;
    for (i = HEAD; i < len; i++)
        number = number << 8 | in[i];
    snprintf(to->serial, sizeof to->serial, "%" PRIu64, number);
    return true;
}

static void name_policy(unsigned char value, const char *const *names, size_t count, char *to,
                        size_t size)
{
    if (value < count && names[value])
        snprintf(to, size, "%s", names[value]);
    else
        snprintf(to, size, "0x%02x", value);
}

static bool read_policies(const unsigned char *in, size_t len, struct kunci_attestation *to)
{
    static const char *const asked[] = {
        NULL, N_("never"), N_("once"), N_("always"), N_("match-once"), N_("match-always"),
    };
    static const char *const touched[] = {NULL, N_("never"), N_("always"), N_("cached")};

    if (len != 2)
        return false;
    name_policy(in[0], asked, sizeof asked / sizeof *asked, to->pin_policy, sizeof to->pin_policy);
    name_policy(in[1], touched, sizeof touched / sizeof *touched, to->touch_policy,
                sizeof to->touch_policy);
    return true;
}

static const struct told {
    const char *oid;
    bool (*read)(const unsigned char *in, size_t len, struct kunci_attestation *to);
} tells[] = {
    {"1.3.6.1.4.1.41482.3.3", read_firmware},
    {"1.3.6.1.4.1.41482.3.7", read_serial},
    {"1.3.6.1.4.1.41482.3.8", read_policies},
};

static enum kunci_rc read_one(const X509 *statement, const struct told *told, bool *any,
                              struct kunci_attestation *to, struct kunci_err *err)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(told->oid, 1);
    const ASN1_OCTET_STRING *value;
    enum kunci_rc rc = KUNCI_OK;
    int at;

    if (!oid)
        return err_no_memory(err);
    if ((at = X509_get_ext_by_OBJ(statement, oid, -1)) >= 0) {
        value = X509_EXTENSION_get_data(X509_get_ext(statement, at));
        if (X509_get_ext_by_OBJ(statement, oid, at) >= 0 ||
            !told->read(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value), to))
            rc = err_setf(err, KUNCI_ATTEST_INVALID, NULL, _("the extension %s is malformed"),
                          told->oid);
        *any = true;
    }
    ASN1_OBJECT_free(oid);
    return rc;
}

static enum kunci_rc read_all(const X509 *statement, struct kunci_attestation *to,
                              struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    bool any = false;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < sizeof tells / sizeof *tells; i++)
        rc = read_one(statement, &tells[i], &any, to, err);
    if (rc == KUNCI_OK && !any)
        rc = refuse(_("the statement says nothing of a device"), err);
    return rc;
}

/* ---- who says it ---- */

/* That the device's certificate may issue is asked for in any case: else a key that was
 * attested, which its holder may sign anything with, could attest others. */
static enum kunci_rc check_signature(X509 *statement, X509 *device, struct kunci_err *err)
{
    EVP_PKEY *key = X509_get0_pubkey(device);
    int strength;

    if (X509_NAME_cmp(X509_get_subject_name(device), X509_get_issuer_name(statement)) != 0)
        return refuse(_("the statement was issued by another device"), err);
    if (X509_check_ca(device) != 1)
        return refuse(_("the device's certificate may not issue others"), err);
    if (X509_get_signature_info(statement, NULL, NULL, &strength, NULL) != 1 || strength < STRENGTH)
        return refuse(_("the statement is signed in a way that is too weak"), err);
    if (!key || X509_verify(statement, key) != 1)
        return refuse(_("the statement is not signed by the device"), err);
    return KUNCI_OK;
}

/* ---- where the device comes from ---- */

struct roots {
    STACK_OF(X509) * trusted; /* those that signed themselves */
    STACK_OF(X509) * between; /* the others */
};

static void roots_clear(struct roots *roots)
{
    sk_X509_pop_free(roots->trusted, X509_free);
    sk_X509_pop_free(roots->between, X509_free);
}

static bool add_root(struct roots *roots, X509 *x509)
{
    STACK_OF(X509) *to = X509_self_signed(x509, 1) == 1 ? roots->trusted : roots->between;

    return X509_add_cert(to, x509, X509_ADD_FLAG_UP_REF) == 1;
}

static enum kunci_rc read_block(BIO *bio, struct roots *roots, bool *end, struct kunci_err *err)
{
    X509 *x509 = NULL;
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    const unsigned char *in;
    enum kunci_rc rc = KUNCI_OK;
    long len = 0;

    if (PEM_read_bio_ex(bio, &name, &header, &data, &len, 0) != 1) {
        *end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
        return *end ? KUNCI_OK : document_refuse(&roots_kind, _("it is damaged"), err);
    }
    in = data;
    if (strcmp(name, PEM_STRING_X509) != 0 || *header)
        rc = document_refuse(&roots_kind, _("it holds something else"), err);
    else if (!(x509 = d2i_X509(NULL, &in, len)) || in != data + len || !add_root(roots, x509))
        rc = document_refuse(&roots_kind, _("it is damaged"), err);
    X509_free(x509);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    return rc;
}

static enum kunci_rc roots_read(const void *pem, size_t len, struct roots *out,
                                struct kunci_err *err)
{
    BIO *bio = len <= DOCUMENT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
    enum kunci_rc rc = KUNCI_OK;
    bool end = false;

    if (len > DOCUMENT_MAX)
        return err_set(err, KUNCI_FILE_TOO_LARGE, _(roots_kind.about), NULL);
    out->trusted = sk_X509_new_null();
    out->between = sk_X509_new_null();
    if (!bio || !out->trusted || !out->between)
        rc = err_no_memory(err);
    while (rc == KUNCI_OK && !end)
        rc = read_block(bio, out, &end, err);
    ERR_clear_error();
    if (rc == KUNCI_OK && sk_X509_num(out->trusted) == 0)
        rc = document_refuse(&roots_kind, _("there is no root in it"), err);
    BIO_free(bio);
    return rc;
}

/* OpenSSL takes the device's certificate for the last of its path; here the statement
 * is, so that each path is one longer. */
static bool paths_are_long_enough(STACK_OF(X509) * chain)
{
    int i;

    for (i = 1; i < sk_X509_num(chain); i++) {
        long most = X509_get_pathlen(sk_X509_value(chain, i));

        if (most != -1 && most < i)
            return false;
    }
    return true;
}

/* Answers a reason of OpenSSL's, X509_V_OK where the device comes from this root. */
static int try_root(X509 *device, X509 *root, STACK_OF(X509) * between)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE *store = X509_STORE_new();
    int reason = X509_V_ERR_OUT_OF_MEM;

    if (context && store && X509_STORE_add_cert(store, root) == 1 &&
        X509_STORE_CTX_init(context, store, device, between) == 1) {
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context), LEVEL);
        if (X509_verify_cert(context) != 1)
            reason = X509_STORE_CTX_get_error(context);
        else if (!paths_are_long_enough(X509_STORE_CTX_get0_chain(context)))
            reason = X509_V_ERR_PATH_LENGTH_EXCEEDED;
        else
            reason = X509_V_OK;
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return reason;
}

/* One root at a time: of two that have one name OpenSSL would try but the first, and a
 * maker that renews its root may have two. What is told is the reason of a root that
 * the device leads to, where there is one. */
static enum kunci_rc check_chain(X509 *device, const struct roots *roots, char **root,
                                 struct kunci_err *err)
{
    int i, reason, told = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

    for (i = 0; i < sk_X509_num(roots->trusted); i++) {
        X509 *one = sk_X509_value(roots->trusted, i);

        if ((reason = try_root(device, one, roots->between)) == X509_V_OK)
            return name_print(X509_get_subject_name(one), root, err);
        if (reason == X509_V_ERR_OUT_OF_MEM)
            return err_no_memory(err);
        if (reason != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
            told = reason;
    }
    return err_setf(err, KUNCI_ATTEST_INVALID, NULL, _("the device's certificate: %s"),
                    X509_verify_cert_error_string(told));
}

static enum kunci_rc check_origin(X509 *device, const void *pem, size_t len, char **root,
                                  struct kunci_err *err)
{
    struct roots roots = {.trusted = NULL};
    enum kunci_rc rc = roots_read(pem, len, &roots, err);

    if (rc == KUNCI_OK)
        rc = check_chain(device, &roots, root, err);
    roots_clear(&roots);
    return rc;
}

enum kunci_rc kunci_attestation_verify(struct kunci_attestation *attestation,
                                       const unsigned char *spki, size_t spki_len,
                                       const void *roots, size_t roots_len, struct kunci_err *err)
{
    struct kunci_attestation told = {.statement = NULL};
    X509 *statement = NULL, *device = NULL;
    enum kunci_rc rc;

    ERR_clear_error();
    if ((rc = decode(attestation->statement, attestation->statement_len,
                     _("the statement is damaged"), &statement, err)) == KUNCI_OK &&
        (rc = decode(attestation->device, attestation->device_len,
                     _("the device's certificate is damaged"), &device, err)) == KUNCI_OK &&
        (rc = check_key(statement, spki, spki_len, err)) == KUNCI_OK &&
        (rc = read_all(statement, &told, err)) == KUNCI_OK &&
        (rc = check_signature(statement, device, err)) == KUNCI_OK && roots)
        rc = check_origin(device, roots, roots_len, &told.root, err);
    X509_free(statement);
    X509_free(device);
    ERR_clear_error();
    if (rc != KUNCI_OK)
        return rc;
    told.statement = attestation->statement;
    told.statement_len = attestation->statement_len;
    told.device = attestation->device;
    told.device_len = attestation->device_len;
    free(attestation->root);
    *attestation = told;
    return KUNCI_OK;
}
