#include "cli/command.h"

#include "cli/pins.h"

enum kunci_rc command_modules(struct command *command, struct kunci_modules **modules,
                              struct kunci_err *err)
{
    struct kunci_pin_source source = pins_source(command->option);
    const char *path = command->option[OPT_MODULE];
    enum kunci_rc rc = KUNCI_OK;

    if (!path)
        path = command->config.module;
    if (!command->modules)
        rc = kunci_modules_open(path, &source, &command->modules, err);
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
