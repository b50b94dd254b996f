/* A request as it is put away: whatever is taken up is whole, and is put away as it was. */
#include "flow/request_file.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char procedure[] =
    "version: '1'\nkind: renewal\ntitle: {en: T, id: T}\nreturn_to: a\n"
    "service: {remind_at: 80, escalate_at: 300, escalate_to: op, expires_days: 9}\n"
    "steps:\n"
    "  - {id: a, actor: pemohon, act: apply, text: {id: T, en: T}, minutes: 5, documents: [ktp], "
    "does: "
    "[key-new, csr-new]}\n"
    "  - {id: b, actor: pemohon, act: submit, text: {id: T, en: T}, calls: {procedure: other}}\n"
    "  - {id: c, actor: op, act: approve, text: {id: T, en: T}, does: [issue]}\n"
    "  - {id: d, actor: pemohon, act: token, text: {id: T, en: T}, does: [write, prove, retire]}\n";

static void must(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct kunci_sop *sop; /* read once; the process ends with it */
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request, *again;
    char *text, *same;
    enum kunci_rc rc;

    if (!sop)
        must(kunci_sop_read("f", procedure, sizeof procedure - 1, &sop, &err) == KUNCI_OK);
    rc = request_load(sop, (const char *)data, size, &request, &err);
    must(rc == KUNCI_OK || rc == KUNCI_STORE_DAMAGED);
    if (rc != KUNCI_OK)
        return 0;
    must(request_due(request, 1790000000) >= 0);
    must(request_save(request, &text, &err) == KUNCI_OK);
    must(request_load(sop, text, strlen(text), &again, &err) == KUNCI_OK);
    must(request_save(again, &same, &err) == KUNCI_OK);
    must(strcmp(text, same) == 0);
    free(text);
    free(same);
    kunci_request_free(&request);
    kunci_request_free(&again);
    return 0;
}
