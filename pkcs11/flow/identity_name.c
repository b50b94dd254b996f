/* Names as people write them, with titles before and degrees behind. A title is set
 * aside where it is one of these:
 *
 *   before the name    a word that the list below has ("H.", "Drs.", "Prof. Dr.");
 *   behind it          a word in the form of a degree ("S.Kom.", "M.Si", "Ph.D."), or,
 *                      after a comma, one that the other list has ("SH", "MM").
 *
 * What is neither is the name itself. */
#include "flow/identity.h"

#include "flow/words.h"

#include <stdio.h>
#include <string.h>

/* ---- plain text ---- */

/* Lower case, of Latin letters with accents too; the others stay as they are. */
static size_t add_lower(const unsigned char *from, char *to)
{
    if (from[0] >= 'A' && from[0] <= 'Z') {
        *to = (char)(from[0] + 32);
        return 1;
    }
    *to = (char)from[0];
    if (from[0] != 0xc3 || !from[1])
        return 1;
    to[1] =
        (char)(from[1] >= 0x80 && from[1] <= 0x9e && from[1] != 0x97 ? from[1] + 0x20 : from[1]);
    return 2;
}

static bool is_word(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The apostrophe of "Ma'ruf", straight, curled or backwards: 0 where there is none. */
static size_t apostrophe(const char *text)
{
    if (*text == '\'' || *text == '`')
        return 1;
    return strncmp(text, "\342\200\230", 3) == 0 || strncmp(text, "\342\200\231", 3) == 0 ? 3 : 0;
}

void text_plain(const char *text, char to[IDENTITY_VALUE_MAX + 1])
{
    size_t used = 0, skipped;
    bool blank = false;

    while (*text) {
        if ((skipped = apostrophe(text)) > 0) {
            text += skipped;
        } else if (is_word((unsigned char)*text)) {
            size_t len;

            if (blank && used)
                to[used++] = ' ';
            blank = false;
            len = add_lower((const unsigned char *)text, to + used);
            used += len;
            text += len;
        } else {
            blank = true;
            text++;
        }
    }
    to[used] = '\0';
}

/* ---- what is a title ---- */

enum { TITLE_MAX = 16 };

static const char *const before[] = {"h",   "hj",  "hjh", "kh",   "dr",  "drg", "drh",
                                     "drs", "dra", "ir",  "prof", "apt", "ns",  NULL};
static const char *const behind[] = {
    "sh",   "se",   "mm",   "st",   "mt",   "ss",   "ma",       "mh",   "ba",  "bsc",
    "msc",  "mba",  "mph",  "mpa",  "mpp",  "phd",  "dr",       "drs",  "dra", "ir",
    "ak",   "ca",   "cpa",  "skom", "mkom", "ssi",  "msi",      "ssos", "sip", "map",
    "spd",  "mpd",  "sag",  "mag",  "skm",  "mkes", "skep",     "ners", "apt", "stp",
    "sstp", "sst",  "amd",  "mkn",  "mti",  "meng", "mmsi",     "mtr",  "spt", "shut",
    "sked", "mhum", "shum", "ssn",  "msn",  "sptk", "psikolog", NULL};

/* The letters of a text in lower case; "" where it is too long for a title or holds what
 * no title does. */
static void squeeze(const char *text, size_t len, char to[TITLE_MAX])
{
    size_t used = 0, i;

    for (i = 0; i < len && used < TITLE_MAX - 1; i++) {
        if (strchr(". ()\t", text[i]) && text[i])
            continue;
        if ((unsigned char)text[i] >= 0x80 || !is_word((unsigned char)text[i]))
            break;
        add_lower((const unsigned char *)text + i, to + used++);
    }
    to[i == len ? used : 0] = '\0';
}

static bool is_listed(const char *const *list, const char *text, size_t len)
{
    char title[TITLE_MAX];

    squeeze(text, len, title);
    for (; *title && *list; list++)
        if (strcmp(title, *list) == 0)
            return true;
    return false;
}

/* The letters up to the next point, without blanks; *text goes behind the point. */
static size_t take_part(const char **text, const char *end, char to[TITLE_MAX])
{
    const char *point = memchr(*text, '.', (size_t)(end - *text));

    squeeze(*text, (size_t)((point ? point : end) - *text), to);
    *text = point ? point + 1 : end;
    return strlen(to);
}

/* "S.Kom.", "M. Si", "A.Md.Keb", "Sp.OG(K)", "Ph.D" */
static bool has_form(const char *text, size_t len)
{
    static const char *const first[] = {"s", "m", "a", "b", "d", "sp", "ph", NULL};
    const char *end = text + len;
    char part[TITLE_MAX];
    size_t parts, letters;

    if (!memchr(text, '.', len) || !take_part(&text, end, part) || word_index(first, part) < 0)
        return false;
    for (parts = 0; text < end; parts++) {
        letters = take_part(&text, end, part);
        if (letters == 0 || letters > 4)
            return false;
    }
    return parts >= 1 && parts <= 3;
}

/* ---- taking apart ---- */

static void add_word(char to[IDENTITY_VALUE_MAX + 1], const char *text, size_t len)
{
    size_t used = strlen(to);

    snprintf(to + used, IDENTITY_VALUE_MAX + 1 - used, "%s%.*s", used ? " " : "", (int)len, text);
}

/* The length of the title that text begins with: a word, or what ends with a point in
 * "Drs.Budi". 0 where there is none. */
static size_t title_before(const char *text)
{
    size_t word = strcspn(text, " ,"), point = strcspn(text, " ,.");

    if (is_listed(before, text, word))
        return word;
    return text[point] == '.' && is_listed(before, text, point) ? point + 1 : 0;
}

/* Where text goes on behind its titles; what would be a title alone is a name. */
static const char *take_before(const char *text, const char *end, struct name_parts *parts)
{
    const char *rest;
    size_t len;

    while ((len = title_before(text)) > 0) {
        rest = text + len + strspn(text + len, " ");
        if (rest >= end)
            break;
        add_word(parts->titles, text, len);
        text = rest;
    }
    return text;
}

/* Where the degrees begin that end text: before them stands one word at least. */
static const char *find_behind(const char *text, const char *end)
{
    const char *word;

    for (;;) {
        while (end > text && end[-1] == ' ')
            end--;
        for (word = end; word > text && word[-1] != ' '; word--)
            ;
        if (word == text || !has_form(word, (size_t)(end - word)))
            return end;
        end = word;
    }
}

/* What stands between two commas: one title, which may hold blanks, or words. */
static void take_behind(const char *text, const char *end, struct name_parts *parts)
{
    size_t len;

    text += strspn(text, " ");
    while (end > text && end[-1] == ' ')
        end--;
    len = (size_t)(end - text);
    if (has_form(text, len) || is_listed(behind, text, len)) {
        add_word(parts->titles, text, len);
        return;
    }
    while (text < end) {
        len = strcspn(text, " ,");
        if (len)
            add_word(has_form(text, len) || is_listed(behind, text, len) ? parts->titles
                                                                         : parts->core,
                     text, len);
        text += len + 1;
    }
}

/* "S.H." and "SH" are one. */
static void drop_blanks(const char *from, char *to)
{
    for (; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
}

void name_take_apart(const char *text, struct name_parts *parts)
{
    char plain[IDENTITY_VALUE_MAX + 1];
    const char *end, *degrees;

    *parts = (struct name_parts){"", ""};
    text += strspn(text, " ");
    end = text + strcspn(text, ",");
    text = take_before(text, end, parts);
    degrees = find_behind(text, end);
    add_word(parts->core, text, (size_t)(degrees - text));
    if (degrees < end)
        take_behind(degrees, end, parts);
    while (*end == ',') {
        text = end + 1;
        end = text + strcspn(text, ",");
        take_behind(text, end, parts);
    }
    text_plain(parts->core, plain);
    memcpy(parts->core, plain, sizeof plain);
    text_plain(parts->titles, plain);
    drop_blanks(plain, parts->titles);
}
