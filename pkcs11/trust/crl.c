#include "trust/crl.h"

#include "trust/moment.h"
#include "x509/algor.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* Takes one element off the front of from. inside is what it holds, whole is all of it;
 * either may be NULL. */
static bool take(struct crl_bytes *from, int tag, int class, struct crl_bytes *inside,
                 struct crl_bytes *whole)
{
    const unsigned char *p = from->at;
    int is_tag, is_class;
    long len;
    int form = ASN1_get_object(&p, &len, &is_tag, &is_class, (long)from->len);

    if (form & 0x81 || is_tag != tag || is_class != class) /* an error, or of no definite length */
        return false;
    if (inside)
        *inside = (struct crl_bytes){p, (size_t)len};
    if (whole)
        *whole = (struct crl_bytes){from->at, (size_t)(p - from->at) + (size_t)len};
    from->len -= (size_t)(p - from->at) + (size_t)len;
    from->at = p + len;
    return true;
}

static bool take_sequence(struct crl_bytes *from, struct crl_bytes *inside)
{
    return take(from, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, inside, NULL);
}

static bool take_time(struct crl_bytes *from, int64_t *out)
{
    const unsigned char *p = from->at;
    ASN1_TIME *time = d2i_ASN1_TIME(NULL, &p, (long)from->len);

    if (!time)
        return false;
    *out = moment_of(time);
    ASN1_TIME_free(time);
    from->len -= (size_t)(p - from->at);
    from->at = p;
    return *out != 0;
}

/* ---- extensions of the list ---- */

static const int known[] = {NID_issuing_distribution_point, NID_delta_crl, NID_crl_number,
                            NID_authority_key_identifier};

static bool is_known(const X509_EXTENSION *extension)
{
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension));
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == nid)
            return true;
    return false;
}

/* ExpiredCertsOnCRL (X.509), which OpenSSL has no name for. */
static int64_t read_keeps_expired(const STACK_OF(X509_EXTENSION) * extensions)
{
    ASN1_OBJECT *object = OBJ_txt2obj("2.5.29.60", 1);
    int at = object ? X509v3_get_ext_by_OBJ(extensions, object, -1) : -1;
    const ASN1_OCTET_STRING *value;
    ASN1_GENERALIZEDTIME *time = NULL;
    const unsigned char *p;
    int64_t since = 0;

    ASN1_OBJECT_free(object);
    if (at < 0)
        return 0;
    value = X509_EXTENSION_get_data(X509v3_get_ext(extensions, at));
    p = ASN1_STRING_get0_data(value);
    time = d2i_ASN1_GENERALIZEDTIME(NULL, &p, ASN1_STRING_length(value));
    since = moment_of(time);
    ASN1_GENERALIZEDTIME_free(time);
    return since;
}

/* An extension that is there and cannot be read, or stands there twice. */
static bool get(const STACK_OF(X509_EXTENSION) * extensions, int nid, void *out)
{
    int state;
    void *value = X509V3_get_d2i(extensions, nid, &state, NULL);

    memcpy(out, &value, sizeof value);
    return value || state == -1;
}

static bool read_extensions(struct crl *crl, struct crl_bytes bytes)
{
    const unsigned char *p = bytes.at;
    STACK_OF(X509_EXTENSION) *extensions = d2i_X509_EXTENSIONS(NULL, &p, (long)bytes.len);
    bool sound = extensions && p == bytes.at + bytes.len;
    int i;

    sound = sound && get(extensions, NID_issuing_distribution_point, &crl->idp) &&
            get(extensions, NID_crl_number, &crl->number) &&
            get(extensions, NID_delta_crl, &crl->base);
    for (i = 0; sound && i < sk_X509_EXTENSION_num(extensions); i++) {
        const X509_EXTENSION *one = sk_X509_EXTENSION_value(extensions, i);

        crl->unknown |= X509_EXTENSION_get_critical(one) && !is_known(one);
    }
    if (sound)
        crl->keeps_expired = read_keeps_expired(extensions);
    if (sound && crl->idp && crl->idp->distpoint)
        sound = DIST_POINT_set_dpname(crl->idp->distpoint, crl->issuer) == 1;
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    return sound;
}

/* ---- the list ---- */

static bool is_time(const struct crl_bytes *bytes)
{
    return bytes->len && (bytes->at[0] == V_ASN1_UTCTIME || bytes->at[0] == V_ASN1_GENERALIZEDTIME);
}

static bool read_signed_part(struct crl *crl, struct crl_bytes in, struct crl_bytes *algorithm)
{
    struct crl_bytes name, extensions;
    const unsigned char *p;

    take(&in, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, NULL, NULL); /* the version, where it is there */
    if (!take(&in, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, NULL, algorithm) ||
        !take(&in, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, NULL, &name))
        return false;
    p = name.at;
    crl->issuer = d2i_X509_NAME(NULL, &p, (long)name.len);
    if (!crl->issuer || !take_time(&in, &crl->this_update) ||
        (is_time(&in) && !take_time(&in, &crl->next_update)))
        return false;
    if (in.len && in.at[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED) &&
        !take_sequence(&in, &crl->entries))
        return false;
    if (in.len && (!take(&in, 0, V_ASN1_CONTEXT_SPECIFIC, &extensions, NULL) ||
                   !read_extensions(crl, extensions)))
        return false;
    return in.len == 0;
}

/* The algorithm stands there twice, and what is signed has the last word (5.1.1.2). */
static bool read_all(struct crl *crl, size_t len)
{
    struct crl_bytes all = {crl->der, len}, list, inside, algorithm;
    const unsigned char *p;

    if (!take_sequence(&all, &list) || all.len ||
        !take(&list, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &inside, &crl->signed_part) ||
        !read_signed_part(crl, inside, &algorithm) || list.len < algorithm.len ||
        memcmp(list.at, algorithm.at, algorithm.len) != 0)
        return false;
    p = list.at;
    crl->algorithm = d2i_X509_ALGOR(NULL, &p, (long)list.len);
    if (crl->algorithm)
        crl->signature = d2i_ASN1_BIT_STRING(NULL, &p, (long)(list.at + list.len - p));
    return crl->signature && p == list.at + list.len;
}

static void destroy(struct crl *crl)
{
    X509_NAME_free(crl->issuer);
    X509_ALGOR_free(crl->algorithm);
    ASN1_BIT_STRING_free(crl->signature);
    ISSUING_DIST_POINT_free(crl->idp);
    ASN1_INTEGER_free(crl->number);
    ASN1_INTEGER_free(crl->base);
    free(crl->der);
    free(crl);
}

struct crl *crl_read(const void *der, size_t len, bool *no_memory)
{
    struct crl *crl;

    *no_memory = false;
    if (len == 0 || len > INT32_MAX)
        return NULL;
    *no_memory = true;
    if (!(crl = calloc(1, sizeof *crl)))
        return NULL;
    crl->owners = 1;
    if ((crl->der = malloc(len))) {
        *no_memory = false;
        memcpy(crl->der, der, len);
        if (read_all(crl, len))
            return crl;
    }
    destroy(crl);
    return NULL;
}

void crl_share(struct crl *crl)
{
    crl->owners++;
}

void crl_free(struct crl **crl)
{
    if (*crl && --(*crl)->owners == 0)
        destroy(*crl);
    *crl = NULL;
}

bool crl_is_indirect(const struct crl *crl)
{
    return crl->idp && crl->idp->indirectCRL > 0;
}

/* The bytes as they came are what was signed: nothing is encoded anew. */
bool crl_signed_by(const struct crl *crl, EVP_PKEY *key)
{
    ASN1_STRING bytes = {.type = V_ASN1_SEQUENCE,
                         .data = (unsigned char *)(uintptr_t)crl->signed_part.at,
                         .length = (int)crl->signed_part.len};
    const ASN1_TYPE any = {.type = V_ASN1_SEQUENCE, .value.sequence = &bytes};
    bool proven =
        key && algor_is_strong(crl->algorithm) &&
        ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), crl->algorithm, crl->signature, &any, key) == 1;

    ERR_clear_error();
    return proven;
}

/* ---- entries ---- */

static bool same_serial(struct crl_bytes serial, const ASN1_INTEGER *wanted)
{
    const unsigned char *p = serial.at;
    ASN1_INTEGER *got = d2i_ASN1_INTEGER(NULL, &p, (long)serial.len);
    bool same = got && ASN1_INTEGER_cmp(got, wanted) == 0;

    ASN1_INTEGER_free(got);
    return same;
}

/* Most entries differ in their last byte or their length: no memory is asked for then. */
static bool may_be(struct crl_bytes serial, const ASN1_INTEGER *wanted)
{
    int len = ASN1_STRING_length(wanted);

    return len == 0 || ASN1_STRING_type(wanted) == V_ASN1_NEG_INTEGER ||
           serial.at[serial.len - 1] == ASN1_STRING_get0_data(wanted)[len - 1];
}

/* In an indirect list an entry may say whose certificate it and those after it are. */
static bool follow_issuer(const X509_REVOKED *entry, GENERAL_NAMES **issuers)
{
    int state;
    GENERAL_NAMES *names = X509_REVOKED_get_ext_d2i(entry, NID_certificate_issuer, &state, NULL);

    if (!names)
        return state == -1;
    GENERAL_NAMES_free(*issuers);
    *issuers = names;
    return true;
}

bool crl_holds_name(const GENERAL_NAMES *names, const X509_NAME *wanted)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_DIRNAME && X509_NAME_cmp(name->d.directoryName, wanted) == 0)
            return true;
    }
    return false;
}

static bool is_issuer(const struct crl *crl, const GENERAL_NAMES *issuers, const X509_NAME *wanted)
{
    return issuers ? crl_holds_name(issuers, wanted) : X509_NAME_cmp(crl->issuer, wanted) == 0;
}

static bool has_unknown(const X509_REVOKED *entry)
{
    int at = -1;

    while ((at = X509v3_get_ext_by_critical(X509_REVOKED_get0_extensions(entry), 1, at)) >= 0) {
        X509_EXTENSION *one = X509_REVOKED_get_ext(entry, at);

        if (OBJ_obj2nid(X509_EXTENSION_get_object(one)) != NID_certificate_issuer)
            return true;
    }
    return false;
}

/* Where the key is known to have been in others' hands before, that date counts. */
static enum crl_found tell(const X509_REVOKED *entry, struct crl_entry *out)
{
    ASN1_ENUMERATED *why;
    ASN1_GENERALIZEDTIME *since;
    int64_t earlier;
    int state;

    if (has_unknown(entry))
        return CRL_DAMAGED;
    out->date = moment_of(X509_REVOKED_get0_revocationDate(entry));
    why = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &state, NULL);
    out->why = why ? (int)ASN1_ENUMERATED_get(why) : -1;
    ASN1_ENUMERATED_free(why);
    since = X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, &state, NULL);
    earlier = moment_of(since);
    if (earlier && earlier < out->date)
        out->date = earlier;
    ASN1_GENERALIZEDTIME_free(since);
    return out->why == CRL_REASON_REMOVE_FROM_CRL ? CRL_REMOVED : CRL_LISTED;
}

/* An entry whose serial number fits, or one that may change the issuer. */
static enum crl_found look_at(const struct crl *crl, struct crl_bytes whole, bool fits,
                              const X509_NAME *issuer, GENERAL_NAMES **issuers,
                              struct crl_entry *out)
{
    const unsigned char *p = whole.at;
    X509_REVOKED *entry = d2i_X509_REVOKED(NULL, &p, (long)whole.len);
    enum crl_found found = CRL_ABSENT;

    if (!entry || !follow_issuer(entry, issuers))
        found = CRL_DAMAGED;
    else if (fits && is_issuer(crl, *issuers, issuer))
        found = tell(entry, out);
    X509_REVOKED_free(entry);
    return found;
}

enum crl_found crl_find(const struct crl *crl, const X509_NAME *issuer, const ASN1_INTEGER *serial,
                        struct crl_entry *out)
{
    struct crl_bytes left = crl->entries, whole, inside, number, content;
    enum crl_found found = CRL_ABSENT;
    GENERAL_NAMES *issuers = NULL;

    while (left.len && found == CRL_ABSENT) {
        bool fits;

        if (!take(&left, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL, &inside, &whole) ||
            !take(&inside, V_ASN1_INTEGER, V_ASN1_UNIVERSAL, &content, &number) || !content.len) {
            found = CRL_DAMAGED;
            break;
        }
        fits = may_be(content, serial) && same_serial(number, serial);
        if (fits || crl_is_indirect(crl))
            found = look_at(crl, whole, fits, issuer, &issuers, out);
    }
    GENERAL_NAMES_free(issuers);
    ERR_clear_error();
    return found;
}
