/* Requests put away as text and taken up again; what is no such text is refused. That a
 * request goes on as it would have is shown by test_random. */
#include "flow/request_file.h"
#include "lib/procedures.h"

#include <kunci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct kunci_sop *sop;
static struct world world;
static char *text; /* of a request that has a bit of everything */

static int up(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;

    (void)state;
    world = (struct world){.now = 1790000000, .fact = {[FACT_CERTIFICATE] = CERTIFICATE_EXPIRING}};
    sop = procedure_named("kapuas-2026");
    request = world_begin(&world, sop);
    while (request->state < STATE_VERIFYING) {
        world_gather(&world, request);
        world_suit(&world, request_step(request)->branches);
        assert_int_equal(world_do(&world, request, request_step(request)->branches[0].outcome),
                         KUNCI_OK);
    }
    world_gather(&world, request);
    assert_int_equal(request_save(request, &text, &err), KUNCI_OK);
    kunci_request_free(&request);
    return 0;
}

static int down(void **state)
{
    (void)state;
    free(text);
    kunci_sop_free(&sop);
    return 0;
}

static enum kunci_rc load(const char *bytes, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;
    enum kunci_rc rc = request_load(sop, bytes, len, &request, &err);
    char *again;

    assert_true(!request == (rc != KUNCI_OK));
    if (rc == KUNCI_OK) {
        assert_int_equal(request_save(request, &again, &err), KUNCI_OK);
        free(again);
    }
    kunci_request_free(&request);
    return rc;
}

static void everything_comes_back(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;
    char *again;

    (void)state;
    assert_int_equal(request_load(sop, text, strlen(text), &request, &err), KUNCI_OK);
    assert_int_equal(request_save(request, &again, &err), KUNCI_OK);
    assert_string_equal(again, text);
    assert_string_equal(request->applicant, "budi");
    assert_string_equal(request->domains[0], "contoh.go.id");
    assert_int_equal(request->state, STATE_VERIFYING);
    free(again);
    kunci_request_free(&request);
}

static void cut_and_flipped(void **state)
{
    size_t len = strlen(text), i;
    char *bytes = strdup(text);
    unsigned bit;

    (void)state;
    for (i = 0; i < len; i++) {
        char *part = malloc(i + 1); /* so that a byte too far is seen */

        memcpy(part, text, i);
        assert_int_equal(load(part, i), KUNCI_STORE_DAMAGED);
        free(part);
    }
    for (i = 0; i < len; i++)
        for (bit = 0; bit < 8; bit++) {
            enum kunci_rc rc;

            bytes[i] = (char)(text[i] ^ (1 << bit));
            rc = load(bytes, len);
            assert_true(rc == KUNCI_OK || rc == KUNCI_STORE_DAMAGED);
            bytes[i] = text[i];
        }
    free(bytes);
}

/* The text with `old` replaced is refused. */
static void refuse(const char *old, const char *by)
{
    const char *at = strstr(text, old);
    char *changed;

    if (!at)
        fail_msg("%s does not stand in %s", old, text);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, by, at + strlen(old)) > 0);
    if (load(changed, strlen(changed)) != KUNCI_STORE_DAMAGED)
        fail_msg("taken: %s", changed);
    free(changed);
}

static void what_does_not_fit(void **state)
{
    (void)state;
    refuse("\"kapuas-2026\"", "\"mamuju-2024\"");
    refuse("\"state\":\"verifying\"", "\"state\":\"closed\"");
    refuse("\"state\":\"verifying\"", "\"state\":\"sideways\"");
    refuse("\"calling\":false", "\"calling\":true");
    refuse("\"called\":false", "\"called\":false,\"called\":true");
    refuse("\"called\":false", "\"called\":false,\"more\":1");
    refuse("\"called\":false,", "");
    refuse("\"used\":0", "\"used\":-1");
    refuse("\"since\":", "\"since\":9999");
    refuse("\"applicant\":\"budi\"", "\"applicant\":\"\"");
    refuse("\"key-new\"", "\"key-old\"");
    refuse("\"person\":{", "\"person\":{\"shoe\":\"43\",");
    refuse("\"doers\":[", "\"doers\":[{\"step\":\"nowhere\",\"person\":\"budi\"},");
    refuse("\"doers\":[", "\"doers\":[{\"person\":\"budi\"},");
}

static void texts_that_are_no_utf8(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request;
    char *json;

    (void)state;
    request = world_begin(&world, sop);
    assert_true(text_keep(&request->data[KUNCI_FLOW_PERSON][FIELD_NAME], "Bud\xff"));
    assert_int_equal(request_save(request, &json, &err), KUNCI_BODY_INVALID);
    assert_null(json);
    kunci_request_free(&request);
}

/* ---- when time alone next brings something ---- */

static void ticked_when_it_is_due(void **state)
{
    const struct kunci_flow_port port = world_port(&world);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_request *request = world_begin(&world, sop);
    unsigned heard = 0;
    int64_t due;

    (void)state;
    while ((due = request_due(request, world.now)) != 0 && heard++ < 20) {
        unsigned before = world.entries;

        world.now = due - 1;
        assert_int_equal(kunci_flow_tick(request, &port, &err), KUNCI_OK);
        assert_int_equal(world.entries, before);
        world.now = due;
        assert_int_equal(kunci_flow_tick(request, &port, &err), KUNCI_OK);
        assert_true(world.entries > before);
    }
    assert_true(heard >= 2 && heard < 20);
    assert_int_equal(request->state, STATE_TIMED_OUT);
    kunci_request_free(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_comes_back), cmocka_unit_test(cut_and_flipped),
        cmocka_unit_test(what_does_not_fit),     cmocka_unit_test(texts_that_are_no_utf8),
        cmocka_unit_test(ticked_when_it_is_due),
    };

    return cmocka_run_group_tests(tests, up, down);
}
