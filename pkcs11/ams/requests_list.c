/* Lists of requests and notices. Each role that somebody holds somewhere is asked for by
 * itself, along an index, and the answers are merged in the order of their numbers. */
#include "ams/requests.h"

#include "ams/view.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

/* At most so many are looked at for one answer: where few of many are whose turn it is, the
 * rest comes with the next one. */
enum { USUAL = 50, MOST = 500, LOOKED_AT = 1000 };

/* ---- numbers ---- */

struct numbers {
    int64_t *items;
    size_t count, room;
};

static bool number_add(struct numbers *numbers, int64_t number)
{
    if (numbers->count == numbers->room) {
        size_t room = numbers->room ? 2 * numbers->room : 64;
        int64_t *items = reallocarray(numbers->items, room, sizeof *items);

        if (!items)
            return false;
        numbers->items = items;
        numbers->room = room;
    }
    numbers->items[numbers->count++] = number;
    return true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* In order, each once. */
static void number_sort(struct numbers *numbers)
{
    size_t i, kept = 0;

    if (!numbers->count)
        return;
    qsort(numbers->items, numbers->count, sizeof *numbers->items, compare);
    for (i = 0; i < numbers->count; i++)
        if (i == 0 || numbers->items[i] != numbers->items[i - 1])
            numbers->items[kept++] = numbers->items[i];
    numbers->count = kept;
}

/* Adds what a query finds. */
static enum kunci_rc number_all(struct rows *rows, enum kunci_rc rc, struct numbers *to,
                                struct kunci_err *err)
{
    while (rc == KUNCI_OK && rows_next(rows, err))
        if (!number_add(to, rows_int(rows, 0)))
            rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        rc = rows->rc;
    rows_end(rows);
    return rc;
}

/* ---- what could be meant ---- */

struct search {
    const struct requests_desk *desk;
    const struct requests_actor *actor;
    const struct requests_query *query;
    int64_t limit; /* candidates of each kind */
    struct numbers found;
};

/* The index holds all that the query asks of a row. */
static enum kunci_rc find_by_role(struct search *in, const struct kunci_flow_grant *grant,
                                  struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(in->desk->store,
                    "SELECT id FROM requests WHERE role = $1 AND role IS NOT NULL AND id > $2"
                    " AND ($3 = '' OR institution = $3"
                    " OR substr(institution, 1, length($3) + 1) = $3 || '/')"
                    " AND ($4 IS NULL OR kind = $4) ORDER BY id LIMIT $5",
                    VALUES(OF_TEXT(grant->role), OF_INT(in->query->after), OF_TEXT(grant->scope),
                           OF_TEXT(in->query->kind), OF_INT(in->limit)),
                    &rows, err);

    return number_all(&rows, rc, &in->found, err);
}

static enum kunci_rc find_own(struct search *in, struct kunci_err *err)
{
    const struct requests_query *query = in->query;
    struct rows rows;
    enum kunci_rc rc = store_query(in->desk->store,
                                   "SELECT id FROM requests WHERE account = $1 AND id > $2"
                                   " AND ($3 OR role IS NOT NULL) AND ($4 OR role = 'pemohon')"
                                   " AND ($5 IS NULL OR kind = $5) ORDER BY id LIMIT $6",
                                   VALUES(OF_INT(in->actor->account), OF_INT(query->after),
                                          OF_INT(query->mine && query->all), OF_INT(query->mine),
                                          OF_TEXT(query->kind), OF_INT(in->limit)),
                                   &rows, err);

    return number_all(&rows, rc, &in->found, err);
}

static enum kunci_rc find_all(struct search *in, struct kunci_err *err)
{
    enum kunci_rc rc = find_own(in, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && !in->query->mine && i < in->actor->flow.grant_count; i++) {
        const struct kunci_flow_grant *grant = &in->actor->flow.grants[i];

        if (grant->from <= in->desk->now && (!grant->until || in->desk->now < grant->until))
            rc = find_by_role(in, grant, err);
    }
    number_sort(&in->found);
    return rc;
}

/* ---- what is meant ---- */

static enum kunci_rc add_one(const struct search *in, int64_t id, json_t *list,
                             struct kunci_err *err)
{
    struct held held;
    json_t *summary;
    enum kunci_rc rc = held_take(in->desk, id, &held, err);

    if (rc == KUNCI_OK && (in->query->mine || view_is_turn(&held, in->actor)) &&
        (rc = view_summary(&held, &summary, err)) == KUNCI_OK &&
        json_array_append_new(list, summary) != 0)
        rc = err_no_memory(err);
    held_drop(&held);
    return rc;
}

/* Where a search was cut short, what lies behind its last number is not known yet. */
static enum kunci_rc collect(struct search *in, int64_t limit, json_t *list, int64_t *next,
                             struct kunci_err *err)
{
    bool cut = in->found.count >= (size_t)in->limit;
    size_t count = cut ? (size_t)in->limit : in->found.count, i;
    enum kunci_rc rc = KUNCI_OK;

    for (i = 0; rc == KUNCI_OK && i < count && json_array_size(list) < (size_t)limit; i++)
        rc = add_one(in, in->found.items[i], list, err);
    *next = i && (i < count || cut) ? in->found.items[i - 1] : 0;
    return rc;
}

enum kunci_rc requests_list(const struct requests_desk *desk, const struct requests_actor *actor,
                            const struct requests_query *query, json_t **out, struct kunci_err *err)
{
    struct search in = {.desk = desk, .actor = actor, .query = query};
    int64_t limit = query->limit > 0 ? query->limit : USUAL, next = 0;
    json_t *list = json_array();
    enum kunci_rc rc;

    *out = NULL;
    if (limit > MOST)
        limit = MOST;
    in.limit = query->mine ? limit + 1 : LOOKED_AT;
    if ((rc = find_all(&in, err)) == KUNCI_OK)
        rc = collect(&in, limit, list, &next, err);
    free(in.found.items);
    if (rc != KUNCI_OK) {
        json_decref(list);
        return rc;
    }
    *out = json_pack("{so so}", "requests", list, "next",
                     next ? json_integer((json_int_t)next) : json_null());
    return *out ? KUNCI_OK : err_no_memory(err);
}

/* ---- notices ---- */

/* Those that are looked at for a role's newest. */
enum { NOTICES_LOOKED_AT = 2000 };

static enum kunci_rc notices_of_role(struct search *in, const struct kunci_flow_grant *grant,
                                     struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(in->desk->store,
                    "SELECT n.id FROM (SELECT id, request FROM notices WHERE role = $1"
                    " AND account IS NULL ORDER BY id DESC LIMIT $2) n"
                    " JOIN requests r ON r.id = n.request"
                    " WHERE $3 = '' OR r.institution = $3"
                    " OR substr(r.institution, 1, length($3) + 1) = $3 || '/'"
                    " ORDER BY n.id DESC LIMIT $4",
                    VALUES(OF_TEXT(grant->role), OF_INT(NOTICES_LOOKED_AT), OF_TEXT(grant->scope),
                           OF_INT(in->limit)),
                    &rows, err);

    return number_all(&rows, rc, &in->found, err);
}

static enum kunci_rc find_notices(struct search *in, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc = store_query(
        in->desk->store, "SELECT id FROM notices WHERE account = $1 ORDER BY id DESC LIMIT $2",
        VALUES(OF_INT(in->actor->account), OF_INT(in->limit)), &rows, err);
    size_t i;

    rc = number_all(&rows, rc, &in->found, err);
    for (i = 0; rc == KUNCI_OK && i < in->actor->flow.grant_count; i++) {
        const struct kunci_flow_grant *grant = &in->actor->flow.grants[i];

        if (grant->from <= in->desk->now && (!grant->until || in->desk->now < grant->until))
            rc = notices_of_role(in, grant, err);
    }
    number_sort(&in->found);
    return rc;
}

static enum kunci_rc add_notice(const struct search *in, int64_t id, json_t *list,
                                struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(in->desk->store,
                    "SELECT request, message, role, at, certificate FROM notices WHERE id = $1",
                    VALUES(OF_INT(id)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        json_t *request = rows_null(&rows, 0) ? json_null() : json_integer(rows_int(&rows, 0));

        if (json_array_append_new(
                list, json_pack("{so ss ss? ss? so}", "request", request, "message",
                                rows_text(&rows, 1), "role", rows_text(&rows, 2), "certificate",
                                rows_text(&rows, 4), "at", view_moment(rows_int(&rows, 3)))) != 0)
            rc = err_no_memory(err);
    } else if (rc == KUNCI_OK) {
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

enum kunci_rc requests_notices(const struct requests_desk *desk, const struct requests_actor *actor,
                               size_t most, json_t **out, struct kunci_err *err)
{
    struct search in = {.desk = desk, .actor = actor, .limit = (int64_t)most};
    json_t *list = json_array();
    enum kunci_rc rc = find_notices(&in, err);
    size_t i;

    for (i = in.found.count; rc == KUNCI_OK && i > 0 && json_array_size(list) < most; i--)
        rc = add_notice(&in, in.found.items[i - 1], list, err);
    free(in.found.items);
    *out = rc == KUNCI_OK ? list : NULL;
    if (rc != KUNCI_OK)
        json_decref(list);
    return rc;
}
