#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct buf *to, const void *bytes, size_t len)
{
    const unsigned char *in = bytes;
    char four[4];
    size_t i;

    for (i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t word = (uint32_t)in[i] << 16 | (uint32_t)(left > 1 ? in[i + 1] : 0) << 8 |
                        (uint32_t)(left > 2 ? in[i + 2] : 0);

        four[0] = digits[word >> 18];
        four[1] = digits[word >> 12 & 63];
        four[2] = (char)(left > 1 ? digits[word >> 6 & 63] : '=');
        four[3] = (char)(left > 2 ? digits[word & 63] : '=');
        buf_add(to, four, 4);
    }
}

/* -1 for what is no digit. */
static int value_of(char digit)
{
    const char *at = digit ? strchr(digits, digit) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* How many bytes the four stand for; 0: none. Bits that belong to no byte are 0. */
static size_t read_four(const char *four, unsigned char *to)
{
    size_t bytes = four[3] != '=' ? 3 : four[2] != '=' ? 2 : 1, i;
    uint32_t word = 0;

    for (i = 0; i < 4; i++) {
        int value = i <= bytes ? value_of(four[i]) : 0;

        if (value < 0)
            return 0;
        word = word << 6 | (uint32_t)value;
    }
    to[0] = (unsigned char)(word >> 16);
    to[1] = (unsigned char)(word >> 8);
    to[2] = (unsigned char)word;
    return (bytes < 3 && to[2]) || (bytes < 2 && to[1]) ? 0 : bytes;
}

bool base64_read(const char *text, size_t len, struct buf *to)
{
    size_t before = to->len, i, got = 3;
    unsigned char three[3];

    if (len % 4 != 0)
        return false;
    for (i = 0; i < len; i += 4) {
        got = got == 3 ? read_four(text + i, three) : 0; /* nothing follows padding */
        if (got == 0) {
            to->len = before;
            if (to->data)
                to->data[before] = '\0';
            return false;
        }
        buf_add(to, three, got);
    }
    return true;
}
