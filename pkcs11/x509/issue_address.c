/* The addresses in a certificate that is issued. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/extension.h"
#include "x509/issue_extensions.h"

#include <openssl/x509v3.h>
#include <string.h>

/* What "ocsp=http://..." says of a place; NULL: nothing. */
static const char *value_of(const char *const *fill, const char *place, size_t len)
{
    for (; fill && *fill; fill++)
        if (strncmp(*fill, place, len) == 0 && (*fill)[len] == '=')
            return *fill + len + 1;
    return NULL;
}

/* Copies an address with its {places} filled in. */
static enum kunci_rc fill_in(const struct making *making, const char *address, struct buf *to)
{
    const struct issue *issue = making->issue;
    const char *open, *close, *value;

    while ((open = strchr(address, '{')) && (close = strchr(open, '}'))) {
        value = value_of(issue->fill, open + 1, (size_t)(close - open - 1));
        if (!value)
            return err_setf(making->err, KUNCI_PROFILE_REFUSED, issue->profile->name,
                            _("nothing was given for %.*s"), (int)(close - open + 1), open);
        buf_add(to, address, (size_t)(open - address));
        buf_text(to, value);
        address = close + 1;
    }
    buf_text(to, address);
    return to->failed ? err_no_memory(making->err) : KUNCI_OK;
}

static enum kunci_rc make_address(const struct making *making, const char *address,
                                  GENERAL_NAME **out)
{
    ASN1_IA5STRING *uri = ASN1_IA5STRING_new();
    struct buf text = {0};
    enum kunci_rc rc = fill_in(making, address, &text);

    *out = GENERAL_NAME_new();
    if (rc == KUNCI_OK && (!uri || !*out || ASN1_STRING_set(uri, text.data, (int)text.len) != 1))
        rc = err_no_memory(making->err);
    if (rc == KUNCI_OK) {
        GENERAL_NAME_set0_value(*out, GEN_URI, uri);
    } else {
        ASN1_IA5STRING_free(uri);
        GENERAL_NAME_free(*out);
        *out = NULL;
    }
    buf_clear(&text);
    return rc;
}

/* Puts the name, which is taken over then, into the point. */
static bool set_place(DIST_POINT *point, GENERAL_NAME *name)
{
    if (!(point->distpoint = DIST_POINT_NAME_new()))
        return false;
    point->distpoint->type = 0; /* the whole name */
    point->distpoint->name.fullname = GENERAL_NAMES_new();
    return point->distpoint->name.fullname &&
           sk_GENERAL_NAME_push(point->distpoint->name.fullname, name) > 0;
}

/* One point with one address. */
static enum kunci_rc add_point(const struct making *making, const char *address,
                               CRL_DIST_POINTS *points)
{
    DIST_POINT *point = DIST_POINT_new();
    GENERAL_NAME *name = NULL;
    enum kunci_rc rc = make_address(making, address, &name);

    if (rc == KUNCI_OK && (!point || !set_place(point, name)))
        rc = err_no_memory(making->err);
    else
        name = NULL; /* went into the point, or there is none */
    if (rc == KUNCI_OK && sk_DIST_POINT_push(points, point) == 0)
        rc = err_no_memory(making->err);
    if (rc != KUNCI_OK)
        DIST_POINT_free(point);
    GENERAL_NAME_free(name);
    return rc;
}

enum kunci_rc issue_crl(const struct making *making)
{
    char **address = making->issue->profile->crl;
    CRL_DIST_POINTS *points;
    enum kunci_rc rc = KUNCI_OK;

    if (!address || !*address)
        return KUNCI_OK;
    if (!(points = CRL_DIST_POINTS_new()))
        return err_no_memory(making->err);
    for (; rc == KUNCI_OK && *address; address++)
        rc = add_point(making, *address, points);
    if (rc == KUNCI_OK)
        rc = extension_add(making->to, NID_crl_distribution_points, false, points, making->err);
    CRL_DIST_POINTS_free(points);
    return rc;
}

static enum kunci_rc add_places(const struct making *making, int method, char **addresses,
                                AUTHORITY_INFO_ACCESS *access)
{
    enum kunci_rc rc = KUNCI_OK;

    for (; rc == KUNCI_OK && addresses && *addresses; addresses++) {
        ACCESS_DESCRIPTION *one = ACCESS_DESCRIPTION_new();
        GENERAL_NAME *name = NULL;

        rc = one ? make_address(making, *addresses, &name) : err_no_memory(making->err);
        if (rc == KUNCI_OK) {
            GENERAL_NAME_free(one->location);
            one->location = name;
            ASN1_OBJECT_free(one->method);
            one->method = OBJ_nid2obj(method);
            if (sk_ACCESS_DESCRIPTION_push(access, one) == 0)
                rc = err_no_memory(making->err);
        }
        if (rc != KUNCI_OK)
            ACCESS_DESCRIPTION_free(one);
    }
    return rc;
}

enum kunci_rc issue_access(const struct making *making)
{
    const struct profile *profile = making->issue->profile;
    AUTHORITY_INFO_ACCESS *access = AUTHORITY_INFO_ACCESS_new();
    enum kunci_rc rc;

    if (!access)
        return err_no_memory(making->err);
    if ((rc = add_places(making, NID_ad_OCSP, profile->ocsp, access)) == KUNCI_OK &&
        (rc = add_places(making, NID_ad_ca_issuers, profile->ca_issuers, access)) == KUNCI_OK &&
        sk_ACCESS_DESCRIPTION_num(access) > 0)
        rc = extension_add(making->to, NID_info_access, false, access, making->err);
    AUTHORITY_INFO_ACCESS_free(access);
    return rc;
}
