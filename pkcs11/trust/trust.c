#include "trust/trust.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

STACK_OF(X509) * trust_anchors(struct kunci_trust *trust, const X509_NAME *name)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *found = NULL;

    if (context && X509_STORE_CTX_init(context, trust->anchors, NULL, NULL) == 1)
        found = X509_STORE_CTX_get1_certs(context, name);
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return found;
}

/* What is no certificate among the anchors is left out: a CRL is nobody to believe. */
static enum kunci_rc add_anchors(struct kunci_trust *trust, const char *path, struct kunci_err *err)
{
    struct stock stock = {0};
    enum kunci_rc rc = stock_read(&stock, path, err);
    int i;

    for (i = 0; rc == KUNCI_OK && stock.certs && i < sk_X509_num(stock.certs); i++)
        if (X509_STORE_add_cert(trust->anchors, sk_X509_value(stock.certs, i)) != 1)
            rc = err_openssl(err, "X509_STORE_add_cert");
    if (rc == KUNCI_OK && !stock.certs)
        rc = err_set(err, KUNCI_TRUST_FILE, path, _("no certificate is in it"));
    stock_clear(&stock);
    return rc;
}

static enum kunci_rc add_policies(struct kunci_trust *trust, const char *const *policies,
                                  struct kunci_err *err)
{
    if (policies && !(trust->policies = sk_ASN1_OBJECT_new_null()))
        return err_no_memory(err);
    for (; policies && *policies; policies++) {
        ASN1_OBJECT *object = OBJ_txt2obj(*policies, 1);

        ERR_clear_error();
        if (!object)
            return err_set(err, KUNCI_TRUST_POLICY, *policies, NULL);
        if (!sk_ASN1_OBJECT_push(trust->policies, object)) {
            ASN1_OBJECT_free(object);
            return err_no_memory(err);
        }
    }
    return KUNCI_OK;
}

static enum kunci_rc read_files(struct kunci_trust *trust,
                                const struct kunci_trust_options *options, struct kunci_err *err)
{
    const char *const *path;
    enum kunci_rc rc = KUNCI_OK;

    for (path = options->anchors; rc == KUNCI_OK && path && *path; path++)
        rc = add_anchors(trust, *path, err);
    for (path = options->others; rc == KUNCI_OK && path && *path; path++)
        rc = stock_read(&trust->others, *path, err);
    if (rc == KUNCI_OK && options->system && X509_STORE_set_default_paths(trust->anchors) != 1)
        rc = err_openssl(err, "X509_STORE_set_default_paths");
    ERR_clear_error(); /* of places where there is nothing */
    return rc;
}

enum kunci_rc kunci_trust_new(const struct kunci_trust_options *options, struct kunci_trust **out,
                              struct kunci_err *err)
{
    struct kunci_trust *trust = calloc(1, sizeof *trust);
    enum kunci_rc rc = KUNCI_OK;

    *out = NULL;
    if (!trust)
        return err_no_memory(err);
    trust->revocation = options->revocation;
    if (!(trust->anchors = X509_STORE_new()) || !(trust->memory = memory_new()))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK && !options->offline)
        rc = source_new(options, &trust->source, err);
    if (rc == KUNCI_OK)
        rc = add_policies(trust, options->policies, err);
    if (rc == KUNCI_OK)
        rc = read_files(trust, options, err);
    if (rc != KUNCI_OK)
        kunci_trust_free(&trust);
    *out = trust;
    return rc;
}

void kunci_trust_free(struct kunci_trust **trust)
{
    if (!*trust)
        return;
    X509_STORE_free((*trust)->anchors);
    stock_clear(&(*trust)->others);
    sk_ASN1_OBJECT_pop_free((*trust)->policies, ASN1_OBJECT_free);
    source_free(&(*trust)->source);
    memory_free(&(*trust)->memory);
    free(*trust);
    *trust = NULL;
}
