#include "x509/document.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/algor.h"
#include "x509/name.h"
#include "x509/pem.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kunci_rc document_refuse(const struct document_kind *kind, const char *detail,
                              struct kunci_err *err)
{
    unsigned long code = ERR_peek_error();

    ERR_clear_error();
    if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return err_no_memory(err);
    return err_set(err, kind->invalid, _(kind->about), detail);
}

/* True where one SEQUENCE fills the bytes. */
static bool is_one_sequence(const unsigned char *bytes, size_t len)
{
    const unsigned char *p = bytes;
    long content;
    int tag, class;
    int form = ASN1_get_object(&p, &content, &tag, &class, (long)len);

    return form == V_ASN1_CONSTRUCTED && tag == V_ASN1_SEQUENCE && class == V_ASN1_UNIVERSAL &&
           (size_t)(p - bytes) + (size_t)content == len;
}

enum kunci_rc document_read(const struct document_kind *kind, const void *in, size_t len,
                            unsigned char **der, size_t *der_len, struct kunci_err *err)
{
    const char *wrong;

    *der = NULL;
    *der_len = 0;
    if (len > DOCUMENT_MAX)
        return err_set(err, KUNCI_FILE_TOO_LARGE, _(kind->about), NULL);
    if (len == 0)
        return document_refuse(kind, _("it is empty"), err);
    ERR_clear_error();
    if (*(const unsigned char *)in == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED)) {
        *der = malloc(len);
        if (!*der)
            return err_no_memory(err);
        memcpy(*der, in, len);
        *der_len = len;
    } else if ((wrong = pem_read(kind->names, in, len, der, der_len))) {
        return document_refuse(kind, wrong, err);
    }
    if (is_one_sequence(*der, *der_len))
        return KUNCI_OK;
    free(*der);
    *der = NULL;
    return document_refuse(kind, _("it is cut short, or something stands after it"), err);
}

/* "RSA 2048", "P-256", "Ed25519", or the algorithm's name alone where OpenSSL
 * cannot use the key. */
static void print_public_key(const X509_PUBKEY *key, char *to, size_t size)
{
    EVP_PKEY *pkey = X509_PUBKEY_get0(key);
    char name[80] = "", group[80];
    const char *nist = NULL;
    ASN1_OBJECT *algorithm;

    if (X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, key))
        OBJ_obj2txt(name, sizeof name, algorithm, 0);
    if (pkey && EVP_PKEY_is_a(pkey, "RSA"))
        snprintf(name, sizeof name, "RSA %d", EVP_PKEY_get_bits(pkey));
    else if (pkey && EVP_PKEY_is_a(pkey, "ED25519"))
        snprintf(name, sizeof name, "Ed25519");
    else if (pkey && EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group,
                                                    sizeof group, NULL)) {
        nist = EC_curve_nid2nist(OBJ_sn2nid(group));
        snprintf(name, sizeof name, "%s", nist ? nist : group);
    }
    ERR_clear_error();
    text_printable(to, size, name, strlen(name));
}

enum kunci_rc document_describe(const unsigned char *der, size_t len, const X509_NAME *subject,
                                const X509_PUBKEY *key, const X509_ALGOR *signature,
                                struct kunci_cert_info *out, struct kunci_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len;

    if (EVP_Digest(der, len, digest, &digest_len, EVP_sha256(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    text_hex(out->sha256, digest, digest_len);
    print_public_key(key, out->public_key, sizeof out->public_key);
    algor_print(signature, out->signature, sizeof out->signature);
    return name_print(subject, &out->subject, err);
}
