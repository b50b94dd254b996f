#include "trust/crl_judge.h"

#include "base/text.h"
#include "trust/moment.h"
#include "trust/place.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static bool may_sign_crls(X509 *cert)
{
    return !(X509_get_extension_flags(cert) & EXFLAG_KUSAGE) ||
           X509_get_key_usage(cert) & KU_CRL_SIGN;
}

/* Each costs a look at all of the list; no authority has as many keys. */
enum { KEYS_MAX = 16 };

/* The issuer's key; else another that goes by the list's name, of whom it is asked for:
 * the authority's new key, or an indirect list's own issuer. */
static bool is_proven(const struct question *question, const struct crl *crl)
{
    const STACK_OF(X509) *certs = question->stock->certs;
    int i, tried = 0;

    if (X509_NAME_cmp(crl->issuer, X509_get_subject_name(question->issuer)) == 0 &&
        may_sign_crls(question->issuer) && crl_signed_by(crl, X509_get0_pubkey(question->issuer)))
        return true;
    for (i = 0; question->may_sign && certs && i < sk_X509_num(certs) && tried < KEYS_MAX; i++) {
        X509 *cert = sk_X509_value(certs, i);

        if (X509_NAME_cmp(crl->issuer, X509_get_subject_name(cert)) != 0 || !may_sign_crls(cert))
            continue;
        tried++;
        if (crl_signed_by(crl, X509_get0_pubkey(cert)) &&
            question->may_sign(cert, question->context))
            return true;
    }
    return false;
}

static bool same_idp(const struct crl *one, const struct crl *other)
{
    unsigned char *a = NULL, *b = NULL;
    int a_len, b_len;
    bool same;

    if (!one->idp || !other->idp)
        return !one->idp && !other->idp;
    a_len = i2d_ISSUING_DIST_POINT(one->idp, &a);
    b_len = i2d_ISSUING_DIST_POINT(other->idp, &b);
    same = a_len > 0 && a_len == b_len && memcmp(a, b, (size_t)a_len) == 0;
    OPENSSL_free(a);
    OPENSSL_free(b);
    return same;
}

/* RFC 5280, 5.2.4. */
static bool adds_to(const struct crl *delta, const struct crl *complete)
{
    return delta->base && delta->number && complete->number &&
           X509_NAME_cmp(delta->issuer, complete->issuer) == 0 && same_idp(delta, complete) &&
           ASN1_INTEGER_cmp(delta->base, complete->number) <= 0 &&
           ASN1_INTEGER_cmp(delta->number, complete->number) > 0;
}

/* The newest delta to a list that can be relied on; NULL: none. */
static const struct crl *delta_of(const struct question *question, const struct crl *complete)
{
    const struct stock *stock = question->stock;
    const struct crl *newest = NULL;
    struct evidence unsaid = {.status = KUNCI_NOT_CHECKED};
    size_t i;

    for (i = 0; i < stock->crl_count; i++) {
        const struct crl *crl = stock->crls[i];

        if (adds_to(crl, complete) && crl_scope(crl, question->cert) &&
            (!newest || ASN1_INTEGER_cmp(crl->number, newest->number) > 0) &&
            evidence_is_current(question, &unsaid, crl->this_update, crl->next_update) &&
            is_proven(question, crl))
            newest = crl;
    }
    return newest;
}

static void tell(const struct crl *crl, enum crl_found found, const struct crl_entry *entry,
                 struct evidence *to)
{
    to->status = found == CRL_LISTED ? KUNCI_IS_REVOKED : KUNCI_GOOD;
    to->this_update = crl->this_update;
    to->next_update = crl->next_update;
    to->keeps_expired = crl->keeps_expired;
    to->revoked_at = found == CRL_LISTED ? entry->date : 0;
    to->revoked_why = found == CRL_LISTED ? entry->why : -1;
    memcpy(to->source, "crl", sizeof "crl");
}

/* The delta's word goes before the complete list's. */
static void look_up(const struct question *question, const struct crl *complete,
                    struct evidence *to)
{
    const struct crl *delta = complete->number ? delta_of(question, complete) : NULL,
                     *told = delta ? delta : complete;
    const ASN1_INTEGER *serial = X509_get0_serialNumber(question->cert);
    const X509_NAME *issuer = X509_get_issuer_name(question->cert);
    struct crl_entry entry = {.why = -1};
    enum crl_found found = delta ? crl_find(delta, issuer, serial, &entry) : CRL_ABSENT;

    if (found == CRL_ABSENT)
        found = crl_find(complete, issuer, serial, &entry);
    if (found == CRL_DAMAGED)
        evidence_trouble(to, _("The CRL is damaged, or its entry cannot be understood."));
    else
        tell(told, found, &entry, to);
}

/* Behind another one in the order in which they are looked at: the newest first. */
static bool is_behind(const struct stock *stock, size_t at, size_t other)
{
    int64_t own = stock->crls[at]->this_update, before = stock->crls[other]->this_update;

    return own < before || (own == before && at > other);
}

/* The next list that tells of reasons that are still to be learned; last: that was looked
 * at before it, LIST_NONE for the first. LIST_NONE: there is no more. */
#define LIST_NONE SIZE_MAX

static size_t next_list(const struct question *question, unsigned wanted, size_t last,
                        struct evidence *to)
{
    const struct stock *stock = question->stock;
    size_t i, next = LIST_NONE;

    for (i = 0; i < stock->crl_count; i++) {
        const struct crl *crl = stock->crls[i];

        if ((last == LIST_NONE || is_behind(stock, i, last)) && !crl->base &&
            (next == LIST_NONE || is_behind(stock, next, i)) &&
            crl_scope(crl, question->cert) & wanted &&
            evidence_is_current(question, to, crl->this_update, crl->next_update))
            next = i;
    }
    return next;
}

void crl_judge(const struct question *question, struct evidence *evidence)
{
    struct evidence found = {.revoked_why = -1};
    unsigned wanted = CRL_ALL_REASONS;
    size_t at = LIST_NONE;

    while (wanted && found.status != KUNCI_IS_REVOKED &&
           (at = next_list(question, wanted, at, evidence)) != LIST_NONE) {
        const struct crl *crl = question->stock->crls[at];

        if (!is_proven(question, crl)) {
            evidence_trouble(evidence, _("The CRL is not signed by anybody who may."));
            continue;
        }
        found.status = KUNCI_NOT_CHECKED;
        look_up(question, crl, &found);
        if (found.status == KUNCI_GOOD && !evidence_covers_expiry(question, &found)) {
            evidence_trouble(evidence, _("The certificate had expired when its state was told."));
            found.status = KUNCI_NOT_CHECKED;
        }
        if (found.status == KUNCI_GOOD)
            wanted &= ~crl_scope(crl, question->cert);
    }
    evidence_trouble(evidence, found.trouble);
    if (found.status == KUNCI_IS_REVOKED || (found.status == KUNCI_GOOD && !wanted))
        *evidence = found;
    else if (wanted != CRL_ALL_REASONS)
        evidence_trouble(evidence, _("No CRL tells of all reasons for a revocation."));
}

/* ---- fetching ---- */

static int64_t until(const void *bytes, size_t len)
{
    struct stock stock = {0};
    int64_t end = 0;

    if (stock_add_any(&stock, bytes, len) > 0 && stock.crl_count)
        end = stock.crls[0]->next_update;
    stock_clear(&stock);
    return end;
}

static void fetch_from(const struct places *places, struct source *source, bool anew,
                       struct stock *stock, bool *kept, struct evidence *evidence)
{
    struct source_ask ask = {.until = until, .anew = anew};
    char sentence[1024];
    size_t i;

    for (i = 0; i < places->count; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct buf answer = {0};
        bool remembered = false;

        ask.fetch.url = places->urls[i];
        if (source_get(source, &ask, &answer, &remembered, &err) != KUNCI_OK)
            evidence_trouble(evidence, kunci_err_sentence(&err, sentence, sizeof sentence));
        else if (stock_add_any(stock, answer.data, answer.len) <= 0)
            evidence_trouble(evidence, _("The CRL is damaged, or its entry cannot be understood."));
        *kept |= remembered;
        buf_clear(&answer);
    }
}

void crl_fetch(const struct question *question, struct source *source, bool anew,
               struct stock *stock, bool *kept, struct evidence *evidence)
{
    static const int extensions[] = {NID_crl_distribution_points, NID_freshest_crl};
    struct places places;
    size_t i;

    for (i = 0; i < 2; i++) {
        places_of_crls(question->cert, extensions[i], &places);
        fetch_from(&places, source, anew, stock, kept, evidence);
        places_clear(&places);
    }
}
