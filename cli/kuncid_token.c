/* The token with the authority's keys, and who is asked for its PIN. */
#include "cli/kuncid.h"
#include "cli/words.h"

enum kunci_rc kuncid_settings(const struct command *command, const struct kunci_config_ams **out,
                              struct kunci_err *err)
{
    *out = &command->config.ams;
    return (*out)->store ? KUNCI_OK : fail(err, KUNCI_AMS_UNSET, "ams", NULL);
}

enum kunci_rc kuncid_token(struct command *command, struct kunci_token **out, struct kunci_err *err)
{
    const struct kunci_config_ams *ams;
    enum kunci_rc rc = kuncid_settings(command, &ams, err);

    if (rc != KUNCI_OK)
        return rc;
    if (!command->option[OPT_TOKEN])
        command->option[OPT_TOKEN] = ams->token;
    if (!command->option[OPT_PIN_FILE] && !command->option[OPT_PIN_FD])
        command->option[OPT_PIN_FILE] = ams->pin_file;
    return command_token(command, KUNCI_BLANK_NEVER, out, err);
}
