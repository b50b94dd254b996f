#include "base/text.h"

#include <dlfcn.h>
#include <kunci/config.h>
#include <libintl.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN "kunci"

static char library_dir[4096];

static void find_library_dir(void)
{
    Dl_info info;
    char *slash;

    /* A function of ours, so that the answer is this library and no other. */
    if (!dladdr((void *)find_library_dir, &info) || !info.dli_fname ||
        !realpath(info.dli_fname, library_dir)) {
        library_dir[0] = '\0';
        return;
    }
    slash = strrchr(library_dir, '/');
    if (slash)
        *slash = '\0';
    /* kuncid holds the library itself; what belongs to it lies where it would be. */
    slash = strrchr(library_dir, '/');
    if (slash && strcmp(slash, "/bin") == 0)
        memcpy(slash, "/lib", sizeof "/lib");
}

const char *text_library_dir(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_library_dir);
    return library_dir;
}

bool kunci_share_path(const char *kind, char *to, size_t size)
{
    int len = snprintf(to, size, "%s/../share/kunci/%s", text_library_dir(), kind);

    return len > 0 && (size_t)len < size;
}

static void bind_messages(void)
{
    char dir[sizeof library_dir + 32];

    snprintf(dir, sizeof dir, "%s/../share/locale", text_library_dir());
    bindtextdomain(DOMAIN, dir);
    bind_textdomain_codeset(DOMAIN, "UTF-8");
}

static void bind_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, bind_messages);
}

const char *text_translate(const char *sentence)
{
    bind_once();
    return dgettext(DOMAIN, sentence);
}

/* The first of the variables that people set, in the order the C library has. */
static const char *language_of_environment(void)
{
    static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return strncmp(value, "id", 2) == 0 ? "id" : "en";
    }
    return "en";
}

static const char *language; /* NULL: nobody has chosen one */

const char *text_language(void)
{
    return language ? language : language_of_environment();
}

const char *kunci_lang_set(const char *lang)
{
    if (!lang)
        lang = language_of_environment();
    language = lang = strcmp(lang, "id") == 0 ? "id" : "en";

    /* C.UTF-8 is there on every machine, whatever locales were generated, and
     * with it LANGUAGE alone decides which messages are shown. Of characters,
     * dates and all else nothing is asked of it, and loading that would take time. */
    setlocale(LC_MESSAGES, strcmp(lang, "en") == 0 ? "C" : "C.UTF-8"); /* as in the source */
    setenv("LANGUAGE", lang, 1);
    bind_once(); /* the program's own words are in the same catalogue */
    return lang;
}

/* The length of the printable UTF-8 character at p, 0 where there is none. */
static size_t character(const unsigned char *p, size_t left)
{
    unsigned code, least;
    size_t len, i;

    if (p[0] < 0x80)
        return p[0] >= 0x20 && p[0] != 0x7f;
    if (p[0] >= 0xc2 && p[0] < 0xe0)
        len = 2, code = p[0] & 0x1f, least = 0xa0; /* past the C1 controls */
    else if (p[0] >= 0xe0 && p[0] < 0xf0)
        len = 3, code = p[0] & 0x0f, least = 0x800;
    else if (p[0] >= 0xf0 && p[0] < 0xf5)
        len = 4, code = p[0] & 0x07, least = 0x10000;
    else
        return 0;
    if (left < len)
        return 0;
    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    /* No marks that turn the direction of writing: a name could be made to
     * read as another one. */
    if ((code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
        code == 0x2028 || code == 0x2029 || code == 0x200e || code == 0x200f || code == 0x61c)
        return 0;
    return len;
}

void text_printable(char *to, size_t size, const void *from, size_t len)
{
    const unsigned char *p = from;
    size_t used = 0, i = 0;

    while (i < len) {
        size_t n = character(p + i, len - i);

        if (used + (n ? n : 1) >= size)
            break;
        if (n)
            memcpy(to + used, p + i, n);
        else
            to[used] = '?';
        used += n ? n : 1;
        i += n ? n : 1;
    }
    if (size)
        to[used] = '\0';
}

void text_padded(char *to, size_t size, const unsigned char *from, size_t len)
{
    while (len && (from[len - 1] == ' ' || from[len - 1] == '\0'))
        len--;
    text_printable(to, size, from, len);
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t len = strnlen(from, size);

    if (len == size)
        do
            len--;
        while (len && ((unsigned char)from[len] & 0xc0) == 0x80);
    memcpy(to, from, len);
    to[len] = '\0';
}

void text_hex(char *to, const unsigned char *from, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t i;

    for (i = 0; i < len; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    to[2 * len] = '\0';
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool text_unhex(const char *from, unsigned char *to, size_t size, size_t *len)
{
    size_t i, n = strlen(from);

    if (n % 2 || n / 2 > size)
        return false;
    for (i = 0; i < n / 2; i++) {
        int high = digit(from[2 * i]), low = digit(from[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        to[i] = (unsigned char)(high << 4 | low);
    }
    *len = n / 2;
    return true;
}
