#include "lib/ledgers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(enum kunci_rc rc, const struct kunci_err *err)
{
    if (rc == KUNCI_OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", kunci_err_name(rc), err->about, err->detail);
    abort();
}

void ledger_up(struct ledger *ledger, const char *path)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    int len;

    *ledger = (struct ledger){.desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL)};
    len = i2d_X509(ledger->desk->cert, &ledger->cert);
    ledger->desk->signer->cert = ledger->cert;
    ledger->desk->signer->cert_len = (size_t)len;
    ledger->sealers = (struct audit_sealers){ledger->cert, (size_t)len};
    must(store_open(path, STORE_CREATE, &ledger->store, &err), &err);
    must(store_do(ledger->store,
                  "INSERT INTO certificates (serial, profile, subject, key_hash, der, not_before, "
                  "not_after, issued_at) VALUES ('01', 'audit', 'CN=Audit', $1, $2, 0, 1, 0)",
                  VALUES(OF_BLOB("k", 1), OF_BLOB(ledger->cert, (size_t)len)), &err),
         &err);
}

void ledger_down(struct ledger *ledger)
{
    store_close(&ledger->store);
    OPENSSL_free(ledger->cert);
    desk_down(&ledger->desk);
}

void ledger_fill(struct ledger *ledger, int acts, int seal_each)
{
    static const char *const events[] = {"request.begin", "request.do", "certificate.issue",
                                         "login", "certificate.revoke"};
    struct kunci_err err = KUNCI_ERR_INIT;
    json_t *details = json_pack("{ssss}", "step", "verifikasi", "reason", "data sesuai é");
    int i;

    must(store_begin(ledger->store, &err), &err);
    for (i = 1; i <= acts; i++) {
        const struct audit_act act = {.node = i % 3 ? "ams" : NULL,
                                      .at = LEDGER_NOW + i * 61,
                                      .event = events[i % 5],
                                      .by = i % 4 ? "budi" : NULL,
                                      .request = i % 7,
                                      .subject = i % 2 ? "7a2f" : NULL,
                                      .details = i % 5 ? details : NULL};

        must(audit_add(ledger->store, &act, &err), &err);
        if (seal_each && i % seal_each == 0)
            must(audit_seal(ledger->store, ledger->desk->signer, NULL, act.at, &err), &err);
    }
    must(store_commit(ledger->store, &err), &err);
    json_decref(details);
}

/* ---- rows ---- */

void ledger_rows_read(struct store *store, struct ledger_rows *out)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    size_t len;

    *out = (struct ledger_rows){.count = 0};
    must(audit_head(store, &out->head, &err), &err);
    out->row = calloc((size_t)out->head.seq, sizeof *out->row);
    must(store_query(store, "SELECT seq, line, hash FROM audit ORDER BY seq", NO_VALUES, &rows,
                     &err),
         &err);
    while (rows_next(&rows, &err)) {
        struct ledger_row *row = &out->row[out->count++];

        row->seq = rows_int(&rows, 0);
        row->line = strdup(rows_text(&rows, 1));
        memcpy(row->hash, rows_blob(&rows, 2, &len), AUDIT_HASH);
    }
    must(rows.rc, &err);
    rows_end(&rows);
}

void ledger_rows_copy(const struct ledger_rows *from, struct ledger_rows *to)
{
    size_t i;

    *to = *from;
    to->row = calloc(from->count + 1, sizeof *to->row); /* one may be added */
    for (i = 0; i < from->count; i++) {
        to->row[i] = from->row[i];
        to->row[i].line = strdup(from->row[i].line);
    }
}

void ledger_rows_clear(struct ledger_rows *rows)
{
    size_t i;

    for (i = 0; i < rows->count; i++)
        free(rows->row[i].line);
    free(rows->row);
    *rows = (struct ledger_rows){.count = 0};
}

void ledger_rows_write(struct store *store, const struct ledger_rows *rows)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char head[128];
    size_t i;

    must(store_begin(store, &err), &err);
    must(store_do(store, "DELETE FROM audit", NO_VALUES, &err), &err);
    for (i = 0; i < rows->count; i++)
        must(store_do(store, "INSERT INTO audit (seq, line, hash) VALUES ($1, $2, $3)",
                      VALUES(OF_INT(rows->row[i].seq), OF_TEXT(rows->row[i].line),
                             OF_BLOB(rows->row[i].hash, AUDIT_HASH)),
                      &err),
             &err);
    snprintf(head, sizeof head, "%lld %s", (long long)rows->head.seq, rows->head.hash);
    must(store_do(store, "UPDATE meta SET value = $1 WHERE name = 'audit_head'",
                  VALUES(OF_TEXT(head)), &err),
         &err);
    must(store_commit(store, &err), &err);
}
