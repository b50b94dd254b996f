#include "cms/check_algorithm.h"

#include "cms/digests.h"
#include "x509/algor.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

/* What a signature is called, and the hash that is in its name. Some write the name of
 * the key alone: the hash stands beside it. */
static const struct row {
    int nid;
    enum algorithm_kind kind;
    int hash;
} rows[] = {
    {NID_rsaEncryption, RSA_PKCS1, NID_undef},
    {NID_sha1WithRSAEncryption, RSA_PKCS1, NID_sha1},
    {NID_sha256WithRSAEncryption, RSA_PKCS1, NID_sha256},
    {NID_sha384WithRSAEncryption, RSA_PKCS1, NID_sha384},
    {NID_sha512WithRSAEncryption, RSA_PKCS1, NID_sha512},
    {NID_rsassaPss, RSA_PSS, NID_undef},
    {NID_X9_62_id_ecPublicKey, ECDSA, NID_undef},
    {NID_ecdsa_with_SHA1, ECDSA, NID_sha1},
    {NID_ecdsa_with_SHA256, ECDSA, NID_sha256},
    {NID_ecdsa_with_SHA384, ECDSA, NID_sha384},
    {NID_ecdsa_with_SHA512, ECDSA, NID_sha512},
    {NID_ED25519, EDDSA, NID_sha512}, /* RFC 8419 */
};

/* What it comes to with each hash that is sound. */
static const struct {
    enum algorithm_kind kind;
    int hash;
    enum kunci_alg alg;
} algs[] = {
    {RSA_PKCS1, NID_sha256, KUNCI_RSA_SHA256}, {RSA_PKCS1, NID_sha384, KUNCI_RSA_SHA384},
    {RSA_PKCS1, NID_sha512, KUNCI_RSA_SHA512}, {RSA_PSS, NID_sha256, KUNCI_PSS_SHA256},
    {RSA_PSS, NID_sha384, KUNCI_PSS_SHA384},   {RSA_PSS, NID_sha512, KUNCI_PSS_SHA512},
    {ECDSA, NID_sha256, KUNCI_ECDSA_SHA256},   {ECDSA, NID_sha384, KUNCI_ECDSA_SHA384},
    {ECDSA, NID_sha512, KUNCI_ECDSA_SHA512},   {EDDSA, NID_sha512, KUNCI_ED25519},
};

static const struct {
    const char *key;    /* as OpenSSL calls it */
    const char *prefix; /* of the algorithm's name */
} kinds[] = {
    [RSA_PKCS1] = {"RSA", "RSA"},
    [RSA_PSS] = {"RSA", "PSS"},
    [ECDSA] = {"EC", "ECDSA"},
    [EDDSA] = {"ED25519", "Ed25519"},
};

/* The same hash everywhere, MGF1, and a salt at least as long as the hash. The trailer
 * has one value only, which is not written. */
static bool read_pss(const X509_ALGOR *name, const EVP_MD *hash, int *salt)
{
    RSA_PSS_PARAMS *pss = algor_params(name, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    X509_ALGOR *mask = NULL;
    bool good = false;

    if (pss && pss->hashAlgorithm && pss->maskGenAlgorithm && pss->saltLength && !pss->trailerField)
        mask = algor_params(pss->maskGenAlgorithm, ASN1_ITEM_rptr(X509_ALGOR));
    if (mask) {
        *salt = (int)ASN1_INTEGER_get(pss->saltLength);
        good = algor_nid(pss->hashAlgorithm) == EVP_MD_get_type(hash) &&
               algor_nid(mask) == EVP_MD_get_type(hash) &&
               algor_nid(pss->maskGenAlgorithm) == NID_mgf1 && *salt >= EVP_MD_get_size(hash) &&
               *salt <= KUNCI_SIGNATURE_MAX * 2;
    }
    X509_ALGOR_free(mask);
    RSA_PSS_PARAMS_free(pss);
    return good;
}

bool algorithm_read(const X509_ALGOR *hash, const X509_ALGOR *signature, struct algorithm *out)
{
    const struct row *row = rows, *end = rows + sizeof rows / sizeof *rows;
    int nid = algor_nid(signature);
    size_t i;

    *out = (struct algorithm){0};
    out->hash = digest_named(hash, &out->sound);
    while (row < end && row->nid != nid)
        row++;
    if (row == end || !out->hash)
        return false;
    if (row->hash != NID_undef && row->hash != EVP_MD_get_type(out->hash))
        return false;
    if (row->kind == RSA_PSS && !read_pss(signature, out->hash, &out->salt))
        return false;
    out->kind = row->kind;
    for (i = 0; i < sizeof algs / sizeof *algs; i++)
        if (algs[i].kind == row->kind && algs[i].hash == EVP_MD_get_type(out->hash))
            out->alg = algs[i].alg;
    return true;
}

void algorithm_print(const struct algorithm *algorithm, char *to, size_t size)
{
    if (algorithm->alg)
        snprintf(to, size, "%s", kunci_alg_name(algorithm->alg));
    else
        snprintf(to, size, "%s-%s", kinds[algorithm->kind].prefix,
                 EVP_MD_get0_name(algorithm->hash));
}

bool algorithm_fits(const struct algorithm *algorithm, EVP_PKEY *key)
{
    if (algorithm->kind == RSA_PSS && EVP_PKEY_is_a(key, "RSA-PSS"))
        return true;
    return EVP_PKEY_is_a(key, kinds[algorithm->kind].key);
}

bool algorithm_key_is_sound(EVP_PKEY *key)
{
    static const char *const curves[] = {"prime256v1", "secp384r1", "secp521r1"};
    char name[64] = "";
    size_t i;

    if (!EVP_PKEY_is_a(key, "EC"))
        return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_get_bits(key) >= 2048;
    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof name, NULL);
    for (i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(name, curves[i]) == 0)
            return true;
    return false;
}

static bool prove_message(EVP_PKEY *key, const unsigned char *message, size_t len,
                          const ASN1_OCTET_STRING *signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool proved = context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                  EVP_DigestVerify(context, ASN1_STRING_get0_data(signature),
                                   (size_t)ASN1_STRING_length(signature), message, len) == 1;

    EVP_MD_CTX_free(context);
    return proved;
}

static bool pad(EVP_PKEY_CTX *context, const struct algorithm *algorithm)
{
    if (algorithm->kind == RSA_PKCS1)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
    if (algorithm->kind == RSA_PSS)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(context, algorithm->hash) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(context, algorithm->salt) == 1;
    return true;
}

static bool prove_digest(const struct algorithm *algorithm, EVP_PKEY *key,
                         const unsigned char *digest, const ASN1_OCTET_STRING *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool proved = context && EVP_PKEY_verify_init(context) == 1 &&
                  EVP_PKEY_CTX_set_signature_md(context, algorithm->hash) == 1 &&
                  pad(context, algorithm) &&
                  EVP_PKEY_verify(context, ASN1_STRING_get0_data(signature),
                                  (size_t)ASN1_STRING_length(signature), digest,
                                  (size_t)EVP_MD_get_size(algorithm->hash)) == 1;

    EVP_PKEY_CTX_free(context);
    return proved;
}

bool algorithm_prove(const struct algorithm *algorithm, EVP_PKEY *key, const unsigned char *digest,
                     const unsigned char *message, size_t len, const ASN1_OCTET_STRING *signature)
{
    unsigned char made[EVP_MAX_MD_SIZE];

    if (algorithm->kind == EDDSA)
        return !digest && prove_message(key, message, len, signature);
    if (!digest && EVP_Digest(message, len, made, NULL, algorithm->hash, NULL) != 1)
        return false;
    return prove_digest(algorithm, key, digest ? digest : made, signature);
}
