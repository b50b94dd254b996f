#include "token/uri_scan.h"

#include "base/error.h"
#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum part { PATH, QUERY };

/* Values are checked as they are written: p11-kit decodes none of these. */
static bool is_type(const char *value, size_t len)
{
    static const char *const types[] = {"private", "public", "cert", "secret-key", "data"};
    size_t i;

    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == len && memcmp(types[i], value, len) == 0)
            return true;
    return false;
}

static size_t digits(const char *value, size_t len)
{
    size_t n = 0;

    while (n < len && value[n] >= '0' && value[n] <= '9')
        n++;
    return n;
}

/* p11-kit does not notice an overflow; 18 digits have none. */
static bool is_slot_id(const char *value, size_t len)
{
    return len >= 1 && len <= 18 && digits(value, len) == len;
}

/* One byte a number; p11-kit keeps 255 for itself. */
static bool is_version_number(const char *value, size_t len)
{
    return len >= 1 && len <= 3 && digits(value, len) == len &&
           (len < 3 || memcmp(value, "255", 3) < 0);
}

static bool is_version(const char *value, size_t len)
{
    size_t major = digits(value, len);

    if (!is_version_number(value, major))
        return false;
    return major == len ||
           (value[major] == '.' && is_version_number(value + major + 1, len - major - 1));
}

/* p11-kit hands these over as C strings. */
static bool has_no_nul(const char *value, size_t len)
{
    return memmem(value, len, "%00", 3) == NULL;
}

/* max is the length of the field in PKCS#11: what is longer fits no token. */
static const struct attribute {
    const char *name;
    enum part part;
    size_t max;
    bool (*is_sound)(const char *value, size_t len);
} attributes[] = {
    {"token", PATH, 32, NULL},
    {"manufacturer", PATH, 32, NULL},
    {"serial", PATH, 16, NULL},
    {"model", PATH, 16, NULL},
    {"library-manufacturer", PATH, 32, NULL},
    {"library-description", PATH, 32, NULL},
    {"library-version", PATH, 7, is_version},
    {"slot-manufacturer", PATH, 32, NULL},
    {"slot-description", PATH, 64, NULL},
    {"slot-id", PATH, 18, is_slot_id},
    {"object", PATH, SIZE_MAX, NULL},
    {"type", PATH, 10, is_type},
    {"id", PATH, SIZE_MAX, NULL},
    {"pin-source", QUERY, SIZE_MAX, has_no_nul},
    {"module-name", QUERY, SIZE_MAX, has_no_nul},
    {"module-path", QUERY, SIZE_MAX, has_no_nul},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

/* The PIN is looked for before anything can be wrong with the rest, and
 * wherever an attribute could begin. */
static bool holds_pin(const char *rest)
{
    static const char name[] = "pin-value";

    while (strncasecmp(rest, name, sizeof name - 1) != 0) {
        rest += strcspn(rest, ";?&");
        if (*rest == '\0')
            return false;
        rest++;
    }
    return true;
}

static const struct attribute *attribute_by_name(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < ATTRIBUTES; i++)
        if (strlen(attributes[i].name) == len && memcmp(attributes[i].name, name, len) == 0)
            return &attributes[i];
    return NULL;
}

static enum kunci_rc unknown(const char *name, size_t len, struct kunci_err *err)
{
    char shown[64];
    size_t i;

    for (i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return err_set(err, KUNCI_URI_INVALID, "pkcs11:",
                           _("the name of an attribute has characters that no name has"));
    snprintf(shown, sizeof shown, "%.*s", (int)len, name);
    return err_set(err, KUNCI_URI_UNKNOWN, shown, NULL);
}

/* Checks the characters and counts the bytes they stand for. */
static enum kunci_rc scan_value(const struct attribute *attribute, const char *value, size_t len,
                                struct kunci_err *err)
{
    const char *reserved = attribute->part == PATH ? ":[]@!$'()*+,=&" : ":[]@!$'()*+,=/?|";
    size_t i, bytes = 0;

    for (i = 0; i < len; i++, bytes++) {
        unsigned char c = (unsigned char)value[i];

        if (c == '%') {
            if (len - i < 3 || !isxdigit((unsigned char)value[i + 1]) ||
                !isxdigit((unsigned char)value[i + 2]))
                return err_set(err, KUNCI_URI_INVALID, attribute->name,
                               _("a percent sign is not followed by two hexadecimal digits"));
            i += 2;
        } else if (c >= 0x80 || (!isalnum(c) && !strchr("-._~", c) && !strchr(reserved, c))) {
            return err_set(
                err, KUNCI_URI_INVALID, attribute->name,
                _("a character has to be written as a percent sign and two hexadecimal digits"));
        }
    }
    if (bytes > attribute->max)
        return err_set(err, KUNCI_URI_INVALID, attribute->name, _("the value is too long"));
    if (attribute->is_sound && !attribute->is_sound(value, len))
        return err_set(err, KUNCI_URI_INVALID, attribute->name,
                       _("this attribute does not take such a value"));
    return KUNCI_OK;
}

static enum kunci_rc scan_attribute(enum part part, const char *text, size_t len, bool *seen,
                                    struct kunci_err *err)
{
    const char *equals = memchr(text, '=', len);
    const struct attribute *attribute;
    size_t name_len;

    if (!equals || equals == text)
        return err_set(err, KUNCI_URI_INVALID,
                       "pkcs11:", _("an attribute has no name or no value"));
    name_len = (size_t)(equals - text);
    attribute = attribute_by_name(text, name_len);
    if (!attribute)
        return unknown(text, name_len, err);
    if (attribute->part != part)
        return err_set(err, KUNCI_URI_MISPLACED, attribute->name,
                       part == PATH ? _("it stands before the \"?\"")
                                    : _("it stands after the \"?\""));
    if (seen[attribute - attributes])
        return err_set(err, KUNCI_URI_REPEATED, attribute->name, NULL);
    seen[attribute - attributes] = true;
    return scan_value(attribute, equals + 1, len - name_len - 1, err);
}

static enum kunci_rc scan_part(enum part part, const char *text, size_t len, bool *seen,
                               struct kunci_err *err)
{
    const char *end = text + len;

    if (len == 0)
        return KUNCI_OK;
    for (;;) {
        const char *stop = memchr(text, part == PATH ? ';' : '&', (size_t)(end - text));
        enum kunci_rc rc =
            scan_attribute(part, text, (size_t)((stop ? stop : end) - text), seen, err);

        if (rc != KUNCI_OK || !stop)
            return rc;
        text = stop + 1;
    }
}

enum kunci_rc uri_scan(const char *rest, struct kunci_err *err)
{
    bool seen[ATTRIBUTES] = {false};
    size_t path_len = strcspn(rest, "?");
    enum kunci_rc rc;

    if (holds_pin(rest))
        return err_set(err, KUNCI_URI_PIN_VALUE, NULL, NULL);
    rc = scan_part(PATH, rest, path_len, seen, err);
    if (rc == KUNCI_OK && rest[path_len] == '?')
        rc = scan_part(QUERY, rest + path_len + 1, strlen(rest + path_len + 1), seen, err);
    return rc;
}
