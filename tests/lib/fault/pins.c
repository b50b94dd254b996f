#include "lib/fault/pins.h"

#include "lib/fault/lock.h"

#include <stdio.h>
#include <string.h>

enum { HOLDER, OFFICER };

static unsigned long tries[2]; /* wrong PINs in a row; under the lock */

/* ---- wrong PINs ---- */

static void load(const struct plan *plan)
{
    FILE *file = plan->tries[0] ? fopen(plan->tries, "re") : NULL;

    if (plan->tries[0])
        tries[HOLDER] = tries[OFFICER] = 0;
    if (!file)
        return;
    if (fscanf(file, "%9lu %9lu", &tries[HOLDER], &tries[OFFICER]) != 2)
        fprintf(stderr, "kunci-fault-module: %s: two numbers are needed\n", plan->tries);
    fclose(file);
}

static void store(const struct plan *plan)
{
    FILE *file = plan->tries[0] ? fopen(plan->tries, "we") : NULL;

    if (!file)
        return;
    fprintf(file, "%lu %lu\n", tries[HOLDER], tries[OFFICER]);
    fclose(file);
}

static unsigned long wrong_so_far(const struct plan *plan, int who)
{
    unsigned long count;

    lock_take();
    load(plan);
    count = tries[who];
    lock_give();
    return count;
}

void pins_tried(const struct plan *plan, bool so, CK_RV rv)
{
    int who = so ? OFFICER : HOLDER;

    if (!plan_holds(plan, FAULT_LOCK_AFTER) || (rv != CKR_OK && rv != CKR_PIN_INCORRECT))
        return;
    lock_take();
    load(plan);
    tries[who] = rv == CKR_OK ? 0 : tries[who] + 1;
    store(plan);
    lock_give();
}

void pins_reset(const struct plan *plan)
{
    pins_tried(plan, false, CKR_OK);
}

/* ---- states ---- */

CK_RV pins_refused(const struct plan *plan, bool so)
{
    const struct fault *after = plan_holds(plan, FAULT_LOCK_AFTER);

    if (plan_holds(plan, so ? FAULT_SO_LOCKED : FAULT_LOCKED))
        return CKR_PIN_LOCKED;
    if (after && wrong_so_far(plan, so ? OFFICER : HOLDER) >= after->amount)
        return CKR_PIN_LOCKED;
    return CKR_OK;
}

static CK_FLAGS counted(const struct plan *plan, int who, CK_FLAGS low, CK_FLAGS final,
                        CK_FLAGS locked)
{
    const struct fault *after = plan_holds(plan, FAULT_LOCK_AFTER);
    unsigned long wrong = after ? wrong_so_far(plan, who) : 0;

    if (!after)
        return 0;
    if (wrong >= after->amount)
        return locked;
    return (wrong > 0 ? low : 0) | (wrong + 1 == after->amount ? final : 0);
}

CK_FLAGS pins_flags(const struct plan *plan)
{
    static const struct {
        enum fault_kind kind;
        CK_FLAGS flag;
    } said[] = {
        {FAULT_LOCKED, CKF_USER_PIN_LOCKED},
        {FAULT_SO_LOCKED, CKF_SO_PIN_LOCKED},
        {FAULT_FINAL_TRY, CKF_USER_PIN_FINAL_TRY},
        {FAULT_COUNT_LOW, CKF_USER_PIN_COUNT_LOW},
        {FAULT_PINPAD, CKF_PROTECTED_AUTHENTICATION_PATH},
        {FAULT_WRITE_PROTECTED, CKF_WRITE_PROTECTED},
    };
    CK_FLAGS flags = 0;
    size_t i;

    for (i = 0; i < sizeof said / sizeof said[0]; i++)
        if (plan_holds(plan, said[i].kind))
            flags |= said[i].flag;
    return flags |
           counted(plan, HOLDER, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_FINAL_TRY,
                   CKF_USER_PIN_LOCKED) |
           counted(plan, OFFICER, CKF_SO_PIN_COUNT_LOW, CKF_SO_PIN_FINAL_TRY, CKF_SO_PIN_LOCKED);
}

/* ---- the keypad ---- */

/* No such file or line, or an empty one: the person went away. */
static CK_RV read_line(const char *path, enum pin_line wanted, struct pin_typed *typed,
                       CK_ULONG *length)
{
    FILE *file = path[0] ? fopen(path, "re") : NULL;
    char *bytes = (char *)typed->bytes;
    int line;

    *length = 0;
    for (line = 1; file && line <= (int)wanted; line++)
        if (!fgets(bytes, sizeof typed->bytes, file))
            bytes[0] = '\0';
    if (file) {
        *length = strcspn(bytes, "\n");
        fclose(file);
    }
    return *length > 0 ? CKR_OK : CKR_FUNCTION_CANCELED;
}

CK_RV pins_type(const struct plan *plan, enum pin_line line, CK_UTF8CHAR **pin, CK_ULONG *length,
                struct pin_typed *typed)
{
    CK_RV rv;

    if (!plan_holds(plan, FAULT_PINPAD))
        return CKR_OK;
    if (*pin)
        return CKR_ARGUMENTS_BAD;
    rv = read_line(plan->pinpad, line, typed, length);
    if (rv == CKR_OK)
        *pin = typed->bytes;
    return rv;
}
