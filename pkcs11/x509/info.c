/* Names, usages and extensions, told to people. */
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "x509/alt_name.h"
#include "x509/document.h"
#include "x509/parts.h"
#include "x509/usage.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static bool out_of_memory(void)
{
    bool out = ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE;

    ERR_clear_error();
    return out;
}

static enum kunci_rc tell_names(const struct parts *parts, struct kunci_cert_info *out,
                                struct kunci_err *err)
{
    GENERAL_NAMES *names = parts_extension(parts, NID_subject_alt_name);
    int i, count = sk_GENERAL_NAME_num(names);
    enum kunci_rc rc = out_of_memory() ? err_no_memory(err) : KUNCI_OK;

    out->names = calloc(count > 0 ? (size_t)count + 1 : 1, sizeof *out->names);
    for (i = 0; out->names && i < count; i++) {
        struct buf text = {0};

        alt_name_print(sk_GENERAL_NAME_value(names, i), &text);
        if (!(out->names[i] = buf_take(&text)))
            rc = err_no_memory(err);
    }
    GENERAL_NAMES_free(names);
    return out->names ? rc : err_no_memory(err);
}

static char *purpose_text(const ASN1_OBJECT *purpose)
{
    char dotted[128] = "?";
    int nid = OBJ_obj2nid(purpose);

    OBJ_obj2txt(dotted, sizeof dotted, purpose, 1);
    return strdup(nid == NID_undef ? dotted : OBJ_nid2sn(nid));
}

static enum kunci_rc tell_usages(const struct parts *parts, struct kunci_cert_info *out,
                                 struct kunci_err *err)
{
    ASN1_BIT_STRING *usage = parts_extension(parts, NID_key_usage);
    EXTENDED_KEY_USAGE *purposes = parts_extension(parts, NID_ext_key_usage);
    unsigned bits = usage_bits(usage), bit;
    int i, count = sk_ASN1_OBJECT_num(purposes), used = 0;
    bool failed = out_of_memory();

    out->usages = calloc(USAGE_COUNT + (size_t)(count > 0 ? count : 0) + 1, sizeof *out->usages);
    for (bit = 0; out->usages && !failed && bit < USAGE_COUNT; bit++)
        if (bits & 1u << bit)
            failed = !(out->usages[used++] = strdup(usage_words[bit]));
    for (i = 0; out->usages && !failed && i < count; i++)
        failed = !(out->usages[used++] = purpose_text(sk_ASN1_OBJECT_value(purposes, i)));
    ASN1_BIT_STRING_free(usage);
    EXTENDED_KEY_USAGE_free(purposes);
    return failed || !out->usages ? err_no_memory(err) : KUNCI_OK;
}

/* In OpenSSL's words, in one line; in hexadecimal where it has none. */
static char *extension_text(X509_EXTENSION *extension)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    size_t len = (size_t)ASN1_STRING_length(value);
    BIO *bio = BIO_new(BIO_s_mem());
    char *said, *text = NULL, *c;
    long said_len;

    if (!bio)
        return NULL;
    if (X509V3_EXT_print(bio, extension, X509V3_EXT_ERROR_UNKNOWN, 0) == 1) {
        said_len = BIO_get_mem_data(bio, &said);
        for (c = said; c < said + said_len; c++)
            if (*c == '\n')
                *c = ' ';
        if ((text = malloc((size_t)said_len + 1)))
            text_printable(text, (size_t)said_len + 1, said, (size_t)said_len);
    } else if ((text = malloc(2 * len + 1))) {
        text_hex(text, ASN1_STRING_get0_data(value), len);
    }
    BIO_free(bio);
    return text;
}

static bool tell_extension(X509_EXTENSION *extension, struct kunci_extension_info *out)
{
    ASN1_OBJECT *type = X509_EXTENSION_get_object(extension);
    int nid = OBJ_obj2nid(type);
    char dotted[128] = "?";

    OBJ_obj2txt(dotted, sizeof dotted, type, 1);
    out->critical = X509_EXTENSION_get_critical(extension);
    out->oid = strdup(dotted);
    out->name = strdup(nid == NID_undef ? dotted : OBJ_nid2sn(nid));
    out->value = extension_text(extension);
    return out->oid && out->name && out->value && !out_of_memory();
}

static enum kunci_rc tell_extensions(const struct parts *parts, struct kunci_cert_info *out,
                                     struct kunci_err *err)
{
    int i, count = sk_X509_EXTENSION_num(parts->extensions);

    out->extensions = calloc(count > 0 ? (size_t)count : 1, sizeof *out->extensions);
    if (!out->extensions)
        return err_no_memory(err);
    out->extension_count = count > 0 ? (size_t)count : 0;
    for (i = 0; i < count; i++)
        if (!tell_extension(sk_X509_EXTENSION_value(parts->extensions, i), &out->extensions[i]))
            return err_no_memory(err);
    return KUNCI_OK;
}

enum kunci_rc document_extensions(const struct parts *parts, struct kunci_cert_info *out,
                                  struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = tell_names(parts, out, err)) == KUNCI_OK &&
        (rc = tell_usages(parts, out, err)) == KUNCI_OK)
        rc = tell_extensions(parts, out, err);
    return rc;
}

void kunci_cert_info_clear(struct kunci_cert_info *info)
{
    size_t i;

    free(info->subject);
    free(info->issuer);
    free(info->serial);
    json_list_free(&info->names);
    json_list_free(&info->usages);
    for (i = 0; i < info->extension_count; i++) {
        free(info->extensions[i].oid);
        free(info->extensions[i].name);
        free(info->extensions[i].value);
    }
    free(info->extensions);
    *info = (struct kunci_cert_info){0};
}
