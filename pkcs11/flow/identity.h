/* A person's data: what the rules of identity.c ask of each field. */
#ifndef FLOW_IDENTITY_H
#define FLOW_IDENTITY_H

#include <kunci/flow.h>
#include <stdbool.h>
#include <stddef.h>

enum { IDENTITY_VALUE_MAX = 1000 };

/* What can be wrong, in the order of the table that says it. */
enum identity_problem {
    IDENTITY_FINE,
    IDENTITY_NO_TEXT,
    IDENTITY_NIK_DIGITS,
    IDENTITY_NIK_LENGTH,
    IDENTITY_NIK_REGION,
    IDENTITY_NIK_BIRTH,
    IDENTITY_NIK_BIRTH_DIFFERS,
    IDENTITY_NIK_SERIAL,
    IDENTITY_NIP_DIGITS,
    IDENTITY_NIP_LENGTH,
    IDENTITY_NIP_BIRTH,
    IDENTITY_NIP_BIRTH_DIFFERS,
    IDENTITY_NIP_INNER,
    IDENTITY_DATE_UNREAD,
    IDENTITY_EMAIL_SYNTAX,
    IDENTITY_EMAIL_ASCII,
    IDENTITY_EMAIL_DOMAIN,
    IDENTITY_DIFFERS,
    IDENTITY_TITLES_DIFFER,
    IDENTITY_NOT_SAID,
    IDENTITY_PROBLEMS
};

/* ---- days of birth: identity_day.c ---- */

struct day {
    int year, month, day;
};

bool day_exists(const struct day *day);
/* "1980-05-17", "17-05-1980", "17/5/1980", "17 Mei 1980"; false for anything else. */
bool day_read(const char *text, struct day *day);
bool day_equal(const struct day *a, const struct day *b);

/* ---- names: identity_name.c ---- */

/* Both in lower case and without points; the name's words one blank apart, the titles
 * without any. */
struct name_parts {
    char core[IDENTITY_VALUE_MAX + 1], titles[IDENTITY_VALUE_MAX + 1];
};

/* text has at most IDENTITY_VALUE_MAX bytes. */
void name_take_apart(const char *text, struct name_parts *parts);
/* Lower case, letters and digits alone, words one blank apart. */
void text_plain(const char *text, char to[IDENTITY_VALUE_MAX + 1]);

/* ---- e-mail: identity_email.c ---- */

enum identity_problem email_problem(const char *text, const char *const *domains);

#endif
