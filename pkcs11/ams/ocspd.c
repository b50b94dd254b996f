#include "ams/ocspd.h"

#include "ams/ocspd_cache.h"
#include "ams/ocspd_write.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 256, WALK_EVERY = 60 }; /* rows read at once; seconds */

struct ocspd {
    struct ocspd_writer *writer;
    struct ocspd_cache *cache;
    /* Where signing ahead stands; one thread's. */
    char cursor[CA_SERIAL];
    int64_t walked; /* when it last came to the end; 0: never */
};

enum kunci_rc ocspd_new(const struct ca *ca, struct ocspd **out, struct kunci_err *err)
{
    struct ocspd *ocspd = calloc(1, sizeof *ocspd);
    enum kunci_rc rc;

    *out = NULL;
    if (!ocspd)
        return err_no_memory(err);
    rc = ocspd_writer_new(ca, &ocspd->writer, err);
    if (rc == KUNCI_OK && !(ocspd->cache = ocspd_cache_new()))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        *out = ocspd;
    else
        ocspd_free(&ocspd);
    return rc;
}

void ocspd_free(struct ocspd **ocspd)
{
    if (!*ocspd)
        return;
    ocspd_writer_free(&(*ocspd)->writer);
    ocspd_cache_free(&(*ocspd)->cache);
    free(*ocspd);
    *ocspd = NULL;
}

struct ocspd_answer *ocspd_refusal(enum ocspd_refusal why)
{
#define REFUSAL(why)                                                                               \
    static unsigned char der_##why[] = {0x30, 3, 0x0a, 1, why};                                    \
    static struct ocspd_answer answer_##why = {.len = sizeof der_##why, .der = der_##why}

    REFUSAL(OCSPD_MALFORMED);
    REFUSAL(OCSPD_INTERNAL);
    REFUSAL(OCSPD_TRY_LATER);
    REFUSAL(OCSPD_UNAUTHORIZED);
    switch (why) {
    case OCSPD_MALFORMED:
        return &answer_OCSPD_MALFORMED;
    case OCSPD_TRY_LATER:
        return &answer_OCSPD_TRY_LATER;
    case OCSPD_UNAUTHORIZED:
        return &answer_OCSPD_UNAUTHORIZED;
    default:
        return &answer_OCSPD_INTERNAL;
    }
#undef REFUSAL
}

/* ---- found ---- */

/* Reads the request; NULL where it can be answered by saying something. */
static struct ocspd_answer *refuse(const struct ocspd *ocspd, const unsigned char *der, size_t len,
                                   struct ocspd_request *out)
{
    size_t i;

    if (!ocspd_request_read(der, len, out))
        return ocspd_refusal(OCSPD_MALFORMED);
    for (i = 0; i < out->count; i++)
        if (!ocspd_is_ours(ocspd->writer, &out->ids[i]))
            return ocspd_refusal(OCSPD_UNAUTHORIZED);
    return NULL;
}

static bool is_good(const struct ocspd_answer *answer, int64_t now)
{
    return answer->this_update <= now && now < answer->next_update;
}

struct ocspd_answer *ocspd_find(struct ocspd *ocspd, const unsigned char *request, size_t len,
                                int64_t now)
{
    struct ocspd_request asked;
    struct ocspd_answer *answer = refuse(ocspd, request, len, &asked);
    struct ocspd_key key;

    if (answer || asked.count > 1)
        return answer;
    key = ocspd_key(asked.ids[0].hash, &asked.ids[0].serial);
    answer = ocspd_cache_find(ocspd->cache, &key);
    if (answer && !is_good(answer, now))
        ocspd_answer_free(&answer);
    return answer;
}

/* ---- signed ---- */

static void take_status(const struct rows *rows, int column, struct ocspd_status *out)
{
    const char *word = rows_text(rows, column);

    out->is = word && strcmp(word, "active") == 0 ? OCSPD_GOOD : OCSPD_REVOKED;
    out->revoked_at = rows_int(rows, column + 1);
    out->reason = (int)rows_int(rows, column + 2);
}

static enum kunci_rc look_up(struct store *store, const struct ocspd_serial *serial,
                             struct ocspd_status *out, struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    char text[CA_SERIAL];
    enum kunci_rc rc;

    *out = (struct ocspd_status){.is = OCSPD_UNKNOWN};
    if (!ocspd_serial_text(serial, text))
        return KUNCI_OK;
    rc = store_query(store, "SELECT status, revoked_at, reason FROM certificates WHERE serial = $1",
                     VALUES(OF_TEXT(text)), &rows, err);
    if (rc == KUNCI_OK) {
        if (rows_next(&rows, err))
            take_status(&rows, 0, out);
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

/* Signs one answer and keeps it. age: of the cache when its status was read. */
static enum kunci_rc sign_one(struct ocspd *ocspd, const struct ocspd_key *key,
                              const struct ocspd_status *status, uint64_t age, int64_t now,
                              struct ocspd_answer **out, struct kunci_err *err)
{
    enum kunci_rc rc = ocspd_write(ocspd->writer, key, status, 1, now, out, err);

    if (rc == KUNCI_OK &&
        !ocspd_cache_put(ocspd->cache, key, *out, status->is == OCSPD_UNKNOWN, age)) {
        ocspd_answer_free(out);
        rc = err_no_memory(err);
    }
    return rc;
}

enum kunci_rc ocspd_sign(struct ocspd *ocspd, struct store *store, const unsigned char *request,
                         size_t len, int64_t now, struct ocspd_answer **out, struct kunci_err *err)
{
    struct ocspd_status statuses[OCSPD_CERTS_MAX];
    struct ocspd_key keys[OCSPD_CERTS_MAX];
    struct ocspd_request asked;
    uint64_t age = ocspd_cache_age(ocspd->cache);
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    if ((*out = ocspd_find(ocspd, request, len, now)))
        return KUNCI_OK; /* somebody else was faster, or it is to be refused */
    if ((*out = refuse(ocspd, request, len, &asked)))
        return KUNCI_OK;
    for (i = 0; rc == KUNCI_OK && i < asked.count; i++) {
        keys[i] = ocspd_key(asked.ids[i].hash, &asked.ids[i].serial);
        rc = look_up(store, &asked.ids[i].serial, &statuses[i], err);
    }
    if (rc != KUNCI_OK)
        return rc;
    if (asked.count == 1)
        return sign_one(ocspd, keys, statuses, age, now, out, err);
    return ocspd_write(ocspd->writer, keys, statuses, asked.count, now, out, err);
}

enum kunci_rc ocspd_changed(struct ocspd *ocspd, struct store *store, const char *serial,
                            int64_t now, struct kunci_err *err)
{
    struct ocspd_answer *answer = NULL;
    struct ocspd_status status;
    struct ocspd_serial which;
    bool kept[OCSPD_HASHES];
    enum kunci_rc rc;
    uint64_t age;
    size_t i;

    if (!ocspd_serial_read(serial, &which))
        return err_set(err, KUNCI_CERT_UNKNOWN, serial, NULL);
    ocspd_cache_change(ocspd->cache, &which, kept);
    kept[OCSPD_SHA1] = true; /* which most ask by */
    age = ocspd_cache_age(ocspd->cache);
    rc = look_up(store, &which, &status, err);
    for (i = 0; rc == KUNCI_OK && i < OCSPD_HASHES; i++)
        if (kept[i]) {
            const struct ocspd_key key = ocspd_key((enum ocspd_hash)i, &which);

            rc = sign_one(ocspd, &key, &status, age, now, &answer, err);
            ocspd_answer_free(&answer);
        }
    return rc;
}

/* ---- ahead ---- */

struct ahead {
    struct ocspd *ocspd;
    int64_t now;
    uint64_t age;
    size_t limit, done;
    size_t count;
    struct ahead_row {
        char serial[CA_SERIAL];
        struct ocspd_status status;
    } rows[BATCH];
};

static enum kunci_rc read_batch(struct ahead *ahead, struct store *store, struct kunci_err *err)
{
    struct rows rows = {.store = NULL};
    enum kunci_rc rc;
    const char *serial;

    ahead->count = 0;
    ahead->age = ocspd_cache_age(ahead->ocspd->cache);
    rc = store_query(store,
                     "SELECT serial, status, revoked_at, reason FROM certificates "
                     "WHERE serial > $1 AND not_after >= $2 ORDER BY serial LIMIT $3",
                     VALUES(OF_TEXT(ahead->ocspd->cursor), OF_INT(ahead->now), OF_INT(BATCH)),
                     &rows, err);
    while (rc == KUNCI_OK && ahead->count < BATCH && rows_next(&rows, err)) {
        struct ahead_row *row = &ahead->rows[ahead->count++];

        *row = (struct ahead_row){.serial = ""};
        if ((serial = rows_text(&rows, 0)))
            strncpy(row->serial, serial, sizeof row->serial - 1);
        take_status(&rows, 1, &row->status);
    }
    if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

/* By SHA-1 each certificate, as most ask by that; by others where somebody did. */
static bool is_due(struct ahead *ahead, const struct ocspd_key *key)
{
    struct ocspd_answer *answer = ocspd_cache_find(ahead->ocspd->cache, key);
    bool due = answer ? ahead->now < answer->this_update ||
                            ahead->now >= answer->this_update + OCSPD_LIFE / 2
                      : key->hash == OCSPD_SHA1;

    ocspd_answer_free(&answer);
    return due;
}

static enum kunci_rc sign_row(struct ahead *ahead, const struct ahead_row *row,
                              struct kunci_err *err)
{
    struct ocspd_answer *answer = NULL;
    struct ocspd_serial serial;
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    if (!ocspd_serial_read(row->serial, &serial))
        return KUNCI_OK;
    for (i = 0; rc == KUNCI_OK && i < OCSPD_HASHES; i++) {
        const struct ocspd_key key = ocspd_key((enum ocspd_hash)i, &serial);

        if (!is_due(ahead, &key))
            continue;
        rc = sign_one(ahead->ocspd, &key, &row->status, ahead->age, ahead->now, &answer, err);
        ocspd_answer_free(&answer);
        ahead->done++;
    }
    return rc;
}

static enum kunci_rc sign_batch(struct ahead *ahead, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < ahead->count && ahead->done < ahead->limit; i++) {
        rc = sign_row(ahead, &ahead->rows[i], err);
        if (rc == KUNCI_OK)
            memcpy(ahead->ocspd->cursor, ahead->rows[i].serial, CA_SERIAL);
    }
    return rc;
}

enum kunci_rc ocspd_ahead(struct ocspd *ocspd, struct store *store, int64_t now, size_t limit,
                          size_t *done, struct kunci_err *err)
{
    bool rests = now >= ocspd->walked && now < ocspd->walked + WALK_EVERY;
    struct ahead *ahead;
    enum kunci_rc rc = KUNCI_OK;

    *done = 0;
    if (!*ocspd->cursor && rests)
        return KUNCI_OK;
    if (!(ahead = calloc(1, sizeof *ahead)))
        return err_no_memory(err);
    *ahead = (struct ahead){.ocspd = ocspd, .now = now, .limit = limit};
    while (rc == KUNCI_OK && ahead->done < limit) {
        if ((rc = read_batch(ahead, store, err)) != KUNCI_OK)
            break;
        rc = sign_batch(ahead, err);
        if (rc == KUNCI_OK && ahead->done < limit && ahead->count < BATCH) { /* that is all */
            ocspd_cache_sweep(ocspd->cache, now);
            *ocspd->cursor = '\0';
            ocspd->walked = now;
            break;
        }
    }
    *done = ahead->done;
    free(ahead);
    return rc;
}
