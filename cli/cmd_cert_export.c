/* kunci cert export: a certificate copied out of the token, alone or with its issuers. */
#include "cli/file.h"
#include "cli/pool.h"
#include "cli/words.h"

#include <stdlib.h>
#include <string.h>

static enum kunci_rc add_token(struct command *command, struct pool *pool, struct kunci_err *err)
{
    struct kunci_cert_list *list = NULL;
    struct kunci_token *token;
    enum kunci_rc rc;
    size_t i;

    if ((rc = certs_token(command, &token, err)) == KUNCI_OK)
        rc = kunci_cert_list(token, &list, err);
    for (i = 0; rc == KUNCI_OK && i < kunci_cert_list_count(list); i++) {
        struct certs_der copy;

        if ((rc = certs_copy(kunci_cert_list_at(list, i), &copy, err)) == KUNCI_OK)
            rc = pool_add(pool, copy, err);
    }
    kunci_cert_list_free(&list);
    return rc;
}

/* ---- the chain ---- */

/* No path of certificates is longer. */
enum { CHAIN_MAX = 10 };

static const struct certs_der *issuer_of(const struct pool *pool, const struct certs_der *cert)
{
    size_t i;

    for (i = 0; i < pool->count; i++)
        if (kunci_cert_issued_by(cert->bytes, cert->len, pool->certs[i].bytes, pool->certs[i].len))
            return &pool->certs[i];
    return NULL;
}

static enum kunci_rc append_pem(char **text, const struct certs_der *cert, struct kunci_err *err)
{
    char *pem = NULL, *both = NULL;
    enum kunci_rc rc = kunci_pem_write("CERTIFICATE", cert->bytes, cert->len, &pem, err);

    if (rc == KUNCI_OK && asprintf(&both, "%s%s", *text ? *text : "", pem) < 0) {
        both = NULL;
        rc = fail_memory(err);
    }
    free(pem);
    if (rc == KUNCI_OK) {
        free(*text);
        *text = both;
    }
    return rc;
}

/* The certificate, its issuer, the issuer's issuer, up to one that signs for itself. */
static enum kunci_rc write_chain(const struct pool *pool, struct certs_der cert, char **text,
                                 struct kunci_err *err)
{
    const struct certs_der *next;
    enum kunci_rc rc = append_pem(text, &cert, err);
    int i;

    for (i = 0; rc == KUNCI_OK && i < CHAIN_MAX; i++) {
        next = issuer_of(pool, &cert);
        if (!next || (next->len == cert.len && memcmp(next->bytes, cert.bytes, cert.len) == 0))
            break;
        cert = *next;
        rc = append_pem(text, &cert, err);
    }
    return rc;
}

static enum kunci_rc export_chain(struct command *command, const struct kunci_cert *cert,
                                  struct kunci_err *err)
{
    const char *path = command->option[OPT_ISSUERS];
    struct certs_der leaf = {NULL, 0};
    struct pool pool = {NULL, 0};
    char *text = NULL;
    enum kunci_rc rc = add_token(command, &pool, err);

    if (rc == KUNCI_OK && path)
        rc = pool_add_path(&pool, path, err);
    if (rc == KUNCI_OK && (rc = certs_copy(cert, &leaf, err)) == KUNCI_OK)
        rc = write_chain(&pool, leaf, &text, err);
    if (rc == KUNCI_OK)
        rc = file_deliver_text(command, text, err);
    free(text);
    free(leaf.bytes);
    pool_clear(&pool);
    return rc;
}

enum kunci_rc cmd_cert_export(struct command *command, struct kunci_err *err)
{
    bool chain = command->option[OPT_CHAIN] != NULL;
    struct kunci_cert *cert = NULL;
    const unsigned char *der;
    enum kunci_rc rc;
    size_t len;

    if (chain && command->option[OPT_DER])
        return fail(err, KUNCI_USAGE_VALUE, "--der", _("a chain is written in PEM"));
    if (!chain && command->option[OPT_ISSUERS])
        return fail(err, KUNCI_USAGE_VALUE, "--issuers", _("it needs --chain beside it"));
    if ((rc = file_check_output(command, err)) != KUNCI_OK ||
        (rc = certs_find(command, &cert, err)) != KUNCI_OK)
        return rc;
    der = kunci_cert_der(cert, &len);
    rc = chain ? export_chain(command, cert, err)
               : file_deliver(command, "CERTIFICATE", der, len, err);
    kunci_cert_free(&cert);
    return rc;
}
