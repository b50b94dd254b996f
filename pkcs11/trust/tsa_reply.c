#include "trust/tsa_reply.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <stdlib.h>
#include <string.h>

/* granted, grantedWithMods */
enum { GRANTED_MOST = 1 };

static enum kunci_rc refused(const TS_STATUS_INFO *status, struct kunci_err *err)
{
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(status);
    char said[200] = "";

    if (sk_ASN1_UTF8STRING_num(texts) > 0) {
        const ASN1_UTF8STRING *text = sk_ASN1_UTF8STRING_value(texts, 0);

        text_printable(said, sizeof said, ASN1_STRING_get0_data(text),
                       (size_t)ASN1_STRING_length(text));
    }
    return err_setf(err, KUNCI_TIMESTAMP_FAILED, NULL, _("the authority refused it (%s)"),
                    *said ? said : "-");
}

static enum kunci_rc check_status(const ASN1_TYPE *element, struct kunci_err *err)
{
    TS_STATUS_INFO *status = NULL;
    const unsigned char *p;
    enum kunci_rc rc = KUNCI_OK;
    int64_t number = -1;

    if (element->type == V_ASN1_SEQUENCE) {
        p = ASN1_STRING_get0_data(element->value.sequence);
        status = d2i_TS_STATUS_INFO(NULL, &p, ASN1_STRING_length(element->value.sequence));
    }
    if (!status || !ASN1_INTEGER_get_int64(&number, TS_STATUS_INFO_get0_status(status)))
        rc = err_set(err, KUNCI_TIMESTAMP_FAILED, NULL, _("the answer is damaged"));
    else if (number < 0 || number > GRANTED_MOST)
        rc = refused(status, err);
    TS_STATUS_INFO_free(status);
    return rc;
}

static enum kunci_rc copy(const ASN1_TYPE *element, unsigned char **token, size_t *token_len,
                          struct kunci_err *err)
{
    const ASN1_STRING *value = element->value.sequence;

    if (element->type != V_ASN1_SEQUENCE)
        return err_set(err, KUNCI_TIMESTAMP_FAILED, NULL, _("the answer is damaged"));
    *token_len = (size_t)ASN1_STRING_length(value);
    *token = malloc(*token_len + 1); /* as malloc(0) may answer NULL */
    if (!*token)
        return err_no_memory(err);
    memcpy(*token, ASN1_STRING_get0_data(value), *token_len);
    return KUNCI_OK;
}

/* By its two parts, so that the token stays as it came, to the byte. */
enum kunci_rc tsa_reply_read(const unsigned char *reply, size_t len, unsigned char **token,
                             size_t *token_len, struct kunci_err *err)
{
    const unsigned char *p = reply;
    ASN1_SEQUENCE_ANY *parts;
    enum kunci_rc rc;

    *token = NULL;
    *token_len = 0;
    ERR_clear_error();
    parts = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)len);
    if (!parts || p != reply + len || sk_ASN1_TYPE_num(parts) < 1 || sk_ASN1_TYPE_num(parts) > 2)
        rc = err_set(err, KUNCI_TIMESTAMP_FAILED, NULL, _("the answer is damaged"));
    else if ((rc = check_status(sk_ASN1_TYPE_value(parts, 0), err)) == KUNCI_OK &&
             sk_ASN1_TYPE_num(parts) < 2)
        rc = err_set(err, KUNCI_TIMESTAMP_FAILED, NULL, _("the answer holds no timestamp"));
    else if (rc == KUNCI_OK)
        rc = copy(sk_ASN1_TYPE_value(parts, 1), token, token_len, err);
    sk_ASN1_TYPE_pop_free(parts, ASN1_TYPE_free);
    ERR_clear_error();
    return rc;
}
