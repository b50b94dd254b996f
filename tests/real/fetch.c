/* fetch URL: what the server answers, on standard output; else why not. */
#include "net/fetch.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    const struct fetch fetch = {
        .url = argc > 1 ? argv[1] : "", .timeout_ms = 10000, .largest = 64 << 20};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf answer = {0};
    enum kunci_rc rc = fetch_get(&fetch, &answer, &err);

    if (rc == KUNCI_OK)
        fwrite(answer.data, 1, answer.len, stdout);
    else
        fprintf(stderr, "%s: %s\n", kunci_err_name(rc), err.detail);
    buf_clear(&answer);
    return kunci_err_exit(rc);
}
