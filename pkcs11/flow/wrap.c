#include "flow/wrap.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The character at the start of a text that is good UTF-8. */
static uint32_t decode(const char *text, size_t left, size_t *len)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned char first = (unsigned char)*text;
    uint32_t code;
    size_t i;

    *len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (*len > left)
        *len = left;
    code = first & mask[*len];
    for (i = 1; i < *len; i++)
        code = code << 6 | ((unsigned char)text[i] & 0x3f);
    return code;
}

static bool between(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

/* Letters of East Asia and pictures take two columns, marks upon letters none. */
static int columns_of(uint32_t code)
{
    if (between(code, 0x300, 0x36f) || between(code, 0x200b, 0x200d) ||
        between(code, 0xfe00, 0xfe0f) || between(code, 0x20d0, 0x20ff))
        return 0;
    return between(code, 0x1100, 0x115f) || between(code, 0x2e80, 0xa4cf) ||
                   between(code, 0xac00, 0xd7a3) || between(code, 0xf900, 0xfaff) ||
                   between(code, 0xfe30, 0xfe6f) || between(code, 0xff00, 0xff60) ||
                   between(code, 0x1f300, 0x1faff) || between(code, 0x20000, 0x3fffd)
               ? 2
               : 1;
}

int wrap_columns(const char *text, size_t len)
{
    size_t i, n;
    int width = 0;

    for (i = 0; i < len; i += n)
        width += columns_of(decode(text + i, len - i, &n));
    return width;
}

/* Of Helvetica and the fonts made like it, and a little more. */
static int hundredths_of(uint32_t code)
{
    if (code < 0x80 && strchr("ijl.,:;'|!/ ", (int)code))
        return 30;
    if (code < 0x80 && strchr("ftrI()[]-", (int)code))
        return 36;
    if (code < 0x80 && strchr("mwMW@%", (int)code))
        return 92;
    if (between(code, 'A', 'Z'))
        return 74;
    return code < 0x2e80 ? 58 : columns_of(code) * 55;
}

int wrap_sans(const char *text, size_t len)
{
    size_t i, n;
    int width = 0;

    for (i = 0; i < len; i += n)
        width += hundredths_of(decode(text + i, len - i, &n));
    return width;
}

/* No line has more bytes, however long a hostile word is. */
static size_t limit(int width)
{
    return 16 * ((size_t)width + 1);
}

/* As much of a word as fits, and at least one character. */
static const char *part(const char *word, size_t len, int width, wrap_measure *measure)
{
    size_t used = 0, n;

    decode(word, len, &used);
    for (; used < len; used += n) {
        decode(word + used, len - used, &n);
        if (measure(word, used + n) > width)
            break;
    }
    return word + used;
}

static size_t word_len(const char *text, size_t most)
{
    size_t len = 0;

    while (len < most && text[len] && text[len] != ' ' && text[len] != '\n')
        len++;
    return len;
}

const char *wrap_next(const char **text, int width, wrap_measure *measure, size_t *len)
{
    const char *line = *text + strspn(*text, " \n"), *end = line, *word = line;

    if (!*line)
        return NULL;
    do {
        const char *behind = word + word_len(word, limit(width));

        if ((size_t)(behind - line) >= limit(width) ||
            measure(line, (size_t)(behind - line)) > width)
            break;
        end = behind;
        word = end + strspn(end, " ");
    } while (*word && *word != '\n');
    if (end == line)
        end = part(line, word_len(line, limit(width)), width, measure);
    *len = (size_t)(end - line);
    *text = end;
    return line;
}

void wrap_clean(struct buf *to, const char *text)
{
    char *clean = malloc(strlen(text) + 1);

    if (!clean)
        to->failed = true;
    while (clean && *text) {
        size_t line = strcspn(text, "\n");

        text_printable(clean, line + 1, text, line);
        buf_text(to, clean);
        text += line + (text[line] == '\n');
        if (*text)
            buf_text(to, "\n");
    }
    free(clean);
}
