/* Rules of the subject's alternative names. */
#include "base/text.h"
#include "x509/alt_name.h"
#include "x509/lint.h"

#include <string.h>

static bool is_not_empty(const struct lint *lint)
{
    return !lint->names || sk_GENERAL_NAME_num(lint->names) > 0;
}

static bool is_critical_where_alone(const struct lint *lint)
{
    bool alone = X509_NAME_entry_count(lint->parts.subject) == 0;

    return !lint->names || !alone || parts_is_critical(&lint->parts, NID_subject_alt_name);
}

static bool is_not_critical_beside_subject(const struct lint *lint)
{
    bool alone = X509_NAME_entry_count(lint->parts.subject) == 0;

    return alone || !parts_is_critical(&lint->parts, NID_subject_alt_name);
}

typedef bool keeps_text(const char *text, size_t len);

/* Every name of the type keeps. */
static bool each(const struct lint *lint, int type, keeps_text *keeps)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(lint->names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(lint->names, i);

        if (name->type == type && !keeps((const char *)ASN1_STRING_get0_data(name->d.ia5),
                                         (size_t)ASN1_STRING_length(name->d.ia5)))
            return false;
    }
    return true;
}

static bool hosts_are_hosts(const struct lint *lint)
{
    return each(lint, GEN_DNS, alt_name_is_host);
}

static bool mails_are_mails(const struct lint *lint)
{
    return each(lint, GEN_EMAIL, alt_name_is_mail);
}

static bool uris_are_uris(const struct lint *lint)
{
    return each(lint, GEN_URI, alt_name_is_uri);
}

static bool address_is_whole(const char *bytes, size_t len)
{
    (void)bytes;
    return len == 4 || len == 16;
}

static bool addresses_are_whole(const struct lint *lint)
{
    return each(lint, GEN_IPADD, address_is_whole);
}

static bool directories_are_named(const struct lint *lint)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(lint->names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(lint->names, i);

        if (name->type == GEN_DIRNAME && X509_NAME_entry_count(name->d.directoryName) == 0)
            return false;
    }
    return true;
}

/* SmtpUTF8Mailbox is for what an rfc822Name cannot hold, and for that alone. */
static bool is_utf8_mailbox(const OTHERNAME *other)
{
    const ASN1_STRING *value = other->value->value.utf8string;
    const unsigned char *text, *at, *c;

    if (other->value->type != V_ASN1_UTF8STRING)
        return false;
    text = ASN1_STRING_get0_data(value);
    at = memrchr(text, '@', (size_t)ASN1_STRING_length(value));
    for (c = text; at && c < at; c++)
        if (*c >= 0x80)
            return true;
    return false;
}

static bool mailboxes_are_right(const struct lint *lint)
{
    int i;

    for (i = 0; i < sk_GENERAL_NAME_num(lint->names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(lint->names, i);

        if (name->type == GEN_OTHERNAME &&
            OBJ_obj2nid(name->d.otherName->type_id) == NID_id_on_SmtpUTF8Mailbox &&
            !is_utf8_mailbox(name->d.otherName))
            return false;
    }
    return true;
}

/* Two hyphens in the third and fourth place are kept for A-labels. */
static bool labels_are_free(const char *text, size_t len)
{
    const char *end = text + len, *label, *dot;

    for (label = text; label < end; label = dot + 1) {
        dot = memchr(label, '.', (size_t)(end - label));
        dot = dot ? dot : end;
        if (dot - label >= 4 && memcmp(label + 2, "--", 2) == 0 && strncasecmp(label, "xn", 2) != 0)
            return false;
    }
    return true;
}

static bool idn_is_right(const struct lint *lint)
{
    return each(lint, GEN_DNS, labels_are_free);
}

const struct lint_rule lint_alt_name_rules[] = {
    {"san_empty", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6",
     N_("The list of alternative names is empty."), is_not_empty},
    {"san_critical", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6",
     N_("The alternative names stand in for the subject, but are not critical."),
     is_critical_where_alone},
    {"san_not_critical", LINT_WARNING, LINT_BOTH, "RFC 5280 4.2.1.6",
     N_("The alternative names are critical though the subject has a name."),
     is_not_critical_beside_subject},
    {"san_dns", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6, RFC 1034 3.5",
     N_("An alternative name is no name of a host."), hosts_are_hosts},
    {"san_email", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6, RFC 5321 4.1.2",
     N_("An alternative name is no address of mail."), mails_are_mails},
    {"san_uri", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6, RFC 3986 3",
     N_("An alternative name is no URI with a scheme."), uris_are_uris},
    {"san_ip", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6",
     N_("An alternative name is no IP address of 4 or 16 octets."), addresses_are_whole},
    {"san_dirname", LINT_ERROR, LINT_BOTH, "RFC 5280 4.2.1.6",
     N_("An alternative name is a directory name without attributes."), directories_are_named},
    {"san_smtp_utf8", LINT_ERROR, LINT_BOTH, "RFC 8398 3",
     N_("An address of mail in UTF-8 could have been written as a plain one, or is no text."),
     mailboxes_are_right},
    {"san_idn", LINT_ERROR, LINT_BOTH, "RFC 5280 7.2, RFC 5890 2.3.1",
     N_("A name of a host has a part with hyphens where only xn-- has them."), idn_is_right},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
