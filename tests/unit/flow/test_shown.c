/* Procedures as data, table, drawing and page: whole, well-formed, and whatever stands in a
 * file is never more than text. */
#include "base/buf.h"
#include "flow/chart.h"
#include "flow/sheet.h"
#include "flow/tell.h"
#include "lib/procedures.h"

#include <jansson.h>
#include <kunci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef enum kunci_rc showing(const struct kunci_sop *sop, char **out, struct kunci_err *err);

static char *shown(showing *show, const struct kunci_sop *sop)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out = NULL;

    assert_int_equal(show(sop, &out, &err), KUNCI_OK);
    assert_non_null(out);
    return out;
}

static struct kunci_sop *procedure_of(const char *yaml)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop = NULL;

    if (kunci_sop_read("test", yaml, strlen(yaml), &sop, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    return sop;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        count++;
    return count;
}

static void for_each(void (*check)(const struct kunci_sop *sop))
{
    static const char *const languages[] = {"id", "en"};
    const char *const *names;
    size_t count = procedure_names(&names), i, k;

    for (k = 0; k < 2; k++) {
        kunci_lang_set(languages[k]);
        for (i = 0; i < count; i++) {
            struct kunci_sop *sop = procedure_named(names[i]);

            check(sop);
            kunci_sop_free(&sop);
        }
    }
}

/* ---- well-formed XML ---- */

struct xml {
    const char *at;
    char open[64][16];
    unsigned depth;
};

static void skip_entity(struct xml *in)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(in->at, known[i], strlen(known[i])) == 0) {
            in->at += strlen(known[i]);
            return;
        }
    }
    fail_msg("no entity: %.20s", in->at);
}

static void skip_text(struct xml *in, char end)
{
    while (*in->at && *in->at != end) {
        if (*in->at == '<')
            fail_msg("< where text is: %.40s", in->at);
        if ((unsigned char)*in->at < 0x20 && *in->at != '\n')
            fail_msg("a control character: %.40s", in->at);
        if (*in->at == '&')
            skip_entity(in);
        else
            in->at++;
    }
}

static void read_name(struct xml *in, char *name)
{
    size_t len = strspn(in->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-:0123456789");

    assert_in_range(len, 1, 15);
    memcpy(name, in->at, len);
    name[len] = '\0';
    in->at += len;
}

static void read_tag(struct xml *in)
{
    bool closes = *++in->at == '/';
    char name[16], attribute[16];

    in->at += closes;
    read_name(in, name);
    while (*in->at == ' ' && !closes) {
        in->at++;
        read_name(in, attribute);
        assert_int_equal(strncmp(in->at, "=\"", 2), 0);
        in->at += 2;
        skip_text(in, '"');
        assert_int_equal(*in->at++, '"');
    }
    if (closes) {
        assert_in_range(in->depth, 1, 63);
        assert_string_equal(in->open[--in->depth], name);
    } else if (*in->at != '/') {
        assert_in_range(in->depth, 0, 62);
        strcpy(in->open[in->depth++], name);
    }
    in->at += !closes && *in->at == '/';
    assert_int_equal(*in->at++, '>');
}

static void is_well_formed(const char *document)
{
    static const char doctype[] = "<!DOCTYPE html>\n";
    struct xml in = {.at = document};

    if (strncmp(document, doctype, strlen(doctype)) == 0)
        in.at += strlen(doctype);
    do {
        if (*in.at == '<') {
            read_tag(&in);
        } else {
            const char *end = strchr(in.at, '<');

            skip_text(&in, '<');
            assert_ptr_equal(in.at, end);
        }
    } while (in.depth > 0);
    assert_string_equal(in.at, "\n");
}

/* ---- the drawing and the page ---- */

static size_t arrows_of(const struct chart *chart)
{
    size_t count = chart->wire_count;
    unsigned i;

    for (i = 0; i < chart->edge_count; i++)
        count += chart->edges[i].way != WAY_WIRE;
    return count;
}

static void has_chart(const struct kunci_sop *sop, const char *document)
{
    struct chart chart;
    char in[64], number[16];
    unsigned i;

    chart_make(sop, &chart);
    assert_int_equal(count_of(document, "<path class=\"head"), arrows_of(&chart));
    for (i = 0; i < sop->step_count; i++) {
        step_number(&sop->steps[i], number);
        snprintf(in, sizeof in, "y=\"4\">%s</text>", number);
        assert_int_equal(count_of(document, in), 1);
    }
    chart_clear(&chart);
}

static void check_svg(const struct kunci_sop *sop)
{
    char *svg = shown(kunci_sop_svg, sop);

    is_well_formed(svg);
    has_chart(sop, svg);
    free(svg);
}

static void drawings_are_whole(void **state)
{
    (void)state;
    for_each(check_svg);
}

static void check_html(const struct kunci_sop *sop)
{
    char *html = shown(kunci_sop_html, sop);
    unsigned i;

    is_well_formed(html);
    has_chart(sop, html);
    assert_int_equal(count_of(html, "<td class=\"activity\">"),
                     count_of(html, "<td class=\"flow\" "));
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "://"));
    for (i = 0; i < sop->header.warnings.count; i++)
        if (!strpbrk(words_shown(&sop->header.warnings.items[i]), "&<>\"'"))
            assert_non_null(strstr(html, words_shown(&sop->header.warnings.items[i])));
    free(html);
}

static void pages_are_whole(void **state)
{
    (void)state;
    for_each(check_html);
}

static void pages_speak_the_language(void **state)
{
    static const struct {
        const char *language, *title;
    } cases[] = {{"id", "Pembaruan Sertifikat Elektronik"},
                 {"en", "Renewal of electronic certificates"}};
    struct kunci_sop *sop = procedure_named("kapuas-2026");
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        char *html;

        kunci_lang_set(cases[i].language);
        html = shown(kunci_sop_html, sop);
        assert_non_null(strstr(html, cases[i].title));
        free(html);
    }
    kunci_sop_free(&sop);
}

/* ---- hostile files ---- */

#define EVIL "\"</title></style><script>&amp;\\\"'\\u202e]]>\\n- x\""

static void evil_text_stays_text(void **state)
{
    static const char yaml[] =
        "version: " EVIL "\nkind: renewal\ntitle: " EVIL "\nsource: " EVIL "\nheader:\n"
        "  number: " EVIL "\n  agency: " EVIL "\n  unit: " EVIL "\n  approved_by: " EVIL "\n"
        "  legal_basis: [" EVIL "]\n  warnings: [" EVIL ", " EVIL "]\n"
        "  revisions: [{date: 2024-01-25, text: " EVIL ", by: " EVIL "}]\n"
        "lanes: [{role: pemohon, title: " EVIL "}]\n"
        "documents: {surat: " EVIL "}\n"
        "totals: [{minutes: 1, text: " EVIL "}]\n"
        "steps:\n  - id: a\n    actor: pemohon\n    act: check\n    text: " EVIL "\n"
        "    needs: [" EVIL "]\n    documents: [surat]\n    output: " EVIL "\n"
        "    remarks: " EVIL "\n    minutes: 1\n    reject: {to: a, text: " EVIL "}\n"
        "    branches:\n      - {outcome: y, to: b, text: " EVIL "}\n"
        "      - {outcome: x, to: end, text: " EVIL "}\n"
        "  - {id: b, actor: op, act: close, text: x, calls: {procedure: lain}}\n";
    struct kunci_sop *sop = procedure_of(yaml);
    showing *const shows[] = {kunci_sop_svg, kunci_sop_html};
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out;
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        out = shown(shows[i], sop);
        is_well_formed(out);
        assert_null(strstr(out, "<script"));
        assert_null(strstr(out, "\xe2\x80\xae"));
        free(out);
    }
    assert_int_equal(kunci_sop_text(sop, 80, &out, &err), KUNCI_OK);
    assert_null(strstr(out, "\xe2\x80\xae"));
    free(out);
    kunci_sop_free(&sop);
}

static void long_texts_take_no_long_time(void **state)
{
    static const char head[] = "version: '1'\nkind: renewal\ntitle: x\nsteps:\n"
                               "  - {id: a, actor: op, act: check, text: '";
    struct buf yaml = {0};
    struct kunci_sop *sop;
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out;
    unsigned i;

    (void)state;
    buf_text(&yaml, head);
    for (i = 0; i < 500000; i++)
        buf_text(&yaml, "w");
    buf_text(&yaml, "'}\n");
    sop = procedure_of(yaml.data);
    assert_int_equal(kunci_sop_text(sop, 80, &out, &err), KUNCI_OK);
    free(out);
    free(shown(kunci_sop_svg, sop));
    free(shown(kunci_sop_html, sop));
    kunci_sop_free(&sop);
    buf_clear(&yaml);
}

/* ---- the table ---- */

/* Every word stands somewhere in the text; none is broken that fits. */
static void has_words(const char *text, const char *words, size_t most)
{
    char word[256];

    while (*words) {
        size_t len = strcspn(words, " \n");

        if (len > 0 && len <= most) {
            snprintf(word, sizeof word, "%.*s", (int)len, words);
            if (!strstr(text, word))
                fail_msg("%s is not there", word);
        }
        words += len + strspn(words + len, " \n");
    }
}

static void check_text(const struct kunci_sop *sop)
{
    static const unsigned widths[] = {60, 72, 100, 160};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned i, row, column;
    struct sheet sheet;
    char *out;

    sheet_make(sop, &sheet);
    for (i = 0; i < 4; i++) {
        const char *line;
        size_t len;

        assert_int_equal(kunci_sop_text(sop, widths[i], &out, &err), KUNCI_OK);
        for (line = out; *line; line += len + 1) {
            len = strcspn(line, "\n");
            if ((unsigned)wrap_columns(line, len) > widths[i])
                fail_msg("wider than %u: %.*s", widths[i], (int)len, line);
            assert_true(len == 0 || line[len - 1] != ' ');
        }
        for (row = 0; row < sheet.rows; row++)
            for (column = 0; column < COLUMNS; column++)
                has_words(out, sheet.cells[row][column], widths[i] / 10);
        free(out);
    }
    sheet_clear(&sheet);
}

static void tables_fit_and_lose_nothing(void **state)
{
    (void)state;
    for_each(check_text);
}

static void lines_are_wrapped(void **state)
{
    static const struct {
        const char *text;
        int width;
        const char *want; /* lines with | between */
    } cases[] = {
        {"satu dua tiga", 8, "satu dua|tiga"},
        {"satu dua tiga", 3, "sat|u|dua|tig|a"},
        {"  a\n\nb  ", 9, "a|b"},
        {"\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9", 3, "\xc3\xa9\xc3\xa9\xc3\xa9|\xc3\xa9"},
        {"\xe6\xbc\xa2\xe5\xad\x97", 3, "\xe6\xbc\xa2|\xe5\xad\x97"}, /* two columns each */
        {"abc", 0, "a|b|c"},
        {"", 5, ""},
        {" \n ", 5, ""},
    };
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *rest = cases[i].text, *line;
        struct buf got = {0};

        buf_text(&got, "");
        while ((line = wrap_next(&rest, cases[i].width, wrap_columns, &len))) {
            if (got.len)
                buf_text(&got, "|");
            buf_add(&got, line, len);
        }
        assert_string_equal(got.data, cases[i].want);
        buf_clear(&got);
    }
}

static void ways_out_hang(void **state)
{
    static const char yaml[] =
        "version: '1'\nkind: renewal\ntitle: T\nsteps:\n"
        "  - {id: a, actor: op, act: check, text: t, branches: [{to: end, text: 'satu dua tiga "
        "empat lima enam tujuh delapan sembilan sepuluh sebelas dua belas tiga belas'}]}\n";
    struct kunci_sop *sop = procedure_of(yaml);
    struct kunci_err err = KUNCI_ERR_INIT;
    char *out;

    (void)state;
    assert_int_equal(kunci_sop_text(sop, 100, &out, &err), KUNCI_OK);
    assert_non_null(strstr(out, "\n     - satu"));
    assert_non_null(strstr(out, "\n       "));
    assert_null(strstr(out, "\n     d"));
    free(out);
    kunci_sop_free(&sop);
}

static void minutes_and_days_are_told(void **state)
{
    static const struct {
        int64_t seconds;
        const char *want;
    } minutes[] = {{18, "0.3"}, {900, "15"}, {2778, "46.3"}, {6000, "100"}, {0, "0"}, {3, "0.05"}};
    static const struct {
        const char *day, *want;
    } days[] = {{"2026-05-26", "26 May 2026"}, {"2024-12-01", "1 December 2024"}, {"x", "x"}};
    char told[32];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        tell_minutes(told, minutes[i].seconds);
        assert_string_equal(told, minutes[i].want);
    }
    kunci_lang_set("en");
    for (i = 0; i < sizeof days / sizeof *days; i++) {
        struct buf day = {0};

        tell_day(&day, days[i].day);
        assert_string_equal(day.data, days[i].want);
        buf_clear(&day);
    }
}

/* ---- data ---- */

static void data_is_whole(void **state)
{
    struct kunci_sop *sop = procedure_named("kapuas-2026");
    char *text = shown(kunci_sop_json, sop);
    json_t *document = json_loads(text, 0, NULL), *steps, *step, *total;
    size_t i;

    (void)state;
    assert_non_null(document);
    assert_string_equal(json_string_value(json_object_get(document, "name")), "kapuas-2026");
    steps = json_object_get(document, "steps");
    assert_int_equal(json_array_size(steps), sop->step_count);
    json_array_foreach(steps, i, step)
    {
        const char *to;

        assert_string_equal(json_string_value(json_object_get(step, "id")), sop->steps[i].name);
        to = json_string_value(
            json_object_get(json_array_get(json_object_get(step, "branches"), 0), "to"));
        assert_string_equal(to, sop->steps[i].branches[0].to);
        if (strcmp(sop->steps[i].name, "kirim") != 0)
            continue;
        assert_string_equal(json_string_value(json_object_get(step, "minutes")), "0.3");
        assert_int_equal(json_integer_value(json_object_get(step, "seconds")), 18);
    }
    total = json_array_get(json_object_get(document, "totals"), 0);
    assert_string_equal(json_string_value(json_object_get(total, "minutes")), "46.3");
    json_decref(document);
    free(text);
    kunci_sop_free(&sop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawings_are_whole),
        cmocka_unit_test(pages_are_whole),
        cmocka_unit_test(evil_text_stays_text),
        cmocka_unit_test(long_texts_take_no_long_time),
        cmocka_unit_test(pages_speak_the_language),
        cmocka_unit_test(tables_fit_and_lose_nothing),
        cmocka_unit_test(lines_are_wrapped),
        cmocka_unit_test(data_is_whole),
        cmocka_unit_test(ways_out_hang),
        cmocka_unit_test(minutes_and_days_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
