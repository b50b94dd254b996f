#include "lib/authority.h"

#include "lib/place.h"
#include "trust/tsa_reply.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

char authority_script[PATH_MAX];

int authority_up(void **state)
{
    (void)state;
    snprintf(authority_script, sizeof authority_script, "%s/tests/lib/tsa.sh", place_up());
    place_shell("%s up", authority_script);
    return 0;
}

unsigned char *authority_reply(const char *section, const unsigned char *query, size_t query_len,
                               size_t *len)
{
    FILE *file = fopen("query", "wb");

    if (!file || fwrite(query, 1, query_len, file) != query_len || fclose(file) != 0)
        abort();
    place_shell("%s reply %s <query >reply", authority_script, section);
    return place_file("reply", len);
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
    place_shell("openssl ts -query -data stamped -sha256 -cert -out asked >/dev/null 2>&1");
    query = place_file("asked", &query_len);
    reply = authority_reply(context, query, query_len, &reply_len);
    rc = tsa_reply_read(reply, reply_len, token, token_len, err);
    free(query);
    free(reply);
    return rc;
}
