#include "flow/rights.h"

#include "base/error.h"
#include "base/text.h"

#include <string.h>

bool rights_cover(const char *scope, const char *institution)
{
    size_t len = strlen(scope);

    if (len == 0)
        return true;
    return strncmp(scope, institution, len) == 0 &&
           (institution[len] == '\0' || institution[len] == '/');
}

static bool is_now(const struct kunci_flow_grant *grant, int64_t now)
{
    return grant->from <= now && (grant->until == 0 || now < grant->until);
}

/* Nobody decides about his own request, nor in the place of whom it is about. */
static bool is_own_case(const struct kunci_request *request, enum role role, const char *person)
{
    const struct step *step = request_step(request);

    return step->actor == role && act_rules[step->act].decides && person &&
           strcmp(person, request->applicant) == 0;
}

/* Passphrase and token are the holder's alone, and nobody stands in for him. */
static enum kunci_rc check_applicant(const struct kunci_request *request, const char *person,
                                     struct kunci_err *err)
{
    if (strcmp(person, request->applicant) == 0)
        return KUNCI_OK;
    return err_set(err, KUNCI_FLOW_NO_RIGHT, request_step(request)->name,
                   _("it is the applicant's own"));
}

static enum kunci_rc lacks(const struct kunci_request *request, enum role role, bool elsewhere,
                           struct kunci_err *err)
{
    const char *step = request_step(request)->name;

    if (elsewhere)
        return err_set(err, KUNCI_FLOW_NO_RIGHT, step,
                       _("your role does not reach this institution, or not today"));
    return err_setf(err, KUNCI_FLOW_NO_RIGHT, step, _("it takes the role \"%s\""),
                    role_names[role]);
}

enum kunci_rc rights_check(const struct kunci_request *request, enum role role,
                           const struct kunci_flow_actor *actor, int64_t now, const char **of,
                           struct kunci_err *err)
{
    bool elsewhere = false;
    size_t i;

    *of = NULL;
    if (role == ROLE_PEMOHON)
        return check_applicant(request, actor->person, err);
    if (is_own_case(request, role, actor->person))
        return err_set(err, KUNCI_FLOW_NO_RIGHT, request_step(request)->name,
                       _("nobody decides about his own request"));
    for (i = 0; i < actor->grant_count; i++) {
        const struct kunci_flow_grant *grant = &actor->grants[i];

        if (strcmp(grant->role, role_names[role]) != 0 || is_own_case(request, role, grant->of))
            continue;
        if (rights_cover(grant->scope, request->institution) && is_now(grant, now)) {
            *of = grant->of;
            return KUNCI_OK;
        }
        elsewhere = true;
    }
    return lacks(request, role, elsewhere, err);
}

static bool is_one_of(const struct doer *doer, const char *person)
{
    return person && ((doer->person && strcmp(doer->person, person) == 0) ||
                      (doer->of && strcmp(doer->of, person) == 0));
}

enum kunci_rc rights_check_eyes(const struct kunci_request *request, const struct step *step,
                                const char *person, const char *of, struct kunci_err *err)
{
    unsigned i;

    for (i = 0; i < request->sop->step_count; i++)
        if (step->not_by & UINT64_C(1) << i &&
            (is_one_of(&request->doers[i], person) || is_one_of(&request->doers[i], of)))
            return err_set(err, KUNCI_FLOW_FOUR_EYES, step->name, request->sop->steps[i].name);
    return KUNCI_OK;
}
