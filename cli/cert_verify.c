/* kunci cert verify: a certificate judged. */
#include "cli/answer.h"
#include "cli/certs.h"
#include "cli/trust.h"
#include "cli/when.h"
#include "cli/words.h"

#include <stdlib.h>

/* The judgement is the answer; what does not pass is told by the exit code. */
static enum kunci_rc show(struct command *command, const struct kunci_path *path, int64_t at,
                          struct kunci_err *err)
{
    json_t *judged = trust_judgement(path->indication, path->reason, path->detail),
           *steps = trust_steps(path);
    enum kunci_rc rc;

    command->exit_code = path->indication == KUNCI_PASSED ? 0 : 1;
    if ((rc = out_put(judged, "at", answer_time(at), err)) != KUNCI_OK)
        goto out;
    out_fields(&command->out, judged, trust_judgement_columns);
    out_printf(&command->out, "\n");
    out_table(&command->out, steps, trust_step_columns);
    if ((rc = out_put(judged, "path", json_incref(steps), err)) == KUNCI_OK &&
        json_object_update(command->answer, judged) != 0)
        rc = fail_memory(err);
out:
    json_decref(judged);
    json_decref(steps);
    return rc;
}

static enum kunci_rc judge(struct command *command, const struct certs_der *der,
                           struct kunci_err *err)
{
    struct kunci_path_request request = {.cert = {der->bytes, der->len}, .now = kunci_now()};
    struct kunci_trust *trust = NULL;
    struct kunci_path *path = NULL;
    enum kunci_rc rc;

    if ((rc = when_option(command, OPT_AT, request.now, &request.at, err)) != KUNCI_OK ||
        (rc = trust_open(command, &trust, err)) != KUNCI_OK)
        return rc;
    out_working(&command->out, _("Asking about revocations ..."));
    rc = kunci_path_check(trust, &request, &path, err);
    out_done(&command->out);
    if (rc == KUNCI_OK)
        rc = show(command, path, request.at, err);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    return rc;
}

enum kunci_rc cmd_cert_verify(struct command *command, struct kunci_err *err)
{
    struct certs_der der = {NULL, 0};
    enum kunci_rc rc = certs_chosen(command, &der, err);

    if (rc == KUNCI_OK)
        rc = judge(command, &der, err);
    free(der.bytes);
    return rc;
}
