/* Reminders, escalation, and when a request is given up. */
#include "flow/check_sop.h"

static int64_t longest(const struct kunci_sop *sop)
{
    int64_t most = 0;
    unsigned i;

    for (i = 0; i < sop->step_count; i++)
        if (sop->steps[i].seconds > most)
            most = sop->steps[i].seconds;
    return most;
}

void check_service(struct checking *in)
{
    const struct service *service = &in->sop->service;
    int64_t most = longest(in->sop), day = 86400;

    if (service->remind_at >= 100)
        check_found(in, FINDING_REMINDER_LATE, NULL, NULL, NULL);
    if ((service->remind_at || service->escalate_at) && !most)
        check_found(in, FINDING_SERVICE_WITHOUT_MINUTES, NULL, NULL, NULL);
    if (service->expires_days && most > service->expires_days * day)
        check_found(in, FINDING_EXPIRES_EARLY, NULL, NULL, NULL);
    if (service->escalate_at && !(in->taking_part & 1u << service->escalate_to))
        check_found(in, FINDING_ESCALATION_STRANGER, NULL, role_names[service->escalate_to], NULL);
}
