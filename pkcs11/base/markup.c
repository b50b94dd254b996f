#include "base/markup.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *entity(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void markup_open(struct buf *page, const char *title, const char *style)
{
    buf_printf(page,
               "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\"/>\n"
               "<meta http-equiv=\"Content-Security-Policy\" "
               "content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n",
               text_language());
    markup_element(page, "title", NULL, title);
    buf_printf(page, "<style>\n%s%s</style>\n</head>\n<body>\n<main>\n", markup_style, style);
}

void markup_close(struct buf *page)
{
    buf_text(page, "</main>\n</body>\n</html>\n");
}

void markup_text(struct buf *page, const char *text)
{
    markup_part(page, text, strlen(text));
}

void markup_part(struct buf *page, const char *text, size_t len)
{
    char *printable = malloc(len + 1);
    const char *p;

    if (!printable) {
        page->failed = true;
        return;
    }
    text_printable(printable, len + 1, text, len);
    for (p = printable; *p; p++) {
        if (entity(*p))
            buf_text(page, entity(*p));
        else
            buf_add(page, p, 1);
    }
    free(printable);
}

void markup_say(struct buf *page, const char *format, ...)
{
    char said[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    markup_text(page, said);
}

void markup_element(struct buf *page, const char *tag, const char *style, const char *text)
{
    if (!*text)
        return;
    buf_printf(page, "<%s%s%s%s>", tag, style ? " class=\"" : "", style ? style : "",
               style ? "\"" : "");
    markup_text(page, text);
    buf_printf(page, "</%.*s>\n", (int)strcspn(tag, " "), tag); /* without its attributes */
}

void markup_time(struct buf *page, int64_t when)
{
    char shown[40], exact[40];
    time_t seconds = (time_t)when;
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        return;
    strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S UTC", &tm);
    strftime(exact, sizeof exact, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_printf(page, "<time datetime=\"%s\">%s</time>", exact, shown);
}

void markup_field(struct buf *page, const char *title, const char *text)
{
    if (!*text)
        return;
    markup_element(page, "dt", NULL, title);
    markup_element(page, "dd", NULL, text);
}
