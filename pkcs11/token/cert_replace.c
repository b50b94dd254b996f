/* One certificate in another's place: written, proved, and only then the old one goes. */
#include "base/error.h"
#include "base/text.h"
#include "token/cert_object.h"
#include "token/key_spki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <string.h>

/* ---- writing ---- */

/* It is there already: an earlier try was ended after it had been written. */
static enum kunci_rc find_written(struct kunci_token *token, const unsigned char *der, size_t len,
                                  struct kunci_cert **out, struct kunci_err *err)
{
    struct kunci_cert_list *list;
    enum kunci_rc rc = kunci_cert_list(token, &list, err);
    size_t i, same_len;

    if (rc != KUNCI_OK)
        return rc;
    for (i = 0; !*out && i < kunci_cert_list_count(list); i++) {
        const unsigned char *same = kunci_cert_der(kunci_cert_list_at(list, i), &same_len);

        if (same_len == len && memcmp(same, der, len) == 0)
            *out = cert_take(list, i);
    }
    kunci_cert_list_free(&list);
    return *out ? KUNCI_OK : err_set(err, KUNCI_CERT_NOT_FOUND, token->label, NULL);
}

static enum kunci_rc write_new(struct kunci_token *token, const unsigned char *der, size_t len,
                               struct kunci_cert **out, struct kunci_err *err)
{
    enum kunci_rc rc = kunci_cert_import(token, der, len, out, err);

    if (rc != KUNCI_CERT_EXISTS)
        return rc;
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return find_written(token, der, len, out, err);
}

/* ---- proving ---- */

struct finding {
    struct kunci_token *token;
    struct key_half half; /* what the certificate tells */
    struct kunci_key *key;
};

static CK_RV find_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct finding *finding = context;
    CK_RV rv;

    kunci_key_free(&finding->key);
    rv = cert_find_key(finding->token, session, &finding->half, &finding->key);
    if (rv == CKR_OK && !finding->key)
        err_set(err, KUNCI_CERT_NO_KEY, finding->token->label, NULL);
    return rv;
}

static bool verifies(const struct kunci_cert *cert, enum kunci_alg alg, const unsigned char *in,
                     size_t in_len, const unsigned char *sig, size_t sig_len)
{
    const unsigned char *der = cert->der;
    X509 *x509 = d2i_X509(NULL, &der, (long)cert->len);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool fits = x509 && digest &&
                EVP_DigestVerifyInit_ex(digest, NULL, kunci_alg_hash(alg), NULL, NULL,
                                        X509_get0_pubkey(x509), NULL) == 1 &&
                EVP_DigestVerify(digest, sig, sig_len, in, in_len) == 1;

    EVP_MD_CTX_free(digest);
    X509_free(x509);
    ERR_clear_error();
    return fits;
}

/* The key on the token signs what nobody knew before, the certificate tells. */
static enum kunci_rc prove(struct kunci_cert *cert, struct kunci_err *err)
{
    struct finding finding = {.token = cert->token};
    unsigned char challenge[32], sig[KUNCI_SIGNATURE_MAX];
    struct kunci_signer *signer = NULL;
    enum kunci_rc rc;
    size_t len;

    finding.half.spki = key_spki_of_certificate(cert->der, cert->len, &finding.half.spki_len);
    if (RAND_bytes(challenge, sizeof challenge) != 1)
        rc = err_openssl(err, "RAND_bytes");
    else
        rc = session_run(cert->token, SESSION_PRIVATE, "C_FindObjects", find_work, &finding, err);
    if (rc == KUNCI_OK &&
        (rc = kunci_key_signer(finding.key, KUNCI_ALG_NONE, &signer, err)) == KUNCI_OK &&
        (rc = kunci_sign_message(signer, challenge, sizeof challenge, sig, &len, err)) ==
            KUNCI_OK &&
        !verifies(cert, signer->alg, challenge, sizeof challenge, sig, len))
        rc = err_set(err, KUNCI_KEY_MISMATCH, NULL, NULL);
    kunci_signer_free(&signer);
    kunci_key_free(&finding.key);
    key_half_clear(&finding.half);
    return rc;
}

/* ---- the whole ---- */

/* What stands on the token now comes first, why it does after it. */
static enum kunci_rc left_both(struct kunci_err *err, enum kunci_rc rc, const char *token)
{
    struct kunci_err why = *err;
    char said[sizeof why.detail];

    kunci_err_sentence(&why, said, sizeof said);
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return err_set(err, rc, token, said);
}

enum kunci_rc kunci_cert_replace(struct kunci_cert *old, const unsigned char *der, size_t len,
                                 struct kunci_cert **out, struct kunci_err *err)
{
    struct kunci_token *token = old->token;
    enum kunci_rc rc;

    *out = NULL;
    if (old->len == len && memcmp(old->der, der, len) == 0)
        return err_set(err, KUNCI_CERT_EXISTS, token->label, NULL);
    if ((rc = write_new(token, der, len, out, err)) != KUNCI_OK)
        return rc;
    if (prove(*out, err) != KUNCI_OK)
        rc = left_both(err, KUNCI_CERT_UNPROVED, token->label);
    else if (kunci_cert_delete(old, err) != KUNCI_OK)
        rc = left_both(err, KUNCI_CERT_OLD_STAYS, token->label);
    if (rc != KUNCI_OK)
        kunci_cert_free(out);
    return rc;
}
