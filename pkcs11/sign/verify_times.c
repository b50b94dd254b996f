#include "sign/verify_times.h"

#include "base/error.h"
#include "trust/tsa.h"

#include <stdlib.h>
#include <string.h>

/* Each costs a proof and a path. */
enum { TIMESTAMPS_MAX = 16 };

/* Two authorities' clocks need not agree to the second. */
enum { SKEW = 300 };

/* One kind of timestamps, and where it stands. */
struct stamped {
    struct tsa_over over;
    bool of_content;
};

static void count(const struct kunci_timestamp_report *report, struct kunci_signature_report *out)
{
    if (report->indication != KUNCI_PASSED)
        return;
    if (report->of_content) {
        out->content_time = report->time > out->content_time ? report->time : out->content_time;
    } else {
        out->timestamped = true;
        out->best_time = report->time < out->best_time ? report->time : out->best_time;
    }
}

static enum kunci_rc judge(struct kunci_trust *trust, const ASN1_TYPE *value,
                           const struct stamped *stamped, int64_t now,
                           struct kunci_signature_report *out, struct kunci_err *err)
{
    struct kunci_timestamp_report *report = &out->timestamps[out->timestamp_count];
    const unsigned char *token = (const unsigned char *)"";
    struct tsa_verdict verdict;
    size_t len = 0;
    enum kunci_rc rc;

    if (value && value->type == V_ASN1_SEQUENCE) {
        token = ASN1_STRING_get0_data(value->value.sequence);
        len = (size_t)ASN1_STRING_length(value->value.sequence);
    }
    rc = tsa_check(trust, token, len, &stamped->over, now, &verdict, err);
    report->of_content = stamped->of_content;
    report->indication = verdict.indication;
    report->reason = verdict.reason;
    memcpy(report->detail, verdict.detail, sizeof report->detail);
    report->time = verdict.time;
    report->path = verdict.path;
    out->timestamp_count++;
    if (rc == KUNCI_OK)
        count(report, out);
    return rc;
}

/* An attribute may hold several, and may stand there several times. */
static enum kunci_rc judge_attribute(struct kunci_trust *trust, X509_ATTRIBUTE *attribute,
                                     const struct stamped *stamped, int64_t now,
                                     struct kunci_signature_report *out, struct kunci_err *err)
{
    int v, wanted = stamped->of_content ? NID_id_smime_aa_ets_contentTimestamp
                                        : NID_id_smime_aa_timeStampToken;
    enum kunci_rc rc = KUNCI_OK;

    if (OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) != wanted)
        return KUNCI_OK;
    for (v = 0; rc == KUNCI_OK && v < X509_ATTRIBUTE_count(attribute) &&
                out->timestamp_count < TIMESTAMPS_MAX;
         v++)
        rc = judge(trust, X509_ATTRIBUTE_get0_type(attribute, v), stamped, now, out, err);
    return rc;
}

enum kunci_rc times_judge(struct kunci_trust *trust, const struct cms *cms, CMS_SignerInfo *signer,
                          int64_t now, struct kunci_signature_report *out, struct kunci_err *err)
{
    const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(signer);
    const struct stamped content = {.over = {.content = &cms->digests}, .of_content = true},
                         signature = {.over = {.bytes = ASN1_STRING_get0_data(value),
                                               .len = (size_t)ASN1_STRING_length(value)}};
    int i;
    enum kunci_rc rc = KUNCI_OK;

    out->timestamps = calloc(TIMESTAMPS_MAX, sizeof *out->timestamps);
    if (!out->timestamps)
        return err_no_memory(err);
    for (i = 0; rc == KUNCI_OK && i < CMS_signed_get_attr_count(signer); i++)
        rc = judge_attribute(trust, CMS_signed_get_attr(signer, i), &content, now, out, err);
    for (i = 0; rc == KUNCI_OK && i < CMS_unsigned_get_attr_count(signer); i++)
        rc = judge_attribute(trust, CMS_unsigned_get_attr(signer, i), &signature, now, out, err);
    return rc;
}

bool times_contradict(const struct kunci_signature_report *signature)
{
    return signature->timestamped && signature->content_time > signature->best_time + SKEW;
}
