#include "trust/path_find.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

/* Cross-certificates multiply ways: who sends hundreds of them gets no more of our time. */
enum { STEPS_MAX = 2000, PATHS_MAX = 64 };

struct search {
    struct kunci_trust *trust;
    const struct stock *stock;
    path_found *found;
    void *context;
    STACK_OF(X509) * way, **deepest;
    int steps, paths;
};

/* One that may not sign certificates is taken too: that it may not is the better reason. */
static bool may_be_issuer(X509 *issuer, X509 *cert)
{
    int answer = X509_check_issued(issuer, cert);

    return answer == X509_V_OK || answer == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

static bool is_on_way(const struct search *search, const X509 *cert)
{
    int i;

    for (i = 0; i < sk_X509_num(search->way); i++)
        if (X509_cmp(sk_X509_value(search->way, i), cert) == 0)
            return true;
    return false;
}

static bool offer(struct search *search)
{
    return ++search->paths <= PATHS_MAX && search->found(search->way, search->context);
}

/* The certificate is an anchor itself, or is issued by one. */
static bool end_at_anchor(struct search *search, X509 *tip)
{
    STACK_OF(X509) *own = trust_anchors(search->trust, X509_get_subject_name(tip)),
                   *above = trust_anchors(search->trust, X509_get_issuer_name(tip));
    bool ended = false;
    int i;

    for (i = 0; !ended && own && i < sk_X509_num(own); i++)
        if (X509_cmp(sk_X509_value(own, i), tip) == 0)
            ended = offer(search);
    for (i = 0; !ended && above && i < sk_X509_num(above); i++) {
        X509 *anchor = sk_X509_value(above, i);

        if (is_on_way(search, anchor) || !may_be_issuer(anchor, tip) ||
            !sk_X509_push(search->way, anchor))
            continue;
        ended = offer(search);
        sk_X509_pop(search->way);
    }
    sk_X509_pop_free(own, X509_free);
    sk_X509_pop_free(above, X509_free);
    return ended;
}

static void note_deepest(struct search *search)
{
    if (!search->deepest || sk_X509_num(search->way) <= sk_X509_num(*search->deepest))
        return;
    sk_X509_free(*search->deepest);
    *search->deepest = sk_X509_dup(search->way);
}

static bool go_on(struct search *search)
{
    X509 *tip = sk_X509_value(search->way, sk_X509_num(search->way) - 1);
    const STACK_OF(X509) *certs = search->stock->certs;
    int i;

    note_deepest(search);
    if (end_at_anchor(search, tip))
        return true;
    for (i = 0; certs && i < sk_X509_num(certs) && sk_X509_num(search->way) < PATH_MAX_LEN - 1;
         i++) {
        X509 *issuer = sk_X509_value(certs, i);
        bool ended;

        if (X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(tip)) != 0 ||
            is_on_way(search, issuer) || !may_be_issuer(issuer, tip))
            continue;
        if (++search->steps > STEPS_MAX || search->paths > PATHS_MAX ||
            !sk_X509_push(search->way, issuer))
            return false;
        ended = go_on(search);
        sk_X509_pop(search->way);
        if (ended)
            return true;
    }
    return false;
}

bool path_find(struct kunci_trust *trust, const struct stock *stock, X509 *cert, path_found *found,
               void *context, STACK_OF(X509) * *deepest)
{
    struct search search = {.trust = trust,
                            .stock = stock,
                            .found = found,
                            .context = context,
                            .way = sk_X509_new_null(),
                            .deepest = deepest};
    bool ended = search.way && sk_X509_push(search.way, cert) && go_on(&search);

    sk_X509_free(search.way);
    ERR_clear_error();
    return ended;
}
