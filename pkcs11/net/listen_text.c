#include "net/listen_text.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* How many bytes the character has; 0 where it is none that may stand there. The shortest
 * form only, no surrogates, nothing beyond U+10FFFF, and no C1 control either. */
static size_t character(const unsigned char *p)
{
    static const struct {
        unsigned char from, to, low, high; /* the first byte; the second's bounds */
        size_t len;
    } forms[] = {
        {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    size_t i, at;

    if (*p < 0x80)
        return *p >= 0x20 && *p != 0x7f;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (*p < forms[i].from || *p > forms[i].to)
            continue;
        if (p[1] < forms[i].low || p[1] > forms[i].high)
            return 0;
        for (at = 2; at < forms[i].len; at++)
            if (p[at] < 0x80 || p[at] > 0xbf)
                return 0;
        return forms[i].len;
    }
    return 0;
}

bool listen_text_undo(char *text)
{
    const char *from = text;
    char *to = text;
    size_t len;

    while (*from) {
        if (*from != '%') {
            *to++ = *from++;
            continue;
        }
        if (digit(from[1]) < 0 || digit(from[2]) < 0)
            return false;
        *to = (char)(digit(from[1]) << 4 | digit(from[2]));
        if (!*to++)
            return false;
        from += 3;
    }
    *to = '\0';
    for (to = text; *to; to += len)
        if ((len = character((const unsigned char *)to)) == 0)
            return false;
    return true;
}

bool listen_text_length(const char *text, uint64_t *length)
{
    size_t len = strspn(text, "0123456789"), i;

    *length = 0;
    for (i = 0; i < len; i++)
        *length = *length * 10 + (uint64_t)(text[i] - '0');
    return len > 0 && len <= 18 && !text[len];
}
