#include "cms/check.h"

#include "base/error.h"
#include "base/text.h"
#include "cms/check_algorithm.h"
#include "cms/check_attributes.h"

#include <openssl/err.h>
#include <string.h>

bool cms_find_fault(struct cms_proof *proof, enum kunci_indication indication,
                    enum kunci_reason reason, const char *detail)
{
    if (proof->indication == KUNCI_PASSED) {
        proof->indication = indication;
        proof->reason = reason;
        text_copy(proof->detail, sizeof proof->detail, detail ? detail : "");
    }
    return false;
}

/* By issuer and serial number, or by subject key identifier. */
static bool find_cert(const struct cms *cms, CMS_SignerInfo *signer, struct cms_proof *proof)
{
    int i;

    for (i = 0; i < sk_X509_num(cms->certs); i++)
        if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(cms->certs, i)) == 0) {
            proof->cert = sk_X509_value(cms->certs, i);
            return true;
        }
    return cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_NO_SIGNING_CERTIFICATE_FOUND, NULL);
}

/* Where no attributes are signed, the content is. Attributes that somebody signed could
 * be shown as such a content: their bytes make one SET. */
static bool could_be_attributes(const struct digests *content)
{
    const unsigned char *p = content->first;
    long len = 0;
    int tag, class;

    if (content->len < 2 || *p != (V_ASN1_SET | V_ASN1_CONSTRUCTED))
        return false;
    ASN1_get_object(&p, &len, &tag, &class, sizeof content->first);
    return (uint64_t)(p - content->first) + (uint64_t)len == content->len;
}

static bool check_content(const struct cms *cms, CMS_SignerInfo *signer,
                          const struct algorithm *algorithm, struct cms_proof *proof)
{
    if (!cms->complete)
        return cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_SIGNED_DATA_NOT_FOUND, NULL);
    if (cms->contradicted)
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_HASH_FAILURE,
                              _("The signature holds another content than the file beside it."));
    if (!digests_value(&cms->digests, algorithm->hash))
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE,
                              _("The message does not announce this signature's hash."));
    if (attributes_are_there(signer))
        return attributes_check(cms, signer, proof) &&
               attributes_check_digest(cms, signer, algorithm->hash, proof);
    if (could_be_attributes(&cms->digests))
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE,
                              _("What is said to be the content may be taken from another "
                                "signature."));
    if (algorithm->alg == KUNCI_ED25519)
        return cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_SIG_CONSTRAINTS_FAILURE,
                              _("An Ed25519 signature without signed attributes is not judged."));
    return true;
}

static bool prove(const struct cms *cms, CMS_SignerInfo *signer, const struct algorithm *algorithm,
                  EVP_PKEY *key, struct cms_proof *proof)
{
    bool attributes = attributes_are_there(signer), proved;
    const unsigned char *digest = digests_value(&cms->digests, algorithm->hash);
    unsigned char *der = NULL;
    int len = 0;

    if (attributes && (len = attributes_encode(signer, &der)) < 0)
        return cms_find_fault(proof, KUNCI_FAILED, KUNCI_FORMAT_FAILURE, NULL);
    proved = algorithm_prove(algorithm, key, attributes ? NULL : digest, der, (size_t)len,
                             proof->signature);
    OPENSSL_free(der);
    return proved || cms_find_fault(proof, KUNCI_FAILED, KUNCI_SIG_CRYPTO_FAILURE, NULL);
}

static void judge(const struct cms *cms, CMS_SignerInfo *signer, struct cms_proof *proof)
{
    struct algorithm algorithm;
    X509_ALGOR *hash, *name;
    EVP_PKEY *key;

    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &hash, &name);
    proof->signature = CMS_SignerInfo_get0_signature(signer);
    if (!algorithm_read(hash, name, &algorithm)) {
        cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_CRYPTO_CONSTRAINTS_FAILURE,
                       _("Its algorithm is unknown, unsafe, or has odd parameters."));
        return;
    }
    algorithm_print(&algorithm, proof->algorithm, sizeof proof->algorithm);
    if (!find_cert(cms, signer, proof) || !check_content(cms, signer, &algorithm, proof))
        return;
    key = X509_get0_pubkey(proof->cert);
    if (!key || !algorithm_fits(&algorithm, key)) {
        cms_find_fault(proof, KUNCI_FAILED, KUNCI_SIG_CRYPTO_FAILURE,
                       _("The certificate's key is of another kind than the signature."));
        return;
    }
    if (!prove(cms, signer, &algorithm, key, proof) || !attributes_check_cert(signer, proof))
        return;
    if (!algorithm.sound || !algorithm_key_is_sound(key))
        cms_find_fault(proof, KUNCI_INDETERMINATE, KUNCI_CRYPTO_CONSTRAINTS_FAILURE,
                       _("Its hash or its key is too weak today."));
}

enum kunci_rc cms_check(const struct cms *cms, CMS_SignerInfo *signer, struct cms_proof *out,
                        struct kunci_err *err)
{
    unsigned long code;

    *out = (struct cms_proof){0};
    ERR_clear_error();
    judge(cms, signer, out);
    code = ERR_peek_error();
    ERR_clear_error();
    return ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE ? err_no_memory(err) : KUNCI_OK;
}
