/* The commands of the fault module: each fault that is taken stands in its limits. */
#include "lib/fault/plan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void complain(void *context, unsigned line, const char *why)
{
    unsigned *told = context;

    if (line == 0 || !*why)
        abort();
    ++*told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan plan = {.count = 0};
    unsigned told = 0, i;

    if (plan_read(&plan, data, size, complain, &told) != told || plan.count > PLAN_FAULTS)
        abort();
    for (i = 0; i < plan.count; i++)
        if (plan.faults[i].call < CALL_ANY || plan.faults[i].call >= CALL_COUNT ||
            plan.faults[i].kind > FAULT_THREADS)
            abort();
    if (!memchr(plan.pinpad, '\0', PLAN_PATH) || !memchr(plan.tries, '\0', PLAN_PATH))
        abort();
    return 0;
}
