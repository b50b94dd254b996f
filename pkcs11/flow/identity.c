/* The rules for a person's data, as one table, and a letter against an identity card. */
#include "flow/identity.h"

#include "base/error.h"
#include "base/text.h"
#include "flow/words.h"

#include <stdlib.h>
#include <string.h>

/* ---- what can be wrong ---- */

static const struct problem {
    const char *name;
    bool error;
    const char *sentence;
} problems[IDENTITY_PROBLEMS] = {
    [IDENTITY_FINE] = {"fine", false, N_("It is right.")},
    [IDENTITY_NO_TEXT] = {"no_text", true, N_("It is empty, too long, or holds what is no text.")},
    [IDENTITY_NIK_DIGITS] = {"nik_digits", true, N_("A NIK has digits only.")},
    [IDENTITY_NIK_LENGTH] = {"nik_length", true, N_("A NIK has 16 digits.")},
    [IDENTITY_NIK_REGION] = {"nik_region", false,
                             N_("No province, regency or district has the number that this NIK "
                                "begins with.")},
    [IDENTITY_NIK_BIRTH] = {"nik_birth", false, N_("The date of birth in the NIK is no date.")},
    [IDENTITY_NIK_BIRTH_DIFFERS] = {"nik_birth_differs", false,
                                    N_("The NIK has another date of birth.")},
    [IDENTITY_NIK_SERIAL] = {"nik_serial", false,
                             N_("The last four digits of a NIK begin with 0001.")},
    [IDENTITY_NIP_DIGITS] = {"nip_digits", true, N_("A NIP has digits only.")},
    [IDENTITY_NIP_LENGTH] = {"nip_length", true, N_("A NIP has 18 digits.")},
    [IDENTITY_NIP_BIRTH] = {"nip_birth", false, N_("The date of birth in the NIP is no date.")},
    [IDENTITY_NIP_BIRTH_DIFFERS] = {"nip_birth_differs", false,
                                    N_("The NIP has another date of birth.")},
    [IDENTITY_NIP_INNER] = {"nip_inner", false,
                            N_("Month of appointment, sex or serial number in the NIP are not "
                               "those of a civil servant; PPPK have other ones.")},
    [IDENTITY_DATE_UNREAD] = {"date_unread", false,
                              N_("It cannot be read as a date, like 17-05-1980.")},
    [IDENTITY_EMAIL_SYNTAX] = {"email_syntax", true, N_("It is no e-mail address.")},
    [IDENTITY_EMAIL_ASCII] = {"email_ascii", true,
                              N_("The domain of the e-mail address holds letters that can be "
                                 "taken for others.")},
    [IDENTITY_EMAIL_DOMAIN] = {"email_domain", true,
                               N_("The institution has no e-mail addresses in that domain.")},
    [IDENTITY_DIFFERS] = {"differs", true, N_("The letter and the identity card differ.")},
    [IDENTITY_TITLES_DIFFER] = {"titles_differ", false,
                                N_("The letter and the identity card differ in titles only.")},
    [IDENTITY_NOT_SAID] = {"not_said", false,
                           N_("It stands on the identity card, and not in the letter.")},
};

const char *kunci_identity_sentence(const struct kunci_identity_finding *finding)
{
    size_t i;

    for (i = 0; i < IDENTITY_PROBLEMS; i++)
        if (strcmp(problems[i].name, finding->name) == 0)
            return _(problems[i].sentence);
    return "";
}

/* ---- findings ---- */

void kunci_identity_free(struct kunci_identity **identity)
{
    struct kunci_identity *gone = *identity;
    size_t i;

    *identity = NULL;
    for (i = 0; gone && i < gone->count; i++) {
        free(gone->findings[i].field);
        free(gone->findings[i].value);
        free(gone->findings[i].other);
    }
    if (gone)
        free(gone->findings);
    free(gone);
}

static char *printable(const char *text)
{
    char to[IDENTITY_VALUE_MAX + 1];

    text_printable(to, sizeof to, text, strlen(text));
    return strdup(to);
}

/* false for lack of memory. */
static bool add(struct kunci_identity *to, const char *field, enum identity_problem problem,
                const char *value, const char *other)
{
    struct kunci_identity_finding *grown, *made;

    if (problem == IDENTITY_FINE)
        return true;
    if (!(grown = reallocarray(to->findings, to->count + 1, sizeof *grown)))
        return false;
    to->findings = grown;
    made = &grown[to->count++];
    *made = (struct kunci_identity_finding){
        .field = printable(field),
        .name = problems[problem].name,
        .error = problems[problem].error,
        .value = printable(value),
        .other = other ? printable(other) : NULL,
    };
    to->errors += made->error;
    return made->field && made->value && (made->other || !other);
}

/* ---- one person's data ---- */

struct person {
    const struct kunci_identity_field *fields;
    size_t count;
    const char *const *domains;
    struct kunci_identity *to;
};

static const char *value_of(const struct kunci_identity_field *fields, size_t count,
                            const char *name)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].value;
    return NULL;
}

static bool is_text(const char *text)
{
    char shown[IDENTITY_VALUE_MAX + 1];

    if (!*text || strlen(text) > IDENTITY_VALUE_MAX)
        return false;
    text_printable(shown, sizeof shown, text, strlen(text));
    return strcmp(shown, text) == 0;
}

static int number_at(const char *digits, size_t at, size_t len)
{
    int number = 0;

    for (; len; len--)
        number = 10 * number + digits[at++] - '0';
    return number;
}

/* Of a NIP, which may be written with blanks. */
static void drop_spaces(const char *from, char to[IDENTITY_VALUE_MAX + 1])
{
    for (; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
}

static enum identity_problem count_digits(const char *text, size_t wanted,
                                          enum identity_problem digits,
                                          enum identity_problem length)
{
    if (strspn(text, "0123456789") != strlen(text))
        return digits;
    return strlen(text) == wanted ? IDENTITY_FINE : length;
}

/* The day of birth that the person's data gives. */
static const char *birth_of(const struct person *person, struct day *day)
{
    const char *text = value_of(person->fields, person->count, "birth-date");

    return text && is_text(text) && day_read(text, day) ? text : NULL;
}

/* PPKKCC, DDMMYY where women have 40 added to the day, and a serial number. */
static bool check_nik(const struct person *person, const struct kunci_identity_field *field)
{
    const char *nik = field->value, *said;
    enum identity_problem wrong = count_digits(nik, 16, IDENTITY_NIK_DIGITS, IDENTITY_NIK_LENGTH);
    struct day inside, birth;
    bool whole;

    if (wrong)
        return add(person->to, field->name, wrong, nik, NULL);
    whole = (number_at(nik, 0, 2) >= 11 && number_at(nik, 2, 2) && number_at(nik, 4, 2)) ||
            add(person->to, field->name, IDENTITY_NIK_REGION, nik, NULL);
    inside = (struct day){2000 + number_at(nik, 10, 2), number_at(nik, 8, 2),
                          number_at(nik, 6, 2) - (nik[6] >= '4' ? 40 : 0)};
    said = birth_of(person, &birth);
    if (said)
        inside.year += birth.year - birth.year % 100 - 2000; /* it has no century of its own */
    if (!day_exists(&inside))
        whole = whole && add(person->to, field->name, IDENTITY_NIK_BIRTH, nik, NULL);
    else if (said && !day_equal(&inside, &birth))
        whole = whole && add(person->to, field->name, IDENTITY_NIK_BIRTH_DIFFERS, nik, said);
    return whole && (number_at(nik, 12, 4) > 0 ||
                     add(person->to, field->name, IDENTITY_NIK_SERIAL, nik, NULL));
}

/* YYYYMMDD of birth, YYYYMM of appointment, 1 for men and 2 for women, a serial number. */
static bool check_nip(const struct person *person, const struct kunci_identity_field *field)
{
    char nip[IDENTITY_VALUE_MAX + 1];
    const char *said;
    enum identity_problem wrong;
    struct day inside, birth;
    bool whole = true;

    drop_spaces(field->value, nip);
    wrong = count_digits(nip, 18, IDENTITY_NIP_DIGITS, IDENTITY_NIP_LENGTH);
    if (wrong)
        return add(person->to, field->name, wrong, field->value, NULL);
    inside = (struct day){number_at(nip, 0, 4), number_at(nip, 4, 2), number_at(nip, 6, 2)};
    said = birth_of(person, &birth);
    if (inside.year < 1900 || !day_exists(&inside))
        whole = add(person->to, field->name, IDENTITY_NIP_BIRTH, field->value, NULL);
    else if (said && !day_equal(&inside, &birth))
        whole = add(person->to, field->name, IDENTITY_NIP_BIRTH_DIFFERS, field->value, said);
    if (number_at(nip, 8, 4) <= inside.year || number_at(nip, 12, 2) < 1 ||
        number_at(nip, 12, 2) > 12 || (nip[14] != '1' && nip[14] != '2') || !number_at(nip, 15, 3))
        whole = whole && add(person->to, field->name, IDENTITY_NIP_INNER, field->value, NULL);
    return whole;
}

static bool check_email(const struct person *person, const struct kunci_identity_field *field)
{
    return add(person->to, field->name, email_problem(field->value, person->domains), field->value,
               NULL);
}

static bool check_birth_date(const struct person *person, const struct kunci_identity_field *field)
{
    struct day day;

    return day_read(field->value, &day) ||
           add(person->to, field->name, IDENTITY_DATE_UNREAD, field->value, NULL);
}

/* ---- a letter's value against the card's ---- */

static enum identity_problem compare_plain(const char *letter, const char *card)
{
    char a[IDENTITY_VALUE_MAX + 1], b[IDENTITY_VALUE_MAX + 1];

    text_plain(letter, a);
    text_plain(card, b);
    return strcmp(a, b) == 0 ? IDENTITY_FINE : IDENTITY_DIFFERS;
}

static enum identity_problem compare_name(const char *letter, const char *card)
{
    struct name_parts a, b;

    name_take_apart(letter, &a);
    name_take_apart(card, &b);
    if (strcmp(a.core, b.core) != 0)
        return IDENTITY_DIFFERS;
    return strcmp(a.titles, b.titles) == 0 ? IDENTITY_FINE : IDENTITY_TITLES_DIFFER;
}

static enum identity_problem compare_number(const char *letter, const char *card)
{
    char a[IDENTITY_VALUE_MAX + 1], b[IDENTITY_VALUE_MAX + 1];

    drop_spaces(letter, a);
    drop_spaces(card, b);
    return strcmp(a, b) == 0 ? IDENTITY_FINE : IDENTITY_DIFFERS;
}

static enum identity_problem compare_email(const char *letter, const char *card)
{
    return strcasecmp(letter, card) == 0 ? IDENTITY_FINE : IDENTITY_DIFFERS;
}

static enum identity_problem compare_day(const char *letter, const char *card)
{
    struct day a, b;

    if (day_read(letter, &a) && day_read(card, &b))
        return day_equal(&a, &b) ? IDENTITY_FINE : IDENTITY_DIFFERS;
    return compare_plain(letter, card);
}

/* ---- the table ---- */

static const struct rule_row {
    bool (*check)(const struct person *person, const struct kunci_identity_field *field);
    enum identity_problem (*compare)(const char *letter, const char *card);
} rules[FIELDS] = {
    [FIELD_NIK] = {check_nik, compare_number},
    [FIELD_NIP] = {check_nip, compare_number},
    [FIELD_NAME] = {NULL, compare_name},
    [FIELD_EMAIL] = {check_email, compare_email},
    [FIELD_POST] = {NULL, compare_plain},
    [FIELD_UNIT] = {NULL, compare_plain},
    [FIELD_INSTITUTION] = {NULL, compare_plain},
    [FIELD_BIRTH_PLACE] = {NULL, compare_plain},
    [FIELD_BIRTH_DATE] = {check_birth_date, compare_day},
};

/* NULL for what no rule asks about. */
static const struct rule_row *rule_of(const char *field)
{
    int place = word_index(field_names, field);

    return place < 0 ? NULL : &rules[place];
}

static bool check_field(const struct person *person, const struct kunci_identity_field *field)
{
    const struct rule_row *rule = rule_of(field->name);

    if (!is_text(field->value))
        return add(person->to, field->name, IDENTITY_NO_TEXT, field->value, NULL);
    return !rule || !rule->check || rule->check(person, field);
}

enum kunci_rc kunci_identity_check(const struct kunci_identity_field *fields, size_t count,
                                   const char *const *domains, struct kunci_identity **out,
                                   struct kunci_err *err)
{
    struct person person = {fields, count, domains, calloc(1, sizeof **out)};
    bool whole = person.to != NULL;
    size_t i;

    for (i = 0; whole && i < count; i++)
        whole = check_field(&person, &fields[i]);
    if (!whole)
        kunci_identity_free(&person.to);
    *out = person.to;
    return whole ? KUNCI_OK : err_no_memory(err);
}

static bool compare_field(struct kunci_identity *to, const char *letter,
                          const struct kunci_identity_field *card)
{
    const struct rule_row *rule = rule_of(card->name);
    enum identity_problem wrong = IDENTITY_NO_TEXT;

    if (!rule || !rule->compare)
        return true;
    if (!letter)
        return add(to, card->name, IDENTITY_NOT_SAID, "", card->value);
    if (is_text(letter) && is_text(card->value))
        wrong = rule->compare(letter, card->value);
    return add(to, card->name, wrong, letter, card->value);
}

enum kunci_rc kunci_identity_compare(const struct kunci_identity_field *letter, size_t letter_count,
                                     const struct kunci_identity_field *card, size_t card_count,
                                     struct kunci_identity **out, struct kunci_err *err)
{
    struct kunci_identity *to = calloc(1, sizeof *to);
    bool whole = to != NULL;
    size_t i;

    for (i = 0; whole && i < card_count; i++)
        whole = compare_field(to, value_of(letter, letter_count, card[i].name), &card[i]);
    if (!whole)
        kunci_identity_free(&to);
    *out = to;
    return whole ? KUNCI_OK : err_no_memory(err);
}
