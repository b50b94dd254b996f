#include "trust/signer_path.h"

#include "base/error.h"

#include <stdlib.h>

/* What came along, encoded anew. */
struct blobs {
    struct kunci_blob *all;
    size_t count;
};

struct along {
    struct blobs certs, crls, ocsps; /* the certificate itself is the first of certs */
};

static bool blobs_new(struct blobs *blobs, int most)
{
    blobs->all = calloc((size_t)(most > 0 ? most : 0) + 1, sizeof *blobs->all);
    return blobs->all != NULL;
}

static bool blobs_add(struct blobs *blobs, const void *value, const ASN1_ITEM *item)
{
    unsigned char *der = NULL;
    int len = ASN1_item_i2d(value, &der, item);

    blobs->all[blobs->count++] = (struct kunci_blob){der, len > 0 ? (size_t)len : 0};
    return der != NULL;
}

static void blobs_clear(struct blobs *blobs)
{
    size_t i;

    for (i = 0; i < blobs->count; i++)
        OPENSSL_free((void *)(uintptr_t)blobs->all[i].data);
    free(blobs->all);
}

static bool collect(const struct cms *cms, X509 *cert, struct along *along)
{
    int i, certs = sk_X509_num(cms->certs), crls = sk_X509_CRL_num(cms->crls),
           ocsps = sk_ASN1_TYPE_num(cms->ocsps);
    bool good;

    if (!blobs_new(&along->certs, certs + 1) || !blobs_new(&along->crls, crls) ||
        !blobs_new(&along->ocsps, ocsps))
        return false;
    good = blobs_add(&along->certs, cert, ASN1_ITEM_rptr(X509));
    for (i = 0; good && i < certs; i++)
        good = blobs_add(&along->certs, sk_X509_value(cms->certs, i), ASN1_ITEM_rptr(X509));
    for (i = 0; good && i < crls; i++)
        good = blobs_add(&along->crls, sk_X509_CRL_value(cms->crls, i), ASN1_ITEM_rptr(X509_CRL));
    for (i = 0; good && i < ocsps; i++)
        good =
            blobs_add(&along->ocsps, sk_ASN1_TYPE_value(cms->ocsps, i), ASN1_ITEM_rptr(ASN1_ANY));
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
    struct along along = {0};
    enum kunci_rc rc;

    *out = NULL;
    if (!collect(cms, cert, &along)) {
        rc = err_no_memory(err);
    } else {
        request.cert = along.certs.all[0];
        request.certs = along.certs.all + 1;
        request.cert_count = along.certs.count - 1;
        request.crls = along.crls.all;
        request.crl_count = along.crls.count;
        request.ocsps = along.ocsps.all;
        request.ocsp_count = along.ocsps.count;
        rc = ask(trust, &request, out, err);
    }
    blobs_clear(&along.certs);
    blobs_clear(&along.crls);
    blobs_clear(&along.ocsps);
    return rc;
}
