/* Rules of the names of subject and issuer. */
#include "base/text.h"
#include "x509/lint.h"

#include <ctype.h>
#include <openssl/asn1.h>
#include <string.h>

/* ---- one attribute ---- */

typedef bool keeps_attribute(const ASN1_OBJECT *type, const ASN1_STRING *value);

static bool each(const X509_NAME *name, keeps_attribute *keeps)
{
    int i;

    for (i = 0; name && i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

        if (!keeps(X509_NAME_ENTRY_get_object(entry), X509_NAME_ENTRY_get_data(entry)))
            return false;
    }
    return true;
}

static bool both(const struct lint *lint, keeps_attribute *keeps)
{
    return each(lint->parts.issuer, keeps) && each(lint->parts.subject, keeps);
}

/* Attributes of one type of string alone, and their bounds in characters. */
static const struct bound {
    int nid, type, most;
} bounds[] = {
    {NID_countryName, V_ASN1_PRINTABLESTRING, 2},
    {NID_serialNumber, V_ASN1_PRINTABLESTRING, 64},
    {NID_dnQualifier, V_ASN1_PRINTABLESTRING, 0},
    {NID_pkcs9_emailAddress, V_ASN1_IA5STRING, 255},
    {NID_domainComponent, V_ASN1_IA5STRING, 0},
    {NID_commonName, 0, 64},
    {NID_organizationName, 0, 64},
    {NID_organizationalUnitName, 0, 64},
    {NID_stateOrProvinceName, 0, 128},
    {NID_localityName, 0, 128},
    {NID_title, 0, 64},
    {NID_pseudonym, 0, 128},
};

static const struct bound *bound_of(const ASN1_OBJECT *type)
{
    static const struct bound none;
    int nid = OBJ_obj2nid(type);
    size_t i;

    for (i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (bounds[i].nid == nid)
            return &bounds[i];
    return &none;
}

/* All that is a DirectoryString today may be PrintableString or UTF8String. What is no
 * text at all is no DirectoryString. */
static bool type_is_right(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    int written = ASN1_STRING_type(value), wanted = bound_of(type)->type;

    if (wanted)
        return written == wanted;
    return written != V_ASN1_IA5STRING || OBJ_obj2nid(type) == NID_undef ||
           bound_of(type)->most == 0;
}

static bool type_is_of_today(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    int written = ASN1_STRING_type(value);

    (void)type;
    return written != V_ASN1_TELETEXSTRING && written != V_ASN1_BMPSTRING &&
           written != V_ASN1_UNIVERSALSTRING;
}

/* In characters: UTF-8's further bytes do not count. -1 where it is no text. */
static int length_of(const ASN1_STRING *value)
{
    unsigned char *text = NULL;
    int i, len = ASN1_STRING_to_UTF8(&text, value), count = len < 0 ? -1 : 0;

    for (i = 0; i < len; i++)
        count += (text[i] & 0xc0) != 0x80;
    OPENSSL_free(text);
    return count;
}

static bool length_is_right(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    int most = bound_of(type)->most;

    return !most || length_of(value) <= most;
}

static bool is_not_empty(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    (void)type;
    return ASN1_STRING_length(value) > 0;
}

static bool country_is_right(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    const unsigned char *text = ASN1_STRING_get0_data(value);

    return OBJ_obj2nid(type) != NID_countryName ||
           (ASN1_STRING_length(value) == 2 && isupper(text[0]) && isupper(text[1]));
}

static bool printable(unsigned char c)
{
    return c < 0x80 && c && (isalnum(c) || strchr(" '()+,-./:=?", c));
}

/* Only such characters as the type of string has. */
static bool characters_are_right(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    const unsigned char *text = ASN1_STRING_get0_data(value);
    int i, len = ASN1_STRING_length(value), written = ASN1_STRING_type(value);

    (void)type;
    if (written == V_ASN1_UTF8STRING)
        return length_of(value) >= 0;
    for (i = 0; i < len; i++)
        if ((written == V_ASN1_PRINTABLESTRING && !printable(text[i])) ||
            (written == V_ASN1_IA5STRING && text[i] >= 0x80))
            return false;
    return true;
}

/* Marks that turn the direction of writing, and controls, make a name read as another. */
static bool reads_as_written(const ASN1_OBJECT *type, const ASN1_STRING *value)
{
    unsigned char *text = NULL;
    int len = ASN1_STRING_to_UTF8(&text, value);
    char shown[1024];
    bool same = true;

    (void)type;
    if (len >= 0 && len < (int)sizeof shown) {
        text_printable(shown, sizeof shown, text, (size_t)len);
        same = strlen(shown) == (size_t)len && memcmp(shown, text, (size_t)len) == 0;
    }
    OPENSSL_free(text);
    return same;
}

/* ---- the rules ---- */

static bool types_are_right(const struct lint *lint)
{
    return both(lint, type_is_right);
}

static bool types_are_of_today(const struct lint *lint)
{
    return both(lint, type_is_of_today);
}

static bool lengths_are_right(const struct lint *lint)
{
    return both(lint, length_is_right);
}

static bool none_is_empty(const struct lint *lint)
{
    return both(lint, is_not_empty);
}

static bool countries_are_right(const struct lint *lint)
{
    return both(lint, country_is_right);
}

static bool all_characters_are_right(const struct lint *lint)
{
    return both(lint, characters_are_right);
}

static bool all_read_as_written(const struct lint *lint)
{
    return both(lint, reads_as_written);
}

static bool subject_is_there(const struct lint *lint)
{
    return X509_NAME_entry_count(lint->parts.subject) > 0 ||
           (!lint->is_authority && lint_has_extension(lint, NID_subject_alt_name));
}

/* The same attribute with the same value. */
static bool nothing_stands_twice(const struct lint *lint)
{
    const X509_NAME *name = lint->parts.subject;
    int i, j, count = X509_NAME_entry_count(name);

    for (i = 0; i < count; i++)
        for (j = i + 1; j < count; j++) {
            const X509_NAME_ENTRY *a = X509_NAME_get_entry(name, i);
            const X509_NAME_ENTRY *b = X509_NAME_get_entry(name, j);

            if (OBJ_cmp(X509_NAME_ENTRY_get_object(a), X509_NAME_ENTRY_get_object(b)) == 0 &&
                ASN1_STRING_cmp(X509_NAME_ENTRY_get_data(a), X509_NAME_ENTRY_get_data(b)) == 0)
                return false;
        }
    return true;
}

static bool has_mail_among_names(const struct lint *lint, const ASN1_STRING *mail)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(lint->names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(lint->names, i);

        if (name->type == GEN_EMAIL &&
            ASN1_STRING_length(name->d.ia5) == ASN1_STRING_length(mail) &&
            memcmp(ASN1_STRING_get0_data(name->d.ia5), ASN1_STRING_get0_data(mail),
                   (size_t)ASN1_STRING_length(mail)) == 0)
            return true;
    }
    return false;
}

/* An address of mail in the subject stands among the alternative names too. */
static bool mail_stands_where_it_belongs(const struct lint *lint)
{
    const X509_NAME *subject = lint->parts.subject;
    int at = -1;

    while ((at = X509_NAME_get_index_by_NID(subject, NID_pkcs9_emailAddress, at)) >= 0)
        if (!has_mail_among_names(lint, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))))
            return false;
    return true;
}

const struct lint_rule lint_subject_rules[] = {
    {"subject_present", LINT_ERROR, LINT_BOTH, "RFC 5280 4.1.2.6",
     N_("The subject has no name, and no alternative one stands in for it."), subject_is_there},
    {"name_type", LINT_ERROR, LINT_BOTH, "RFC 5280 A.1",
     N_("A value of a name is not of its attribute's type of string."), types_are_right},
    {"name_type_old", LINT_WARNING, LINT_BOTH, "RFC 5280 4.1.2.4",
     N_("A value of a name is of a type of string that is no longer used for new names."),
     types_are_of_today},
    {"name_length", LINT_ERROR, LINT_BOTH, "RFC 5280 A.1",
     N_("A value of a name is longer than its attribute may be."), lengths_are_right},
    {"name_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 A.1", N_("An attribute of a name is empty."),
     none_is_empty},
    {"name_country", LINT_ERROR, LINT_BOTH, "RFC 5280 A.1, ISO 3166-1",
     N_("A country is not two capital letters."), countries_are_right},
    {"name_characters", LINT_ERROR, LINT_BOTH, "RFC 5280 4.1.2.4, X.680 41",
     N_("A value of a name has characters that its type of string does not have."),
     all_characters_are_right},
    {"name_readable", LINT_ERROR, LINT_BOTH, "RFC 5280 8",
     N_("A name has characters that cannot be seen, or that make it read as another."),
     all_read_as_written},
    {"name_repeated", LINT_WARNING, LINT_BOTH, "X.501 9.3",
     N_("The subject has the same attribute with the same value twice."), nothing_stands_twice},
    {"mail_in_names", LINT_WARNING, LINT_BOTH, "RFC 5280 4.1.2.6",
     N_("The address of mail in the subject does not stand among the alternative names."),
     mail_stands_where_it_belongs},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
