#include "lib/signatures.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/kunci-signatures-XXXXXX";

void signatures_shell(const char *line)
{
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        abort();
    }
}

int signatures_up(void **state)
{
    char script[PATH_MAX + 64], here[PATH_MAX];

    (void)state;
    if (!getcwd(here, sizeof here) || !mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    snprintf(script, sizeof script, "%s/tests/lib/signatures.sh >log 2>&1 || { cat log; exit 1; }",
             here);
    signatures_shell(script);
    return 0;
}

int signatures_down(void **state)
{
    char line[sizeof folder + 16];

    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", folder);
    signatures_shell(line);
    return 0;
}

unsigned char *signatures_file(const char *name, size_t *len)
{
    FILE *file = fopen(name, "rb");
    unsigned char *bytes = malloc((size_t)1 << 22);

    if (!file || !bytes) {
        perror(name);
        abort();
    }
    *len = fread(bytes, 1, (size_t)1 << 22, file);
    fclose(file);
    return realloc(bytes, *len + 1);
}
