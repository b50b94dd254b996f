/* Whether a CRL is about a certificate: its issuing distribution point against what the
 * certificate says of the places where it would be listed. */
#include "trust/crl_judge.h"

#include <openssl/err.h>

static unsigned reasons_of(const ASN1_BIT_STRING *bits)
{
    unsigned reasons = 0;

    if (!bits)
        return CRL_ALL_REASONS;
    if (ASN1_STRING_length(bits) > 0)
        reasons = ASN1_STRING_get0_data(bits)[0];
    if (ASN1_STRING_length(bits) > 1)
        reasons |= (unsigned)ASN1_STRING_get0_data(bits)[1] << 8;
    return reasons & CRL_ALL_REASONS;
}

static bool share_name(const GENERAL_NAMES *some, const GENERAL_NAMES *others)
{
    int i, n;

    for (i = 0; i < sk_GENERAL_NAME_num(some); i++)
        for (n = 0; n < sk_GENERAL_NAME_num(others); n++)
            if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(some, i),
                                 sk_GENERAL_NAME_value(others, n)) == 0)
                return true;
    return false;
}

/* A name is a list of general names, or an X.509 name put together from the issuer's. */
static bool same_point(const DIST_POINT_NAME *one, const DIST_POINT_NAME *other)
{
    const X509_NAME *name;

    if (one->type == 0 && other->type == 0)
        return share_name(one->name.fullname, other->name.fullname);
    if (one->type == 1 && other->type == 1)
        return one->dpname && other->dpname && X509_NAME_cmp(one->dpname, other->dpname) == 0;
    name = one->type == 1 ? one->dpname : other->dpname;
    return name && crl_holds_name(one->type == 1 ? other->name.fullname : one->name.fullname, name);
}

static bool fits_point(const struct crl *crl, const DIST_POINT *point)
{
    const DIST_POINT_NAME *ours = crl->idp ? crl->idp->distpoint : NULL;

    if (!ours)
        return true;
    if (point->distpoint)
        return same_point(ours, point->distpoint);
    return ours->type == 0 ? crl_holds_name(ours->name.fullname, crl->issuer) ||
                                 share_name(ours->name.fullname, point->CRLissuer)
                           : ours->dpname && crl_holds_name(point->CRLissuer, ours->dpname);
}

static bool issued_by(const struct crl *crl, const X509 *cert, const DIST_POINT *point)
{
    if (point && point->CRLissuer)
        return crl_is_indirect(crl) && crl_holds_name(point->CRLissuer, crl->issuer);
    return X509_NAME_cmp(crl->issuer, X509_get_issuer_name(cert)) == 0;
}

static bool is_of_kind(const struct crl *crl, const X509 *cert)
{
    const ISSUING_DIST_POINT *idp = crl->idp;
    bool is_ca = X509_get_extension_flags((X509 *)(uintptr_t)cert) & EXFLAG_CA;

    return !idp ||
           (!idp->onlyattr && !(idp->onlyuser > 0 && is_ca) && !(idp->onlyCA > 0 && !is_ca));
}

/* A list that names no point is about all certificates of its issuer, also those that
 * name none. */
unsigned crl_scope(const struct crl *crl, const X509 *cert)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    unsigned ours = reasons_of(crl->idp ? crl->idp->onlysomereasons : NULL), reasons = 0;
    int i;

    if (crl->unknown || !is_of_kind(crl, cert))
        goto out;
    for (i = 0; i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT *point = sk_DIST_POINT_value(points, i);

        if (point->distpoint)
            DIST_POINT_set_dpname(point->distpoint,
                                  point->CRLissuer ? crl->issuer : X509_get_issuer_name(cert));
        if (issued_by(crl, cert, point) && fits_point(crl, point))
            reasons |= ours & reasons_of(point->reasons);
    }
    if ((!crl->idp || !crl->idp->distpoint) && issued_by(crl, cert, NULL))
        reasons |= ours;
out:
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return reasons;
}
