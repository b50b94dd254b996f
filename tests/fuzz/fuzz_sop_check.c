/* A procedure is checked and summed, alone and beside itself: every finding is whole, its
 * step one of the procedure's, and a case either has a sum or is found. */
#include "flow/procedure.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_findings(const struct kunci_sop *sop, const struct kunci_sop_book *book)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_findings found;
    size_t faults = 0, i;

    if (kunci_sop_check(sop, book, &found, &err) != KUNCI_OK)
        abort();
    for (i = 0; i < found.count; i++) {
        const struct kunci_sop_finding *one = &found.items[i];

        faults += one->is_fault;
        if (!*one->rule || !*one->sentence || !*one->next ||
            (one->step && procedure_step(sop, one->step) < 0))
            abort();
    }
    if (faults != found.faults)
        abort();
    kunci_sop_findings_clear(&found);
}

static bool is_found(const struct kunci_sop *sop)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_findings found;
    bool faulty;

    if (kunci_sop_check(sop, NULL, &found, &err) != KUNCI_OK)
        abort();
    faulty = found.faults > 0;
    kunci_sop_findings_clear(&found);
    return faulty;
}

static void look_at_totals(const struct kunci_sop *sop)
{
    struct kunci_sop_total total;
    bool right = true;
    size_t i;

    for (i = 0; i < kunci_sop_total_count(sop); i++) {
        kunci_sop_total(sop, i, &total);
        right &= total.computed == total.stated;
    }
    if (!right && !is_found(sop))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_book *book = NULL;
    struct kunci_sop *sop, *other;

    if (kunci_sop_read("called", data, size, &sop, &err) != KUNCI_OK)
        return 0;
    if (kunci_sop_read("perubahan-data", data, size, &other, &err) != KUNCI_OK ||
        kunci_sop_book_new(&book, &err) != KUNCI_OK ||
        kunci_sop_book_add(book, &other, &err) != KUNCI_OK)
        abort();
    look_at_findings(sop, NULL);
    look_at_findings(sop, book);
    look_at_findings(kunci_sop_at(book, 0), book);
    look_at_totals(sop);
    kunci_sop_book_free(&book);
    kunci_sop_free(&sop);
    return 0;
}
