/* A certificate judged: every path to an anchor is tried until one holds, and what each
 * proves is told of the best. */
#include "base/error.h"
#include "base/text.h"
#include "trust/issuer_fetch.h"
#include "trust/path_find.h"
#include "trust/path_judge.h"
#include "trust/revocation.h"
#include "trust/steps.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* A request while it is answered. */
struct checking {
    struct kunci_trust *trust;
    const struct kunci_path_request *request;
    X509 *cert;
    struct stock along, all; /* what came with the request; that and what we have */
    struct steps best;       /* of the path that got furthest */
    enum kunci_rc rc;        /* what kept us from judging */
    struct kunci_err *err;
};

static enum kunci_rc take_stock(struct checking *checking)
{
    const struct kunci_path_request *request = checking->request;
    const unsigned char *p = request->cert.data;
    size_t i;

    ERR_clear_error();
    if (request->cert.len <= LONG_MAX)
        checking->cert = d2i_X509(NULL, &p, (long)request->cert.len);
    ERR_clear_error();
    if (!checking->cert || p != request->cert.data + request->cert.len)
        return err_set(checking->err, KUNCI_CERT_INVALID, _("The certificate to be judged"),
                       _("it is damaged"));
    /* What is damaged of the rest cannot help, and need not keep us from judging. */
    for (i = 0; i < request->cert_count && i < ALONG_MAX; i++)
        stock_add_cert(&checking->along, request->certs[i].data, request->certs[i].len);
    for (i = 0; i < request->crl_count && i < ALONG_MAX; i++)
        stock_add_crl(&checking->along, request->crls[i].data, request->crls[i].len);
    /* Ours first: where there is an end to what is looked at, it is not theirs to fill. */
    if (checking->along.failed || !stock_share(&checking->all, &checking->trust->others) ||
        !stock_share(&checking->all, &checking->along))
        return err_no_memory(checking->err);
    return KUNCI_OK;
}

/* ---- revocation along a path ---- */

/* The anchor under which somebody else than the issuer may sign CRLs, and who may not:
 * each has ways to be tried, and may have signed hundreds of lists. */
struct signing {
    struct checking *checking;
    X509 *anchor;
    STACK_OF(X509) * refused; /* shared with their stock */
};

static bool holds_below(STACK_OF(X509) * path, void *context)
{
    const struct signing *signing = context;
    struct judgement judgement;

    return X509_cmp(sk_X509_value(path, sk_X509_num(path) - 1), signing->anchor) == 0 &&
           path_judge(signing->checking->trust, KUNCI_PURPOSE_ANY, signing->checking->request->at,
                      path, &judgement);
}

static bool may_sign_crls(X509 *signer, void *context)
{
    const struct signing *signing = context;
    int i;

    for (i = 0; i < sk_X509_num(signing->refused); i++)
        if (sk_X509_value(signing->refused, i) == signer)
            return false;
    if (path_find(signing->checking->trust, &signing->checking->all, signer, holds_below, context,
                  NULL))
        return true;
    if (signing->refused)
        sk_X509_push(signing->refused, signer);
    return false;
}

static bool has_doubt(const struct judgement *judgement)
{
    return judgement->indication != KUNCI_PASSED;
}

/* Of a revocation that lies after the moment, the certificate was good at the moment. */
static void weigh(const struct checking *checking, struct steps *steps, int at,
                  const struct evidence *evidence)
{
    struct kunci_path_step *step = &steps->steps[at];
    bool revoked =
        evidence->status == KUNCI_IS_REVOKED && evidence->revoked_at <= checking->request->at;

    steps_tell(step, evidence);
    step->revoked = evidence->status == KUNCI_IS_REVOKED && !revoked ? KUNCI_GOOD : step->revoked;
    if (has_doubt(&steps->judgement))
        return;
    if (revoked && evidence->revoked_why == CRL_REASON_CERTIFICATE_HOLD)
        judgement_doubt(&steps->judgement, KUNCI_TRY_LATER, step->info.subject,
                        _("it is suspended"));
    else if (revoked)
        judgement_doubt(&steps->judgement, at ? KUNCI_REVOKED_CA_NO_POE : KUNCI_REVOKED_NO_POE,
                        step->info.subject, _("it is revoked"));
    else if (step->revoked == KUNCI_UNKNOWN ||
             (step->revoked == KUNCI_NOT_CHECKED &&
              checking->trust->revocation == KUNCI_REVOCATION_HARD))
        judgement_doubt(&steps->judgement, KUNCI_TRY_LATER, step->info.subject, step->trouble);
}

/* From the anchor down: what a revoked authority says of others is worth nothing. */
static void check_revocation(struct checking *checking, STACK_OF(X509) * path, struct steps *steps)
{
    int i, last = sk_X509_num(path) - 1;
    struct signing signing = {checking, sk_X509_value(path, last), sk_X509_new_null()};

    for (i = last - 1; i >= 0; i--) {
        const struct question question = {.cert = sk_X509_value(path, i),
                                          .issuer = sk_X509_value(path, i + 1),
                                          .stock = &checking->along,
                                          .may_sign = may_sign_crls,
                                          .context = &signing,
                                          .at = checking->request->at,
                                          .now = checking->request->now};
        struct evidence evidence = {.revoked_why = -1};

        if (checking->trust->revocation == KUNCI_REVOCATION_OFF)
            evidence_trouble(&evidence, _("Nobody was asked, as that was not wanted."));
        else
            revocation_ask(checking->trust, checking->request, &question, &checking->all,
                           &evidence);
        weigh(checking, steps, i, &evidence);
    }
    sk_X509_free(signing.refused);
}

/* ---- paths ---- */

/* The later the doubt, the further a path got. */
static int rank(const struct steps *steps)
{
    switch (steps->judgement.reason) {
    case KUNCI_REASON_NONE:
        return steps->count ? 5 : 0;
    case KUNCI_TRY_LATER:
        return 4;
    case KUNCI_REVOKED_NO_POE:
    case KUNCI_REVOKED_CA_NO_POE:
        return 3;
    case KUNCI_NO_CERTIFICATE_CHAIN_FOUND:
        return 1;
    default:
        return 2;
    }
}

static bool try_path(STACK_OF(X509) * path, void *context)
{
    struct checking *checking = context;
    struct steps steps = {.count = 0};
    bool holds;

    if ((checking->rc = steps_new(&steps, path, true, checking->err)) != KUNCI_OK)
        return true;
    if (path_judge(checking->trust, checking->request->purpose, checking->request->at, path,
                   &steps.judgement))
        check_revocation(checking, path, &steps);
    holds = !has_doubt(&steps.judgement);
    if (rank(&steps) > rank(&checking->best)) {
        steps_clear(&checking->best);
        checking->best = steps;
    } else {
        steps_clear(&steps);
    }
    return holds;
}

static void find_none(struct checking *checking, STACK_OF(X509) * deepest)
{
    X509 *last = sk_X509_value(deepest, sk_X509_num(deepest) - 1);
    bool own = X509_NAME_cmp(X509_get_subject_name(last), X509_get_issuer_name(last)) == 0;

    checking->rc = steps_new(&checking->best, deepest, false, checking->err);
    if (checking->rc != KUNCI_OK)
        return;
    judgement_doubt(&checking->best.judgement, KUNCI_NO_CERTIFICATE_CHAIN_FOUND,
                    checking->best.steps[checking->best.count - 1].info.issuer,
                    own ? _("it is not trusted") : _("its certificate is not there"));
}

static void find_paths(struct checking *checking)
{
    STACK_OF(X509) *deepest = sk_X509_new_null();
    int fetches = 0;

    while (
        !path_find(checking->trust, &checking->all, checking->cert, try_path, checking, &deepest) &&
        checking->rc == KUNCI_OK && deepest && !checking->best.count && checking->trust->source &&
        fetches++ < ISSUER_FETCHES &&
        issuer_fetch(checking->trust->source, deepest, &checking->all))
        ;
    if (!deepest || !sk_X509_num(deepest))
        checking->rc = err_no_memory(checking->err);
    else if (checking->rc == KUNCI_OK && !checking->best.count)
        find_none(checking, deepest);
    sk_X509_free(deepest);
}

static enum kunci_rc hand_over(struct checking *checking, struct kunci_path **out)
{
    struct kunci_path *path = calloc(1, sizeof *path);
    struct steps *best = &checking->best;

    if (!path)
        return err_no_memory(checking->err);
    path->indication = best->judgement.indication;
    path->reason = best->judgement.reason;
    memcpy(path->detail, best->judgement.detail, sizeof path->detail);
    path->count = best->count;
    path->steps = best->steps;
    *best = (struct steps){.count = 0};
    *out = path;
    return KUNCI_OK;
}

enum kunci_rc kunci_path_check(struct kunci_trust *trust, const struct kunci_path_request *request,
                               struct kunci_path **out, struct kunci_err *err)
{
    struct checking checking = {.trust = trust, .request = request, .err = err};

    *out = NULL;
    if ((checking.rc = take_stock(&checking)) == KUNCI_OK)
        find_paths(&checking);
    if (checking.rc == KUNCI_OK)
        checking.rc = hand_over(&checking, out);
    X509_free(checking.cert);
    stock_clear(&checking.along);
    stock_clear(&checking.all);
    steps_clear(&checking.best);
    ERR_clear_error();
    return checking.rc;
}

void kunci_path_free(struct kunci_path **path)
{
    if (!*path)
        return;
    steps_free((*path)->steps, (*path)->count);
    free(*path);
    *path = NULL;
}
