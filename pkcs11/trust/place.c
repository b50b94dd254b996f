#include "trust/place.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void add(struct places *places, const GENERAL_NAME *name)
{
    const ASN1_IA5STRING *text;
    const char *url;
    size_t len;

    if (name->type != GEN_URI || places->count == PLACES_MAX)
        return;
    text = name->d.uniformResourceIdentifier;
    url = (const char *)ASN1_STRING_get0_data(text);
    len = (size_t)ASN1_STRING_length(text);
    if (memchr(url, '\0', len) ||
        (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0))
        return;
    if ((places->urls[places->count] = strndup(url, len)))
        places->count++;
}

void places_of_access(const X509 *cert, int method, struct places *out)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    int i;

    *out = (struct places){.count = 0};
    for (i = 0; i < sk_ACCESS_DESCRIPTION_num(access); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(access, i);

        if (OBJ_obj2nid(one->method) == method)
            add(out, one->location);
    }
    AUTHORITY_INFO_ACCESS_free(access);
    ERR_clear_error();
}

void places_of_crls(const X509 *cert, int extension, struct places *out)
{
    CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, extension, NULL, NULL);
    int i, n;

    *out = (struct places){.count = 0};
    for (i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT_NAME *name = sk_DIST_POINT_value(points, i)->distpoint;

        for (n = 0; name && name->type == 0 && n < sk_GENERAL_NAME_num(name->name.fullname); n++)
            add(out, sk_GENERAL_NAME_value(name->name.fullname, n));
    }
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
}

void places_clear(struct places *places)
{
    while (places->count)
        free(places->urls[--places->count]);
}
