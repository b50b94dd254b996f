#include "x509/algor.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

/* With PSS the hash is a parameter, and the salt is as long as the hash. */
static const struct row {
    enum kunci_alg alg;
    int nid, params; /* the OID, and the ASN.1 type of what stands beside it */
    int pss_hash;
    long pss_salt;
} rows[] = {
    {KUNCI_RSA_SHA256, NID_sha256WithRSAEncryption, V_ASN1_NULL, NID_undef, 0},
    {KUNCI_RSA_SHA384, NID_sha384WithRSAEncryption, V_ASN1_NULL, NID_undef, 0},
    {KUNCI_RSA_SHA512, NID_sha512WithRSAEncryption, V_ASN1_NULL, NID_undef, 0},
    {KUNCI_PSS_SHA256, NID_rsassaPss, V_ASN1_SEQUENCE, NID_sha256, 32},
    {KUNCI_PSS_SHA384, NID_rsassaPss, V_ASN1_SEQUENCE, NID_sha384, 48},
    {KUNCI_PSS_SHA512, NID_rsassaPss, V_ASN1_SEQUENCE, NID_sha512, 64},
    {KUNCI_ECDSA_SHA256, NID_ecdsa_with_SHA256, V_ASN1_UNDEF, NID_undef, 0},
    {KUNCI_ECDSA_SHA384, NID_ecdsa_with_SHA384, V_ASN1_UNDEF, NID_undef, 0},
    {KUNCI_ECDSA_SHA512, NID_ecdsa_with_SHA512, V_ASN1_UNDEF, NID_undef, 0},
    {KUNCI_ED25519, NID_ED25519, V_ASN1_UNDEF, NID_undef, 0},
};

enum { ROWS = sizeof rows / sizeof *rows, STRENGTH = 112 };

/* The parameters of PSS, encoded; NULL where memory ran out. */
static ASN1_STRING *pss_params(const struct row *row)
{
    RSA_PSS_PARAMS *pss = RSA_PSS_PARAMS_new();
    ASN1_STRING *hash = NULL, *params = NULL;

    if (!pss || !(pss->hashAlgorithm = X509_ALGOR_new()) ||
        !(pss->maskGenAlgorithm = X509_ALGOR_new()) || !(pss->saltLength = ASN1_INTEGER_new()) ||
        !X509_ALGOR_set0(pss->hashAlgorithm, OBJ_nid2obj(row->pss_hash), V_ASN1_UNDEF, NULL) ||
        !ASN1_INTEGER_set(pss->saltLength, row->pss_salt) ||
        !(hash = ASN1_item_pack(pss->hashAlgorithm, ASN1_ITEM_rptr(X509_ALGOR), NULL)) ||
        !X509_ALGOR_set0(pss->maskGenAlgorithm, OBJ_nid2obj(NID_mgf1), V_ASN1_SEQUENCE, hash))
        goto out;
    hash = NULL; /* went to maskGenAlgorithm */
    params = ASN1_item_pack(pss, ASN1_ITEM_rptr(RSA_PSS_PARAMS), NULL);
out:
    ASN1_STRING_free(hash);
    RSA_PSS_PARAMS_free(pss);
    return params;
}

static const struct row *row_of(enum kunci_alg alg)
{
    size_t i;

    for (i = 0; i < ROWS; i++)
        if (rows[i].alg == alg)
            return &rows[i];
    return NULL;
}

enum kunci_rc algor_new(enum kunci_alg alg, X509_ALGOR **out, struct kunci_err *err)
{
    const struct row *row = row_of(alg);
    ASN1_STRING *params = NULL;

    *out = NULL;
    if (!row)
        return err_set(err, KUNCI_SIGN_UNSUPPORTED, kunci_alg_name(alg),
                       _("the signer names no algorithm"));
    if ((row->params == V_ASN1_SEQUENCE && !(params = pss_params(row))) ||
        !(*out = X509_ALGOR_new()) ||
        !X509_ALGOR_set0(*out, OBJ_nid2obj(row->nid), row->params, params)) {
        ASN1_STRING_free(params);
        X509_ALGOR_free(*out);
        *out = NULL;
        return err_openssl(err, "X509_ALGOR");
    }
    return KUNCI_OK;
}

enum kunci_rc algor_add(enum kunci_alg alg, struct buf *to, struct kunci_err *err)
{
    unsigned char *der = NULL;
    X509_ALGOR *algor;
    enum kunci_rc rc = algor_new(alg, &algor, err);
    int len;

    if (rc != KUNCI_OK)
        return rc;
    len = i2d_X509_ALGOR(algor, &der);
    X509_ALGOR_free(algor);
    if (len < 0)
        return err_openssl(err, "i2d_X509_ALGOR");
    buf_add(to, der, (size_t)len);
    OPENSSL_free(der);
    return to->failed ? err_no_memory(err) : KUNCI_OK;
}

void *algor_params(const X509_ALGOR *algor, const ASN1_ITEM *item)
{
    const void *params;
    int type;

    X509_ALGOR_get0(NULL, &type, &params, algor);
    return type == V_ASN1_SEQUENCE ? ASN1_item_unpack(params, item) : NULL;
}

int algor_nid(const X509_ALGOR *algor)
{
    const ASN1_OBJECT *object;

    X509_ALGOR_get0(&object, NULL, NULL, algor);
    return OBJ_obj2nid(object);
}

/* Compared by meaning, as some write a NULL beside the hash and some do not. */
static bool pss_fits(const struct row *row, const X509_ALGOR *algor)
{
    RSA_PSS_PARAMS *pss = algor_params(algor, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    X509_ALGOR *mask = NULL;
    bool fits = false;

    if (pss && pss->hashAlgorithm && pss->maskGenAlgorithm && pss->saltLength)
        mask = algor_params(pss->maskGenAlgorithm, ASN1_ITEM_rptr(X509_ALGOR));
    if (mask)
        fits = algor_nid(pss->hashAlgorithm) == row->pss_hash && algor_nid(mask) == row->pss_hash &&
               algor_nid(pss->maskGenAlgorithm) == NID_mgf1 &&
               ASN1_INTEGER_get(pss->saltLength) == row->pss_salt;
    X509_ALGOR_free(mask);
    RSA_PSS_PARAMS_free(pss);
    return fits;
}

/* What PSS names no hash for is SHA-1. */
static int pss_hash(const X509_ALGOR *algor)
{
    RSA_PSS_PARAMS *pss = algor_params(algor, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    int hash = pss && pss->hashAlgorithm ? algor_nid(pss->hashAlgorithm) : NID_sha1;

    RSA_PSS_PARAMS_free(pss);
    return hash;
}

bool algor_is_strong(const X509_ALGOR *algor)
{
    int nid = algor_nid(algor), hash = NID_undef;
    const EVP_MD *md;

    if (nid == NID_rsassaPss)
        hash = pss_hash(algor);
    else if (!OBJ_find_sigid_algs(nid, &hash, NULL))
        return false;
    md = EVP_get_digestbynid(hash);
    ERR_clear_error();
    return hash == NID_undef || (md && EVP_MD_get_size(md) * 8 / 2 >= STRENGTH);
}

void algor_print(const X509_ALGOR *algor, char *to, size_t size)
{
    const ASN1_OBJECT *object;
    char name[80];
    size_t i;

    X509_ALGOR_get0(&object, NULL, NULL, algor);
    OBJ_obj2txt(name, sizeof name, object, 0);
    for (i = 0; i < ROWS; i++)
        if (OBJ_obj2nid(object) == rows[i].nid &&
            (rows[i].nid != NID_rsassaPss || pss_fits(&rows[i], algor))) {
            snprintf(name, sizeof name, "%s", kunci_alg_name(rows[i].alg));
            break;
        }
    ERR_clear_error();
    text_printable(to, size, name, strlen(name));
}
