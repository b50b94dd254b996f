#include "token/sign_key.h"

#include "base/error.h"
#include "base/text.h"
#include "token/key.h"
#include "token/login.h"
#include "token/rsa_pad.h"

#include <openssl/ecdsa.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- hashes ---- */

static const struct hash {
    const char *name;
    int nid;
    size_t len;
    CK_MECHANISM_TYPE mechanism;
    CK_RSA_PKCS_MGF_TYPE mgf;
} hashes[] = {
    {"SHA1", NID_sha1, 20, CKM_SHA_1, CKG_MGF1_SHA1},
    {"SHA224", NID_sha224, 28, CKM_SHA224, CKG_MGF1_SHA224},
    {"SHA256", NID_sha256, 32, CKM_SHA256, CKG_MGF1_SHA256},
    {"SHA384", NID_sha384, 48, CKM_SHA384, CKG_MGF1_SHA384},
    {"SHA512", NID_sha512, 64, CKM_SHA512, CKG_MGF1_SHA512},
};

static const struct hash *hash_of(const char *name)
{
    size_t i;

    for (i = 0; name && i < sizeof hashes / sizeof *hashes; i++)
        if (strcmp(hashes[i].name, name) == 0)
            return &hashes[i];
    return NULL;
}

size_t sign_digest_info(const char *name, const void *digest, size_t len, unsigned char *to)
{
    const struct hash *hash = hash_of(name);
    X509_SIG *info = NULL;
    X509_ALGOR *algorithm;
    ASN1_OCTET_STRING *octets;
    int size = 0;

    if (!hash || hash->len != len || !(info = X509_SIG_new()))
        return 0;
    X509_SIG_getm(info, &algorithm, &octets);
    if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(hash->nid), V_ASN1_NULL, NULL) == 1 &&
        ASN1_OCTET_STRING_set(octets, digest, (int)len) == 1)
        size = i2d_X509_SIG(info, &to);
    X509_SIG_free(info);
    return size > 0 ? (size_t)size : 0;
}

/* What DER adds to two numbers at most: three tags and lengths, two zeros in front. */
enum { DER_FRAME = 3 * 4 + 2 };

enum kunci_rc sign_ecdsa_der(unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    int half = (int)(*sig_len / 2), size = -1;
    BIGNUM *r = BN_bin2bn(sig, half, NULL), *s = BN_bin2bn(sig + half, half, NULL);
    ECDSA_SIG *both = ECDSA_SIG_new();
    unsigned char *to = sig;

    if (both && r && s && 2 * half + DER_FRAME <= KUNCI_SIGNATURE_MAX &&
        ECDSA_SIG_set0(both, r, s) == 1) {
        r = s = NULL;
        size = i2d_ECDSA_SIG(both, &to);
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(both);
    if (size <= 0)
        return err_openssl(err, "ECDSA_SIG");
    *sig_len = (size_t)size;
    return KUNCI_OK;
}

/* ---- on the token ---- */

struct signing {
    struct kunci_key *key;
    const struct sign_order *order;
    CK_MECHANISM mechanism;
    CK_RSA_PKCS_PSS_PARAMS pss;
    const void *in;
    size_t in_len;
    unsigned char *sig;
    size_t sig_len;
    unsigned char padded[KUNCI_SIGNATURE_MAX];
};

static bool uses_mechanism(struct signing *signing, CK_MECHANISM_TYPE mechanism)
{
    signing->mechanism.mechanism = mechanism;
    return true;
}

static bool uses_pss(struct signing *signing)
{
    const struct hash *hash = hash_of(signing->order->hash);
    const struct hash *mgf_hash = hash_of(signing->order->mgf_hash);

    if (!hash || !mgf_hash || signing->in_len != hash->len)
        return false;
    signing->pss.hashAlg = hash->mechanism;
    signing->pss.mgf = mgf_hash->mgf;
    signing->pss.sLen = signing->order->salt;
    signing->mechanism.pParameter = &signing->pss;
    signing->mechanism.ulParameterLen = sizeof signing->pss;
    return uses_mechanism(signing, CKM_RSA_PKCS_PSS);
}

/* Of a digest longer than the order of the curve, ECDSA uses the first bits. */
static bool uses_ecdsa(struct signing *signing)
{
    size_t order_len = signing->key->half.kind ? (signing->key->half.kind->bits + 7) / 8 : 66;

    if (signing->in_len > order_len)
        signing->in_len = order_len;
    return uses_mechanism(signing, CKM_ECDSA);
}

static bool translate(struct signing *signing)
{
    CK_KEY_TYPE type = signing->key->half.key_type;

    switch (signing->order->how) {
    case SIGN_PKCS1:
        return type == CKK_RSA && uses_mechanism(signing, CKM_RSA_PKCS);
    case SIGN_RAW:
        return type == CKK_RSA && uses_mechanism(signing, CKM_RSA_X_509);
    case SIGN_PSS:
        return type == CKK_RSA && uses_pss(signing);
    case SIGN_ECDSA:
        return type == CKK_EC && uses_ecdsa(signing);
    case SIGN_EDDSA:
        return type == CKK_EC_EDWARDS && uses_mechanism(signing, CKM_EDDSA);
    }
    return false;
}

static CK_RV init_with(struct signing *signing, const struct session *session)
{
    CK_OBJECT_HANDLE handle;
    CK_RV rv = key_handle(signing->key, session, &handle);

    if (rv == CKR_OK)
        rv = session->f->C_SignInit(session->handle, &signing->mechanism, handle);
    if (rv != CKR_KEY_HANDLE_INVALID && rv != CKR_OBJECT_HANDLE_INVALID)
        return rv;
    key_handle_lost(signing->key); /* deleted and written anew, perhaps */
    if ((rv = key_handle(signing->key, session, &handle)) != CKR_OK)
        return rv;
    return session->f->C_SignInit(session->handle, &signing->mechanism, handle);
}

/* The token lacks the padding: then it is done here, and the bare operation there. */
static CK_RV init_bare(struct signing *signing, const struct session *session)
{
    const struct key_half *half = &signing->key->half;
    size_t len =
        half->spki ? rsa_pad(half->spki, half->spki_len, signing->order, signing->padded) : 0;

    if (len == 0)
        return CKR_MECHANISM_INVALID;
    signing->in = signing->padded;
    signing->in_len = len;
    memset(&signing->mechanism, 0, sizeof signing->mechanism);
    signing->mechanism.mechanism = CKM_RSA_X_509;
    return init_with(signing, session);
}

static CK_RV init(struct signing *signing, const struct session *session)
{
    CK_RV rv = init_with(signing, session);
    bool padded = signing->order->how == SIGN_PKCS1 || signing->order->how == SIGN_PSS;

    if (padded && (rv == CKR_MECHANISM_INVALID || rv == CKR_MECHANISM_PARAM_INVALID ||
                   rv == CKR_ARGUMENTS_BAD)) /* some say so of a hash they do not know */
        rv = init_bare(signing, session);
    return rv;
}

/* CK_BYTE_PTR knows no const; C_Sign only reads. */
static CK_RV finish(struct signing *signing, const struct session *session)
{
    CK_ULONG len = KUNCI_SIGNATURE_MAX;
    CK_BYTE_PTR in;
    CK_RV rv;

    memcpy(&in, &signing->in, sizeof in);
    rv = session->f->C_Sign(session->handle, in, signing->in_len, signing->sig, &len);
    if (rv == CKR_OK && (len == 0 || len > KUNCI_SIGNATURE_MAX))
        rv = CKR_GENERAL_ERROR;
    signing->sig_len = len;
    return rv;
}

/* A refused login leaves an operation behind in the session. */
static CK_RV sign_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct signing *signing = context;
    CK_RV rv;

    signing->in = signing->order->in;
    signing->in_len = signing->order->in_len;
    memset(&signing->mechanism, 0, sizeof signing->mechanism);
    if (!translate(signing)) {
        err_set(err, KUNCI_SIGN_UNSUPPORTED, signing->key->half.object.label,
                _("the algorithm does not fit the key"));
        return CKR_OK;
    }
    if ((rv = init(signing, session)) != CKR_OK)
        return rv;
    if (signing->key->half.always_authenticate &&
        login_again(signing->key->token, session, err) != KUNCI_OK)
        return CKR_OPERATION_ACTIVE;
    return finish(signing, session);
}

enum kunci_rc sign_with_key(struct kunci_key *key, const struct sign_order *order,
                            unsigned char *sig, size_t *sig_len, struct kunci_err *err)
{
    struct signing signing;
    enum kunci_rc rc;

    signing.key = key;
    signing.order = order;
    signing.sig = sig;
    rc = key_run(key, SESSION_PRIVATE, "C_Sign", sign_work, &signing, err);
    *sig_len = rc == KUNCI_OK ? signing.sig_len : 0;
    return rc;
}
