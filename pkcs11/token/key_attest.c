/* Finding a device's statement of a key among the certificates on its token. */
#include "base/error.h"
#include "token/cert_object.h"

#include <kunci/attest.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct certificates {
    struct kunci_cert_list *list;
    X509 **x509; /* NULL for one that cannot be read */
    size_t count;
};

static void clear(struct certificates *all)
{
    size_t i;

    for (i = 0; all->x509 && i < all->count; i++)
        X509_free(all->x509[i]);
    free(all->x509);
    kunci_cert_list_free(&all->list);
}

static enum kunci_rc read_all(struct kunci_token *token, struct certificates *all,
                              struct kunci_err *err)
{
    enum kunci_rc rc = kunci_cert_list(token, &all->list, err);
    size_t i;

    if (rc != KUNCI_OK)
        return rc;
    all->count = kunci_cert_list_count(all->list);
    if (!(all->x509 = calloc(all->count + 1, sizeof *all->x509)))
        return err_no_memory(err);
    for (i = 0; i < all->count; i++) {
        const struct kunci_cert *cert = kunci_cert_list_at(all->list, i);
        const unsigned char *in = cert->der;

        if (!cert->der || !(all->x509[i] = d2i_X509(NULL, &in, (long)cert->len)) ||
            in == cert->der + cert->len)
            continue;
        X509_free(all->x509[i]);
        all->x509[i] = NULL;
    }
    ERR_clear_error();
    return KUNCI_OK;
}

static bool is_statement(const struct kunci_cert *cert)
{
    return cert_kind(cert->der, cert->len) == CERT_STATEMENT;
}

static bool is_of_key(X509 *x509, const struct key_half *half)
{
    unsigned char *spki = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki);
    bool is = len > 0 && (size_t)len == half->spki_len && memcmp(spki, half->spki, len) == 0;

    OPENSSL_free(spki);
    return is;
}

static bool is_issuer(const X509 *issuer, const X509 *of)
{
    return issuer && X509_cmp(issuer, of) != 0 &&
           X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(of)) == 0;
}

static bool is_signed_by(X509 *x509, const X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);

    return key && X509_verify(x509, key) == 1;
}

/* The pair whose signature is good, so that a certificate with a borrowed name cannot
 * hide it; else the first that names fit, so that it is judged and refused. */
static bool find_pair(const struct certificates *all, const struct key_half *half,
                      size_t *statement, size_t *device)
{
    bool found = false;
    size_t i, j;

    for (i = 0; i < all->count; i++) {
        if (!all->x509[i] || !is_statement(kunci_cert_list_at(all->list, i)) ||
            !is_of_key(all->x509[i], half))
            continue;
        for (j = 0; j < all->count; j++) {
            bool good;

            if (!is_issuer(all->x509[j], all->x509[i]))
                continue;
            good = is_signed_by(all->x509[i], all->x509[j]);
            if (good || !found) {
                *statement = i;
                *device = j;
            }
            found = true;
            if (good)
                return true;
        }
    }
    return found;
}

static void take(struct kunci_cert *from, unsigned char **der, size_t *len)
{
    *der = from->der;
    *len = from->len;
    from->der = NULL;
}

enum kunci_rc kunci_key_attest(struct kunci_key *key, struct kunci_attestation *out,
                               struct kunci_err *err)
{
    struct certificates all = {.list = NULL};
    size_t statement, device, len;
    const unsigned char *spki;
    enum kunci_rc rc;

    *out = (struct kunci_attestation){0};
    if ((rc = kunci_key_spki(key, &spki, &len, err)) != KUNCI_OK)
        return rc;
    if ((rc = read_all(key->token, &all, err)) != KUNCI_OK)
        goto out;
    if (find_pair(&all, &key->half, &statement, &device)) {
        take(kunci_cert_list_at(all.list, statement), &out->statement, &out->statement_len);
        take(kunci_cert_list_at(all.list, device), &out->device, &out->device_len);
    } else {
        rc = err_set(err, KUNCI_ATTEST_NONE, key->half.object.label, NULL);
    }
out:
    ERR_clear_error();
    clear(&all);
    return rc;
}

void kunci_attestation_clear(struct kunci_attestation *attestation)
{
    free(attestation->statement);
    free(attestation->device);
    free(attestation->root);
    *attestation = (struct kunci_attestation){0};
}
