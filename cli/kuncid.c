/* kuncid: the authority. Its part of the command line; main() is the same as kunci's. */
#include "cli/kuncid.h"
#include "cli/words.h"

#include <string.h>

static const struct {
    const char *noun, *verb;
    command_run *run;
} served[] = {
    {"ams", "init", kuncid_init},
    {"ams", "ca", kuncid_ca},
    {"ams", "serve", kuncid_serve},
    {"ams", "user", kuncid_user},
    {"ams", "backup", kuncid_backup},
    {"audit", "show", kuncid_audit_show},
    {"audit", "verify", kuncid_audit_verify},
    {"audit", "export", kuncid_audit_export},
    {NULL, NULL, NULL},
};

enum kunci_rc command_served(struct command *command, struct kunci_err *err)
{
    size_t i;

    for (i = 0; served[i].noun; i++)
        if (strcmp(served[i].noun, command->verb->noun) == 0 &&
            strcmp(served[i].verb, command->verb->verb) == 0)
            return served[i].run(command, err);
    return fail(err, KUNCI_USAGE_COMMAND, command->verb->noun, NULL);
}

const char *command_usual(const char *noun)
{
    return strcmp(noun, "ams") == 0 ? "serve" : NULL;
}
