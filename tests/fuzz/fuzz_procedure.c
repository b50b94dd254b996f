/* A procedure: what is read can be freed, each step leads to one that is there, and
 * refusing has its few errors. */
#include "flow/procedure.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_target(const struct kunci_sop *sop, int target)
{
    if (target < STEP_END || target >= (int)sop->step_count)
        abort();
}

static void check_step(const struct kunci_sop *sop, const struct step *step)
{
    char number[16];
    unsigned i;

    step_number(step, number);
    if (step->branch_count < 1 || step->branch_count > BRANCHES_MAX)
        abort();
    for (i = 0; i < step->branch_count; i++)
        check_target(sop, step->branches[i].target);
    check_target(sop, step_reject_target(sop, step));
    if (step->not_by >> (sop->step_count - 1) > 1)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    enum kunci_rc rc = kunci_sop_read("procedure", data, size, &sop, &err);
    unsigned i;

    if (rc != KUNCI_OK && rc != KUNCI_SOP_INVALID && rc != KUNCI_FILE_TOO_LARGE)
        abort();
    if ((rc == KUNCI_OK) != (sop != NULL))
        abort();
    for (i = 0; sop && i < sop->step_count; i++)
        check_step(sop, &sop->steps[i]);
    kunci_sop_free(&sop);
    return 0;
}
