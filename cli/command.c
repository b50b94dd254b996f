#include "cli/command.h"

#include "cli/pins.h"

enum kunci_rc command_modules(struct command *command, struct kunci_modules **modules,
                              struct kunci_err *err)
{
    const struct kunci_config *config = &command->config;
    const struct kunci_modules_options how = {
        .path = command->option[OPT_MODULE] ? command->option[OPT_MODULE] : config->module,
        .isolation = command->option[OPT_IN_PROCESS] ? KUNCI_ISOLATION_NONE : KUNCI_ISOLATION_USUAL,
        .settings = config->modules,
        .setting_count = config->module_count,
        .source = pins_source(command->option),
    };
    enum kunci_rc rc = KUNCI_OK;

    if (!command->modules)
        rc = kunci_modules_open(&how, &command->modules, err);
    *modules = command->modules;
    return rc;
}

enum kunci_rc command_token(struct command *command, enum kunci_blank blank,
                            struct kunci_token **token, struct kunci_err *err)
{
    struct kunci_modules *modules;
    enum kunci_rc rc = command_modules(command, &modules, err);

    *token = NULL;
    if (rc != KUNCI_OK)
        return rc;
    return kunci_token_find(modules, command->option[OPT_TOKEN], blank, token, err);
}

enum kunci_rc command_signer(struct command *command, struct kunci_token *token,
                             struct kunci_signer **signer, struct kunci_err *err)
{
    const char *name = command->option[OPT_ALG];
    enum kunci_alg alg = name ? kunci_alg_by_name(name) : KUNCI_ALG_NONE;
    struct kunci_key *key = NULL;
    enum kunci_rc rc = kunci_key_find(token, command->option[OPT_KEY], &key, err);

    if (rc == KUNCI_OK)
        rc = kunci_key_signer(key, alg, signer, err);
    kunci_key_free(&key);
    return rc;
}
