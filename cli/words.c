#include "cli/words.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* The tables of characters are large, and most texts need none of them. The program's own
 * locale stays as it is: threads that sign are using it. */
static locale_t characters(void)
{
    static locale_t loaded;

    if (!loaded)
        loaded = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return loaded;
}

/* No marks that turn the direction of writing: a name could be made to read as another
 * one. The library's own texts have none either (base/text.c). */
static bool turns(wchar_t character)
{
    return (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
           character == 0x200f || character == 0x61c;
}

size_t words_next(const char *text, int *columns)
{
    unsigned char first = (unsigned char)*text;
    mbstate_t state = {0};
    locale_t before;
    wchar_t character;
    size_t len;

    *columns = first < 0x20 || first == 0x7f ? -1 : 1;
    if (first < 0x80)
        return first != '\0';
    before = uselocale(characters());
    len = mbrtowc(&character, text, strlen(text), &state);
    *columns = len > MB_LEN_MAX || turns(character) ? -1 : wcwidth(character);
    uselocale(before);
    return len > MB_LEN_MAX ? 1 : len;
}

void words_printable(char *to, size_t size, const char *from)
{
    size_t used = 0, len;
    int columns;

    for (; (len = words_next(from, &columns)) != 0; from += len) {
        bool good = columns >= 0;

        if (used + (good ? len : 1) >= size)
            break;
        if (good)
            memcpy(to + used, from, len);
        else
            to[used] = '?';
        used += good ? len : 1;
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
