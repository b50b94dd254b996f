#include "flow/identity.h"

#include <string.h>
#include <strings.h>

bool day_exists(const struct day *day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (day->year % 4 == 0 && day->year % 100 != 0) || day->year % 400 == 0;

    return day->month >= 1 && day->month <= 12 && day->day >= 1 &&
           day->day <= lengths[day->month - 1] + (day->month == 2 && leap);
}

bool day_equal(const struct day *a, const struct day *b)
{
    return a->year == b->year && a->month == b->month && a->day == b->day;
}

/* As letters write it, in either language, whole or its first three letters. */
static int month_named(const char *name)
{
    static const char *const months[][2] = {
        {"januari", "january"}, {"februari", "february"}, {"maret", "march"},
        {"april", "april"},     {"mei", "may"},           {"juni", "june"},
        {"juli", "july"},       {"agustus", "august"},    {"september", "september"},
        {"oktober", "october"}, {"november", "november"}, {"desember", "december"},
    };
    int month, language;

    for (month = 0; month < 12; month++)
        for (language = 0; language < 2; language++)
            if (strcasecmp(name, months[month][language]) == 0 ||
                (strlen(name) == 3 && strncasecmp(name, months[month][language], 3) == 0))
                return month + 1;
    return 0;
}

/* At most four digits; *text goes behind them. */
static bool take_number(const char **text, int *number, size_t *digits)
{
    size_t i;

    *digits = strspn(*text, "0123456789");
    *number = 0;
    for (i = 0; i < *digits && *digits <= 4; i++)
        *number = 10 * *number + *(*text)++ - '0';
    return *digits > 0 && *digits <= 4;
}

/* "17-05-1980", "17/5/1980", "1980-05-17" */
static bool read_numbers(const char *text, struct day *day)
{
    size_t first, middle, last;
    char between;

    if (!take_number(&text, &day->day, &first) || !*text || !strchr("-/.", *text))
        return false;
    between = *text++;
    if (!take_number(&text, &day->month, &middle) || *text++ != between ||
        !take_number(&text, &day->year, &last) || *text)
        return false;
    if (first == 4) {
        int year = day->day;

        day->day = day->year;
        day->year = year;
    }
    return middle <= 2 && first + last <= 6 && (first == 4) != (last == 4);
}

/* "17 Mei 1980" */
static bool read_words(const char *text, struct day *day)
{
    char month[16] = "";
    size_t digits, len;

    if (!take_number(&text, &day->day, &digits) || digits > 2 || *text != ' ')
        return false;
    text += strspn(text, " ");
    len = strcspn(text, " ");
    if (len >= sizeof month)
        return false;
    memcpy(month, text, len);
    day->month = month_named(month);
    text += len;
    text += strspn(text, " ");
    return take_number(&text, &day->year, &digits) && digits == 4 && !*text;
}

bool day_read(const char *text, struct day *day)
{
    return (read_numbers(text, day) || read_words(text, day)) && day->year >= 1800 &&
           day_exists(day);
}
