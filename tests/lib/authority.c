#include "lib/authority.h"

#include "trust/tsa_reply.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char authority_script[PATH_MAX];
static char folder[] = "/tmp/kunci-authority-XXXXXX";

static void shell(const char *line)
{
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        abort();
    }
}

int authority_up(void **state)
{
    char here[PATH_MAX - 32], line[PATH_MAX + 8];

    (void)state;
    if (!getcwd(here, sizeof here) || !mkdtemp(folder) || chdir(folder) != 0)
        return -1;
    snprintf(authority_script, sizeof authority_script, "%s/tests/lib/tsa.sh", here);
    snprintf(line, sizeof line, "%s up", authority_script);
    shell(line);
    return 0;
}

int authority_down(void **state)
{
    char line[sizeof folder + 16];

    (void)state;
    snprintf(line, sizeof line, "rm -rf %s", folder);
    shell(line);
    return 0;
}

unsigned char *authority_reply(const char *section, const unsigned char *query, size_t query_len,
                               size_t *len)
{
    char line[PATH_MAX + 64];
    unsigned char *reply = malloc(1 << 16);
    FILE *file = fopen("query", "wb");

    if (!reply || !file || fwrite(query, 1, query_len, file) != query_len || fclose(file) != 0)
        abort();
    snprintf(line, sizeof line, "%s reply %s <query >reply", authority_script, section);
    shell(line);
    file = fopen("reply", "rb");
    if (!file)
        abort();
    *len = fread(reply, 1, 1 << 16, file);
    fclose(file);
    return reply;
}

enum kunci_rc authority_stamp(void *context, const unsigned char *bytes, size_t len,
                              unsigned char **token, size_t *token_len, struct kunci_err *err)
{
    FILE *file = fopen("stamped", "wb");
    unsigned char *query, *reply;
    size_t query_len, reply_len;
    enum kunci_rc rc;

    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        abort();
    shell("openssl ts -query -data stamped -sha256 -cert -out asked >/dev/null 2>&1");
    query = malloc(1 << 12);
    file = fopen("asked", "rb");
    if (!query || !file)
        abort();
    query_len = fread(query, 1, 1 << 12, file);
    fclose(file);
    reply = authority_reply(context, query, query_len, &reply_len);
    rc = tsa_reply_read(reply, reply_len, token, token_len, err);
    free(query);
    free(reply);
    return rc;
}
