#include "ams/token_evidence.h"

#include "base/error.h"
#include "base/text.h"
#include "x509/lint.h"
#include "x509/name.h"
#include "x509/proof.h"

#include <kunci/cert.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

static enum kunci_rc refuse(const char *what, const char *why, struct kunci_err *err)
{
    return err_set(err, KUNCI_PROOF_INVALID, what, why);
}

static const char *const shown_by[DEEDS] = {
    [DEED_KEY_NEW] = EVIDENCE_CSR, [DEED_CSR_NEW] = EVIDENCE_CSR, [DEED_PROVE_OLD] = EVIDENCE_OLD,
    [DEED_WRITE] = EVIDENCE_NEW,   [DEED_PROVE] = EVIDENCE_NEW,
};

const char *evidence_of(enum deed deed)
{
    return shown_by[deed];
}

enum kunci_rc evidence_is_there(const struct held *held, const char *name, bool *there,
                                struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc;

    *there = true;
    if (!name)
        return KUNCI_OK;
    rc = store_query(held->desk->store, "SELECT 1 FROM documents WHERE request = $1 AND name = $2",
                     VALUES(OF_INT(held->id), OF_TEXT(name)), &rows, err);
    if (rc == KUNCI_OK) {
        *there = rows_next(&rows, err);
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

/* ---- the name ---- */

static enum kunci_rc account_subject(const struct held *held, char **out, struct kunci_err *err)
{
    struct rows rows;
    enum kunci_rc rc = store_query(held->desk->store, "SELECT subject FROM accounts WHERE id = $1",
                                   VALUES(OF_INT(held->account)), &rows, err);

    if (rc == KUNCI_OK && rows_next(&rows, err)) {
        if (!text_keep(out, rows_text(&rows, 0)))
            rc = err_no_memory(err);
    } else if (rc == KUNCI_OK) {
        rc = rows.rc;
    }
    rows_end(&rows);
    return rc;
}

enum kunci_rc evidence_subject(const struct held *held, char **out, struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    enum kunci_rc rc;

    *out = NULL;
    if (held->request->sop->kind != SOP_RENEWAL || !held->certificate)
        return account_subject(held, out, err);
    if ((rc = ca_find(held->desk->store, held->certificate, &row, err)) == KUNCI_OK &&
        !text_keep(out, row.subject))
        rc = err_no_memory(err);
    ca_row_clear(&row);
    return rc;
}

/* name_parse() makes of what name_print() wrote the DER that it was. */
static enum kunci_rc check_name(const struct held *held, const struct parts *csr,
                                struct kunci_err *err)
{
    X509_NAME *wanted = NULL;
    char *text = NULL;
    enum kunci_rc rc = evidence_subject(held, &text, err);

    if (rc == KUNCI_OK && !text)
        rc = refuse(EVIDENCE_CSR, _("the account has no subject for certificates"), err);
    if (rc == KUNCI_OK && (rc = name_parse(text, &wanted, err)) == KUNCI_OK &&
        !name_same(wanted, csr->subject))
        rc = err_setf(err, KUNCI_PROOF_INVALID, EVIDENCE_CSR, _("its subject has to be \"%s\""),
                      text);
    X509_NAME_free(wanted);
    free(text);
    return rc;
}

/* ---- the request for a certificate ---- */

enum kunci_rc evidence_check_key(const struct held *held, const unsigned char *csr, size_t len,
                                 struct kunci_err *err)
{
    struct parts parts = {.len = 0};
    bool known = false;
    enum kunci_rc rc;

    if (!parts_of_request(csr, len, &parts))
        rc = refuse(EVIDENCE_CSR, _("it cannot be read"), err);
    else if ((rc = ca_key_known(held->desk->store, parts.spki, parts.spki_len, &known, err)) ==
                 KUNCI_OK &&
             known)
        rc = refuse(EVIDENCE_CSR, _("its key had a certificate before: a new key is needed"), err);
    parts_clear(&parts);
    return rc;
}

/* That it is DER to the byte and signed by its own key. */
static enum kunci_rc check_sound(const unsigned char *der, size_t len, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    unsigned char *same = NULL;
    size_t same_len = 0;
    enum kunci_rc rc = kunci_csr_read(der, len, &same, &same_len, &why);

    if (rc == KUNCI_NO_MEMORY)
        rc = err_no_memory(err);
    else if (rc != KUNCI_OK)
        rc = refuse(EVIDENCE_CSR, why.detail, err);
    else if (same_len != len || memcmp(same, der, len) != 0)
        rc = refuse(EVIDENCE_CSR, _("it is no DER"), err);
    free(same);
    return rc;
}

static enum kunci_rc check_by_itself(const unsigned char *der, size_t len, struct kunci_err *err)
{
    enum kunci_rc rc = check_sound(der, len, err);

    return rc == KUNCI_OK ? lint_request(der, len, err) : rc;
}

bool evidence_is_sound(const unsigned char *der, size_t len, unsigned char hash[32])
{
    struct kunci_err why = KUNCI_ERR_INIT;

    return check_by_itself(der, len, &why) == KUNCI_OK && SHA256(der, len, hash);
}

/* What was found sound ahead is known by its hash. */
static bool was_sound(const struct held *held, const unsigned char *der, size_t len)
{
    const unsigned char *sound = held->desk->sound_csr;
    unsigned char hash[SHA256_DIGEST_LENGTH];

    return sound && SHA256(der, len, hash) && memcmp(hash, sound, sizeof hash) == 0;
}

static enum kunci_rc check_csr(const struct held *held, const unsigned char *der, size_t len,
                               struct kunci_err *err)
{
    struct parts parts = {.len = 0};
    enum kunci_rc rc = was_sound(held, der, len) ? KUNCI_OK : check_by_itself(der, len, err);

    if (rc != KUNCI_OK)
        return rc;
    if (!parts_of_request(der, len, &parts))
        rc = refuse(EVIDENCE_CSR, _("it cannot be read"), err);
    else
        rc = check_name(held, &parts, err);
    parts_clear(&parts);
    return rc == KUNCI_OK ? evidence_check_key(held, der, len, err) : rc;
}

/* What was decided upon stays what it was: another one only before the step that asks for
 * it is done. What the old key said of the one before is forgotten. */
static enum kunci_rc replace(const struct held *held, struct kunci_err *err)
{
    if (held->request->deeds & 1u << DEED_CSR_NEW || request_is_settled(held->request))
        return refuse(EVIDENCE_CSR, _("another one was handed in before"), err);
    return store_do(held->desk->store, "DELETE FROM documents WHERE request = $1 AND name = $2",
                    VALUES(OF_INT(held->id), OF_TEXT(EVIDENCE_OLD)), err);
}

enum kunci_rc evidence_take_csr(const struct held *held, const unsigned char *der, size_t len,
                                struct kunci_err *err)
{
    unsigned char *before = NULL;
    size_t before_len = 0;
    bool same;
    enum kunci_rc rc = held_document(held, EVIDENCE_CSR, &before, &before_len, err);

    same = before && before_len == len && memcmp(before, der, len) == 0;
    if (rc == KUNCI_OK && before && !same)
        rc = replace(held, err);
    free(before);
    if (rc != KUNCI_OK || same)
        return rc;
    rc = check_csr(held, der, len, err);
    return rc == KUNCI_OK ? held_keep(held, EVIDENCE_CSR, der, len, err) : rc;
}

/* ---- bare signatures ---- */

/* "kunci prove-old\nKEY\nHEX\n" */
static void put_message(struct buf *to, const char *what, const char *key, const unsigned char *der,
                        size_t len)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];

    SHA256(der, len, hash);
    text_hex(hex, hash, sizeof hash);
    buf_printf(to, "kunci %s\n%s\n%s\n", what, key, hex);
}

static enum kunci_rc check_by_certificate(const struct evidence_proof *proof, const char *name,
                                          const unsigned char *der, size_t len,
                                          const struct buf *message, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    struct kunci_signer signer = {.alg = proof->alg};
    struct parts parts = {.len = 0};
    enum kunci_rc rc = KUNCI_OK;

    if (message->failed)
        return err_no_memory(err);
    if (!parts_of_certificate(der, len, &parts))
        return err_set(err, KUNCI_CERT_INVALID, name, NULL);
    signer.spki = parts.spki;
    signer.spki_len = parts.spki_len;
    if (proof_check(&signer, message->data, message->len,
                    (const unsigned char *)proof->signature.data, proof->signature.len,
                    &why) != KUNCI_OK)
        rc = refuse(name, _("the signature was not made with that key over that text"), err);
    parts_clear(&parts);
    return rc;
}

/* So that it can be shown to others later. */
static enum kunci_rc keep_proof(const struct held *held, const char *name,
                                const struct evidence_proof *proof, struct kunci_err *err)
{
    struct buf text = {0};
    char *hex = malloc(2 * proof->signature.len + 1);
    enum kunci_rc rc;

    if (hex) {
        text_hex(hex, (const unsigned char *)proof->signature.data, proof->signature.len);
        buf_printf(&text, "%s %s\n", kunci_alg_name(proof->alg), hex);
    }
    rc = hex && !text.failed ? held_keep(held, name, text.data, text.len, err) : err_no_memory(err);
    buf_clear(&text);
    free(hex);
    return rc;
}

static enum kunci_rc check_alive(const struct held *held, const struct ca_row *row,
                                 struct kunci_err *err)
{
    const char *is = ca_condition(row, held->desk->now, held->desk->settings->renewal_days);

    if (strcmp(is, "active") == 0 || strcmp(is, "expiring") == 0)
        return KUNCI_OK;
    return err_setf(err, KUNCI_PROOF_INVALID, EVIDENCE_OLD, _("the old certificate is %s"), is);
}

enum kunci_rc evidence_take_old(const struct held *held, const struct evidence_proof *proof,
                                struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    struct buf message = {0};
    unsigned char *csr = NULL;
    size_t len = 0;
    enum kunci_rc rc;

    if (!held->certificate)
        return refuse(EVIDENCE_OLD, _("there is no old certificate"), err);
    if (held->request->deeds & 1u << DEED_PROVE_OLD)
        return KUNCI_OK;
    if ((rc = held_document(held, EVIDENCE_CSR, &csr, &len, err)) == KUNCI_OK && !csr)
        rc = refuse(EVIDENCE_OLD, _("the request for a certificate is not there yet"), err);
    if (rc == KUNCI_OK &&
        (rc = ca_find(held->desk->store, held->certificate, &row, err)) == KUNCI_OK &&
        (rc = check_alive(held, &row, err)) == KUNCI_OK) {
        put_message(&message, "prove-old", held->key, csr, len);
        rc = check_by_certificate(proof, EVIDENCE_OLD, row.der, row.len, &message, err);
    }
    buf_clear(&message);
    ca_row_clear(&row);
    free(csr);
    return rc == KUNCI_OK ? keep_proof(held, EVIDENCE_OLD, proof, err) : rc;
}

enum kunci_rc evidence_take_new(const struct held *held, const struct evidence_proof *proof,
                                struct kunci_err *err)
{
    struct ca_row row = {.len = 0};
    struct buf message = {0};
    enum kunci_rc rc;

    if (!held->issued)
        return refuse(EVIDENCE_NEW, _("no certificate was issued yet"), err);
    if (held->request->deeds & 1u << DEED_PROVE)
        return KUNCI_OK;
    if ((rc = ca_find(held->desk->store, held->issued, &row, err)) == KUNCI_OK) {
        put_message(&message, "prove-new", held->key, row.der, row.len);
        rc = check_by_certificate(proof, EVIDENCE_NEW, row.der, row.len, &message, err);
    }
    buf_clear(&message);
    ca_row_clear(&row);
    return rc == KUNCI_OK ? keep_proof(held, EVIDENCE_NEW, proof, err) : rc;
}
