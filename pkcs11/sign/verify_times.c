#include "sign/verify_times.h"

#include "base/error.h"
#include "trust/tsa.h"

#include <stdlib.h>
#include <string.h>

/* Each costs a proof and a path. */
enum { TIMESTAMPS_MAX = 16 };

static enum kunci_rc judge(struct kunci_trust *trust, const ASN1_TYPE *value,
                           const ASN1_OCTET_STRING *signature, int64_t now,
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
    rc = tsa_check(trust, token, len, ASN1_STRING_get0_data(signature),
                   (size_t)ASN1_STRING_length(signature), now, &verdict, err);
    report->indication = verdict.indication;
    report->reason = verdict.reason;
    memcpy(report->detail, verdict.detail, sizeof report->detail);
    report->time = verdict.time;
    report->path = verdict.path;
    out->timestamp_count++;
    if (rc == KUNCI_OK && report->indication == KUNCI_PASSED) {
        out->timestamped = true;
        out->best_time = report->time < out->best_time ? report->time : out->best_time;
    }
    return rc;
}

static bool is_timestamp(X509_ATTRIBUTE *attribute)
{
    return OBJ_obj2nid(X509_ATTRIBUTE_get0_object(attribute)) == NID_id_smime_aa_timeStampToken;
}

/* An attribute may hold several, and may stand there several times. */
enum kunci_rc times_judge(struct kunci_trust *trust, CMS_SignerInfo *signer,
                          const ASN1_OCTET_STRING *value, int64_t now,
                          struct kunci_signature_report *out, struct kunci_err *err)
{
    int i, v, count = CMS_unsigned_get_attr_count(signer);
    enum kunci_rc rc = KUNCI_OK;

    out->timestamps = calloc(TIMESTAMPS_MAX, sizeof *out->timestamps);
    if (!out->timestamps)
        return err_no_memory(err);
    for (i = 0; i < count; i++) {
        X509_ATTRIBUTE *attribute = CMS_unsigned_get_attr(signer, i);

        for (v = 0; is_timestamp(attribute) && v < X509_ATTRIBUTE_count(attribute) &&
                    out->timestamp_count < TIMESTAMPS_MAX && rc == KUNCI_OK;
             v++)
            rc = judge(trust, X509_ATTRIBUTE_get0_type(attribute, v), value, now, out, err);
    }
    return rc;
}
