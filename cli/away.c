/* What is the authority's is done by kuncid, which alone holds the store's and the
 * server's libraries: kunci becomes it, with the same command line. */
#include "cli/command.h"
#include "cli/words.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum kunci_rc command_served(struct command *command, struct kunci_err *err)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 2);

    if (len < 0)
        return fail_system(err, KUNCI_FILE_READ, "/proc/self/exe", errno);
    path[len] = '\0';
    strcat(path, "d"); /* kunci and kuncid lie side by side */
    execv(path, command->line->argv);
    return fail_system(err, KUNCI_PROC_FAILED, path, errno);
}

const char *command_usual(const char *noun)
{
    (void)noun;
    return NULL;
}
