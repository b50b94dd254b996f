#include "trust/signer_path.h"

#include "base/error.h"

#include <stdlib.h>

struct blobs {
    struct kunci_blob *all;
    size_t count;
};

static struct kunci_blob blob_of(const void *value, const ASN1_ITEM *item)
{
    struct kunci_blob blob = {0};
    unsigned char *der = NULL;
    int len = ASN1_item_i2d(value, &der, item);

    blob.data = der;
    blob.len = len > 0 ? (size_t)len : 0;
    return blob;
}

static void blobs_clear(struct blobs *blobs)
{
    size_t i;

    for (i = 0; blobs->all && i < blobs->count; i++)
        OPENSSL_free((void *)(uintptr_t)blobs->all[i].data);
    free(blobs->all);
}

/* The certificate itself is the first of certs. */
static bool collect(const struct cms *cms, X509 *cert, struct blobs *certs, struct blobs *crls)
{
    int i, cert_count = sk_X509_num(cms->certs), crl_count = sk_X509_CRL_num(cms->crls);
    bool good = true;

    certs->all = calloc((size_t)(cert_count > 0 ? cert_count : 0) + 1, sizeof *certs->all);
    crls->all = calloc((size_t)(crl_count > 0 ? crl_count : 0) + 1, sizeof *crls->all);
    if (!certs->all || !crls->all)
        return false;
    certs->all[certs->count++] = blob_of(cert, ASN1_ITEM_rptr(X509));
    for (i = 0; i < cert_count; i++)
        certs->all[certs->count++] = blob_of(sk_X509_value(cms->certs, i), ASN1_ITEM_rptr(X509));
    for (i = 0; i < crl_count; i++)
        crls->all[crls->count++] =
            blob_of(sk_X509_CRL_value(cms->crls, i), ASN1_ITEM_rptr(X509_CRL));
    for (i = 0; i < (int)certs->count; i++)
        good &= certs->all[i].data != NULL;
    for (i = 0; i < (int)crls->count; i++)
        good &= crls->all[i].data != NULL;
    return good;
}

/* A certificate that cannot be read is the sender's fault, and so an answer. */
static enum kunci_rc answer_unreadable(const struct kunci_err *unread, struct kunci_path **out,
                                       struct kunci_err *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return err_no_memory(err);
    (*out)->indication = KUNCI_INDETERMINATE;
    (*out)->reason = KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE;
    kunci_err_sentence(unread, (*out)->detail, sizeof(*out)->detail);
    return KUNCI_OK;
}

static enum kunci_rc ask(struct kunci_trust *trust, const struct kunci_path_request *request,
                         struct kunci_path **out, struct kunci_err *err)
{
    struct kunci_err own = KUNCI_ERR_INIT;
    enum kunci_rc rc = kunci_path_check(trust, request, out, &own);

    if (rc == KUNCI_CERT_INVALID)
        return answer_unreadable(&own, out, err);
    if (rc != KUNCI_OK && err->rc == KUNCI_OK)
        *err = own;
    return rc;
}

enum kunci_rc signer_path(struct kunci_trust *trust, const struct cms *cms, X509 *cert,
                          enum kunci_purpose purpose, int64_t at, int64_t now,
                          struct kunci_path **out, struct kunci_err *err)
{
    struct kunci_path_request request = {.purpose = purpose, .at = at, .now = now};
    struct blobs certs = {0}, crls = {0};
    enum kunci_rc rc;

    *out = NULL;
    if (!collect(cms, cert, &certs, &crls)) {
        rc = err_no_memory(err);
    } else {
        request.cert = certs.all[0];
        request.certs = certs.all + 1;
        request.cert_count = certs.count - 1;
        request.crls = crls.all;
        request.crl_count = crls.count;
        rc = ask(trust, &request, out, err);
    }
    blobs_clear(&certs);
    blobs_clear(&crls);
    return rc;
}
