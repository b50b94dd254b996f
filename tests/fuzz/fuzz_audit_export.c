/* An export of an audit trail, whatever stands in it, is judged: the same whole and in
 * pieces. */
#include "audit/export.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum kunci_rc judge(const uint8_t *data, size_t size, size_t piece, struct kunci_err *err)
{
    static const struct audit_sealers none = {NULL, 0};
    struct audit_check *check = NULL;
    struct audit_report report;
    const char *at;
    enum kunci_rc rc = audit_check_new(&none, &check, err);
    size_t done, len;

    for (done = 0; rc == KUNCI_OK && done < size; done += len) {
        len = size - done < piece ? size - done : piece;
        rc = audit_check_add(check, data + done, len, err);
    }
    if (rc == KUNCI_OK)
        rc = audit_check_end(check, &report, &at, err);
    audit_check_free(&check);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err whole = KUNCI_ERR_INIT, pieces = KUNCI_ERR_INIT;

    /* Nobody's certificate is believed: nothing can hold. */
    if (judge(data, size, size ? size : 1, &whole) != KUNCI_AUDIT_BROKEN)
        abort();
    if (judge(data, size, 7, &pieces) != KUNCI_AUDIT_BROKEN ||
        strcmp(whole.about, pieces.about) != 0 || strcmp(whole.detail, pieces.detail) != 0)
        abort();
    return 0;
}
