/* An export is what the store holds; cut anywhere or with any byte changed it is refused. */
#include "lib/ledgers.h"
#include "lib/place.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct ledger ledger;
static char *text; /* the export */
static size_t text_len;

static enum kunci_rc export_to(FILE *to, struct audit_report *report, struct kunci_err *err)
{
    const struct audit_export how = {.signer = ledger.desk->signer,
                                     .node = "kapuas",
                                     .by = "budi",
                                     .at = LEDGER_NOW + 7200,
                                     .subject = "trail"};

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return audit_export(ledger.store, &how, to, "trail", report, err);
}

static enum kunci_rc check(const char *bytes, size_t len, size_t piece, struct kunci_err *err)
{
    struct audit_check *check = NULL;
    struct audit_report report;
    const char *at = NULL;
    enum kunci_rc rc;
    size_t done, n;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    rc = audit_check_new(&ledger.sealers, &check, err);
    for (done = 0; rc == KUNCI_OK && done < len; done += n) {
        n = len - done < piece ? len - done : piece;
        rc = audit_check_add(check, bytes + done, n, err);
    }
    if (rc == KUNCI_OK && (rc = audit_check_end(check, &report, &at, err)) == KUNCI_OK) {
        assert_int_equal(report.rows, 8);
        assert_int_equal(report.seals, 2);
        assert_int_equal(report.sealed, 7);
        assert_string_equal(at, "2026-11-21T00:00:00Z");
    }
    audit_check_free(&check);
    return rc;
}

static void test_whole(void **state)
{
    struct audit_report report;
    struct kunci_err err;
    FILE *file = tmpfile();

    (void)state;
    assert_int_equal(export_to(file, &report, &err), KUNCI_OK);
    assert_int_equal(report.rows, 8);
    text_len = (size_t)ftell(file);
    text = malloc(text_len + 1);
    rewind(file);
    assert_int_equal(fread(text, 1, text_len, file), text_len);
    text[text_len] = '\0';
    fclose(file);
    assert_non_null(
        strstr(text, "\"event\":\"audit.export\",\"by\":\"budi\",\"subject\":\"trail\""));
    assert_int_equal(check(text, text_len, text_len, &err), KUNCI_OK);
    assert_int_equal(check(text, text_len, 1, &err), KUNCI_OK);
    assert_int_equal(audit_verify(ledger.store, &ledger.sealers, &report, &err), KUNCI_OK);
    assert_int_equal(report.rows, 8);
}

static void test_cut(void **state)
{
    struct kunci_err err;
    size_t len;

    (void)state;
    for (len = 0; len < text_len; len++)
        assert_int_equal(check(text, len, text_len, &err), KUNCI_AUDIT_BROKEN);
}

/* But for what nobody signs in the last line: the name of the node, which stands signed in
 * every row, and the frame of the signature. */
static void test_changed(void **state)
{
    size_t i, end = (size_t)(strstr(text, "{\"end\"") - text), unsigned_bytes = 0;
    struct kunci_err err;

    (void)state;
    for (i = 0; i < text_len; i++) {
        text[i] ^= 1;
        if (check(text, text_len, text_len, &err) == KUNCI_OK && (++unsigned_bytes, i < end))
            fail_msg("byte %zu was changed to '%c'", i, text[i]);
        text[i] ^= 1;
    }
    assert_true(unsigned_bytes < 40);
}

static void test_too_long(void **state)
{
    char *line = malloc(AUDIT_LINE_MAX + 2);
    struct kunci_err err;

    (void)state;
    memset(line, ' ', AUDIT_LINE_MAX + 2);
    assert_int_equal(check(line, AUDIT_LINE_MAX + 2, 4096, &err), KUNCI_AUDIT_BROKEN);
    assert_string_equal(err.about, "1");
    free(line);
}

/* An earlier seal says nothing of where an export ends. */
static void test_seal_for_end(void **state)
{
    char *seal = strstr(text, "\"cms\":\""), *cut,
         *row_end = strchr(strstr(text, "\"seal\""), '\n');
    const char *prev = strstr(seal, "\"prev\":\"") + 8;
    struct kunci_err err;

    (void)state;
    assert_int_equal(asprintf(&cut, "%.*s\n{\"end\":3,\"hash\":\"%.64s\",\"at\":\"x\",%.*s}\n",
                              (int)(strstr(text, "{\"seq\":4") - text - 1), text, prev,
                              (int)(strchr(seal + 8, '"') - seal + 1), seal) > 0,
                     1);
    assert_true(row_end > prev);
    assert_int_equal(check(cut, strlen(cut), 4096, &err), KUNCI_AUDIT_BROKEN);
    assert_string_equal(err.about, "4");
    free(cut);
}

static void test_full(void **state)
{
    FILE *full = fopen("/dev/full", "w");
    struct audit_report report;
    struct kunci_err err;

    (void)state;
    if (!full)
        skip();
    assert_int_equal(export_to(full, &report, &err), KUNCI_FILE_WRITE);
    assert_string_equal(err.about, "trail");
    fclose(full);
}

static void test_broken(void **state)
{
    struct audit_report report;
    struct kunci_err err;
    FILE *file = tmpfile();

    (void)state;
    err = (struct kunci_err)KUNCI_ERR_INIT;
    assert_int_equal(
        store_do(ledger.store, "UPDATE audit SET line = '{}' WHERE seq = 5", NO_VALUES, &err),
        KUNCI_OK);
    assert_int_equal(export_to(file, &report, &err), KUNCI_AUDIT_BROKEN);
    assert_string_equal(err.about, "5");
    assert_int_equal(ftell(file), 0);
    fclose(file);
}

static int up(void **state)
{
    (void)state;
    ledger_up(&ledger, "ledger");
    ledger_fill(&ledger, 5, 3);
    return 0;
}

static int down(void **state)
{
    free(text);
    ledger_down(&ledger);
    return place_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_changed),      cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_seal_for_end), cmocka_unit_test(test_full),
        cmocka_unit_test(test_broken),
    };

    place_up();
    return cmocka_run_group_tests(tests, up, down);
}
