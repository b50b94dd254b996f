/* All that can be called over HTTP, in one table: docs/openapi.yaml describes the same, and a
 * test holds both together. */
#ifndef AMS_ROUTES_H
#define AMS_ROUTES_H

#include "ams/workers.h"

#include <kunci/error.h>
#include <stdbool.h>

struct call;

enum route_who {
    ROUTE_ANYBODY,
    ROUTE_STRANGER, /* anybody too, but it costs: an address may not ask often */
    ROUTE_SESSION
};

enum route_body {
    ROUTE_NO_BODY,
    ROUTE_JSON,
    ROUTE_SECRET, /* JSON with a password: wiped when it was read */
    ROUTE_BYTES,
    ROUTE_OCSP
};

struct route {
    const char *method;
    const char *path; /* "/v1/requests/{id}": what stands in braces is a part */
    enum route_who who;
    bool plain;     /* without TLS too */
    bool at_once;   /* in the thread of HTTP, from memory; else by a worker: */
    enum work work; /* for WORK_WRITE within a transaction */
    enum route_body body;
    size_t limit; /* of the body */
    /* What needs no store, done before in the thread of HTTP; NULL: nothing. */
    void (*ahead)(struct call *call);
    /* Leaves its answer in the call, or the error that is to be told. */
    enum kunci_rc (*run)(struct call *call, struct store *store, struct kunci_err *err);
};

extern const struct route routes[]; /* ends with a NULL method */

enum { ROUTE_PARTS = 2, ROUTE_PART_MAX = 200, ROUTE_ALLOW = 64 };

struct route_found {
    const struct route *route; /* NULL: nothing is there; */
    char allow[ROUTE_ALLOW];   /* but with these methods: "GET, PUT"; "" where with none */
    char part[ROUTE_PARTS][ROUTE_PART_MAX + 1];
    const char *rest; /* what a path that ends with {rest...} has there, slashes and all */
};

/* plain: of those that are answered without TLS. HEAD is GET. */
void route_find(const char *method, const char *path, bool plain, struct route_found *out);

#endif
