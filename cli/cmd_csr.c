/* kunci csr: requests for certificates. */
#include "cli/answer.h"
#include "cli/file.h"
#include "cli/words.h"

#include <stdlib.h>

/* No request comes near it. */
enum { FILE_LIMIT = 1 << 20 };

static enum kunci_rc make_signer(struct command *command, struct kunci_signer **signer,
                                 struct kunci_err *err)
{
    const char *name = command->option[OPT_ALG];
    enum kunci_alg alg = name ? kunci_alg_by_name(name) : KUNCI_ALG_NONE;
    struct kunci_token *token;
    struct kunci_key *key = NULL;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) != KUNCI_OK)
        return rc;
    if ((rc = kunci_key_find(token, command->option[OPT_KEY], &key, err)) == KUNCI_OK)
        rc = kunci_key_signer(key, alg, signer, err);
    kunci_key_free(&key);
    return rc;
}

enum kunci_rc cmd_csr_new(struct command *command, struct kunci_err *err)
{
    struct kunci_signer *signer = NULL;
    unsigned char *der = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    if ((rc = file_check_output(command, err)) == KUNCI_OK)
        rc = make_signer(command, &signer, err);
    if (rc == KUNCI_OK)
        rc = kunci_csr_new(signer, command->option[OPT_SUBJECT], &der, &len, err);
    if (rc == KUNCI_OK)
        rc = file_deliver(command, "CERTIFICATE REQUEST", der, len, err);
    kunci_signer_free(&signer);
    free(der);
    return rc;
}

enum kunci_rc cmd_csr_show(struct command *command, struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    unsigned char *der = NULL;
    size_t len = 0, der_len = 0;
    char *bytes = NULL;
    json_t *shown = NULL;
    enum kunci_rc rc;

    rc = file_read(command->argument, FILE_LIMIT, &bytes, &len, err);
    if (rc == KUNCI_OK)
        rc = kunci_csr_read(bytes, len, &der, &der_len, err);
    if (rc == KUNCI_OK)
        rc = kunci_csr_describe(der, der_len, &info, err);
    if (rc == KUNCI_OK && !(shown = answer_request(&info)))
        rc = fail_memory(err);
    if (rc == KUNCI_OK) {
        out_fields(&command->out, shown, answer_certificate_columns);
        rc = out_put(command->answer, "request", shown, err);
    }
    kunci_cert_info_clear(&info);
    free(der);
    free(bytes);
    return rc;
}
