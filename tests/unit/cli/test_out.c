/* What the command says: tables for people, documents for programs, errors for both. */
#include "cli/out.h"

#include "cli/words.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An out that writes to memory. */
struct page {
    struct out out;
    char *said, *noted;
    size_t said_len, noted_len;
};

static void page_open(struct page *page, bool json)
{
    *page = (struct page){0};
    page->out.file = open_memstream(&page->said, &page->said_len);
    page->out.notes = open_memstream(&page->noted, &page->noted_len);
    page->out.json = json;
    assert_non_null(page->out.file);
    assert_non_null(page->out.notes);
}

static void page_flush(struct page *page)
{
    assert_int_equal(fflush(page->out.file), 0);
    assert_int_equal(fflush(page->out.notes), 0);
}

static void page_close(struct page *page)
{
    fclose(page->out.file);
    fclose(page->out.notes);
    free(page->said);
    free(page->noted);
}

static const struct column columns[] = {
    {"label", "Label", false}, {"good", "Good", false}, {"count", "Count", false},
    {"list", "List", false},   {NULL, NULL, false},
};

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return value;
}

static void test_tables(void **state)
{
    static const struct {
        const char *name, *in, *want;
    } rows[] = {
        {"no row", "[]", "Label  Good  Count  List\n"},
        {"plain", "[{\"label\":\"a\",\"good\":true,\"count\":12,\"list\":[\"x\",\"y\"]}]",
         "Label  Good  Count  List\na      yes   12     x, y\n"},
        {"fields missing", "[{\"good\":false}]",
         "Label  Good  Count  List\n       no           \n"},
        {"two bytes, one column",
         "[{\"label\":\"B\\u00fcrger\",\"list\":[]},{\"label\":\"Burger\"}]",
         "Label   Good  Count  List\nB\xc3\xbcrger               \nBurger               \n"},
        {"one character, two columns", "[{\"label\":\"\\u9375\\u9375\\u9375\",\"count\":1}]",
         "Label   Good  Count  List\n\xe9\x8d\xb5\xe9\x8d\xb5\xe9\x8d\xb5        1      \n"},
        {"a mark without a column of its own",
         "[{\"label\":\"e\\u0301e\\u0301e\\u0301e\\u0301e\\u0301e\\u0301\"}]",
         "Label   Good  Count  List\ne\xcc\x81"
         "e\xcc\x81"
         "e\xcc\x81"
         "e\xcc\x81"
         "e\xcc\x81"
         "e\xcc\x81               \n"},
        {"what would move the cursor",
         "[{\"label\":\"a\\u001b[2Jb\\u009bc\\n\",\"list\":[\"\\r\",\"\\u202ex\"]}]",
         "Label      Good  Count  List\na?[2Jb?c?               ?, ?x\n"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *in = json(rows[i].in);
        struct page page;

        print_message("%s\n", rows[i].name);
        page_open(&page, false);
        out_table(&page.out, in, columns);
        page_flush(&page);
        assert_string_equal(page.said, rows[i].want);
        page_close(&page);
        json_decref(in);
    }
}

static void test_fields(void **state)
{
    json_t *in = json("{\"label\":\"a\",\"good\":true,\"list\":[]}");
    struct page page;

    (void)state;
    page_open(&page, false);
    out_fields(&page.out, in, columns);
    page_flush(&page);
    assert_string_equal(page.said, "Label  a\nGood   yes\n");
    page_close(&page);
    json_decref(in);
}

/* A list is shown whole: what stood behind would be hidden from who reads it. */
static void test_long_list(void **state)
{
    json_t *list = json_array(), *in = json_pack("{s:o}", "list", list);
    struct page page;
    int i;

    (void)state;
    for (i = 0; i < 500; i++)
        assert_int_equal(json_array_append_new(list, json_string("abcdef")), 0);
    page_open(&page, false);
    out_fields(&page.out, in, columns);
    page_flush(&page);
    assert_int_equal(page.said_len, strlen("List   ") + 500 * strlen("abcdef, ") - 1);
    page_close(&page);
    json_decref(in);
}

/* With --json nothing but documents comes out, whatever is printed for people. */
static void test_json_alone(void **state)
{
    json_t *in = json("[{\"label\":\"a\"}]");
    struct page page;

    (void)state;
    page_open(&page, true);
    out_printf(&page.out, "for people\n");
    out_table(&page.out, in, columns);
    out_note(&page.out, "a remark");
    out_json(&page.out, in);
    page_flush(&page);
    assert_string_equal(page.said, "[{\"label\":\"a\"}]\n");
    assert_int_equal(page.noted_len, 0);
    page_close(&page);
    json_decref(in);
}

/* The parentheses keep cmocka's macro of that name out. */
static struct kunci_err some_error(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal((fail)(&err, KUNCI_PIN_INCORRECT, "Budi", NULL), KUNCI_PIN_INCORRECT);
    strcpy(err.answer, "CKR_PIN_INCORRECT");
    return err;
}

static void test_error_for_people(void **state)
{
    struct kunci_err err = some_error();
    struct page page;

    (void)state;
    page_open(&page, false);
    out_error(&page.out, &err);
    page_flush(&page);
    assert_string_equal(page.noted,
                        "kunci: The PIN of Budi is not right.\n"
                        "Think before you try again: too many wrong PINs lock the token.\n");
    assert_int_equal(page.said_len, 0);
    page_close(&page);
}

static void test_error_in_json(void **state)
{
    struct kunci_err err = some_error();
    json_t *document, *error;
    struct page page;

    (void)state;
    page_open(&page, true);
    out_error(&page.out, &err);
    page_flush(&page);
    document = json(page.said);
    error = json_object_get(document, "error");
    assert_string_equal(json_string_value(json_object_get(error, "name")), "pin_incorrect");
    assert_string_equal(json_string_value(json_object_get(error, "message")),
                        "The PIN of Budi is not right.");
    assert_string_equal(json_string_value(json_object_get(error, "answer")), "CKR_PIN_INCORRECT");
    assert_true(json_is_null(json_object_get(error, "where")));
    assert_int_equal(page.noted_len, 0);
    json_decref(document);
    page_close(&page);
}

static void test_suggestion(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct page page;

    (void)state;
    assert_int_equal((fail)(&err, KUNCI_USAGE_OPTION, "--lable", "--label"), KUNCI_USAGE_OPTION);
    page_open(&page, false);
    out_error(&page.out, &err);
    page_flush(&page);
    assert_non_null(strstr(page.noted, "Perhaps you meant \"--label\".\n"));
    page_close(&page);
}

/* A full disk is an error, once; the error is then told where it can be read. */
static void test_full_disk(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct page page;

    (void)state;
    page_open(&page, true);
    fclose(page.out.file);
    page.out.file = fopen("/dev/full", "w");
    assert_non_null(page.out.file);
    out_bytes(&page.out, "answer", 6);
    assert_int_equal(out_end(&page.out, &err), KUNCI_FILE_WRITE);
    assert_int_equal(page.out.errnum, ENOSPC);
    assert_int_equal(kunci_err_exit(err.rc), 3);
    out_error(&page.out, &err);
    page_flush(&page);
    assert_non_null(strstr(page.noted, "No space left on device"));
    page_close(&page);
}

static void test_printable(void **state)
{
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"plain", "plain"},
        {"B\xc3\xbc", "B\xc3\xbc"},
        {"\xff"
         "a",
         "?a"},
        {"a\033[0m\n", "a?[0m?"},
        {"cut \xc3", "cut ?"},
        {"a\xe2\x80\xae" /* what follows runs from right to left */
         "b",
         "a?b"},
        {"a\xd8\x9c\xe2\x80\x8f\xe2\x81\xa6", "a???"},
        {"0123456789", "0123456"},
        {"012345\xc3\xbc", "012345"},
        {"", ""},
    };
    char to[8];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        words_printable(to, sizeof to, rows[i].in);
        assert_string_equal(to, rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),           cmocka_unit_test(test_fields),
        cmocka_unit_test(test_long_list),        cmocka_unit_test(test_json_alone),
        cmocka_unit_test(test_error_for_people), cmocka_unit_test(test_error_in_json),
        cmocka_unit_test(test_suggestion),       cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_printable),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
