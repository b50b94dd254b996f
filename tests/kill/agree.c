/* Looks whether request, store, journal, token and audit trail of a lab agree after a
 * renewal, and prints what does not.
 *
 *   agree LAB ACCOUNT TOKEN PIN-FILE [whole]
 *
 * Without "whole" the renewal may be anywhere on its way; then there are one certificate
 * for it at most, and a working pair at least. */
#include "kill/agree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wrong(struct agree *agree, const char *format, ...)
{
    va_list args;

    agree->faults++;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

void failed(struct agree *agree, const char *what, const struct kunci_err *err)
{
    char sentence[600];

    wrong(agree, "%s: %s", what, kunci_err_sentence(err, sentence, sizeof sentence));
}

int main(int argc, char **argv)
{
    struct agree agree = {.lab = argc > 1 ? argv[1] : NULL};
    bool whole = argc > 5 && strcmp(argv[5], "whole") == 0;

    if (argc < 5)
        return 2;
    agree_store(&agree, argv[2], whole);
    agree_token(&agree, argv[3], argv[4], whole);
    if (whole)
        agree_journal(&agree);
    free(agree.der.data);
    free(agree.old_der.data);
    return agree.faults ? 1 : 0;
}
