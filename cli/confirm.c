#include "cli/confirm.h"

#include "cli/words.h"

#include <stdarg.h>
#include <stdio.h>

/* Whether the line begins with the y of "yes" and of "ya". */
static bool says_yes(FILE *terminal)
{
    char line[64];

    return fgets(line, sizeof line, terminal) && (line[0] == 'y' || line[0] == 'Y');
}

enum kunci_rc confirm(const struct command *command, struct kunci_err *err, const char *format, ...)
{
    char name[48], about[64];
    FILE *terminal;
    va_list args;
    bool yes;

    if (command->option[OPT_YES])
        return KUNCI_OK;
    terminal = fopen("/dev/tty", "r+e");
    if (!terminal) {
        table_spell(command->verb, name, sizeof name);
        snprintf(about, sizeof about, "kunci %s", name);
        return fail(err, KUNCI_CONFIRM_NEEDED, about, NULL);
    }
    va_start(args, format);
    vfprintf(terminal, format, args);
    va_end(args);
    fprintf(terminal, "\n%s ", _("Go on? [y/N]"));
    fflush(terminal);
    yes = says_yes(terminal);
    fclose(terminal);
    return yes ? KUNCI_OK : fail(err, KUNCI_DECLINED, NULL, NULL);
}
