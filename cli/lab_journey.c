/* What an official's token goes through in the lab, from its key to a signature
 * that others can check. */
#include "cli/lab.h"
#include "cli/words.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

static const char document[] = "Surat contoh dari lab: tidak berlaku.\n";

static enum kunci_rc official(struct lab *lab, struct kunci_token **token, struct kunci_err *err)
{
    return lab_token(lab, &lab_holders[LAB_OFFICIAL], token, err);
}

enum kunci_rc lab_key(struct lab *lab, struct kunci_err *err)
{
    struct kunci_token *token;

    if (official(lab, &token, err) != KUNCI_OK)
        return err->rc;
    return kunci_key_new(token, KUNCI_KEY_P256, LAB_KEY_LABEL, &lab->key, err);
}

enum kunci_rc lab_request(struct lab *lab, struct kunci_err *err)
{
    static const struct kunci_csr_options wanted = {.subject =
                                                        "C=ID, O=Lab kunci, CN=Budi Santoso"};
    struct kunci_signer *signer = NULL;
    enum kunci_rc rc = kunci_key_signer(lab->key, KUNCI_ALG_NONE, &signer, err);

    if (rc == KUNCI_OK)
        rc = kunci_csr_new(signer, &wanted, &lab->request.data, &lab->request.len, err);
    kunci_signer_free(&signer);
    return rc;
}

enum kunci_rc lab_import(struct lab *lab, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    struct kunci_token *token;
    enum kunci_rc rc = official(lab, &token, err);

    if (rc == KUNCI_OK)
        rc = kunci_cert_import(token, lab->certificate.data, lab->certificate.len, &cert, err);
    kunci_cert_free(&cert);
    return rc;
}

enum kunci_rc lab_sign(struct lab *lab, struct kunci_err *err)
{
    struct kunci_signer *signer = NULL;
    enum kunci_rc rc;

    lab->signature.data = malloc(KUNCI_SIGNATURE_MAX);
    if (!lab->signature.data)
        return fail_memory(err);
    rc = kunci_key_signer(lab->key, KUNCI_ECDSA_SHA256, &signer, err);
    if (rc == KUNCI_OK)
        rc = kunci_sign_message(signer, document, sizeof document - 1, lab->signature.data,
                                &lab->signature.len, err);
    kunci_signer_free(&signer);
    return rc;
}

static bool signature_fits(X509 *cert, const struct lab_bytes *signature)
{
    EVP_MD_CTX *check = EVP_MD_CTX_new();
    EVP_PKEY *key = X509_get0_pubkey(cert);
    bool fits = check && key && EVP_DigestVerifyInit(check, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(check, signature->data, signature->len,
                                 (const unsigned char *)document, sizeof document - 1) == 1;

    EVP_MD_CTX_free(check);
    return fits;
}

static bool issued_by(X509 *cert, X509 *root)
{
    X509_STORE *trusted = X509_STORE_new();
    X509_STORE_CTX *path = X509_STORE_CTX_new();
    bool good = trusted && path && X509_STORE_add_cert(trusted, root) == 1 &&
                X509_STORE_CTX_init(path, trusted, cert, NULL) == 1 && X509_verify_cert(path) == 1;

    X509_STORE_CTX_free(path);
    X509_STORE_free(trusted);
    return good;
}

static X509 *read_pem(const char *text)
{
    BIO *in = BIO_new_mem_buf(text, -1);
    X509 *cert = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;

    BIO_free(in);
    return cert;
}

/* As a stranger would: with OpenSSL alone, the certificate as the token now
 * shows it, and the root from its file. */
enum kunci_rc lab_check(struct lab *lab, struct kunci_err *err)
{
    struct kunci_cert *on_token = NULL;
    struct kunci_token *token;
    X509 *cert = NULL, *root = NULL;
    const unsigned char *der;
    char root_text[8192];
    size_t len;

    if (official(lab, &token, err) != KUNCI_OK ||
        kunci_cert_find(token, LAB_KEY_LABEL, &on_token, err) != KUNCI_OK ||
        lab_read(lab, LAB_ROOT, root_text, sizeof root_text, err) != KUNCI_OK)
        goto out;
    der = kunci_cert_der(on_token, &len);
    cert = d2i_X509(NULL, &der, (long)len);
    root = read_pem(root_text);
    if (!cert || !root || !issued_by(cert, root))
        (void)fail(err, KUNCI_LAB_FAILED, _("Signature checked with the certificate"),
                   _("the certificate is not the one that the lab's CA issued"));
    else if (!signature_fits(cert, &lab->signature))
        (void)fail(err, KUNCI_LAB_FAILED, _("Signature checked with the certificate"),
                   _("the signature does not fit the document"));
out:
    ERR_clear_error();
    X509_free(cert);
    X509_free(root);
    kunci_cert_free(&on_token);
    return err->rc;
}
