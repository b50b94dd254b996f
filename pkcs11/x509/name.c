#include "x509/name.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

/* What RFC 5280 (appendix A.1) says of an attribute: how many characters it may
 * have and its type of string. */
static const struct attribute {
    int nid;
    size_t most;
    int type;
} attributes[] = {
    {NID_countryName, 2, V_ASN1_PRINTABLESTRING},
    {NID_stateOrProvinceName, 128, V_ASN1_UTF8STRING},
    {NID_localityName, 128, V_ASN1_UTF8STRING},
    {NID_organizationName, 64, V_ASN1_UTF8STRING},
    {NID_organizationalUnitName, 64, V_ASN1_UTF8STRING},
    {NID_commonName, 64, V_ASN1_UTF8STRING},
    {NID_title, 64, V_ASN1_UTF8STRING},
    {NID_pseudonym, 128, V_ASN1_UTF8STRING},
    {NID_serialNumber, 64, V_ASN1_PRINTABLESTRING},
    {NID_dnQualifier, 64, V_ASN1_PRINTABLESTRING},
    {NID_domainComponent, 63, V_ASN1_IA5STRING},
    {NID_pkcs9_emailAddress, 255, V_ASN1_IA5STRING},
    {NID_undef, 32768, V_ASN1_UTF8STRING}, /* all others: the bound of name */
};

/* A text that is being read, and what it became so far. */
struct reader {
    const char *text, *at;
    char separator;
    X509_NAME *name;
    struct kunci_err *err;
};

/* One attribute with its value. */
struct pair {
    char label[128]; /* as it was written */
    ASN1_OBJECT *type;
    struct buf value;
};

/* The length of the printable UTF-8 character at p; 0 where there is none. */
static size_t character(const char *p, size_t left)
{
    unsigned char first = (unsigned char)p[0];
    size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    char seen[8];

    if (len > left)
        return 0;
    text_printable(seen, sizeof seen, p, len);
    return memcmp(seen, p, len) == 0 ? len : 0;
}

static const struct attribute *attribute_of(const ASN1_OBJECT *type)
{
    const struct attribute *row = attributes;
    int nid = OBJ_obj2nid(type);

    while (row->nid != nid && row->nid != NID_undef)
        row++;
    return row;
}

static bool type_allows(int type, unsigned char c)
{
    if (type == V_ASN1_UTF8STRING)
        return true;
    if (type == V_ASN1_IA5STRING)
        return c < 0x80;
    return c < 0x80 && (isalnum(c) || strchr(" '()+,-./:=?", c));
}

static enum kunci_rc check_value(const struct reader *in, const struct pair *pair)
{
    const struct attribute *attribute = attribute_of(pair->type);
    const char *value = pair->value.data;
    size_t left, len, count = 0;

    if (pair->value.len == 0)
        return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text, _("%s has no value"),
                        pair->label);
    for (left = pair->value.len; left; left -= len, value += len, count++) {
        len = character(value, left);
        if (len == 0)
            return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                            _("%s has a character that cannot be printed"), pair->label);
        if (!type_allows(attribute->type, (unsigned char)*value))
            return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                            _("%s has a character that is not allowed there"), pair->label);
    }
    value = pair->value.data;
    if (attribute->nid == NID_countryName &&
        (count != 2 || !isalpha((unsigned char)value[0]) || !isalpha((unsigned char)value[1])))
        return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text, _("%s must be two letters"),
                        pair->label);
    if (count > attribute->most)
        return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                        _("%s has more than %zu characters"), pair->label, attribute->most);
    return KUNCI_OK;
}

static void skip_blanks(struct reader *in)
{
    while (*in->at == ' ')
        in->at++;
}

/* True at what ends an attribute: the end, the separator, or a '+' before a
 * further attribute of the same set. */
static bool at_end(const struct reader *in)
{
    return *in->at == '\0' || *in->at == in->separator || *in->at == '+';
}

/* Reads up to and past the '='. */
static enum kunci_rc read_type(struct reader *in, struct pair *pair)
{
    const char *start;
    size_t len;

    skip_blanks(in);
    start = in->at;
    while (!at_end(in) && *in->at != '=')
        in->at++;
    len = (size_t)(in->at - start);
    while (len && start[len - 1] == ' ')
        len--;
    snprintf(pair->label, sizeof pair->label, "%.*s", (int)len, start);
    if (*in->at != '=')
        return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                        _("\"=\" is missing after \"%s\""), pair->label);
    in->at++;
    /* OpenSSL has no short name for the one that all others call E. */
    pair->type =
        OBJ_txt2obj(strcmp(pair->label, "E") == 0 ? LN_pkcs9_emailAddress : pair->label, 0);
    /* It also has names for what was never given an OID. */
    if (!pair->type || OBJ_length(pair->type) == 0 || len >= sizeof pair->label) {
        ERR_clear_error();
        return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                        _("\"%s\" is not a known attribute"), pair->label);
    }
    return KUNCI_OK;
}

/* Reads what a backslash stands before: two hexadecimal digits are any byte, a
 * mark or a blank is itself. */
static bool read_escaped(struct reader *in, char *to)
{
    char hex[3] = {in->at[1], in->at[1] ? in->at[2] : '\0', '\0'};
    size_t len;

    if (text_unhex(hex, (unsigned char *)to, 1, &len) && len == 1) {
        in->at += 3;
        return true;
    }
    *to = in->at[1];
    if (*to != ' ' && !ispunct((unsigned char)*to))
        return false;
    in->at += 2;
    return true;
}

static enum kunci_rc read_value(struct reader *in, struct pair *pair)
{
    /* RFC 4514 wants a backslash before these; some programs mean more than the
     * character by them. */
    const char *marks = in->separator == ',' ? "\"<>;" : "";
    size_t keep = 0; /* up to the last that is not a blank after the value */
    bool first = true;

    for (skip_blanks(in); !at_end(in); first = false) {
        bool escaped = *in->at == '\\', blank = *in->at == ' ';
        char c = *in->at;

        if (escaped ? !read_escaped(in, &c) : strchr(marks, c) || (first && c == '#'))
            return err_setf(in->err, KUNCI_SUBJECT_INVALID, in->text,
                            _("%s needs a backslash before a special character, and only there"),
                            pair->label);
        if (!escaped)
            in->at++;
        buf_add(&pair->value, &c, 1);
        if (!blank)
            keep = pair->value.len;
    }
    buf_add(&pair->value, "", 0); /* so that an empty value has its NUL too */
    pair->value.len = keep;
    return pair->value.failed ? err_no_memory(in->err) : KUNCI_OK;
}

/* Reads one attribute and adds it to the name: to the last set, or as a new one. */
static enum kunci_rc read_pair(struct reader *in, bool to_last)
{
    struct pair pair = {0};
    enum kunci_rc rc;

    if ((rc = read_type(in, &pair)) != KUNCI_OK || (rc = read_value(in, &pair)) != KUNCI_OK ||
        (rc = check_value(in, &pair)) != KUNCI_OK)
        goto out;
    if (X509_NAME_add_entry_by_OBJ(in->name, pair.type, attribute_of(pair.type)->type,
                                   (unsigned char *)pair.value.data, (int)pair.value.len, -1,
                                   to_last ? -1 : 0) != 1)
        rc = err_openssl(in->err, "X509_NAME_add_entry_by_OBJ");
out:
    ASN1_OBJECT_free(pair.type);
    buf_clear(&pair.value);
    return rc;
}

enum kunci_rc name_parse(const char *text, X509_NAME **out, struct kunci_err *err)
{
    struct reader in = {.text = text, .at = text, .separator = ',', .err = err};
    enum kunci_rc rc;
    char end = '\0';

    *out = NULL;
    in.name = X509_NAME_new();
    if (!in.name)
        return err_openssl(err, "X509_NAME_new");
    if (*in.at == '/')
        in.separator = *in.at++;
    do {
        rc = read_pair(&in, end == '+');
        end = *in.at;
        if (end)
            in.at++;
    } while (rc == KUNCI_OK && end);
    if (rc == KUNCI_OK)
        *out = in.name;
    else
        X509_NAME_free(in.name);
    return rc;
}

static void print_hex(struct buf *to, const unsigned char *bytes, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        buf_printf(to, "%02X", bytes[i]);
}

/* The short name that name_parse() reads back, else the dotted numbers. */
static void print_type(struct buf *to, const ASN1_OBJECT *type)
{
    int nid = OBJ_obj2nid(type);
    char dotted[128];

    if (nid != NID_undef) {
        buf_text(to, OBJ_nid2sn(nid));
        return;
    }
    if (OBJ_obj2txt(dotted, sizeof dotted, type, 1) >= (int)sizeof dotted)
        buf_text(to, "...");
    buf_text(to, dotted);
}

static void print_text(struct buf *to, const char *text, size_t len)
{
    size_t i, n;

    for (i = 0; i < len; i += n) {
        bool at_edge = i == 0 || i + 1 == len;

        n = character(text + i, len - i);
        if (n == 0) {
            n = 1;
            buf_text(to, "\\");
            print_hex(to, (const unsigned char *)text + i, n);
            continue;
        }
        if (strchr("\"+,;<>\\", text[i]) || (at_edge && text[i] == ' ') || (i == 0 && *text == '#'))
            buf_text(to, "\\");
        buf_add(to, text + i, n);
    }
}

/* The value as text, or where it is no text as RFC 4514 has it: '#' and the DER. */
static void print_value(struct buf *to, const ASN1_STRING *value)
{
    unsigned char *bytes = NULL;
    int len = ASN1_STRING_to_UTF8(&bytes, value);

    if (len >= 0) {
        print_text(to, (char *)bytes, (size_t)len);
    } else {
        len = i2d_ASN1_PRINTABLE(value, &bytes);
        buf_text(to, "#");
        print_hex(to, bytes, len > 0 ? (size_t)len : 0);
    }
    if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE)
        to->failed = true;
    ERR_clear_error();
    OPENSSL_free(bytes);
}

enum kunci_rc name_print(const X509_NAME *name, char **out, struct kunci_err *err)
{
    struct buf text = {0};
    int i, set = -1;

    ERR_clear_error();
    for (i = 0; i < X509_NAME_entry_count(name); i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);

        if (i)
            buf_text(&text, X509_NAME_ENTRY_set(entry) == set ? " + " : ", ");
        set = X509_NAME_ENTRY_set(entry);
        print_type(&text, X509_NAME_ENTRY_get_object(entry));
        buf_text(&text, "=");
        print_value(&text, X509_NAME_ENTRY_get_data(entry));
    }
    *out = buf_take(&text);
    return *out ? KUNCI_OK : err_no_memory(err);
}
