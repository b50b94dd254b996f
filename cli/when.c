#include "cli/when.h"

#include "cli/words.h"

#include <stdio.h>
#include <time.h>

bool when_read(const char *text, int64_t *at)
{
    static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"};
    size_t i;

    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm parts = {.tm_mday = 1};
        const char *end = strptime(text, forms[i], &parts);

        if (end && !*end) {
            *at = timegm(&parts);
            return true;
        }
    }
    return false;
}

enum kunci_rc when_option(const struct command *command, enum option_id id, int64_t otherwise,
                          int64_t *at, struct kunci_err *err)
{
    const char *text = command->option[id];
    char name[32];

    *at = otherwise;
    if (!text || when_read(text, at))
        return KUNCI_OK;
    snprintf(name, sizeof name, "--%s", options[id].name);
    return fail(err, KUNCI_USAGE_VALUE, name, _("write it like 2026-11-21T02:37:36Z"));
}
