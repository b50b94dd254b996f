/* The holder's token: each certificate is one that the authority issued and has its key,
 * each key its certificate and a name, and the pairs sign. */
#include "kill/agree.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char message[] = "surat contoh";

struct seen {
    unsigned pairs, keys, certs, issued; /* issued: the new certificate */
};

static enum kunci_rc pin(void *context, const struct kunci_pin_ask *what, struct kunci_secret **out,
                         struct kunci_err *err)
{
    (void)what;
    return kunci_secret_from_file(context, out, err);
}

/* The signature fits the certificate. */
static bool proves(const unsigned char *der, size_t len, const unsigned char *sig, size_t sig_len)
{
    X509 *cert = d2i_X509(NULL, &der, (long)len);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool good =
        cert && digest &&
        EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, X509_get0_pubkey(cert)) == 1 &&
        EVP_DigestVerify(digest, sig, sig_len, (const unsigned char *)message, sizeof message) == 1;

    EVP_MD_CTX_free(digest);
    X509_free(cert);
    return good;
}

static bool signs(struct agree *agree, struct kunci_token *token, struct kunci_cert *cert)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_signer *signer = NULL;
    struct kunci_key *key = NULL;
    size_t sig_len, len;
    const unsigned char *der = kunci_cert_der(cert, &len);
    bool good =
        kunci_key_find(token, kunci_cert_id(cert), &key, &err) == KUNCI_OK &&
        kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err) == KUNCI_OK &&
        kunci_sign_message(signer, message, sizeof message, sig, &sig_len, &err) == KUNCI_OK;

    if (!good)
        failed(agree, "token, a pair does not sign", &err);
    else if (!(good = proves(der, len, sig, sig_len)))
        wrong(agree, "token: the key of \"%s\" is not its certificate's", kunci_cert_label(cert));
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    return good;
}

/* On the way one may be half written. */
static void look_certs(struct agree *agree, struct kunci_token *token, struct seen *seen,
                       bool whole)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_list *list = NULL;
    size_t i, len;

    if (kunci_cert_list(token, &list, &err) != KUNCI_OK) {
        failed(agree, "token", &err);
        return;
    }
    for (i = 0; i < kunci_cert_list_count(list); i++) {
        struct kunci_cert *cert = kunci_cert_list_at(list, i);
        const unsigned char *der = kunci_cert_der(cert, &len);
        bool issued =
            agree->der.data && len == agree->der.len && memcmp(der, agree->der.data, len) == 0;

        seen->certs++;
        seen->issued += issued;
        if (whole && agree->old_der.data && !issued &&
            (len != agree->old_der.len || memcmp(der, agree->old_der.data, len) != 0))
            wrong(agree, "token: the certificate \"%s\" is known to nobody",
                  kunci_cert_label(cert));
        if (kunci_cert_has_key(cert))
            seen->pairs += signs(agree, token, cert);
        else if (whole)
            wrong(agree, "token: the certificate \"%s\" has no key", kunci_cert_label(cert));
    }
    kunci_cert_list_free(&list);
}

static void look_keys(struct agree *agree, struct kunci_token *token, struct seen *seen, bool whole)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key_list *list = NULL;
    struct kunci_key_info info;
    size_t i;

    if (kunci_key_list(token, &list, &err) != KUNCI_OK) {
        failed(agree, "token", &err);
        return;
    }
    seen->keys = (unsigned)kunci_key_list_count(list);
    for (i = 0; whole && i < kunci_key_list_count(list); i++) {
        if (kunci_key_info(kunci_key_list_at(list, i), &info, &err) != KUNCI_OK) {
            failed(agree, "token", &err);
            break;
        }
        if (!*info.label)
            wrong(agree, "token: a key without a name");
        else if (!info.has_private || !info.has_public || !info.id_conforms)
            wrong(agree, "token: the key \"%s\" is not whole", info.label);
        else if (!info.has_certificate)
            wrong(agree, "token: the key \"%s\" has no certificate", info.label);
    }
    kunci_key_list_free(&list);
}

void agree_token(struct agree *agree, const char *label, const char *pin_file, bool whole)
{
    char path[4096], *file = strdup(pin_file);
    const struct kunci_modules_options how = {.path = "/usr/lib/softhsm/libsofthsm2.so",
                                              .source = {.ask = pin, .context = file}};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_modules *modules = NULL;
    struct kunci_token *token;
    struct seen seen = {0};

    snprintf(path, sizeof path, "%s/softhsm2.conf", agree->lab);
    setenv("SOFTHSM2_CONF", path, 1);
    if (kunci_modules_open(&how, &modules, &err) != KUNCI_OK ||
        kunci_token_find(modules, label, KUNCI_BLANK_NEVER, &token, &err) != KUNCI_OK) {
        failed(agree, "token", &err);
    } else {
        look_keys(agree, token, &seen, whole);
        look_certs(agree, token, &seen, whole);
        if (!seen.pairs)
            wrong(agree, "token: no pair works");
        if (whole && seen.issued != 1)
            wrong(agree, "token: the new certificate is on it %u times", seen.issued);
    }
    kunci_modules_free(&modules);
    free(file);
}
