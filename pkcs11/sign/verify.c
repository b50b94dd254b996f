/* Signatures judged after ETSI EN 319 102-1: each alone (5.3), where a timestamp of the
 * content may prove that it is not older; then, where a timestamp over it proves that it
 * existed earlier, at that time (5.5). */
#include "base/error.h"
#include "base/text.h"
#include "cms/check.h"
#include "sign/verify_times.h"
#include "trust/signer_path.h"

#include <kunci/verify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void conclude(struct kunci_signature_report *signature, enum kunci_indication indication,
                     enum kunci_reason reason, const char *detail)
{
    signature->indication = indication;
    signature->reason = reason;
    text_copy(signature->detail, sizeof signature->detail, detail);
}

/* Whether it is proved to have been made after that. */
static bool is_after(const struct kunci_signature_report *signature, int64_t when)
{
    return signature->content_time && when && signature->content_time > when;
}

/* A revoked or expired certificate is the path's doubt, as the signature may be older. It is
 * none where the signature is older than the certificate, or younger than its end. */
static void conclude_by_path(struct kunci_signature_report *signature)
{
    const struct kunci_path *path = signature->path;
    const struct kunci_path_step *step = path->steps;
    bool bounds = path->count && (path->reason == KUNCI_OUT_OF_BOUNDS_NO_POE ||
                                  path->reason == KUNCI_OUT_OF_BOUNDS_NOT_REVOKED);

    if (bounds && signature->best_time < step->info.not_before)
        conclude(signature, KUNCI_FAILED, KUNCI_NOT_YET_VALID, path->detail);
    else if (bounds && is_after(signature, step->info.not_after))
        conclude(signature, KUNCI_FAILED, KUNCI_EXPIRED, path->detail);
    else if (path->reason == KUNCI_REVOKED_NO_POE && is_after(signature, step->revoked_at))
        conclude(signature, KUNCI_FAILED, KUNCI_REVOKED, path->detail);
    else
        conclude(signature, path->indication, path->reason, path->detail);
}

static enum kunci_rc judge_path(struct kunci_trust *trust, const struct cms *cms, X509 *cert,
                                int64_t at, int64_t now, struct kunci_signature_report *signature,
                                struct kunci_err *err)
{
    enum kunci_rc rc;

    kunci_path_free(&signature->path);
    rc = signer_path(trust, cms, cert, KUNCI_PURPOSE_SIGN, at, now, &signature->path, err);
    if (rc == KUNCI_OK)
        conclude_by_path(signature);
    return rc;
}

/* What failed has none that could be relied on. */
static void name_level(struct kunci_signature_report *signature, const struct cms_proof *proof)
{
    const char *level = signature->timestamped ? "CAdES-T" : "CAdES-B";

    if (proof->indication == KUNCI_PASSED)
        snprintf(signature->level, sizeof signature->level, "%s", proof->cades ? level : "CMS");
}

static enum kunci_rc judge(struct kunci_trust *trust, const struct cms *cms, CMS_SignerInfo *signer,
                           int64_t now, struct kunci_signature_report *out, struct kunci_err *err)
{
    struct cms_proof proof;
    enum kunci_rc rc = cms_check(cms, signer, &proof, err);

    if (rc != KUNCI_OK)
        return rc;
    out->best_time = now;
    out->claimed_time = proof.claimed_time;
    snprintf(out->algorithm, sizeof out->algorithm, "%s", proof.algorithm);
    if (proof.signature && (rc = times_judge(trust, cms, signer, now, out, err)))
        return rc;
    if (proof.indication != KUNCI_PASSED)
        out->content_time = 0; /* it may be of another signature */
    name_level(out, &proof);
    if (proof.cert && (rc = judge_path(trust, cms, proof.cert, now, now, out, err)) != KUNCI_OK)
        return rc;
    if (proof.indication != KUNCI_PASSED)
        conclude(out, proof.indication, proof.reason, proof.detail);
    else if (out->indication == KUNCI_INDETERMINATE && out->timestamped)
        rc = judge_path(trust, cms, proof.cert, out->best_time, now, out, err);
    if (rc == KUNCI_OK && out->indication == KUNCI_PASSED && times_contradict(out))
        conclude(out, KUNCI_INDETERMINATE, KUNCI_TIMESTAMP_ORDER_FAILURE, "");
    return rc;
}

/* ---- all of a message ---- */

static void add_up(struct kunci_report *report)
{
    size_t i;

    for (i = 0; i < report->count; i++) {
        const struct kunci_signature_report *signature = &report->signatures[i];

        if (signature->indication <= report->indication)
            continue;
        report->indication = signature->indication;
        report->reason = signature->reason;
        text_copy(report->detail, sizeof report->detail, signature->detail);
    }
}

static enum kunci_rc judge_all(struct kunci_trust *trust, const struct cms *cms,
                               struct kunci_report *report, struct kunci_err *err)
{
    size_t count = (size_t)sk_CMS_SignerInfo_num(cms->signers);
    enum kunci_rc rc = KUNCI_OK;

    report->signatures = calloc(count, sizeof *report->signatures);
    if (!report->signatures)
        return err_no_memory(err);
    for (; rc == KUNCI_OK && report->count < count; report->count++)
        rc = judge(trust, cms, sk_CMS_SignerInfo_value(cms->signers, (int)report->count),
                   report->now, &report->signatures[report->count], err);
    add_up(report);
    return rc;
}

static enum kunci_rc read_message(int signature, int content, struct cms *cms,
                                  struct kunci_err *err)
{
    BIO *in = BIO_new_fd(signature, BIO_NOCLOSE), *from = NULL;
    enum kunci_rc rc;

    *cms = (struct cms){0};
    rc = in ? cms_read(in, NULL, cms, err) : err_no_memory(err);
    if (rc == KUNCI_OK && content >= 0) {
        from = BIO_new_fd(content, BIO_NOCLOSE);
        rc = from ? cms_read_content(cms, from, err) : err_no_memory(err);
    }
    BIO_free(in);
    BIO_free(from);
    return rc;
}

/* A message within a message, or what else a program may take for a document. */
static bool is_document(const struct cms *cms)
{
    return OBJ_obj2nid(CMS_get0_eContentType(cms->info)) == NID_pkcs7_data;
}

static void refuse(struct kunci_report *report, const char *detail)
{
    report->indication = KUNCI_FAILED;
    report->reason = KUNCI_FORMAT_FAILURE;
    text_copy(report->detail, sizeof report->detail, detail);
}

enum kunci_rc kunci_verify_cms(struct kunci_trust *trust, int signature, int content,
                               const char *name, int64_t now, struct kunci_report **out,
                               struct kunci_err *err)
{
    struct kunci_report *report = calloc(1, sizeof *report);
    struct kunci_err unread = KUNCI_ERR_INIT;
    struct cms cms = {0};
    enum kunci_rc rc;

    *out = NULL;
    if (!report || !(report->name = strdup(name))) {
        rc = err_no_memory(err);
        goto out;
    }
    report->now = now;
    rc = read_message(signature, content, &cms, &unread);
    if (rc == KUNCI_CMS_INVALID) {
        refuse(report, unread.detail);
        rc = KUNCI_OK;
    } else if (rc != KUNCI_OK) {
        if (err->rc == KUNCI_OK)
            *err = unread;
    } else if (!is_document(&cms)) {
        refuse(report, _("what is signed is no document, but another message"));
    } else {
        rc = judge_all(trust, &cms, report, err);
    }
    if (rc == KUNCI_OK) {
        *out = report;
        report = NULL;
    }
out:
    kunci_report_free(&report);
    cms_clear(&cms);
    return rc;
}

void kunci_report_free(struct kunci_report **report)
{
    size_t i, t;

    if (!*report)
        return;
    for (i = 0; i < (*report)->count; i++) {
        struct kunci_signature_report *signature = &(*report)->signatures[i];

        for (t = 0; t < signature->timestamp_count; t++)
            kunci_path_free(&signature->timestamps[t].path);
        free(signature->timestamps);
        kunci_path_free(&signature->path);
    }
    free((*report)->signatures);
    free((*report)->name);
    free(*report);
    *report = NULL;
}
