#include "ams/decision.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cms/check.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static enum kunci_rc refuse(const struct held *held, const char *why, struct kunci_err *err)
{
    return err_set(err, KUNCI_DECISION_INVALID, held->request->id, why);
}

/* ---- the message ---- */

static bool take(void *context, const unsigned char *bytes, size_t len)
{
    struct buf *content = context;

    if (content->len + len > DECISION_MAX)
        return false;
    buf_add(content, bytes, len);
    return !content->failed;
}

/* The certificate of who signed, DER; to be freed by OPENSSL_free(). */
static enum kunci_rc prove(const struct held *held, const struct cms *cms, unsigned char **der,
                           size_t *len, struct kunci_err *err)
{
    struct cms_proof proof = {.cert = NULL};
    int written;
    enum kunci_rc rc;

    if (!cms->attached || sk_CMS_SignerInfo_num(cms->signers) != 1)
        return refuse(held, _("it has to hold its content and one signature"), err);
    if ((rc = cms_check(cms, sk_CMS_SignerInfo_value(cms->signers, 0), &proof, err)) != KUNCI_OK)
        return rc;
    if (proof.indication != KUNCI_PASSED || !proof.cert)
        return refuse(held, _("the signature does not hold"), err);
    written = i2d_X509(proof.cert, der);
    *len = written > 0 ? (size_t)written : 0;
    return written > 0 ? KUNCI_OK : err_openssl(err, "i2d_X509");
}

static enum kunci_rc open_message(const struct held *held, const struct buf *message,
                                  struct buf *content, unsigned char **der, size_t *len,
                                  struct kunci_err *err)
{
    struct cms_sink sink = {take, content};
    struct kunci_err why = KUNCI_ERR_INIT;
    struct cms cms = {.info = NULL};
    BIO *in;
    enum kunci_rc rc;

    if (message->len > DECISION_MAX)
        return refuse(held, _("it is too long"), err);
    if (!(in = BIO_new_mem_buf(message->data, (int)message->len)))
        return err_no_memory(err);
    rc = cms_read(in, &sink, &cms, &why);
    if (rc == KUNCI_OK)
        rc = prove(held, &cms, der, len, err);
    else if (rc == KUNCI_NO_MEMORY)
        rc = err_no_memory(err);
    else
        rc = refuse(held, why.detail, err);
    cms_clear(&cms);
    BIO_free(in);
    return rc;
}

/* ---- who signed ---- */

static enum kunci_rc judge(const struct held *held, const struct ca_row *row, int64_t account,
                           struct kunci_err *err)
{
    const char *is = ca_condition(row, held->desk->now, held->desk->settings->renewal_days);

    if (row->account != account)
        return refuse(held, _("the certificate that signed belongs to another account"), err);
    if (strcmp(is, "active") != 0 && strcmp(is, "expiring") != 0)
        return err_setf(err, KUNCI_DECISION_INVALID, held->request->id,
                        _("the certificate that signed is %s"), is);
    return row->not_before <= held->desk->now
               ? KUNCI_OK
               : refuse(held, _("the certificate that signed is not valid yet"), err);
}

/* The authority's own memory decides, not what the message says of the certificate. */
static enum kunci_rc check_signer(const struct held *held, const struct requests_actor *actor,
                                  const unsigned char *der, size_t len, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    struct ca_row row = {.len = 0};
    char serial[CA_SERIAL];
    enum kunci_rc rc = KUNCI_CERT_UNKNOWN;

    if (ca_serial_of(der, len, serial))
        rc = ca_find(held->desk->store, serial, &row, &why);
    if (rc == KUNCI_CERT_UNKNOWN ||
        (rc == KUNCI_OK && (row.len != len || memcmp(row.der, der, len) != 0)))
        rc = refuse(held, _("this authority did not issue the certificate that signed"), err);
    else if (rc == KUNCI_OK)
        rc = judge(held, &row, actor->account, err);
    else
        rc = err_set(err, why.rc, why.about, why.detail);
    ca_row_clear(&row);
    return rc;
}

/* ---- what was signed ---- */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool is_digest(const char *hex, const char *content)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char wanted[2 * SHA256_DIGEST_LENGTH + 1];

    SHA256((const unsigned char *)content, strlen(content), hash);
    text_hex(wanted, hash, sizeof hash);
    return strcmp(hex, wanted) == 0;
}

static enum kunci_rc compare(const struct held *held, const struct decision_wanted *wanted,
                             const struct said_decision *said, const char *content,
                             struct kunci_err *err)
{
    int64_t apart = said->time - held->desk->now;

    if (said->request != held->id || !same(said->step, request_step(held->request)->name))
        return refuse(held, _("it is about another request or step"), err);
    if (!same(said->verdict, wanted->verdict) || !same(said->outcome, wanted->outcome) ||
        !same(said->reason, wanted->reason))
        return refuse(held, _("it says something else than what was sent with it"), err);
    if (!same(said->account, wanted->actor->flow.person))
        return refuse(held, _("it names another account"), err);
    if (apart > DECISION_MINUTES * 60 || apart < -DECISION_MINUTES * 60)
        return refuse(held, _("its time is more than 5 minutes away"), err);
    if (!is_digest(said->digest, content))
        return refuse(held, _("the request is not any more what was decided upon"), err);
    return KUNCI_OK;
}

static enum kunci_rc check_content(const struct held *held, const struct decision_wanted *wanted,
                                   const struct buf *signed_text, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    struct said_decision said = {.request = 0};
    char *content = NULL;
    enum kunci_rc rc = said_read_decision(signed_text->data ? signed_text->data : "",
                                          signed_text->len, &said, &why);

    if (rc == KUNCI_NO_MEMORY)
        rc = err_no_memory(err);
    else if (rc != KUNCI_OK)
        rc = refuse(held, why.detail, err);
    else if ((rc = decision_content(held, &content, err)) == KUNCI_OK)
        rc = compare(held, wanted, &said, content, err);
    said_decision_clear(&said);
    free(content);
    return rc;
}

enum kunci_rc decision_check(const struct held *held, const struct decision_wanted *wanted,
                             const struct buf *message, struct kunci_err *err)
{
    struct buf content = {0};
    unsigned char *der = NULL;
    size_t len = 0;
    enum kunci_rc rc = open_message(held, message, &content, &der, &len, err);

    if (rc == KUNCI_OK && content.failed)
        rc = err_no_memory(err);
    if (rc == KUNCI_OK && (rc = check_signer(held, wanted->actor, der, len, err)) == KUNCI_OK)
        rc = check_content(held, wanted, &content, err);
    OPENSSL_free(der);
    buf_clear(&content);
    return rc;
}

enum kunci_rc decision_keep(const struct held *held, const char *step,
                            const struct decision_wanted *wanted, const struct buf *message,
                            struct kunci_err *err)
{
    return store_do(held->desk->store,
                    "INSERT INTO decisions (request, step, account, verdict, reason, at, cms)"
                    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    VALUES(OF_INT(held->id), OF_TEXT(step), OF_INT(wanted->actor->account),
                           OF_TEXT(wanted->verdict), OF_TEXT(wanted->reason),
                           OF_INT(held->desk->now), OF_BLOB(message->data, message->len)),
                    err);
}

/* ---- what is decided upon ---- */

static enum kunci_rc count_decisions(const struct held *held, int64_t *count, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc =
        store_query(held->desk->store, "SELECT count(*) FROM decisions WHERE request = $1",
                    VALUES(OF_INT(held->id)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err))
        *count = rows_int(&rows, 0);
    else if (rc == KUNCI_OK)
        rc = rows.rc;
    rows_end(&rows);
    return rc;
}

static json_t *hash_of(const unsigned char *bytes, size_t len)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];

    if (!bytes)
        return json_null();
    SHA256(bytes, len, hash);
    text_hex(hex, hash, sizeof hash);
    return json_string(hex);
}

static json_t *data_of(const struct kunci_request *request)
{
    static const char *const sets[DATA_SETS] = {"person", "letter", "card"};
    json_t *all = json_object();
    unsigned i, j;

    for (i = 0; i < DATA_SETS; i++) {
        json_t *set = json_object();

        for (j = 0; j < FIELDS; j++)
            if (request->data[i][j])
                json_object_set_new(set, field_names[j], json_string(request->data[i][j]));
        json_object_set_new(all, sets[i], set);
    }
    return all;
}

/* json_pack() takes what it is given over, and answers NULL where any of it is. */
static json_t *put_together(const struct held *held, int64_t decisions, const unsigned char *csr,
                            size_t len, json_t *documents, const char *subject)
{
    const struct kunci_request *request = held->request;
    const char *said = request->data[KUNCI_FLOW_PERSON][FIELD_REASON];

    return json_pack("{ss so so so ss ss ss? sI ss? sI ss?}", "applicant", request->applicant,
                     "csr_sha256", hash_of(csr, len), "data", data_of(request), "documents",
                     documents, "institution", request->institution, "kind",
                     kunci_sop_kind(request->sop), "reason", said ? said : request->reason,
                     "request", (json_int_t)held->id, "subject", subject, "decisions",
                     (json_int_t)decisions, "certificate", held->certificate);
}

enum kunci_rc decision_content(const struct held *held, char **out, struct kunci_err *err)
{
    json_t *documents = NULL, *content;
    unsigned char *csr = NULL;
    char *subject = NULL;
    int64_t decisions = 0;
    size_t len = 0;
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = count_decisions(held, &decisions, err)) == KUNCI_OK &&
        (rc = held_document(held, EVIDENCE_CSR, &csr, &len, err)) == KUNCI_OK &&
        (rc = evidence_subject(held, &subject, err)) == KUNCI_OK &&
        (rc = held_documents(held, &documents, err)) == KUNCI_OK) {
        content = put_together(held, decisions, csr, len, documents, subject);
        *out = json_write(content, JSON_COMPACT | JSON_SORT_KEYS);
        rc = *out ? KUNCI_OK : err_no_memory(err);
        json_decref(content);
    }
    free(subject);
    free(csr);
    return rc;
}
