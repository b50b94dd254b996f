/* A journal's bytes, whatever they are. What is read is written again as it was, and a torn
 * end changes nothing in what stands before it. */
#include "enrol/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct records records, again;
    bool unended, ended;
    size_t sound, same;
    enum kunci_rc rc =
        records_read("j", (const char *)data, size, &records, &sound, &unended, &err);

    must(rc == KUNCI_OK || rc == KUNCI_JOURNAL_DAMAGED);
    if (rc == KUNCI_OK) {
        must(sound <= size);
        must(records_read("j", (const char *)data, sound, &again, &same, &ended, &err) == KUNCI_OK);
        must(same == sound && ended == unended && again.lines == records.lines);
        records_clear(&again);
    }
    records_clear(&records);
    return 0;
}
