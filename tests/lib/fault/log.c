#include "lib/fault/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* In one write, so that lines of several processes do not mix; opened each time, for a
 * program may close all files that it does not know. */
void log_line(unsigned long nth, const char *name, const char *what, const char *who)
{
    const char *path = secure_getenv("KUNCI_FAULT_LOG");
    char line[128];
    int fd, length;

    if (!path || !path[0])
        return;
    length = snprintf(line, sizeof line, "%lu %s %s%s%s\n", nth, name, what, who ? " " : "",
                      who ? who : "");
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, line, (size_t)length) != length)
        fprintf(stderr, "kunci-fault-module: %s cannot be written\n", path);
    close(fd);
}
