/* kunci csr: requests for certificates. */
#include "cli/answer.h"
#include "cli/certs.h"
#include "cli/file.h"
#include "cli/words.h"

#include <stdlib.h>

/* What the options ask for; like is to be freed. */
static enum kunci_rc make_request(struct command *command, struct kunci_signer *signer,
                                  struct certs_der *out, struct kunci_err *err)
{
    const char *names[MORE_MAX + 2], *usages[MORE_MAX + 2], *extensions[MORE_MAX + 2];
    struct kunci_csr_options wanted = {.subject = command->option[OPT_SUBJECT],
                                       .names = names,
                                       .usages = usages,
                                       .extensions = extensions};
    struct certs_der like = {NULL, 0};
    enum kunci_rc rc = KUNCI_OK;

    opt_all(command->line, OPT_SAN, names);
    opt_all(command->line, OPT_USAGE, usages);
    opt_all(command->line, OPT_EXTENSION, extensions);
    if (command->option[OPT_LIKE])
        rc = certs_named(command, command->option[OPT_LIKE], &like, err);
    wanted.like = like.bytes;
    wanted.like_len = like.len;
    if (rc == KUNCI_OK)
        rc = kunci_csr_new(signer, &wanted, &out->bytes, &out->len, err);
    free(like.bytes);
    return rc;
}

enum kunci_rc cmd_csr_new(struct command *command, struct kunci_err *err)
{
    struct kunci_signer *signer = NULL;
    struct certs_der der = {NULL, 0};
    struct kunci_token *token;
    enum kunci_rc rc;

    if (!command->option[OPT_SUBJECT] && !command->option[OPT_LIKE])
        return fail(err, KUNCI_USAGE_MISSING, _("--subject or --like"), NULL);
    if ((rc = file_check_output(command, err)) == KUNCI_OK &&
        (rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) == KUNCI_OK)
        rc = command_signer(command, token, &signer, err);
    if (rc == KUNCI_OK)
        rc = make_request(command, signer, &der, err);
    if (rc == KUNCI_OK)
        rc = file_deliver(command, "CERTIFICATE REQUEST", der.bytes, der.len, err);
    kunci_signer_free(&signer);
    free(der.bytes);
    return rc;
}

/* What it says, and what rules it breaks. */
static enum kunci_rc request_json(const struct certs_der *der, json_t **out, struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    struct kunci_lint lint = {.count = 0};
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = kunci_csr_describe(der->bytes, der->len, &info, err)) == KUNCI_OK &&
        (rc = kunci_csr_lint(der->bytes, der->len, &lint, err)) == KUNCI_OK) {
        *out = answer_request(&info);
        rc = *out ? out_put(*out, "findings", answer_findings(&lint), err) : fail_memory(err);
    }
    if (rc != KUNCI_OK) {
        json_decref(*out);
        *out = NULL;
    }
    kunci_lint_clear(&lint);
    kunci_cert_info_clear(&info);
    return rc;
}

enum kunci_rc cmd_csr_show(struct command *command, struct kunci_err *err)
{
    struct certs_der der = {NULL, 0};
    json_t *shown = NULL, *findings;
    char *bytes = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    if ((rc = file_read(command->argument, CERTS_FILE_MAX, &bytes, &len, err)) == KUNCI_OK &&
        (rc = kunci_csr_read(bytes, len, &der.bytes, &der.len, err)) == KUNCI_OK)
        rc = request_json(&der, &shown, err);
    if (rc == KUNCI_OK) {
        answer_show(&command->out, shown);
        findings = json_object_get(shown, "findings");
        if (json_array_size(findings)) {
            out_printf(&command->out, "\n");
            answer_show_findings(&command->out, findings);
        }
        rc = out_put(command->answer, "request", shown, err);
    }
    free(der.bytes);
    free(bytes);
    return rc;
}
