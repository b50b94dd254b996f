#include "ams/routes.h"

#include "ams/body.h"
#include "ams/handlers.h"
#include "ams/ocspd.h"

#include <stdio.h>
#include <string.h>

enum { LETTER_MAX = 10 << 20 };

#define AT_ONCE .at_once = true
#define READ    .work = WORK_READ
#define WRITE   .work = WORK_WRITE
#define JSON    .body = ROUTE_JSON, .limit = BODY_MAX

const struct route routes[] = {
    {"GET", "/health", ROUTE_ANYBODY, true, AT_ONCE, .run = handle_health},
    {"POST", "/ocsp", ROUTE_ANYBODY, true, AT_ONCE, .body = ROUTE_OCSP, .limit = OCSPD_REQUEST_MAX,
     .run = handle_ocsp},
    {"GET", "/ocsp/{rest...}", ROUTE_ANYBODY, true, AT_ONCE, .run = handle_ocsp},
    {"GET", "/crl/{name}", ROUTE_ANYBODY, true, AT_ONCE, .run = handle_crl},
    {"GET", "/ca/{name}", ROUTE_ANYBODY, true, AT_ONCE, .run = handle_ca},

    {"GET", "/v1/openapi.yaml", ROUTE_ANYBODY, false, AT_ONCE, .run = handle_openapi},
    {"GET", "/v1/authority", ROUTE_STRANGER, false, READ, .run = handle_authority},
    {"POST", "/v1/challenges", ROUTE_STRANGER, false, AT_ONCE, .run = handle_challenge},
    {"POST", "/v1/sessions", ROUTE_STRANGER, false, .work = WORK_PASSWORD, .body = ROUTE_SECRET,
     .limit = 16 << 10, .run = handle_login},

    {"GET", "/v1/me", ROUTE_SESSION, false, READ, .run = handle_me},
    {"POST", "/v1/requests", ROUTE_SESSION, false, WRITE, JSON, .ahead = look_at_csr,
     .run = handle_begin},
    {"GET", "/v1/requests", ROUTE_SESSION, false, READ, .run = handle_list},
    {"GET", "/v1/requests/{id}", ROUTE_SESSION, false, READ, .run = handle_show},
    {"POST", "/v1/requests/{id}/events", ROUTE_SESSION, false, WRITE, JSON, .ahead = look_at_csr,
     .run = handle_event},
    {"PUT", "/v1/requests/{id}/documents/{name}", ROUTE_SESSION, false, WRITE, .body = ROUTE_BYTES,
     .limit = LETTER_MAX, .run = handle_attach},
    {"GET", "/v1/requests/{id}/documents/{name}", ROUTE_SESSION, false, READ,
     .run = handle_document},
    {"GET", "/v1/requests/{id}/decisions/{n}", ROUTE_SESSION, false, READ, .run = handle_decision},
    {"GET", "/v1/certificates/{serial}", ROUTE_SESSION, false, READ, .run = handle_certificate},
    {NULL, NULL, ROUTE_ANYBODY, false, AT_ONCE, .run = NULL},
};

/* One part of the pattern against one of the path; both are moved behind it. */
static bool match_part(const char **pattern, const char **path, struct route_found *out,
                       unsigned *parts)
{
    size_t want = strcspn(*pattern, "/"), have = strcspn(*path, "/");
    bool fits;

    if (**pattern != '{') {
        fits = want == have && strncmp(*pattern, *path, want) == 0;
    } else {
        fits = have > 0 && have <= ROUTE_PART_MAX && *parts < ROUTE_PARTS;
        if (fits)
            snprintf(out->part[(*parts)++], ROUTE_PART_MAX + 1, "%.*s", (int)have, *path);
    }
    *pattern += want;
    *path += have;
    return fits;
}

static bool match(const char *pattern, const char *path, struct route_found *out)
{
    unsigned parts = 0;

    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        if (strcmp(pattern, "{rest...}") == 0) {
            out->rest = path;
            return *path != '\0';
        }
        if (!match_part(&pattern, &path, out, &parts))
            return false;
    }
    return *pattern == '\0' && *path == '\0';
}

static void allow(struct route_found *out, const char *method)
{
    size_t len = strlen(out->allow);

    snprintf(out->allow + len, sizeof out->allow - len, "%s%s", len ? ", " : "", method);
}

void route_find(const char *method, const char *path, bool plain, struct route_found *out)
{
    const struct route *route;

    *out = (struct route_found){.route = NULL};
    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    for (route = routes; route->method; route++) {
        if ((plain && !route->plain) || !match(route->path, path, out))
            continue;
        if (strcmp(route->method, method) == 0) {
            out->route = route;
            return;
        }
        allow(out, route->method);
    }
}
