/* Every route of the table stands in docs/openapi.yaml and none else does; paths are matched
 * strictly. */
#include "ams/body.h"
#include "ams/refusal.h"
#include "ams/routes.h"
#include "base/yaml.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static struct json_document description;
static char *text;

static int read_description(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    FILE *file = fopen("docs/openapi.yaml", "re");
    size_t len;

    (void)state;
    text = malloc(YAML_MAX_SIZE);
    assert_non_null(file);
    assert_non_null(text);
    len = fread(text, 1, YAML_MAX_SIZE, file);
    fclose(file);
    if (yaml_read("docs/openapi.yaml", text, len, &description, &err) != KUNCI_OK)
        fail_msg("%s", err.detail);
    return 0;
}

static int drop_description(void **state)
{
    (void)state;
    json_document_clear(&description);
    free(text);
    return 0;
}

static json_t *described(const char *path, const char *method)
{
    char lower[8] = "";
    size_t i;

    for (i = 0; method[i] && i < sizeof lower - 1; i++)
        lower[i] = (char)tolower((unsigned char)method[i]);
    return json_object_get(json_object_get(json_object_get(description.root, "paths"), path),
                           lower);
}

static void test_each_route_is_described(void **state)
{
    const struct route *route;
    json_t *is;

    (void)state;
    for (route = routes; route->method; route++) {
        if (!(is = described(route->path, route->method)))
            fail_msg("%s %s is not described", route->method, route->path);
        /* "security: []" says that nobody needs to be logged in. */
        assert_int_equal(json_object_get(is, "security") != NULL, route->who != ROUTE_SESSION);
        assert_int_equal(json_object_get(is, "requestBody") != NULL, route->body != ROUTE_NO_BODY);
        assert_int_equal(route->limit != 0, route->body != ROUTE_NO_BODY);
        assert_true(json_object_size(json_object_get(is, "responses")) > 0);
    }
}

static bool is_route(const char *path, const char *method)
{
    const struct route *route;

    for (route = routes; route->method; route++)
        if (strcmp(route->path, path) == 0 && strcasecmp(route->method, method) == 0)
            return true;
    return false;
}

static void test_nothing_else_is(void **state)
{
    const char *path, *method;
    json_t *methods, *one;

    (void)state;
    json_object_foreach(json_object_get(description.root, "paths"), path, methods)
        json_object_foreach(methods, method,
                            one) if (strcmp(method, "parameters") != 0 && !is_route(path, method))
            fail_msg("%s %s is described, and is not there", method, path);
}

/* Each "$ref" leads somewhere. */
static void follow(const json_t *node)
{
    const char *key, *target;
    char part[128];
    json_t *value;
    size_t i;

    json_array_foreach(node, i, value) follow(value);
    json_object_foreach((json_t *)(uintptr_t)node, key, value)
    {
        const json_t *at = description.root;

        follow(value);
        if (strcmp(key, "$ref") != 0)
            continue;
        for (target = json_string_value(value) + 1; *target == '/'; target += 1 + strlen(part)) {
            snprintf(part, sizeof part, "%.*s", (int)strcspn(target + 1, "/"), target + 1);
            at = json_object_get(at, part);
        }
        if (!at)
            fail_msg("%s leads nowhere", json_string_value(value));
    }
}

static void test_references_lead_somewhere(void **state)
{
    (void)state;
    follow(description.root);
}

static void test_paths(void **state)
{
    static const struct {
        const char *method, *path;
        bool plain;
        const char *want, *allow, *first, *second;
    } rows[] = {
        {"GET", "/health", true, "/health", "", "", ""},
        {"HEAD", "/health", true, "/health", "", "", ""},
        {"POST", "/health", true, NULL, "GET", "", ""},
        {"get", "/health", true, NULL, "GET", "", ""},
        {"GET", "/health/", true, NULL, "", "", ""},
        {"GET", "//health", true, NULL, "", "", ""},
        {"GET", "/", true, NULL, "", "", ""},
        {"GET", "", true, NULL, "", "", ""},
        {"GET", "/v1/me", false, "/v1/me", "", "", ""},
        {"GET", "/v1/me", true, NULL, "", "", ""},
        {"GET", "/v1/requests/7", false, "/v1/requests/{id}", "", "7", ""},
        {"GET", "/v1/requests/", false, NULL, "", "", ""},
        {"PUT", "/v1/requests/7/documents/surat", false, "/v1/requests/{id}/documents/{name}", "",
         "7", "surat"},
        {"DELETE", "/v1/requests/7/documents/surat", false, NULL, "PUT, GET", "7", "surat"},
        {"GET", "/v1/requests/7/documents/a/b", false, NULL, "", "", ""},
        {"GET", "/v1/requests/../me", false, NULL, "", "", ""},
        {"DELETE", "/v1/requests", false, NULL, "POST, GET", "", ""},
    };
    struct route_found found;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        route_find(rows[i].method, rows[i].path, rows[i].plain, &found);
        if (!rows[i].want != !found.route)
            fail_msg("%s %s", rows[i].method, rows[i].path);
        assert_string_equal(found.allow, rows[i].allow);
        if (!found.route)
            continue;
        assert_string_equal(found.route->path, rows[i].want);
        assert_string_equal(found.part[0], rows[i].first);
        assert_string_equal(found.part[1], rows[i].second);
    }
}

static void test_rest_of_a_path(void **state)
{
    struct route_found found;
    char path[1000];

    (void)state;
    route_find("GET", "/ocsp/MEQ/w==/x", true, &found);
    assert_non_null(found.route);
    assert_string_equal(found.rest, "MEQ/w==/x");
    route_find("GET", "/ocsp/", true, &found);
    assert_null(found.route);

    /* A part that is longer than any that there is. */
    snprintf(path, sizeof path, "/v1/certificates/%0*d", ROUTE_PART_MAX, 0);
    route_find("GET", path, false, &found);
    assert_non_null(found.route);
    snprintf(path, sizeof path, "/v1/certificates/%0*d", ROUTE_PART_MAX + 1, 0);
    route_find("GET", path, false, &found);
    assert_null(found.route);
}

static void test_statuses(void **state)
{
    static const struct {
        enum kunci_rc rc;
        unsigned status;
    } rows[] = {
        {KUNCI_BODY_INVALID, 400},      {KUNCI_USAGE_VALUE, 400},     {KUNCI_SESSION_NONE, 401},
        {KUNCI_LOGIN_REFUSED, 401},     {KUNCI_RIGHT_NONE, 403},      {KUNCI_FLOW_NO_RIGHT, 403},
        {KUNCI_FLOW_FOUR_EYES, 403},    {KUNCI_REQUEST_UNKNOWN, 404}, {KUNCI_CERT_UNKNOWN, 404},
        {KUNCI_ACCOUNT_UNKNOWN, 404},   {KUNCI_CALL_UNKNOWN, 404},    {KUNCI_REQUEST_CONFLICT, 409},
        {KUNCI_FLOW_NOT_POSSIBLE, 409}, {KUNCI_FLOW_OVER, 409},       {KUNCI_RENEW_EARLY, 409},
        {KUNCI_RENEW_LATE, 409},        {KUNCI_CERT_STATE, 409},      {KUNCI_FILE_TOO_LARGE, 413},
        {KUNCI_FLOW_RULE, 422},         {KUNCI_LINT_FAILED, 422},     {KUNCI_PROOF_INVALID, 422},
        {KUNCI_DECISION_INVALID, 422},  {KUNCI_PROFILE_REFUSED, 422}, {KUNCI_CSR_INVALID, 422},
        {KUNCI_TOO_MANY, 503},          {KUNCI_TOKEN_REMOVED, 503},   {KUNCI_PIN_KNOWN_BAD, 503},
        {KUNCI_STORE_FAILED, 500},      {KUNCI_NO_MEMORY, 500},       {KUNCI_AUDIT_BROKEN, 500},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++)
        if (refusal_status(rows[i].rc) != rows[i].status)
            fail_msg("%s is %u", kunci_err_name(rows[i].rc), refusal_status(rows[i].rc));
}

static void test_refusal(void **state)
{
    struct kunci_err err = {.rc = KUNCI_REQUEST_UNKNOWN, .about = "a \"b\"\\", .detail = "c"};
    char *said = refusal_text(&err);
    json_t *tree = json_loads(said, 0, NULL), *error = json_object_get(tree, "error");

    (void)state;
    assert_string_equal(json_string_value(json_object_get(error, "name")), "request_unknown");
    assert_string_equal(json_string_value(json_object_get(error, "about")), "a \"b\"\\");
    assert_string_equal(json_string_value(json_object_get(error, "detail")), "c");
    assert_true(json_string_length(json_object_get(error, "message")) > 0);
    assert_true(json_string_length(json_object_get(error, "next")) > 0);
    json_decref(tree);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_route_is_described),
        cmocka_unit_test(test_nothing_else_is),
        cmocka_unit_test(test_references_lead_somewhere),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_rest_of_a_path),
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_refusal),
    };

    return cmocka_run_group_tests(tests, read_description, drop_description);
}
