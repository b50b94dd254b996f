#include "cli/words.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

void words_printable(char *to, size_t size, const char *from)
{
    size_t left = strlen(from), used = 0;
    mbstate_t state = {0};

    while (left) {
        wchar_t character;
        size_t len = mbrtowc(&character, from, left, &state);
        bool good = len <= left && iswprint((wint_t)character);

        if (len > left) {
            len = 1;
            state = (mbstate_t){0};
        }
        if (used + (good ? len : 1) >= size)
            break;
        if (good)
            memcpy(to + used, from, len);
        else
            to[used] = '?';
        used += good ? len : 1;
        from += len;
        left -= len;
    }
    to[used] = '\0';
}

enum kunci_rc fail(struct kunci_err *err, enum kunci_rc rc, const char *about, const char *detail)
{
    if (err->rc != KUNCI_OK)
        return err->rc;
    err->rc = rc;
    if (about)
        words_printable(err->about, sizeof err->about, about);
    if (detail)
        words_printable(err->detail, sizeof err->detail, detail);
    return rc;
}

enum kunci_rc fail_system(struct kunci_err *err, enum kunci_rc rc, const char *about, int errnum)
{
    char said[128];

    return fail(err, rc, about, strerror_r(errnum, said, sizeof said));
}

enum kunci_rc fail_memory(struct kunci_err *err)
{
    return fail(err, KUNCI_NO_MEMORY, NULL, NULL);
}
