#include "x509/extension.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/strict.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static enum kunci_rc add(STACK_OF(X509_EXTENSION) * list, X509_EXTENSION *extension,
                         struct kunci_err *err)
{
    if (extension && sk_X509_EXTENSION_push(list, extension) > 0)
        return KUNCI_OK;
    X509_EXTENSION_free(extension);
    return err_openssl(err, "X509_EXTENSION");
}

enum kunci_rc extension_add(STACK_OF(X509_EXTENSION) * list, int nid, bool critical, void *value,
                            struct kunci_err *err)
{
    return add(list, X509V3_EXT_i2d(nid, critical, value), err);
}

enum kunci_rc extension_add_der(STACK_OF(X509_EXTENSION) * list, const ASN1_OBJECT *type,
                                bool critical, const unsigned char *der, size_t len,
                                struct kunci_err *err)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    enum kunci_rc rc;

    if (!value || ASN1_OCTET_STRING_set(value, der, (int)len) != 1)
        rc = err_openssl(err, "ASN1_OCTET_STRING_set");
    else
        rc = add(list, X509_EXTENSION_create_by_OBJ(NULL, type, critical, value), err);
    ASN1_OCTET_STRING_free(value);
    return rc;
}

/* ---- as people write them ---- */

enum { DER_MAX = 8192 };

static const char *read_value(const char *text, bool *critical, unsigned char *der, size_t *len)
{
    static const char mark[] = "critical,";

    *critical = strncmp(text, mark, sizeof mark - 1) == 0;
    if (!text_unhex(text + (*critical ? sizeof mark - 1 : 0), der, DER_MAX, len) || *len == 0)
        return _("its contents are no hexadecimal, or too long");
    return strict_der(der, *len) ? NULL : _("its contents are no DER");
}

enum kunci_rc extension_read(STACK_OF(X509_EXTENSION) * list, const char *text,
                             struct kunci_err *err)
{
    const char *equals = strchr(text, '='), *wrong;
    unsigned char der[DER_MAX];
    ASN1_OBJECT *type = NULL;
    char number[128] = "";
    bool critical = false;
    enum kunci_rc rc;
    size_t len = 0;

    if (equals && (size_t)(equals - text) < sizeof number)
        memcpy(number, text, (size_t)(equals - text));
    ERR_clear_error();
    if (!(type = OBJ_txt2obj(number, 1)))
        wrong = _("it begins with no number like 1.2.3.4 and \"=\"");
    else if (X509v3_get_ext_by_OBJ(list, type, -1) >= 0)
        wrong = _("it is there already");
    else
        wrong = read_value(equals + 1, &critical, der, &len);
    if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE)
        rc = err_openssl(err, "OBJ_txt2obj");
    else if (wrong)
        rc = err_set(err, KUNCI_EXTENSION_INVALID, text, wrong);
    else
        rc = extension_add_der(list, type, critical, der, len, err);
    ERR_clear_error();
    ASN1_OBJECT_free(type);
    return rc;
}
