#include "trust/revocation.h"

#include "base/text.h"
#include "trust/crl_judge.h"
#include "trust/ocsp.h"
#include "trust/place.h"

static bool is_known(const struct evidence *evidence)
{
    return evidence->status == KUNCI_GOOD || evidence->status == KUNCI_IS_REVOKED;
}

static void look_along(const struct kunci_path_request *request, const struct question *question,
                       struct evidence *evidence)
{
    size_t i;

    for (i = 0; i < request->ocsp_count && i < ALONG_MAX; i++)
        ocsp_judge(question, request->ocsps[i].data, request->ocsps[i].len, NULL, evidence);
    if (!is_known(evidence))
        crl_judge(question, evidence);
}

/* What was true of another moment may not do for this one. */
static bool remember(struct memory *memory, const struct question *question,
                     struct evidence *evidence)
{
    struct evidence kept = {.status = KUNCI_NOT_CHECKED}, unsaid = kept;

    if (!memory_recall(memory, question, &kept) ||
        !evidence_is_current(question, &unsaid, kept.this_update, kept.next_update) ||
        (kept.status == KUNCI_GOOD && !evidence_covers_expiry(question, &kept)))
        return false;
    *evidence = kept;
    return true;
}

/* Lists that were fetched before are fetched anew where they were of no use. */
static void look_into_crls(struct source *source, const struct question *question,
                           struct evidence *evidence)
{
    struct question ours = *question;
    bool kept = true, anew;

    for (anew = false; kept && !is_known(evidence); anew = true) {
        struct stock more = {0};

        kept = false;
        crl_fetch(question, source, anew, &more, &kept, evidence);
        ours.stock = &more;
        if (more.crl_count && stock_share(&more, question->stock))
            crl_judge(&ours, evidence);
        stock_clear(&more);
    }
}

static bool names_nobody(const X509 *cert)
{
    struct places ocsp, crls;
    bool nobody;

    places_of_access(cert, NID_ad_OCSP, &ocsp);
    places_of_crls(cert, NID_crl_distribution_points, &crls);
    nobody = !ocsp.count && !crls.count;
    places_clear(&ocsp);
    places_clear(&crls);
    return nobody;
}

void revocation_ask(struct kunci_trust *trust, const struct kunci_path_request *request,
                    const struct question *question, const struct stock *all,
                    struct evidence *evidence)
{
    struct question wider = *question;

    *evidence = (struct evidence){.revoked_why = -1};
    wider.stock = all;
    look_along(request, question, evidence);
    if (is_known(evidence) || remember(trust->memory, question, evidence))
        return;
    crl_judge(&wider, evidence);
    if (!is_known(evidence) && trust->source)
        ocsp_ask(&wider, trust->source, evidence);
    if (!is_known(evidence) && trust->source)
        look_into_crls(trust->source, &wider, evidence);
    if (is_known(evidence))
        memory_keep(trust->memory, question, evidence);
    else if (names_nobody(question->cert))
        evidence_trouble(evidence, _("The certificate does not say who tells of its revocation."));
    else if (!trust->source)
        evidence_trouble(evidence, _("Nobody was asked, as nothing is to be fetched."));
    else
        evidence_trouble(evidence, _("Nobody who was asked told of this certificate."));
}
