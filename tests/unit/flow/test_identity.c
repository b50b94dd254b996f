#include "flow/identity.h"

#include <kunci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const domains[] = {"contoh.go.id", "*.kab-contoh.go.id", NULL};

/* "nik_length! nik_birth": the names of what was found, errors with a "!". */
static void print_found(const struct kunci_identity *found, char *to, size_t size)
{
    size_t i, used = 0, errors = 0;

    *to = '\0';
    for (i = 0; i < found->count; i++) {
        const struct kunci_identity_finding *finding = &found->findings[i];

        used += (size_t)snprintf(to + used, size - used, "%s%s%s", i ? " " : "", finding->name,
                                 finding->error ? "!" : "");
        errors += finding->error;
        assert_true(*kunci_identity_sentence(finding));
    }
    assert_int_equal(errors, found->errors);
}

static void found_in(const struct kunci_identity_field *fields, size_t count, char *to, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_identity *found;

    assert_int_equal(kunci_identity_check(fields, count, domains, &found, &err), KUNCI_OK);
    print_found(found, to, size);
    kunci_identity_free(&found);
    assert_null(found);
}

/* ---- one field ---- */

static const struct {
    const char *field, *value, *birth, *want;
} alone[] = {
    {"nik", "3305011705800001", NULL, ""},
    {"nik", "3305011705800001", "1980-05-17", ""},
    {"nik", "3305015705800001", "17-05-1980", ""}, /* a woman */
    {"nik", "3305015705800001", "17 Mei 1980", ""},
    {"nik", "3305011705800001", "1980-05-18", "nik_birth_differs"},
    {"nik", "3305011705800001", "1980-06-17", "nik_birth_differs"},
    {"nik", "3305011705800001", "1981-05-17", "nik_birth_differs"},
    {"nik", "3305011705010001", "2001-05-17", ""},
    {"nik", "3305011705010001", "1901-05-17", ""}, /* its year has two digits */
    {"nik", "3305013102800001", NULL, "nik_birth"},
    {"nik", "3305012902000001", NULL, ""},
    {"nik", "3305012902000001", "1900-03-01", "nik_birth"}, /* 1900 was no leap year */
    {"nik", "3305012902010001", NULL, "nik_birth"},
    {"nik", "3305010005800001", NULL, "nik_birth"},
    {"nik", "3305011713800001", NULL, "nik_birth"},
    {"nik", "3305017205800001", NULL, "nik_birth"}, /* 72 - 40 */
    {"nik", "3305017105800001", NULL, ""},          /* 31 May */
    {"nik", "3305018005800001", NULL, "nik_birth"},
    {"nik", "3305011705800000", NULL, "nik_serial"},
    {"nik", "0005011705800001", NULL, "nik_region"},
    {"nik", "3300011705800001", NULL, "nik_region"},
    {"nik", "3305001705800001", NULL, "nik_region"},
    {"nik", "0000000000000000", NULL, "nik_region nik_birth nik_serial"},
    {"nik", "9999999999999999", NULL, "nik_birth"},
    {"nik", "330501170580000", NULL, "nik_length!"},
    {"nik", "33050117058000012", NULL, "nik_length!"},
    {"nik", "3305 0117 0580 0001", NULL, "nik_digits!"},
    {"nik", "330501170580000I", NULL, "nik_digits!"},
    {"nik", "-305011705800001", NULL, "nik_digits!"},
    {"nik", "\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3\xd9\xa3", NULL,
     "nik_digits!"}, /* Arabic digits */
    {"nik", "", NULL, "no_text!"},
    {"nik", "3305011705800001\n", NULL, "no_text!"},

    {"nip", "198005172005011001", NULL, ""},
    {"nip", "19800517 200501 1 001", NULL, ""},
    {"nip", "19800517 200501 2 001", "1980-05-17", ""},
    {"nip", "198005172005011001", "1980-05-18", "nip_birth_differs"},
    {"nip", "198013172005011001", NULL, "nip_birth"},
    {"nip", "197902292005011001", NULL, "nip_birth"},
    {"nip", "180005172005011001", NULL, "nip_birth"},
    {"nip", "198005172005131001", NULL, "nip_inner"},
    {"nip", "198005172023211001", NULL, "nip_inner"}, /* as PPPK have it */
    {"nip", "198005172005013001", NULL, "nip_inner"},
    {"nip", "198005172005011000", NULL, "nip_inner"},
    {"nip", "198005171975011001", NULL, "nip_inner"},
    {"nip", "000000000000000000", NULL, "nip_birth nip_inner"},
    {"nip", "19800517200501100", NULL, "nip_length!"},
    {"nip", "1980051720050110011", NULL, "nip_length!"},
    {"nip", "   ", NULL, "nip_length!"},
    {"nip", "19800517.200501.1.001", NULL, "nip_digits!"},
    {"nip", "19800517\t2005011001", NULL, "no_text!"},
    {"nip", "NIP198005172005011001", NULL, "nip_digits!"},

    {"birth-date", "1980-05-17", NULL, ""},
    {"birth-date", "17/5/1980", NULL, ""},
    {"birth-date", "17.05.1980", NULL, ""},
    {"birth-date", "7 Agustus 1980", NULL, ""},
    {"birth-date", "7 des 1980", NULL, ""},
    {"birth-date", "7 December 1980", NULL, ""},
    {"birth-date", "31-02-1980", NULL, "date_unread"},
    {"birth-date", "1980-5", NULL, "date_unread"},
    {"birth-date", "17-05/1980", NULL, "date_unread"},
    {"birth-date", "17-05-80", NULL, "date_unread"},
    {"birth-date", "1980-05-1980", NULL, "date_unread"},
    {"birth-date", "1700-05-17", NULL, "date_unread"},
    {"birth-date", "17 Brumaire 1980", NULL, "date_unread"},
    {"birth-date", "17 Mei 1980 pagi", NULL, "date_unread"},
    {"birth-date", "99999999999999999999-05-17", NULL, "date_unread"},
    {"birth-date", "17 ", NULL, "date_unread"},
    {"birth-date", "-", NULL, "date_unread"},
    {"birth-date", "17", NULL, "date_unread"},

    {"email", "budi@contoh.go.id", NULL, ""},
    {"email", "Budi.Santoso+tte@CONTOH.GO.ID", NULL, ""},
    {"email", "budi@dinkes.kab-contoh.go.id", NULL, ""},
    {"email", "budi@tu.dinkes.KAB-contoh.go.id", NULL, ""},
    {"email", "budi@kab-contoh.go.id", NULL, "email_domain!"},
    {"email", "budi@bukankab-contoh.go.id", NULL, "email_domain!"},
    {"email", "budi@x.contoh.go.id", NULL, "email_domain!"},
    {"email", "budi@contoh.go.id.penipu.com", NULL, "email_domain!"},
    {"email", "budi@contohXgo.id", NULL, "email_domain!"},
    {"email", "budi@gmail.com", NULL, "email_domain!"},
    {"email", "budi", NULL, "email_syntax!"},
    {"email", "@contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi@", NULL, "email_syntax!"},
    {"email", "budi@contoh", NULL, "email_syntax!"},
    {"email", "budi@@contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi@penipu.com@contoh.go.id", NULL, "email_syntax!"},
    {"email", "\"budi@penipu.com\"@contoh.go.id", NULL, "email_syntax!"},
    {"email", "Budi <budi@contoh.go.id>", NULL, "email_syntax!"},
    {"email", "budi@contoh.go.id, siti@contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi @contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi@contoh.go.id ", NULL, "email_syntax!"},
    {"email", ".budi@contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi.@contoh.go.id", NULL, "email_syntax!"},
    {"email", "bu..di@contoh.go.id", NULL, "email_syntax!"},
    {"email",
     "b\xc3\xbc"
     "di@contoh.go.id",
     NULL, "email_syntax!"},
    {"email", "budi@.contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi@contoh..go.id", NULL, "email_syntax!"},
    {"email", "budi@contoh.go.id.", NULL, "email_syntax!"},
    {"email", "budi@-contoh.go.id", NULL, "email_syntax!"},
    {"email", "budi@contoh-.go.id", NULL, "email_syntax!"},
    {"email", "budi@[127.0.0.1]", NULL, "email_syntax!"},
    {"email", "budi@127.0.0.1", NULL, "email_syntax!"},
    {"email", "budi@cont\xd0\xbeh.go.id", NULL, "email_ascii!"}, /* a Cyrillic o */
    {"email", "budi@xn--conth-lye.go.id", NULL, "email_ascii!"},
    {"email", "budi@XN--conth-lye.go.id", NULL, "email_ascii!"},
    {"email", "budi@contoh.go.id\r\nBcc: x@y.id", NULL, "no_text!"},
    {"email", "budi@contoh.go.id\x01", NULL, "no_text!"},
    {"email", "%00@contoh.go.id", NULL, ""},
    {"email", "budi@contoh.go.id%00.penipu.com", NULL, "email_syntax!"},

    {"name", "Budi Santoso", NULL, ""},
    {"name", "Budi\x1b[31m", NULL, "no_text!"},
    {"name",
     "Budi \xe2\x80\xae"
     "osotnaS",
     NULL, "no_text!"}, /* written backwards */
    {"name", "\xff\xfe", NULL, "no_text!"},
    {"phone", "0812", NULL, ""},
    {"unknown", "anything", NULL, ""},
};

static void rules_hold(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof alone / sizeof *alone; i++) {
        const struct kunci_identity_field fields[] = {{alone[i].field, alone[i].value},
                                                      {"birth-date", alone[i].birth}};
        char found[256];

        found_in(fields, alone[i].birth ? 2 : 1, found, sizeof found);
        if (strcmp(found, alone[i].want) != 0)
            fail_msg("%s \"%s\": %s, wanted %s", alone[i].field, alone[i].value, found,
                     alone[i].want);
    }
}

static void long_values_are_refused(void **state)
{
    static const char *const names[] = {"nik", "nip", "email", "name", "birth-date"};
    char value[5000], found[256];
    size_t i;

    (void)state;
    memset(value, '1', sizeof value);
    value[sizeof value - 1] = '\0';
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        const struct kunci_identity_field field = {names[i], value};

        found_in(&field, 1, found, sizeof found);
        assert_string_equal(found, "no_text!");
    }
}

static void any_domain_will_do_without_a_list(void **state)
{
    const struct kunci_identity_field field = {"email", "budi@contoh.com"};
    const char *const none[] = {NULL}, *const odd[] = {"", "*", "*.", "*.*", "@contoh.com", NULL};
    const char *const *const lists[] = {NULL, none, odd};
    const size_t want[] = {0, 1, 1};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_identity *found;
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_int_equal(kunci_identity_check(&field, 1, lists[i], &found, &err), KUNCI_OK);
        assert_int_equal(found->count, want[i]);
        kunci_identity_free(&found);
    }
}

/* ---- the letter against the card ---- */

static const struct {
    const char *field, *letter, *card, *want;
} pairs[] = {
    {"name", "BUDI SANTOSO", "BUDI SANTOSO", ""},
    {"name", "Budi  Santoso ", "BUDI SANTOSO", ""},
    {"name", "H. Budi Santoso, S.Kom., M.Si", "BUDI SANTOSO", "titles_differ"},
    {"name", "H. Budi Santoso, S.Kom., M.Si", "H BUDI SANTOSO, S.KOM, M.SI.", ""},
    {"name", "Budi Santoso, S. Kom., M. Si.", "BUDI SANTOSO,S.Kom,M.Si", ""},
    {"name", "Budi Santoso S.Kom", "BUDI SANTOSO", "titles_differ"},
    {"name", "Budi Santoso, SH, MM", "BUDI SANTOSO", "titles_differ"},
    {"name", "Budi Santoso, S.H.", "BUDI SANTOSO, SH", ""},
    {"name", "Drs. H. Budi Santoso", "BUDI SANTOSO", "titles_differ"},
    {"name", "Drs.H.Budi Santoso", "BUDI SANTOSO", "titles_differ"},
    {"name", "Prof. Dr. Ir. Siti Rahayu, M.Sc., Ph.D.", "SITI RAHAYU", "titles_differ"},
    {"name", "dr. Siti Rahayu, Sp.OG(K)", "SITI RAHAYU", "titles_differ"},
    {"name", "K.H. Ahmad", "AHMAD", "titles_differ"},
    {"name", "Siti Rahayu, A.Md.Keb", "SITI RAHAYU", "titles_differ"},
    {"name", "Siti Rahayu, S.Tr.Kom", "SITI RAHAYU", "titles_differ"},
    {"name", "Ma'ruf", "MARUF", ""},
    {"name", "Ma\xe2\x80\x99ruf", "MA'RUF", ""},
    {"name", "Nur-Aini", "NUR AINI", ""},
    {"name", "I Gusti Ng\xc3\xa9ng", "I GUSTI NG\xc3\x89NG", ""},
    {"name", "M. Yusuf", "MUHAMMAD YUSUF", "differs!"},
    {"name", "M. Yusuf", "M YUSUF", ""},
    {"name", "Budi Santosa", "BUDI SANTOSO", "differs!"},
    {"name", "Budi", "BUDI SANTOSO", "differs!"},
    {"name", "Santoso Budi", "BUDI SANTOSO", "differs!"},
    {"name", "Santoso, Budi", "BUDI SANTOSO", "differs!"},
    {"name", "Budi, Santoso", "BUDI SANTOSO", ""},
    {"name", "Budi, Wibowo", "BUDI", "differs!"},
    {"name", "Budi, S.Antonius", "BUDI", "differs!"}, /* too long for a degree */
    {"name", "Budi, S.A.Verylongwordthatisnodegree", "BUDI", "differs!"},
    {"name", "Budi SH", "BUDI", "differs!"}, /* no comma: it may be a name */
    {"name", "H.", "BUDI", "differs!"},
    {"name", "H.", "H", ""},
    {"name", "SH", "SH", ""},
    {"name", ",", "BUDI", "differs!"},
    {"name", "Bud\xd1\x96 Santoso", "BUDI SANTOSO", "differs!"}, /* a Cyrillic i */
    {"name", "Budi\x07", "BUDI", "no_text!"},
    {"nik", "3305011705800001", "3305011705800001", ""},
    {"nik", "3305011705800002", "3305011705800001", "differs!"},
    {"nip", "19800517 200501 1 001", "198005172005011001", ""},
    {"email", "Budi@contoh.go.id", "budi@CONTOH.go.id", ""},
    {"email", "budi@contoh.go.id", "siti@contoh.go.id", "differs!"},
    {"birth-date", "17 Mei 1980", "17-05-1980", ""},
    {"birth-date", "17 Mei 1980", "18-05-1980", "differs!"},
    {"birth-date", "musim hujan", "MUSIM HUJAN", ""},
    {"birth-place", "Kebumen", "KEBUMEN", ""},
    {"birth-place", "Kebumen", "CIAMIS", "differs!"},
    {"post", "Kepala  Bidang, Persandian", "kepala bidang persandian", ""},
    {"unit", "Bidang Persandian", "Bidang Statistik", "differs!"},
    {"institution", "Dinas Kominfo", "DINAS KOMINFO", ""},
    {"name", NULL, "BUDI SANTOSO", "not_said"},
    {"phone", "1", "2", ""}, /* no rule asks */
};

static void letter_meets_card(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct kunci_identity_field letter = {pairs[i].field, pairs[i].letter};
        const struct kunci_identity_field card = {pairs[i].field, pairs[i].card};
        struct kunci_identity *found;
        char names[256];

        assert_int_equal(
            kunci_identity_compare(&letter, letter.value ? 1 : 0, &card, 1, &found, &err),
            KUNCI_OK);
        print_found(found, names, sizeof names);
        if (strcmp(names, pairs[i].want) != 0)
            fail_msg("%s \"%s\" against \"%s\": %s, wanted %s", pairs[i].field, pairs[i].letter,
                     pairs[i].card, names, pairs[i].want);
        kunci_identity_free(&found);
    }
}

static void both_values_are_shown(void **state)
{
    const struct kunci_identity_field letter[] = {
        {"name", "Dra. Siti \x1b[2J"}, {"nik", "1"}, {"post", "Camat"}};
    const struct kunci_identity_field card[] = {{"nik", "2"}, {"name", "SITI"}};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_identity *found;

    (void)state;
    assert_int_equal(kunci_identity_compare(letter, 3, card, 2, &found, &err), KUNCI_OK);
    assert_int_equal(found->count, 2);
    assert_string_equal(found->findings[0].field, "nik");
    assert_string_equal(found->findings[0].value, "1");
    assert_string_equal(found->findings[0].other, "2");
    assert_string_equal(found->findings[1].field, "name");
    assert_string_equal(found->findings[1].value, "Dra. Siti ?[2J");
    kunci_identity_free(&found);
}

/* ---- cut and flipped ---- */

/* Whatever comes, it is answered; errors stay where something essential is gone. */
static void survives_cuts_and_flips(void **state)
{
    size_t i, at, bit;

    (void)state;
    for (i = 0; i < sizeof alone / sizeof *alone; i++) {
        char value[256], found[256];
        const struct kunci_identity_field fields[] = {{alone[i].field, value},
                                                      {"birth-date", value}};

        for (at = 0; at <= strlen(alone[i].value); at++) {
            snprintf(value, sizeof value, "%.*s", (int)at, alone[i].value);
            found_in(fields, 2, found, sizeof found);
            for (bit = 0; at && bit < 8; bit++) {
                snprintf(value, sizeof value, "%s", alone[i].value);
                value[at - 1] = (char)(value[at - 1] ^ 1 << bit);
                found_in(fields, 2, found, sizeof found);
            }
        }
    }
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct name_parts parts;
        char value[256];

        for (at = 0; pairs[i].letter && at < strlen(pairs[i].letter); at++)
            for (bit = 0; bit < 8; bit++) {
                snprintf(value, sizeof value, "%s", pairs[i].letter);
                value[at] = (char)(value[at] ^ 1 << bit);
                name_take_apart(value, &parts);
                assert_true(strlen(parts.core) + strlen(parts.titles) <= strlen(value));
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold),
        cmocka_unit_test(long_values_are_refused),
        cmocka_unit_test(any_domain_will_do_without_a_list),
        cmocka_unit_test(letter_meets_card),
        cmocka_unit_test(both_values_are_shown),
        cmocka_unit_test(survives_cuts_and_flips),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
