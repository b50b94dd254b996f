#include "cli/counter.h"

#include "cli/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static enum kunci_rc ask_password(struct command *command, struct kunci_secret **out,
                                  struct kunci_err *err)
{
    const char *file = command->option[OPT_PASSWORD_FILE], *fd = command->option[OPT_PASSWORD_FD];
    char name[200], prompt[300];

    if (file && fd)
        return fail(err, KUNCI_USAGE_VALUE, "--password-fd", _("--password-file is given too"));
    if (fd && opt_number(fd, INT_MAX) < 0)
        return fail(err, KUNCI_USAGE_VALUE, "--password-fd",
                    _("it must be the number of a descriptor"));
    if (fd)
        return kunci_secret_from_fd((int)opt_number(fd, INT_MAX), out, err);
    if (file)
        return kunci_secret_from_file(file, out, err);
    words_printable(name, sizeof name, command->option[OPT_ACCOUNT]);
    snprintf(prompt, sizeof prompt, _("Password of the account %s: "), name);
    return kunci_secret_from_terminal(prompt, out, err);
}

enum kunci_rc counter_open(struct command *command, struct counter *out, struct kunci_err *err)
{
    const struct kunci_ams_options how = {
        .url = command->config.authority.url,
        .ca = command->config.authority.ca,
    };
    enum kunci_rc rc = kunci_ams_open(&how, &out->ams, err);

    if (rc == KUNCI_OK && command->option[OPT_ACCOUNT])
        rc = ask_password(command, &out->password, err);
    return rc;
}

enum kunci_rc counter_login(struct command *command, struct counter *counter, bool by_token,
                            struct kunci_err *err)
{
    const struct kunci_ams_login login = {
        .account = command->option[OPT_ACCOUNT],
        .password = counter->password,
    };
    enum kunci_rc rc;

    if (login.account && !by_token)
        return kunci_ams_login(counter->ams, &login, err);
    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &counter->token, err)) != KUNCI_OK)
        return rc;
    return kunci_enrol_login(counter->ams, counter->token, command->option[OPT_CERT],
                             &counter->cert, &counter->signer, err);
}

void counter_close(struct counter *counter)
{
    kunci_ams_free(&counter->ams);
    kunci_signer_free(&counter->signer);
    kunci_cert_free(&counter->cert);
    kunci_secret_free(&counter->password);
}

enum kunci_rc counter_read(const char *text, json_t **out, struct kunci_err *err)
{
    *out = json_loads(text, 0, NULL);
    return *out ? KUNCI_OK : fail_memory(err);
}

enum kunci_rc counter_get(struct counter *counter, const char *path, json_t **out,
                          struct kunci_err *err)
{
    char *text = NULL;
    enum kunci_rc rc = kunci_ams_get(counter->ams, path, &text, err);

    *out = NULL;
    if (rc == KUNCI_OK)
        rc = counter_read(text, out, err);
    free(text);
    return rc;
}
