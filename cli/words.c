#include "cli/words.h"

#include <limits.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>
#include <wctype.h>

/* The tables of characters are large, and most texts need none of them. */
static void load_characters(void)
{
    static bool loaded;

    if (!loaded)
        setlocale(LC_CTYPE, "C.UTF-8");
    loaded = true;
}

size_t words_next(const char *text, wchar_t *character)
{
    mbstate_t state = {0};
    size_t len;

    *character = (unsigned char)*text;
    if ((unsigned char)*text < 0x80)
        return *text != '\0';
    load_characters();
    len = mbrtowc(character, text, strlen(text), &state);
    if (len <= MB_LEN_MAX)
        return len;
    *character = L'\0';
    return 1;
}

/* No marks that turn the direction of writing: a name could be made to read as another
 * one. The library's own texts have none either (base/text.c). */
static bool turns(wchar_t character)
{
    return (character >= 0x202a && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
           character == 0x200f || character == 0x61c;
}

void words_printable(char *to, size_t size, const char *from)
{
    size_t used = 0, len;
    wchar_t character;

    for (; (len = words_next(from, &character)) != 0; from += len) {
        bool good = iswprint((wint_t)character) && !turns(character);

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
