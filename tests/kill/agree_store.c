/* The authority's side: one request, one certificate for it, the old one superseded, a trail
 * without a gap that tells the same. */
#include "audit/ledger.h"
#include "kill/agree.h"
#include "store/store.h"

#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUPERSEDED = 4 };

static void copy_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static void copy_bytes(struct agree_bytes *to, const void *bytes, size_t len)
{
    free(to->data);
    to->data = malloc(len + 1);
    if (!to->data)
        abort();
    memcpy(to->data, bytes, len);
    to->len = len;
}

/* The account's number; 0: there is none. */
static int64_t account_of(struct agree *agree, struct store *store, const char *name)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    int64_t id = 0;

    if (store_query(store, "SELECT id FROM accounts WHERE name = $1", VALUES(OF_TEXT(name)), &rows,
                    &err) == KUNCI_OK &&
        rows_next(&rows, &err))
        id = rows_int(&rows, 0);
    rows_end(&rows);
    if (!id)
        wrong(agree, "store: there is no account %s", name);
    return id;
}

/* Nothing began before a renewal's first call: then there is no request yet. */
static void look_requests(struct agree *agree, struct store *store, int64_t account, bool whole)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;
    unsigned count = 0;

    if (store_query(store,
                    "SELECT id, key, state, role, certificate, issued FROM requests"
                    " WHERE account = $1 AND kind = 'renewal' ORDER BY id",
                    VALUES(OF_INT(account)), &rows, &err) == KUNCI_OK)
        while (rows_next(&rows, &err)) {
            count++;
            snprintf(agree->request, sizeof agree->request, "%lld", (long long)rows_int(&rows, 0));
            copy_text(agree->key, sizeof agree->key, rows_text(&rows, 1));
            copy_text(agree->old, sizeof agree->old, rows_text(&rows, 4));
            copy_text(agree->issued, sizeof agree->issued, rows_text(&rows, 5));
            if (whole && (!rows_null(&rows, 3) || strcmp(rows_text(&rows, 2), "closed") != 0))
                wrong(agree, "request %s: not over, but %s", agree->request, rows_text(&rows, 2));
        }
    rows_end(&rows);
    if (err.rc != KUNCI_OK)
        failed(agree, "store", &err);
    if (count > 1 || (whole && count != 1))
        wrong(agree, "store: %u requests for renewal", count);
    if (whole && !*agree->issued)
        wrong(agree, "request %s: no certificate", agree->request);
}

/* Both halves of what the authority keeps of a certificate. */
static void look_row(struct agree *agree, const struct rows *rows)
{
    unsigned char hash[SHA256_DIGEST_LENGTH], *spki = NULL;
    size_t der_len, hash_len;
    const unsigned char *der = rows_blob(rows, 4, &der_len), *at = der;
    const unsigned char *kept = rows_blob(rows, 5, &hash_len);
    X509 *cert = d2i_X509(NULL, &at, (long)der_len);
    int len = cert ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki) : -1;

    if (len > 0)
        SHA256(spki, (size_t)len, hash);
    if (len <= 0 || hash_len != sizeof hash || memcmp(hash, kept, sizeof hash) != 0)
        wrong(agree, "certificate %s: its key is not the one noted", rows_text(rows, 0));
    OPENSSL_free(spki);
    X509_free(cert);
}

static void look_certificate(struct agree *agree, const struct rows *rows, bool whole)
{
    const char *serial = rows_text(rows, 0), *status = rows_text(rows, 2);
    bool active = strcmp(status, "active") == 0;
    size_t len;
    const void *der = rows_blob(rows, 4, &len);

    look_row(agree, rows);
    if (strcmp(serial, agree->issued) == 0) {
        copy_bytes(&agree->der, der, len);
        if (rows_null(rows, 1) || rows_int(rows, 1) != strtoll(agree->request, NULL, 10))
            wrong(agree, "certificate %s: it knows nothing of request %s", serial, agree->request);
        if (!active)
            wrong(agree, "certificate %s: new, and %s", serial, status);
    } else if (strcmp(serial, agree->old) == 0) {
        copy_bytes(&agree->old_der, der, len);
        if (whole && (active || rows_int(rows, 3) != SUPERSEDED))
            wrong(agree, "certificate %s: old, and not superseded, but %s", serial, status);
        if (!*agree->issued && !active)
            wrong(agree, "certificate %s: no other is there, and it is %s", serial, status);
    } else if (*agree->request) {
        wrong(agree, "certificate %s: of no request that is known", serial);
    }
}

static void look_certificates(struct agree *agree, struct store *store, int64_t account, bool whole)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;

    if (store_query(store,
                    "SELECT serial, request, status, reason, der, key_hash FROM certificates"
                    " WHERE account = $1",
                    VALUES(OF_INT(account)), &rows, &err) == KUNCI_OK)
        while (rows_next(&rows, &err))
            look_certificate(agree, &rows, whole);
    rows_end(&rows);
    if (err.rc != KUNCI_OK)
        failed(agree, "store", &err);
    if (whole && (!agree->der.data || !agree->old_der.data))
        wrong(agree, "store: %s",
              agree->der.data ? "the old certificate is not there"
                              : "the new certificate is not there");
}

/* How often an event tells of a subject. */
static unsigned told(struct agree *agree, struct store *store, const char *event,
                     const char *subject)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned count = 0;
    struct rows rows;

    if (store_query(store, "SELECT line FROM audit ORDER BY seq", NO_VALUES, &rows, &err) ==
        KUNCI_OK)
        while (rows_next(&rows, &err)) {
            json_t *line = json_loads(rows_text(&rows, 0), 0, NULL);
            const char *is = json_string_value(json_object_get(line, "event"));
            const char *about = json_string_value(json_object_get(line, "subject"));

            count += is && about && strcmp(is, event) == 0 && strcmp(about, subject) == 0;
            json_decref(line);
        }
    rows_end(&rows);
    if (err.rc != KUNCI_OK)
        failed(agree, "audit", &err);
    return count;
}

static void look_trail(struct agree *agree, struct store *store)
{
    unsigned issued = told(agree, store, "certificate.issued", agree->issued);
    unsigned revoked = told(agree, store, "certificate.revoked", agree->old);

    if (issued != 1)
        wrong(agree, "audit: certificate %s issued %u times", agree->issued, issued);
    if (revoked != 1)
        wrong(agree, "audit: certificate %s revoked %u times", agree->old, revoked);
}

void agree_store(struct agree *agree, const char *account, bool whole)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store = NULL;
    char path[4096];
    int64_t id;

    snprintf(path, sizeof path, "%s/ams/store.db", agree->lab);
    if (store_open(path, STORE_READ, &store, &err) != KUNCI_OK ||
        store_check(store, &err) != KUNCI_OK) {
        failed(agree, "store", &err);
    } else if ((id = account_of(agree, store, account))) {
        look_requests(agree, store, id, whole);
        look_certificates(agree, store, id, whole);
        if (whole)
            look_trail(agree, store);
    }
    store_close(&store);
}
