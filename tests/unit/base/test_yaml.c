/* YAML into trees, and trees into structures. */
#include "base/yaml.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void values_become_a_tree(void **state)
{
    static const struct {
        const char *in, *want; /* as JSON */
    } cases[] = {
        {"", "{}"},
        {"# nothing\n", "{}"},
        {"---\n", "{}"},
        {"a: b\n", "{\"a\":\"b\"}"},
        {"\xef\xbb\xbf"
         "a: b\r\n",
         "{\"a\":\"b\"}"},
        {"a: 'true'\nb: true\nc: false\n", "{\"a\":\"true\",\"b\":true,\"c\":false}"},
        {"a: no\nb: yes\nc: on\nd: True\n",
         "{\"a\":\"no\",\"b\":\"yes\",\"c\":\"on\",\"d\":\"True\"}"},
        {"a:\nb: ~\nc: null\nd: ''\n", "{\"a\":null,\"b\":null,\"c\":null,\"d\":\"\"}"},
        {"a: 0\nb: -12\nc: 007\nd: 1.5\n", "{\"a\":0,\"b\":-12,\"c\":\"007\",\"d\":\"1.5\"}"},
        {"a: 9223372036854775807\nb: 9223372036854775808\n",
         "{\"a\":9223372036854775807,\"b\":\"9223372036854775808\"}"},
        {"a: -\nb: 1e3\nc: 0x10\n", NULL}, /* "-" begins a list */
        {"a: \"x\\ty\\u00e9\"\n", "{\"a\":\"x\\ty\xc3\xa9\"}"},
        {"- 1\n- [a, b]\n- {c: d}\n", "[1,[\"a\",\"b\"],{\"c\":\"d\"}]"},
        {"a:\n  - b: 1\n    c: 2\n  - |\n    two\n    lines\n",
         "{\"a\":[{\"b\":1,\"c\":2},\"two\\nlines\\n\"]}"},
        {"<<: a\n", "{\"<<\":\"a\"}"},
        {"true: 1\n2: 3\n", "{\"true\":1,\"2\":3}"},
        {"plain\n", "\"plain\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;
        char *text;

        if (yaml_read("f", cases[i].in, strlen(cases[i].in), &document, &err) !=
            (cases[i].want ? KUNCI_OK : KUNCI_CONFIG_INVALID))
            fail_msg("%s: %s", cases[i].in, err.detail);
        if (!cases[i].want)
            continue;
        text = json_dumps(document.root, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, cases[i].want);
        free(text);
        json_document_clear(&document);
    }
}

static void what_is_wrong_names_its_line(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"a: 1\nb: 2\na: 3\n", "line 3: a name stands there twice"},
        {"a: &x 1\n", "line 1: anchors, aliases and tags are not known here"},
        {"a: 1\nb: *x\n", "line 2: anchors, aliases and tags are not known here"},
        {"a: &x [1]\n", "line 1: anchors, aliases and tags are not known here"},
        {"&x a: 1\n", "line 1: anchors, aliases and tags are not known here"},
        {"\n\na: !!str 1\n", "line 3: anchors, aliases and tags are not known here"},
        {"a: !x {b: 1}\n", "line 1: anchors, aliases and tags are not known here"},
        {"%TAG ! tag:x,1:\n---\na: 1\n", "line 1: anchors, aliases and tags are not known here"},
        {"a: 1\n---\nb: 2\n", "line 2: a second document begins"},
        {"[a]: 1\n", "line 1: a name must be plain text"},
        {"? {a: b}\n: 1\n", "line 1: a name must be plain text"},
        {"a: \"x\\0y\"\n", "line 1: text cannot hold a NUL"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;

        assert_int_equal(yaml_read("f", cases[i].in, strlen(cases[i].in), &document, &err),
                         KUNCI_CONFIG_INVALID);
        assert_string_equal(err.about, "f");
        assert_string_equal(err.detail, cases[i].want);
        assert_null(document.root);
    }
}

static void libyaml_names_its_line_too(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"a: 1\n b: 2\n", "line 2: "},
        {"a: 1\nb: [1, 2\n", "line 3: "},
        {"a: 1\nb: 2\nc: \xff\n", "line 3: "},
        {"a: 1\nb: \"\\q\"\n", "line 2: "},
        {"\x01", "line 1: "},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;

        assert_int_equal(yaml_read("f", cases[i].in, strlen(cases[i].in), &document, &err),
                         KUNCI_CONFIG_INVALID);
        if (strncmp(err.detail, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: %s", cases[i].in, err.detail);
    }
}

static void too_deep_and_too_long_are_refused(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT, long_err = KUNCI_ERR_INIT;
    struct json_document document;
    char deep[2 * (YAML_MAX_DEPTH + 1) + 1] = "", *large = malloc(YAML_MAX_SIZE + 1);
    int depth;

    (void)state;
    for (depth = YAML_MAX_DEPTH; depth <= YAML_MAX_DEPTH + 1; depth++) {
        memset(deep, '[', (size_t)depth);
        memset(deep + depth, ']', (size_t)depth);
        assert_int_equal(yaml_read("f", deep, 2 * (size_t)depth, &document, &err),
                         depth == YAML_MAX_DEPTH ? KUNCI_OK : KUNCI_CONFIG_INVALID);
        json_document_clear(&document);
    }

    assert_non_null(large);
    memset(large, '\n', YAML_MAX_SIZE + 1);
    assert_int_equal(yaml_read("f", large, YAML_MAX_SIZE, &document, &long_err), KUNCI_OK);
    json_document_clear(&document);
    assert_int_equal(yaml_read("f", large, YAML_MAX_SIZE + 1, &document, &long_err),
                     KUNCI_FILE_TOO_LARGE);
    free(large);
}

struct thing {
    char *name, *colour;
    int64_t count;
    bool big;
    enum { ROUND, SQUARE } shape;
};

static const char *const colours[] = {"red", "blue", NULL};
static const char *const shapes[] = {[ROUND] = "round", [SQUARE] = "square", NULL};

#define FIELD(member, is) .name = #member, .kind = (is), .offset = offsetof(struct thing, member)
static const struct json_field thing_fields[] = {
    {FIELD(name, JSON_KIND_STRING), .required = true},
    {FIELD(colour, JSON_KIND_STRING), .choices = colours},
    {FIELD(count, JSON_KIND_INT), .min = -1, .max = 10},
    {FIELD(big, JSON_KIND_BOOL)},
    {FIELD(shape, JSON_KIND_CHOICE), .choices = shapes},
};

static enum kunci_rc read_thing(const char *in, struct thing *out, struct kunci_err *err)
{
    struct json_document document;
    enum kunci_rc rc;

    *out = (struct thing){.count = 5};
    assert_int_equal(yaml_read("f", in, strlen(in), &document, err), KUNCI_OK);
    rc = json_read_object(&document, document.root, thing_fields,
                          sizeof thing_fields / sizeof *thing_fields, out, err);
    json_document_clear(&document);
    return rc;
}

static void a_tree_becomes_a_structure(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct thing thing;

    (void)state;
    assert_int_equal(
        read_thing("shape: square\nname: N\ncolour: blue\ncount: -1\nbig: true\n", &thing, &err),
        KUNCI_OK);
    assert_string_equal(thing.name, "N");
    assert_string_equal(thing.colour, "blue");
    assert_int_equal(thing.count, -1);
    assert_true(thing.big);
    assert_int_equal(thing.shape, SQUARE);
    free(thing.name);
    free(thing.colour);

    assert_int_equal(read_thing("name: N\n", &thing, &err), KUNCI_OK);
    assert_null(thing.colour);
    assert_int_equal(thing.count, 5);
    free(thing.name);
}

static void wrong_kinds_name_their_line(void **state)
{
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"colour: red\n", "\"name\": it is missing"},
        {"name: N\n\nnome: N\n", "line 3, \"nome\": there is no such setting"},
        {"name: 5\n", "line 1, \"name\": the value must be text"},
        {"name:\n", "line 1, \"name\": the value must be text"},
        {"name: ''\n", "line 1, \"name\": the value must be text"},
        {"name: [N]\n", "line 1, \"name\": the value must be text"},
        {"name: N\ncolour: green\n", "line 2, \"colour\": there is no such choice"},
        {"name: N\ncolour: true\n", "line 2, \"colour\": the value must be text"},
        {"name: N\ncount: '1'\n", "line 2, \"count\": the value must be a whole number"},
        {"name: N\ncount: 11\n", "line 2, \"count\": the number is too small or too large"},
        {"name: N\ncount: -2\n", "line 2, \"count\": the number is too small or too large"},
        {"name: N\nbig: yes\n", "line 2, \"big\": the value must be true or false"},
        {"name: N\nshape: oval\n", "line 2, \"shape\": there is no such choice"},
        {"name: N\nshape: 1\n", "line 2, \"shape\": there is no such choice"},
        {"- name\n", "it must be a list of names and their values"},
        {"name\n", "it must be a list of names and their values"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct thing thing;

        assert_int_equal(read_thing(cases[i].in, &thing, &err), KUNCI_CONFIG_INVALID);
        assert_string_equal(err.about, "f");
        assert_string_equal(err.detail, cases[i].want);
        free(thing.name);
        free(thing.colour);
    }
}

struct parts {
    int64_t amount;
    json_t *object, *objects, *value;
    char **list;
    unsigned set;
};

#define PART(member, is) .name = #member, .kind = (is), .offset = offsetof(struct parts, member)
static const struct json_field part_fields[] = {
    {PART(amount, JSON_KIND_DECIMAL), .min = 0, .max = 100000},
    {PART(object, JSON_KIND_OBJECT)},
    {PART(objects, JSON_KIND_OBJECTS)},
    {PART(value, JSON_KIND_VALUE)},
    {PART(list, JSON_KIND_LIST)},
    {PART(set, JSON_KIND_SET), .choices = colours},
};

/* The document has to live as long as what belongs to it. */
static enum kunci_rc read_parts(const char *in, struct json_document *document, struct parts *out,
                                struct kunci_err *err)
{
    *out = (struct parts){.amount = -1};
    assert_int_equal(yaml_read("f", in, strlen(in), document, err), KUNCI_OK);
    return json_read_object(document, document->root, part_fields,
                            sizeof part_fields / sizeof *part_fields, out, err);
}

static void decimals_are_thousandths(void **state)
{
    static const struct {
        const char *in;
        int64_t want;
    } cases[] = {
        {"amount: 15\n", 15000},    {"amount: 0\n", 0},        {"amount: 0.3\n", 300},
        {"amount: 46.25\n", 46250}, {"amount: 1.005\n", 1005}, {"amount: '2.5'\n", 2500},
        {"amount: 100\n", 100000},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;
        struct parts parts;

        assert_int_equal(read_parts(cases[i].in, &document, &parts, &err), KUNCI_OK);
        assert_int_equal(parts.amount, cases[i].want);
        json_document_clear(&document);
    }
}

static void parts_stay_in_their_tree(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct json_document document;
    struct parts parts;

    (void)state;
    assert_int_equal(read_parts("object: {a: b}\nobjects: [{}, {c: d}]\nvalue: [1]\n"
                                "list: [x, y]\nset: [blue]\n",
                                &document, &parts, &err),
                     KUNCI_OK);
    assert_string_equal(json_string_value(json_object_get(parts.object, "a")), "b");
    assert_int_equal(json_array_size(parts.objects), 2);
    assert_int_equal(json_integer_value(json_array_get(parts.value, 0)), 1);
    assert_string_equal(parts.list[1], "y");
    assert_null(parts.list[2]);
    assert_int_equal(parts.set, 1u << 1);
    json_list_free(&parts.list);
    json_document_clear(&document);

    assert_int_equal(read_parts("value: ~\nobjects: []\n", &document, &parts, &err), KUNCI_OK);
    assert_true(json_is_null(parts.value));
    assert_int_equal(json_array_size(parts.objects), 0);
    assert_null(parts.object);
    assert_int_equal(parts.amount, -1);
    json_document_clear(&document);
}

static void wrong_parts_name_their_line(void **state)
{
    static const char number[] = "line 1, \"amount\": the value must be a number";
    static const char range[] = "line 1, \"amount\": the number is too small or too large";
    static const char objects[] =
        "line 1, \"objects\": it must be a list whose items are names and their values";
    static const char object[] = "line 1, \"object\": it must be a list of names and their values";
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"amount: 1.2345\n", number},
        {"amount: 1.\n", number},
        {"amount: .5\n", number},
        {"amount: '5'\n", number},
        {"amount: 1,5\n", number},
        {"amount: 1.5x\n", number},
        {"amount: -0.5\n", number},
        {"amount: 1e3\n", number},
        {"amount: true\n", number},
        {"amount: [1]\n", number},
        {"amount: 1000000001\n", number},
        {"amount: 9223372036854775807\n", number},
        {"amount: -9223372036854775808\n", number},
        {"amount: 99999999999999999999.5\n", number},
        {"amount: -1\n", range},
        {"amount: 100.001\n", range},
        {"amount: 1000000000\n", range},
        {"object: a\n", object},
        {"object: [a]\n", object},
        {"object:\n", object},
        {"objects: {a: b}\n", objects},
        {"objects: [{a: b}, c]\n", objects},
        {"objects: [[]]\n", objects},
        {"objects: a\n", objects},
        {"list: a\n", "line 1, \"list\": it must be a list"},
        {"list: [a, 1]\n", "line 1, \"list\": it must be a list of texts that are known here"},
        {"set: [green]\n", "line 1, \"set\": it must be a list of texts that are known here"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;
        struct parts parts;

        if (read_parts(cases[i].in, &document, &parts, &err) != KUNCI_CONFIG_INVALID)
            fail_msg("%s was read", cases[i].in);
        assert_string_equal(err.detail, cases[i].want);
        json_document_clear(&document);
    }
}

static void cut_and_flipped(void **state)
{
    static const char in[] = "name: \"N\\u00e9\"\nlist:\n  - {a: 1, b: [x, 'y']}\n  - |\n"
                             "    text\n\xc3\xa9: &a !t *a\n# end\n...\n";
    size_t at, len = sizeof in - 1;
    char *bytes;
    int bit;

    (void)state;
    for (at = 0; at < 9 * len; at++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct json_document document;
        size_t size = at < len ? at : len;

        bytes = malloc(size + !size); /* as long as it is, so that a sanitizer sees its end */
        assert_non_null(bytes);
        memcpy(bytes, in, size);
        bit = (int)(at / len) - 1;
        if (bit >= 0)
            bytes[at % len] = (char)(in[at % len] ^ 1 << bit);
        if (yaml_read("f", bytes, size, &document, &err) == KUNCI_OK)
            json_document_clear(&document);
        else
            assert_int_equal(err.rc, KUNCI_CONFIG_INVALID);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_a_tree),
        cmocka_unit_test(what_is_wrong_names_its_line),
        cmocka_unit_test(libyaml_names_its_line_too),
        cmocka_unit_test(too_deep_and_too_long_are_refused),
        cmocka_unit_test(a_tree_becomes_a_structure),
        cmocka_unit_test(wrong_kinds_name_their_line),
        cmocka_unit_test(decimals_are_thousandths),
        cmocka_unit_test(parts_stay_in_their_tree),
        cmocka_unit_test(wrong_parts_name_their_line),
        cmocka_unit_test(cut_and_flipped),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
