#include "flow/request.h"

#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool text_keep(char **to, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        return false;
    free(*to);
    *to = copy;
    return true;
}

const struct step *request_step(const struct kunci_request *request)
{
    return request->step == STEP_END ? NULL : &request->sop->steps[request->step];
}

bool request_is_settled(const struct kunci_request *request)
{
    const struct kunci_sop *sop = request->sop;
    unsigned i;

    for (i = 0; i < sop->step_count; i++)
        if (act_rules[sop->steps[i].act].decides && request->doers[i].person)
            return true;
    return request->state >= STATE_EXECUTED;
}

void kunci_request_free(struct kunci_request **request)
{
    struct kunci_request *gone = *request;
    unsigned i, j;

    *request = NULL;
    if (!gone)
        return;
    for (i = 0; i < DATA_SETS; i++)
        for (j = 0; j < FIELDS; j++)
            free(gone->data[i][j]);
    for (i = 0; i < STEPS_MAX; i++) {
        free(gone->doers[i].person);
        free(gone->doers[i].of);
    }
    free(gone->id);
    free(gone->applicant);
    free(gone->institution);
    free(gone->reason);
    free(gone->chosen);
    json_list_free(&gone->domains);
    free(gone);
}

void kunci_request_look(const struct kunci_request *request, int64_t now,
                        struct kunci_request_view *out)
{
    const struct step *step = request_step(request);

    *out = (struct kunci_request_view){.id = request->id, .state = state_names[request->state]};
    if (!step)
        return;
    out->step = step->name;
    out->actor = role_names[step->actor];
    out->waits_for =
        role_names[request->clock.paused && !request->calling ? request->waits_for : step->actor];
    out->calls = request->calling ? step->calls : NULL;
    out->used = step_clock_used(&request->clock, &request->sop->hours, now);
    out->planned = step->seconds;
    out->paused = request->clock.paused;
}

/* ---- what is possible ---- */

static void add(char *to, size_t size, const char *word, const char *what)
{
    size_t len = strlen(to);

    snprintf(to + len, size - len, "%s%s%s%s", len ? ", " : "", word, what ? " " : "",
             what ? what : "");
}

/* Branches among which the facts decide are one thing to do. */
static bool is_first_so(const struct step *step, unsigned branch)
{
    const char *outcome = step->branches[branch].outcome;
    unsigned i;

    for (i = 0; i < branch; i++)
        if (outcome ? step->branches[i].outcome && strcmp(step->branches[i].outcome, outcome) == 0
                    : !step->branches[i].outcome)
            return false;
    return true;
}

void kunci_request_possible(const struct kunci_request *request, char *to, size_t size)
{
    const struct step *step = request_step(request);
    unsigned i;

    *to = '\0';
    if (!step)
        return;
    if (request->calling) {
        add(to, size, "return", step->calls);
        return;
    }
    for (i = 0; i < step->branch_count; i++)
        if (is_first_so(step, i))
            add(to, size, "do", step->branches[i].outcome);
    if (act_rules[step->act].decides)
        add(to, size, "reject", NULL);
    if (request->state < STATE_APPROVED)
        add(to, size, "withdraw", NULL);
}
