#include "cms/read_ocsp.h"

#include "base/error.h"

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <string.h>

/* OpenSSL reads these choices, and hands out the CRLs alone. */
/* clang-format off */
ASN1_ITEM_TEMPLATE(CHOICES) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_OF | ASN1_TFLG_IMPTAG | ASN1_TFLG_CONTEXT, 1, choices, ASN1_ANY)
static_ASN1_ITEM_TEMPLATE_END(CHOICES)

/* OtherRevocationInfoFormat: its name, and what it is. */
ASN1_ITEM_TEMPLATE(OTHER) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SEQUENCE_OF | ASN1_TFLG_IMPTAG | ASN1_TFLG_CONTEXT, 1, other, ASN1_ANY)
static_ASN1_ITEM_TEMPLATE_END(OTHER)
    /* clang-format on */

    /* id-ri-ocsp-response, 1.3.6.1.5.5.7.16.2 */
    static bool is_ocsp(const ASN1_TYPE *name)
{
    static const unsigned char oid[] = {0x2b, 6, 1, 5, 5, 7, 16, 2};

    return name->type == V_ASN1_OBJECT && OBJ_length(name->value.object) == sizeof oid &&
           memcmp(OBJ_get0_data(name->value.object), oid, sizeof oid) == 0;
}

/* Answers false where there is no memory. */
static bool take_choice(const ASN1_TYPE *choice, struct cms *cms)
{
    ASN1_SEQUENCE_ANY *fields;
    const unsigned char *p;
    bool kept = true;

    if (choice->type != V_ASN1_OTHER) /* a CRL */
        return true;
    p = ASN1_STRING_get0_data(choice->value.asn1_string);
    fields = (ASN1_SEQUENCE_ANY *)ASN1_item_d2i(
        NULL, &p, ASN1_STRING_length(choice->value.asn1_string), ASN1_ITEM_rptr(OTHER));
    if (sk_ASN1_TYPE_num(fields) == 2 && is_ocsp(sk_ASN1_TYPE_value(fields, 0)) &&
        sk_ASN1_TYPE_value(fields, 1)->type == V_ASN1_SEQUENCE) {
        ASN1_TYPE *answer = sk_ASN1_TYPE_pop(fields);

        kept = sk_ASN1_TYPE_push(cms->ocsps, answer) > 0;
        if (!kept)
            ASN1_TYPE_free(answer);
    }
    sk_ASN1_TYPE_pop_free(fields, ASN1_TYPE_free);
    return kept;
}

enum kunci_rc ocsps_read(const unsigned char *field, size_t len, struct cms *cms,
                         struct kunci_err *err)
{
    ASN1_SEQUENCE_ANY *choices =
        (ASN1_SEQUENCE_ANY *)ASN1_item_d2i(NULL, &field, (long)len, ASN1_ITEM_rptr(CHOICES));
    bool kept = (cms->ocsps = sk_ASN1_TYPE_new_null()) != NULL;
    int i;

    for (i = 0; kept && i < sk_ASN1_TYPE_num(choices); i++)
        kept = take_choice(sk_ASN1_TYPE_value(choices, i), cms);
    sk_ASN1_TYPE_pop_free(choices, ASN1_TYPE_free);
    ERR_clear_error();
    return kept ? KUNCI_OK : err_no_memory(err);
}
