#include "audit/seal.h"

#include "audit/line.h"
#include "base/base64.h"
#include "base/error.h"
#include "base/text.h"
#include "cms/bytes.h"
#include "x509/outline.h"

#include <stdlib.h>
#include <string.h>

/* ---- made ---- */

enum kunci_rc audit_sign(struct kunci_signer *signer, const char *text, char **out,
                         struct kunci_err *err)
{
    struct buf cms = {0}, base64 = {0};
    enum kunci_rc rc = cms_bytes_sign(signer, text, strlen(text), false, &cms, err);

    *out = NULL;
    if (rc == KUNCI_OK) {
        base64_add(&base64, cms.data, cms.len);
        *out = buf_take(&base64);
        if (!*out)
            rc = err_no_memory(err);
    }
    buf_clear(&cms);
    return rc;
}

static enum kunci_rc ends_with_seal(struct store *store, const struct audit_head *head,
                                    bool *is_seal, struct kunci_err *err)
{
    struct audit_line line;
    const char *text, *wrong;
    struct rows rows;
    enum kunci_rc rc = store_query(store, "SELECT line FROM audit WHERE seq = $1",
                                   VALUES(OF_INT(head->seq)), &rows, err);

    *is_seal = false;
    if (rc == KUNCI_OK && rows_next(&rows, err) && (text = rows_text(&rows, 0))) {
        rc = audit_line_read(text, strlen(text), &line, &wrong, err);
        *is_seal = rc == KUNCI_OK && !wrong && line.cms;
        audit_line_clear(&line);
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

enum kunci_rc audit_seal(struct store *store, struct kunci_signer *signer, const char *node,
                         int64_t at, struct kunci_err *err)
{
    struct audit_act act = {.node = node, .at = at, .event = "seal"};
    json_t *details = NULL;
    struct audit_head head;
    bool is_seal = false;
    char *cms = NULL;
    enum kunci_rc rc = audit_head(store, &head, err);

    if (rc != KUNCI_OK || head.seq == 0)
        return rc;
    if ((rc = ends_with_seal(store, &head, &is_seal, err)) != KUNCI_OK || is_seal)
        return rc;
    if ((rc = audit_sign(signer, head.hash, &cms, err)) == KUNCI_OK) {
        act.details = details = json_pack("{ss}", "cms", cms);
        rc = details ? audit_add(store, &act, err) : err_no_memory(err);
    }
    json_decref(details);
    free(cms);
    return rc;
}

/* ---- proved ---- */

static bool is_sealer(const struct audit_sealers *sealers, X509 *cert)
{
    struct elements at;
    struct outline one;
    unsigned char *der = NULL;
    bool is = false;
    int len;

    if (sealers->len == 0)
        return false;
    at = (struct elements){sealers->certs, sealers->certs + sealers->len};
    len = i2d_X509(cert, &der);
    while (len > 0 && !is && at.next < at.end && outline_take(&at, &one))
        is = element_whole_len(&one.whole) == (size_t)len &&
             memcmp(one.whole.start, der, (size_t)len) == 0;
    OPENSSL_free(der);
    return is;
}

static enum kunci_rc judge(const struct audit_sealers *sealers, const char *text,
                           const struct buf *der, bool *holds, char wrong[256],
                           struct kunci_err *err)
{
    struct kunci_err found = KUNCI_ERR_INIT;
    struct cms_bytes bytes;
    enum kunci_rc rc = cms_bytes_check(der->data, der->len, text, strlen(text), &bytes, &found);

    if (rc == KUNCI_CMS_INVALID) {
        text_copy(wrong, 256, found.detail);
        rc = KUNCI_OK;
    } else if (rc != KUNCI_OK) {
        rc = err_set(err, rc, found.about, found.detail);
    } else if (is_sealer(sealers, bytes.cert)) {
        *holds = true;
    } else {
        text_copy(wrong, 256, _("it is by a certificate that is none of the audit trail's"));
    }
    cms_bytes_clear(&bytes);
    return rc;
}

enum kunci_rc audit_signed(const struct audit_sealers *sealers, const char *text, const char *cms,
                           bool *holds, char wrong[256], struct kunci_err *err)
{
    struct buf der = {0};
    enum kunci_rc rc = KUNCI_OK;
    bool is_base64 = base64_read(cms, strlen(cms), &der);

    *holds = false;
    if (der.failed)
        rc = err_no_memory(err);
    else if (is_base64)
        rc = judge(sealers, text, &der, holds, wrong, err);
    else
        text_copy(wrong, 256, _("it is no base64"));
    buf_clear(&der);
    return rc;
}
