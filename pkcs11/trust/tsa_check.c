#include "base/error.h"
#include "base/text.h"
#include "trust/signer_path.h"
#include "trust/tsa.h"
#include "trust/tsa_token.h"

/* How far an authority's clock may be ahead of ours, in seconds. */
enum { SKEW = 300 };

static void conclude(struct tsa_verdict *verdict, enum kunci_indication indication,
                     enum kunci_reason reason, const char *detail)
{
    verdict->indication = indication;
    verdict->reason = reason;
    text_copy(verdict->detail, sizeof verdict->detail, detail);
}

static enum kunci_rc judge(struct kunci_trust *trust, struct tsa_token *token, int64_t now,
                           struct tsa_verdict *out, struct kunci_err *err)
{
    const struct cms_proof *proof = &token->proof;
    enum kunci_rc rc;

    if (proof->indication != KUNCI_PASSED) {
        conclude(out, proof->indication, proof->reason, proof->detail);
        return KUNCI_OK;
    }
    rc = signer_path(trust, &token->cms, proof->cert, KUNCI_PURPOSE_TIMESTAMP, token->time, now,
                     &out->path, err);
    if (rc != KUNCI_OK)
        return rc;
    if (out->path->indication != KUNCI_PASSED)
        conclude(out, out->path->indication, out->path->reason, out->path->detail);
    else if (token->time > now + SKEW)
        conclude(out, KUNCI_INDETERMINATE, KUNCI_TIMESTAMP_ORDER_FAILURE,
                 _("The timestamp is from the future."));
    return KUNCI_OK;
}

enum kunci_rc tsa_check(struct kunci_trust *trust, const unsigned char *token, size_t token_len,
                        const struct tsa_over *over, int64_t now, struct tsa_verdict *out,
                        struct kunci_err *err)
{
    struct kunci_err unread = KUNCI_ERR_INIT;
    struct tsa_token read;
    enum kunci_rc rc;

    *out = (struct tsa_verdict){0};
    rc = tsa_token_read(token, token_len, &read, &unread);
    if (rc == KUNCI_CMS_INVALID) {
        conclude(out, KUNCI_FAILED, KUNCI_FORMAT_FAILURE, "");
        rc = KUNCI_OK;
    } else if (rc != KUNCI_OK) {
        *err = err->rc == KUNCI_OK ? unread : *err;
    } else if ((rc = tsa_token_prove(&read, over, err)) == KUNCI_OK) {
        out->time = read.time;
        rc = judge(trust, &read, now, out, err);
    }
    tsa_token_clear(&read);
    return rc;
}
