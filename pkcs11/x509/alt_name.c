#include "x509/alt_name.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/name.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

/* ---- what may stand in them ---- */

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* One part of a host's name: letters, digits and inner hyphens. */
static bool is_label(const char *text, size_t len)
{
    size_t i;

    if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-')
        return false;
    for (i = 0; i < len; i++)
        if (!is_letter_or_digit(text[i]) && text[i] != '-')
            return false;
    return true;
}

bool alt_name_is_host(const char *text, size_t len)
{
    const char *dot, *end = text + len;

    if (len == 0 || len > 253)
        return false;
    if (len > 2 && memcmp(text, "*.", 2) == 0)
        text += 2;
    while ((dot = memchr(text, '.', (size_t)(end - text)))) {
        if (!is_label(text, (size_t)(dot - text)))
            return false;
        text = dot + 1;
    }
    return is_label(text, (size_t)(end - text));
}

/* What stands before the '@' (RFC 5321's Dot-string), then a host. */
bool alt_name_is_mail(const char *text, size_t len)
{
    const char *at = memrchr(text, '@', len);
    const char *c;

    if (!at || at == text || at - text > 64 || *text == '.' || at[-1] == '.' || at[1] == '*')
        return false;
    for (c = text; c < at; c++) {
        bool allowed = is_letter_or_digit(*c) || (*c && strchr("!#$%&'*+-/=?^_`{|}~.", *c));

        if (!allowed || (*c == '.' && c[1] == '.'))
            return false;
    }
    return alt_name_is_host(at + 1, len - (size_t)(at + 1 - text));
}

bool alt_name_is_uri(const char *text, size_t len)
{
    const char *colon = memchr(text, ':', len);
    const char *c;

    if (!colon || colon == text || colon == text + len - 1 || !isalpha((unsigned char)*text))
        return false;
    for (c = text; c < colon; c++)
        if (!is_letter_or_digit(*c) && !strchr("+-.", *c))
            return false;
    for (; c < text + len; c++)
        if (*c <= ' ' || *c >= 0x7f || strchr("\"<>\\^`{|}", *c))
            return false;
    return true;
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

/* ---- reading ---- */

/* Each fills the name, or answers what is wrong with the text. NULL with nothing in
 * the name: OpenSSL failed. */
typedef const char *read_kind(const char *text, GENERAL_NAME *name);

static const char *set_text(GENERAL_NAME *name, int type, const char *text)
{
    ASN1_IA5STRING *string = ASN1_IA5STRING_new();

    if (string && ASN1_STRING_set(string, text, -1) == 1)
        GENERAL_NAME_set0_value(name, type, string);
    else
        ASN1_IA5STRING_free(string);
    return NULL;
}

static const char *read_dns(const char *text, GENERAL_NAME *name)
{
    if (!is_ascii(text))
        return _("letters beyond ASCII stand as xn-- there");
    if (!alt_name_is_host(text, strlen(text)))
        return _("it is no name of a host");
    return set_text(name, GEN_DNS, text);
}

static const char *read_email(const char *text, GENERAL_NAME *name)
{
    if (!is_ascii(text))
        return _("letters beyond ASCII stand as xn-- there, and not before the @");
    if (!alt_name_is_mail(text, strlen(text)))
        return _("it is no address of mail");
    return set_text(name, GEN_EMAIL, text);
}

static const char *read_uri(const char *text, GENERAL_NAME *name)
{
    if (!alt_name_is_uri(text, strlen(text)))
        return _("it is no URI with a scheme; other characters stand as %XX");
    return set_text(name, GEN_URI, text);
}

static const char *read_ip(const char *text, GENERAL_NAME *name)
{
    ASN1_OCTET_STRING *address = NULL;
    unsigned char bytes[16];
    int len = inet_pton(AF_INET, text, bytes) == 1    ? 4
              : inet_pton(AF_INET6, text, bytes) == 1 ? 16
                                                      : 0;

    if (!len)
        return _("it is no IP address");
    address = ASN1_OCTET_STRING_new();
    if (address && ASN1_OCTET_STRING_set(address, bytes, len) == 1)
        GENERAL_NAME_set0_value(name, GEN_IPADD, address);
    else
        ASN1_OCTET_STRING_free(address);
    return NULL;
}

/* An account of Windows: what stands before the '@' may be any text. */
static const char *read_upn(const char *text, GENERAL_NAME *name)
{
    const char *at = strrchr(text, '@');
    char shown[256];
    ASN1_TYPE *value;

    text_printable(shown, sizeof shown, text, strlen(text));
    if (!at || at == text || !alt_name_is_host(at + 1, strlen(at + 1)) || strcmp(shown, text) != 0)
        return _("it is no name of an account, like budi@contoh.go.id");
    value = ASN1_TYPE_new();
    if (value && (value->value.utf8string = ASN1_UTF8STRING_new()) &&
        ASN1_STRING_set(value->value.utf8string, text, -1) == 1) {
        value->type = V_ASN1_UTF8STRING;
        if (GENERAL_NAME_set0_othername(name, OBJ_nid2obj(NID_ms_upn), value) == 1)
            return NULL;
    }
    ASN1_TYPE_free(value);
    return NULL;
}

static const char *read_rid(const char *text, GENERAL_NAME *name)
{
    ASN1_OBJECT *object = OBJ_txt2obj(text, 1);

    if (!object)
        return _("it is no object identifier, like 1.2.3");
    GENERAL_NAME_set0_value(name, GEN_RID, object);
    return NULL;
}

static const struct kind {
    int type;
    read_kind *read; /* NULL: by name_parse() */
} kinds[ALT_NAME_KINDS] = {
    [ALT_NAME_DNS] = {GEN_DNS, read_dns},       [ALT_NAME_EMAIL] = {GEN_EMAIL, read_email},
    [ALT_NAME_IP] = {GEN_IPADD, read_ip},       [ALT_NAME_URI] = {GEN_URI, read_uri},
    [ALT_NAME_UPN] = {GEN_OTHERNAME, read_upn}, [ALT_NAME_DIRNAME] = {GEN_DIRNAME, NULL},
    [ALT_NAME_RID] = {GEN_RID, read_rid},
};

const char *const alt_name_words[] = {"dns", "email", "ip", "uri", "upn", "dirname", "rid", NULL};

/* The kind that the text begins with; what follows its colon. */
static enum alt_name_kind kind_of(const char *text, const char **value)
{
    size_t len = strcspn(text, ":");
    unsigned kind = 0;

    while (kind < ALT_NAME_KINDS && (strlen(alt_name_words[kind]) != len ||
                                     strncasecmp(alt_name_words[kind], text, len) != 0))
        kind++;
    *value = text[len] ? text + len + 1 : text + len;
    return (enum alt_name_kind)kind;
}

static enum kunci_rc read_directory(const char *text, GENERAL_NAME *name, struct kunci_err *err)
{
    X509_NAME *directory = NULL;
    enum kunci_rc rc = name_parse(text, &directory, err);

    if (rc == KUNCI_OK)
        GENERAL_NAME_set0_value(name, GEN_DIRNAME, directory);
    return rc;
}

static enum kunci_rc read_one(const char *text, GENERAL_NAME *name, struct kunci_err *err)
{
    const char *value, *wrong;
    enum alt_name_kind kind = kind_of(text, &value);

    if (kind == ALT_NAME_KINDS)
        return err_set(err, KUNCI_ALT_NAME_INVALID, text, _("its kind is not known"));
    if (!*value)
        return err_set(err, KUNCI_ALT_NAME_INVALID, text, _("it is empty"));
    if (kind == ALT_NAME_DIRNAME)
        return read_directory(value, name, err);
    if ((wrong = kinds[kind].read(value, name))) {
        ERR_clear_error();
        return err_set(err, KUNCI_ALT_NAME_INVALID, text, wrong);
    }
    return name->type < 0 ? err_openssl(err, "GENERAL_NAME") : KUNCI_OK;
}

enum kunci_rc alt_name_read(const char *const *names, GENERAL_NAMES **out, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;

    *out = GENERAL_NAMES_new();
    if (!*out)
        return err_no_memory(err);
    for (; rc == KUNCI_OK && *names; names++) {
        GENERAL_NAME *name = GENERAL_NAME_new();

        rc = name ? read_one(*names, name, err) : err_no_memory(err);
        if (rc == KUNCI_OK && sk_GENERAL_NAME_push(*out, name) == 0)
            rc = err_no_memory(err);
        if (rc != KUNCI_OK)
            GENERAL_NAME_free(name);
    }
    if (rc != KUNCI_OK) {
        GENERAL_NAMES_free(*out);
        *out = NULL;
    }
    return rc;
}

/* ---- printing ---- */

static bool is_upn(const GENERAL_NAME *name)
{
    return name->type == GEN_OTHERNAME && OBJ_obj2nid(name->d.otherName->type_id) == NID_ms_upn &&
           name->d.otherName->value->type == V_ASN1_UTF8STRING;
}

enum alt_name_kind alt_name_kind(const GENERAL_NAME *name)
{
    unsigned kind = 0;

    if (name->type == GEN_OTHERNAME)
        return is_upn(name) ? ALT_NAME_UPN : ALT_NAME_KINDS;
    while (kind < ALT_NAME_KINDS && kinds[kind].type != name->type)
        kind++;
    return (enum alt_name_kind)kind;
}

static void print_string(const ASN1_STRING *string, struct buf *to)
{
    size_t len = (size_t)ASN1_STRING_length(string);
    char *shown = malloc(len + 1);

    if (shown) {
        text_printable(shown, len + 1, ASN1_STRING_get0_data(string), len);
        buf_text(to, shown);
    }
    to->failed |= !shown;
    free(shown);
}

static void print_address(const ASN1_OCTET_STRING *address, struct buf *to)
{
    char text[INET6_ADDRSTRLEN] = "?";
    int len = ASN1_STRING_length(address);

    if (len == 4 || len == 16)
        inet_ntop(len == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof text);
    buf_text(to, text);
}

static void print_object(const ASN1_OBJECT *object, struct buf *to)
{
    char dotted[128] = "?";

    OBJ_obj2txt(dotted, sizeof dotted, object, 1);
    buf_text(to, dotted);
}

static void print_directory(const X509_NAME *name, struct buf *to)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *text = NULL;

    if (name_print(name, &text, &err) == KUNCI_OK)
        buf_text(to, text);
    else
        to->failed = true;
    free(text);
}

void alt_name_print(const GENERAL_NAME *name, struct buf *to)
{
    enum alt_name_kind kind = alt_name_kind(name);

    if (kind < ALT_NAME_KINDS)
        buf_printf(to, "%s:", alt_name_words[kind]);
    switch (name->type) {
    case GEN_DNS:
    case GEN_EMAIL:
    case GEN_URI:
        print_string(name->d.ia5, to);
        break;
    case GEN_IPADD:
        print_address(name->d.ip, to);
        break;
    case GEN_DIRNAME:
        print_directory(name->d.directoryName, to);
        break;
    case GEN_RID:
        print_object(name->d.rid, to);
        break;
    case GEN_OTHERNAME:
        if (kind == ALT_NAME_UPN) {
            print_string(name->d.otherName->value->value.utf8string, to);
            break;
        }
        buf_text(to, "othername:");
        print_object(name->d.otherName->type_id, to);
        break;
    default:
        buf_text(to, name->type == GEN_X400 ? "x400" : "edi");
    }
}
