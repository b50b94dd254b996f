/* The procedures that are shipped, those of the manual, and that of an agency that was
 * not thought of when the reader was written. */
#include "flow/procedure.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))
#define SOPS         "pkcs11/flow/sop"

static const char *const shipped[] = {"kebumen-2021",
                                      "mamuju-2024",
                                      "ciamis-2024",
                                      "pekalongan-perubahan-data",
                                      "kapuas-2026",
                                      "pendaftaran",
                                      "penerbitan",
                                      "perubahan-data",
                                      "pencabutan",
                                      "penangguhan",
                                      "pengaktifan-kembali",
                                      "frasa-sandi-atur",
                                      "frasa-sandi-atur-ulang"};

static size_t load(const char *path, char *to, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t len;

    if (!file)
        fail_msg("%s cannot be read", path);
    len = fread(to, 1, size - 1, file);
    fclose(file);
    assert_in_range(len, 1, size - 2);
    to[len] = '\0';
    return len;
}

static struct kunci_sop *read_shipped(const char *name, char *bytes, size_t size, size_t *len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    char path[256];

    snprintf(path, sizeof path, "%s/%s.yaml", SOPS, name);
    *len = load(path, bytes, size);
    if (kunci_sop_read(name, bytes, *len, &sop, &err) != KUNCI_OK)
        fail_msg("%s: %s", name, err.detail);
    return sop;
}

static bool in_both(const struct words *words)
{
    return !words->id || words->en;
}

/* Agencies may write in one language; what is shipped is in both. */
static void check_languages(const struct kunci_sop *sop)
{
    unsigned i, j;

    assert_true(in_both(&sop->title) && in_both(&sop->source));
    for (i = 0; i < sop->step_count; i++) {
        const struct step *step = &sop->steps[i];

        assert_true(in_both(&step->text) && in_both(&step->output) && in_both(&step->remarks));
        for (j = 0; j < step->needs.count; j++)
            assert_true(in_both(&step->needs.items[j]));
        for (j = 0; j < step->branch_count; j++)
            assert_true(in_both(&step->branches[j].text));
    }
}

/* In room that is as long as it is, so that a sanitizer sees its end. */
static void check_cut(const char *from, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    char *bytes = malloc(len + !len);

    assert_non_null(bytes);
    memcpy(bytes, from, len);
    if (kunci_sop_read("f", bytes, len, &sop, &err) != KUNCI_OK)
        assert_int_equal(err.rc, KUNCI_SOP_INVALID);
    kunci_sop_free(&sop);
    free(bytes);
}

static void what_is_shipped_is_read(void **state)
{
    static char bytes[1 << 16];
    size_t i, at, len;

    (void)state;
    for (i = 0; i < COUNT(shipped); i++) {
        struct kunci_sop *sop = read_shipped(shipped[i], bytes, sizeof bytes, &len);

        check_languages(sop);
        kunci_sop_free(&sop);
        for (at = 0; at < len; at += 1 + len / 40)
            check_cut(bytes, at);
    }
}

static bool is_shipped(const char *name, size_t len)
{
    size_t i;

    for (i = 0; i < COUNT(shipped); i++)
        if (strlen(shipped[i]) == len && strncmp(shipped[i], name, len) == 0)
            return true;
    return false;
}

static void nothing_else_is_shipped(void **state)
{
    struct dirent *entry;
    DIR *folder = opendir(SOPS);
    size_t count = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.') {
            assert_true(is_shipped(entry->d_name, strcspn(entry->d_name, ".")));
            count++;
        }
    closedir(folder);
    assert_int_equal(count, COUNT(shipped));
}

static void check_faultless(const char *path, const struct kunci_sop *sop)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_findings findings;
    size_t i;

    assert_int_equal(kunci_sop_check(sop, NULL, &findings, &err), KUNCI_OK);
    for (i = 0; i < findings.count; i++)
        if (findings.items[i].is_fault)
            fail_msg("%s: %s", path, findings.items[i].sentence);
    kunci_sop_findings_clear(&findings);
}

static void another_agency_writes_its_own(void **state)
{
    static char bytes[1 << 16];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop;
    size_t len = load("tests/unit/flow/keenam.yaml", bytes, sizeof bytes);

    (void)state;
    if (kunci_sop_read("keenam", bytes, len, &sop, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    assert_string_equal(kunci_sop_kind(sop), "suspension");
    check_faultless("keenam", sop);
    kunci_sop_free(&sop);
}

/* What the reader is shown is a whole procedure that makes sense. */
static void examples_are_read(void **state)
{
    static const struct {
        const char *path, *from, *to;
    } cases[] = {
        {"docs/procedures.md", "```yaml\n", "```"},
        {"docs/man/kunci-procedure.5", ".Bd -literal -offset indent\n", ".Ed"},
        {"docs/id/man/kunci-procedure.5", ".Bd -literal -offset indent\n", ".Ed"},
    };
    static char page[1 << 16];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT(cases); i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_sop *sop;
        char *from, *to;

        load(cases[i].path, page, sizeof page);
        from = strstr(page, cases[i].from);
        assert_non_null(from);
        from += strlen(cases[i].from);
        to = strstr(from, cases[i].to);
        assert_non_null(to);
        if (kunci_sop_read("f", from, (size_t)(to - from), &sop, &err) != KUNCI_OK)
            fail_msg("%s: %s", cases[i].path, err.detail);
        check_faultless(cases[i].path, sop);
        kunci_sop_free(&sop);
    }
}

static void check_words(const char *page, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(page, *words))
            fail_msg("%s is not in the manual", *words);
}

static void the_manual_tells_each_word(void **state)
{
    static const char *const pages[] = {"docs/man/kunci-procedure.5",
                                        "docs/id/man/kunci-procedure.5"};
    const char *const *const lists[] = {sop_kind_names, role_names, act_names,
                                        state_names,    deed_names, fact_names,
                                        field_names,    rule_names, reason_names};
    static char page[1 << 16];
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT(pages); i++) {
        load(pages[i], page, sizeof page);
        for (j = 0; j < COUNT(lists); j++)
            check_words(page, lists[j]);
        for (j = 0; j < FACTS; j++)
            check_words(page, fact_values[j]);
        for (j = 0; j < document_kind_count; j++)
            assert_non_null(strstr(page, document_kinds[j].name));
    }
}

/* The places of the reasons' names are those of the reasons. */
static void reasons_have_their_names(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < REASONS; i++)
        assert_string_equal(reasons[i].name, reason_names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shipped_is_read),       cmocka_unit_test(nothing_else_is_shipped),
        cmocka_unit_test(another_agency_writes_its_own), cmocka_unit_test(examples_are_read),
        cmocka_unit_test(the_manual_tells_each_word),    cmocka_unit_test(reasons_have_their_names),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
