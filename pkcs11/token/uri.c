#include "token/uri.h"

#include "base/error.h"
#include "base/text.h"
#include "token/uri_scan.h"

#include <p11-kit/uri.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "pkcs11:"
enum { SCHEME_LEN = sizeof SCHEME - 1 };

struct uri {
    P11KitUri *parsed;
};

bool uri_is(const char *text)
{
    return strncasecmp(text, SCHEME, SCHEME_LEN) == 0;
}

/* p11-kit knows the scheme in lower case only. */
static int parse_lower(const char *rest, P11KitUri *parsed)
{
    char lower[SCHEME_LEN + URI_MAX + 1] = SCHEME;

    strcpy(lower + SCHEME_LEN, rest);
    return p11_kit_uri_parse(lower, P11_KIT_URI_FOR_ANY, parsed);
}

enum kunci_rc uri_parse(const char *text, struct uri **out, struct kunci_err *err)
{
    struct uri *uri = NULL;
    enum kunci_rc rc;
    int said;

    *out = NULL;
    if (!uri_is(text))
        return err_set(err, KUNCI_URI_INVALID, SCHEME, _("it does not begin with \"pkcs11:\""));
    if (strnlen(text, URI_MAX + 1) > URI_MAX)
        return err_set(err, KUNCI_URI_INVALID, SCHEME, _("it is too long"));
    if ((rc = uri_scan(text + SCHEME_LEN, err)) != KUNCI_OK)
        return rc;
    uri = calloc(1, sizeof *uri);
    if (!uri || !(uri->parsed = p11_kit_uri_new())) {
        rc = err_no_memory(err);
        goto out;
    }
    said = parse_lower(text + SCHEME_LEN, uri->parsed);
    if (said != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(uri->parsed)) {
        rc = err_set(err, KUNCI_URI_INVALID, SCHEME, p11_kit_uri_message(said));
        goto out;
    }
    *out = uri;
    uri = NULL;
out:
    uri_free(&uri);
    return rc;
}

void uri_free(struct uri **uri)
{
    if (*uri)
        p11_kit_uri_free((*uri)->parsed);
    free(*uri);
    *uri = NULL;
}

/* ---- matching ---- */

/* Some modules pad with NULs where the standard wants blanks. */
static void pad_with_blanks(unsigned char *field, size_t len)
{
    while (len && field[len - 1] == '\0')
        field[--len] = ' ';
}

static CK_TOKEN_INFO with_blanks(const CK_TOKEN_INFO *token)
{
    CK_TOKEN_INFO copy = *token;

    pad_with_blanks(copy.label, sizeof copy.label);
    pad_with_blanks(copy.manufacturerID, sizeof copy.manufacturerID);
    pad_with_blanks(copy.model, sizeof copy.model);
    pad_with_blanks(copy.serialNumber, sizeof copy.serialNumber);
    return copy;
}

bool uri_matches_token(const struct uri *uri, const CK_TOKEN_INFO *token)
{
    CK_TOKEN_INFO padded = with_blanks(token);

    return p11_kit_uri_match_token_info(uri->parsed, &padded) == 1;
}

/* RFC 7512: the name without what the system puts around it, "softhsm2" for
 * libsofthsm2.so. */
static bool fits_module_name(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t len = strlen(name);

    if (strncmp(file, "lib", 3) == 0 && strncmp(name, "lib", 3) != 0)
        file += 3;
    return strncmp(file, name, len) == 0 &&
           (file[len] == '\0' || strncmp(file + len, ".so", 3) == 0);
}

/* RFC 7512: the module's file, or the folder it stands in. */
static bool fits_module_path(const char *path, const char *wanted)
{
    size_t len = strlen(wanted);

    while (len > 1 && wanted[len - 1] == '/')
        len--;
    if (strncmp(path, wanted, len) != 0)
        return false;
    return path[len] == '\0' || (path[len] == '/' && !strchr(path + len + 1, '/'));
}

static bool matches_module(const struct uri *uri, const CK_INFO *info, const char *path)
{
    const char *name = p11_kit_uri_get_module_name(uri->parsed);
    const char *wanted = p11_kit_uri_get_module_path(uri->parsed);

    if (name && !(path && fits_module_name(path, name)))
        return false;
    if (wanted && !(path && fits_module_path(path, wanted)))
        return false;
    return p11_kit_uri_match_module_info(uri->parsed, info) == 1;
}

static bool matches_slot(const struct uri *uri, const CK_SLOT_INFO *info, CK_SLOT_ID id)
{
    CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(uri->parsed);

    return (wanted == (CK_SLOT_ID)-1 || wanted == id) &&
           p11_kit_uri_match_slot_info(uri->parsed, info) == 1;
}

bool uri_matches(const struct uri *uri, const struct uri_candidate *candidate)
{
    return matches_module(uri, candidate->module, candidate->module_path) &&
           matches_slot(uri, candidate->slot, candidate->slot_id) &&
           uri_matches_token(uri, candidate->token);
}

void uri_object(const struct uri *uri, struct uri_object *out)
{
    const CK_ATTRIBUTE *label = p11_kit_uri_get_attribute(uri->parsed, CKA_LABEL);
    const CK_ATTRIBUTE *id = p11_kit_uri_get_attribute(uri->parsed, CKA_ID);
    const CK_ATTRIBUTE *class = p11_kit_uri_get_attribute(uri->parsed, CKA_CLASS);

    *out = (struct uri_object){.mentioned = label || id || class};
    if (label) {
        out->label = label->pValue;
        out->label_len = label->ulValueLen;
    }
    if (id) {
        out->id = id->pValue;
        out->id_len = id->ulValueLen;
    }
    if (class)
        out->class = class->pValue;
}

const char *uri_pin_source(const struct uri *uri)
{
    return p11_kit_uri_get_pin_source(uri->parsed);
}

/* ---- printing ---- */

enum kunci_rc uri_print_token(const CK_TOKEN_INFO *token, char **out, struct kunci_err *err)
{
    return uri_print_object(token, (CK_OBJECT_CLASS)-1, NULL, 0, NULL, 0, out, err);
}

static bool add_attribute(P11KitUri *parts, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    CK_ATTRIBUTE attribute = {.type = type, .ulValueLen = len};

    if (len == 0)
        return true;
    memcpy(&attribute.pValue, &value, sizeof value); /* it is copied, never written to */
    return p11_kit_uri_set_attribute(parts, &attribute) == P11_KIT_URI_OK;
}

enum kunci_rc uri_print_object(const CK_TOKEN_INFO *token, CK_OBJECT_CLASS class, const void *id,
                               size_t id_len, const void *label, size_t label_len, char **out,
                               struct kunci_err *err)
{
    P11KitUri *parts = p11_kit_uri_new();
    enum kunci_rc rc = KUNCI_OK;

    *out = NULL;
    if (!parts)
        return err_no_memory(err);
    *p11_kit_uri_get_token_info(parts) = with_blanks(token);
    if (!add_attribute(parts, CKA_CLASS, &class, sizeof class) ||
        !add_attribute(parts, CKA_ID, id, id_len) ||
        !add_attribute(parts, CKA_LABEL, label, label_len) ||
        p11_kit_uri_format(parts, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, out) != P11_KIT_URI_OK)
        rc = err_no_memory(err);
    p11_kit_uri_free(parts);
    return rc;
}
