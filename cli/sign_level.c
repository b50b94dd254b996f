#include "cli/sign_level.h"

#include "cli/sign_plan.h"
#include "cli/words.h"

#include <stdlib.h>
#include <strings.h>

static enum kunci_rc check(const struct command *command, const char *level,
                           const char *const *given, struct kunci_err *err)
{
    const char *by = level ? "--level" : "--tsa";

    if (sign_is_raw(command))
        return fail(err, KUNCI_USAGE_VALUE, by, _("a bare signature holds no timestamp"));
    for (; *given; given++)
        if (strncasecmp(*given, "http://", 7) != 0 && strncasecmp(*given, "https://", 8) != 0)
            return fail(err, KUNCI_USAGE_VALUE, "--tsa", _("it begins with http:// or https://"));
    return KUNCI_OK;
}

enum kunci_rc sign_level(const struct command *command, const char ***urls, struct kunci_err *err)
{
    const char *given[MORE_MAX + 2], *level = command->option[OPT_LEVEL];
    char *const *set = command->config.tsa;
    size_t count = 0, i;

    *urls = NULL;
    opt_all(command->line, OPT_TSA, given);
    if (level && strcasecmp(level, "b") == 0)
        return *given ? fail(err, KUNCI_USAGE_VALUE, "--tsa", _("level b has no timestamp"))
                      : KUNCI_OK;
    if (!level && !*given)
        return KUNCI_OK;
    if (check(command, level, given, err) != KUNCI_OK)
        return err->rc;
    while (set && set[count])
        count++;
    if (!*given && !count)
        return fail(err, KUNCI_TIMESTAMP_NOWHERE, NULL, NULL);
    if (!(*urls = calloc(MORE_MAX + 2 + count, sizeof **urls)))
        return fail_memory(err);
    for (i = 0; given[i]; i++)
        (*urls)[i] = given[i];
    while (count--)
        (*urls)[i + count] = set[count];
    return KUNCI_OK;
}
