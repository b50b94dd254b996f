#include "x509/usage.h"

#include "base/error.h"

#include <openssl/err.h>
#include <string.h>
#include <strings.h>

const char *const usage_words[] = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign",      "cRLSign",        "encipherOnly",    "decipherOnly",     NULL};

unsigned usage_bits(const ASN1_BIT_STRING *usage)
{
    unsigned bits = 0;
    int i;

    for (i = 0; usage && i < USAGE_COUNT; i++)
        bits |= (unsigned)ASN1_BIT_STRING_get_bit(usage, i) << i;
    return bits;
}

ASN1_BIT_STRING *usage_new(unsigned bits)
{
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    int i;

    for (i = 0; usage && i < USAGE_COUNT; i++)
        if ((bits & 1u << i) && ASN1_BIT_STRING_set_bit(usage, i, 1) != 1) {
            ASN1_BIT_STRING_free(usage);
            usage = NULL;
        }
    return usage;
}

/* OpenSSL has a name for nearly every OID: those that are purposes stand below
 * id-kp, or are written as numbers. */
ASN1_OBJECT *usage_purpose(const char *text)
{
    static const int known[] = {NID_server_auth,        NID_client_auth,        NID_code_sign,
                                NID_email_protect,      NID_time_stamp,         NID_OCSP_sign,
                                NID_ms_smartcard_login, NID_anyExtendedKeyUsage};
    ASN1_OBJECT *object = OBJ_txt2obj(text, 1);
    size_t i;

    for (i = 0; !object && i < sizeof known / sizeof *known; i++)
        if (strcasecmp(text, OBJ_nid2sn(known[i])) == 0)
            object = OBJ_nid2obj(known[i]);
    if (!object || OBJ_length(object) == 0) {
        ASN1_OBJECT_free(object);
        object = NULL;
    }
    if (ERR_GET_REASON(ERR_peek_error()) != ERR_R_MALLOC_FAILURE)
        ERR_clear_error();
    return object;
}

static int bit_of(const char *name)
{
    int i = 0;

    if (strcasecmp(name, "contentCommitment") == 0) /* its name since 2005 */
        return USAGE_NON_REPUDIATION;
    while (i < USAGE_COUNT && strcasecmp(usage_words[i], name) != 0)
        i++;
    return i < USAGE_COUNT ? i : -1;
}

static enum kunci_rc add_purpose(const char *name, EXTENDED_KEY_USAGE **purposes,
                                 struct kunci_err *err)
{
    ASN1_OBJECT *purpose = usage_purpose(name);

    if (!purpose)
        return ERR_peek_error() ? err_openssl(err, "OBJ_txt2obj")
                                : err_set(err, KUNCI_USAGE_INVALID, name, NULL);
    if (!*purposes)
        *purposes = EXTENDED_KEY_USAGE_new();
    if (*purposes && sk_ASN1_OBJECT_push(*purposes, purpose) > 0)
        return KUNCI_OK;
    ASN1_OBJECT_free(purpose);
    return err_no_memory(err);
}

enum kunci_rc usage_read(const char *const *names, unsigned *bits, EXTENDED_KEY_USAGE **purposes,
                         struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;

    *bits = 0;
    *purposes = NULL;
    for (; rc == KUNCI_OK && *names; names++) {
        int bit = bit_of(*names);

        if (bit >= 0)
            *bits |= 1u << bit;
        else
            rc = add_purpose(*names, purposes, err);
    }
    if (rc != KUNCI_OK) {
        EXTENDED_KEY_USAGE_free(*purposes);
        *purposes = NULL;
    }
    return rc;
}
