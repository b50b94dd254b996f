/* The certificate: fetched and checked, written beside its key, proved, and what becomes of
 * the old one. */
#include "base/error.h"
#include "base/text.h"
#include "enrol/walk.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* ---- fetched ---- */

static enum kunci_rc confirm_subject(const struct walk *walk, const struct buf *cert,
                                     struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    enum kunci_rc rc =
        kunci_cert_describe((const unsigned char *)cert->data, cert->len, &info, err);

    if (rc == KUNCI_OK) {
        walk_tell(walk, KUNCI_ENROL_ISSUED, info.serial);
        rc = walk_ask(walk, KUNCI_ENROL_SUBJECT,
                      json_pack("{s:s, s:s, s:s, s:I, s:I}", "subject", info.subject, "serial",
                                info.serial, "issuer", info.issuer, "not_before",
                                (json_int_t)info.not_before, "not_after",
                                (json_int_t)info.not_after),
                      err);
    }
    kunci_cert_info_clear(&info);
    return rc;
}

/* It was issued: so what a run that was killed had sent arrived. */
static enum kunci_rc note_sent(struct walk *walk, struct kunci_err *err)
{
    return journal_now(walk->journal)->ways[ARROW_SUBMIT] == WAY_BEGUN
               ? journal_done(walk->journal, ARROW_SUBMIT, NULL, err)
               : KUNCI_OK;
}

static enum kunci_rc fetch(struct walk *walk, struct kunci_err *err)
{
    struct buf cert = {0};
    json_t *text, *more;
    enum kunci_rc rc;

    if (journal_now(walk->journal)->ways[ARROW_FETCH] == WAY_DONE)
        return KUNCI_OK;
    if ((rc = note_sent(walk, err)) == KUNCI_OK &&
        (rc = ams_bytes(walk->ams, walk->request, "issued_der", &cert, err)) == KUNCI_OK &&
        (rc = journal_begin(walk->journal, ARROW_FETCH, NULL, err)) == KUNCI_OK &&
        (rc = cert_fits(walk, &cert, err)) == KUNCI_OK &&
        (rc = confirm_subject(walk, &cert, err)) == KUNCI_OK) {
        text = ams_base64(cert.data, cert.len);
        more = text ? json_pack("{s:o}", "cert", text) : NULL;
        rc = more ? journal_done(walk->journal, ARROW_FETCH, more, err) : err_no_memory(err);
    }
    buf_clear(&cert);
    return rc;
}

/* ---- written ---- */

static enum kunci_rc write_beside(struct walk *walk, struct kunci_err *err)
{
    const struct buf *cert = &journal_now(walk->journal)->cert;
    struct kunci_cert *written = NULL;
    enum kunci_rc rc;

    if (journal_now(walk->journal)->ways[ARROW_WRITE] == WAY_DONE)
        return KUNCI_OK;
    if ((rc = stumps_remove(walk, err)) != KUNCI_OK ||
        (rc = journal_begin(walk->journal, ARROW_WRITE, NULL, err)) != KUNCI_OK)
        return rc;
    rc = kunci_cert_import(walk->options->token, (const unsigned char *)cert->data, cert->len,
                           &written, err);
    if (rc == KUNCI_CERT_EXISTS) { /* by a run that was killed, or by hand */
        *err = (struct kunci_err)KUNCI_ERR_INIT;
        walk_tell(walk, KUNCI_ENROL_FOUND_WRITTEN, journal_now(walk->journal)->label);
        rc = KUNCI_OK;
    } else if (rc == KUNCI_OK) {
        walk_tell(walk, KUNCI_ENROL_WRITTEN, kunci_cert_label(written));
    }
    kunci_cert_free(&written);
    return rc == KUNCI_OK ? journal_done(walk->journal, ARROW_WRITE, NULL, err) : rc;
}

/* ---- proved ---- */

static enum kunci_rc proof_new(struct walk *walk, json_t **out, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct kunci_signer *signer = NULL;
    char hex[2 * 32 + 1];
    struct buf text = {0};
    enum kunci_rc rc;

    *out = NULL;
    if (EVP_Digest(now->cert.data, now->cert.len, digest, NULL, EVP_sha256(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    text_hex(hex, digest, 32);
    buf_printf(&text, "kunci prove-new\n%s\n%s\n", now->flow, hex);
    if ((rc = kunci_key_signer(walk->key, KUNCI_ALG_NONE, &signer, err)) == KUNCI_OK)
        rc = ams_sign(signer, &text, out, err); /* verified there by the key's public half */
    kunci_signer_free(&signer);
    buf_clear(&text);
    return rc;
}

static enum kunci_rc prove(struct walk *walk, struct kunci_err *err)
{
    json_t *proof, *event;
    enum kunci_rc rc;

    if ((rc = journal_begin(walk->journal, ARROW_PROVE, NULL, err)) != KUNCI_OK ||
        (rc = proof_new(walk, &proof, err)) != KUNCI_OK)
        return rc;
    event = json_pack("{s:s, s:o}", "verb", "advance", "proof_new", proof);
    rc = event ? walk_send(walk, event, err) : err_no_memory(err);
    if (rc == KUNCI_OK && walk_needs(walk, "deeds", "prove"))
        rc = ams_complain(walk->ams, _("it did not take the proof of the new pair"), err);
    if (rc == KUNCI_OK && (rc = journal_done(walk->journal, ARROW_PROVE, NULL, err)) == KUNCI_OK)
        walk_tell(walk, KUNCI_ENROL_PROVED, journal_now(walk->journal)->label);
    return rc;
}

enum kunci_rc walk_take_cert(struct walk *walk, struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = walk_key(walk, err)) == KUNCI_OK && (rc = fetch(walk, err)) == KUNCI_OK &&
        (rc = write_beside(walk, err)) == KUNCI_OK)
        rc = prove(walk, err);
    return rc;
}

/* ---- the old one ---- */

static enum kunci_rc delete_pair(const struct walk *walk, struct kunci_cert *cert,
                                 struct kunci_err *err)
{
    struct kunci_key *key = NULL;
    enum kunci_rc rc = holder_key(walk->options->token, cert, &key, err);

    if (rc == KUNCI_KEY_NOT_FOUND) {
        *err = (struct kunci_err)KUNCI_ERR_INIT;
        rc = KUNCI_OK;
    }
    /* The key first: a certificate without its key is found again, and by its name. */
    if (rc == KUNCI_OK && key)
        rc = kunci_key_delete(key, err);
    kunci_key_free(&key);
    return rc == KUNCI_OK ? kunci_cert_delete(cert, err) : rc;
}

enum kunci_rc walk_retire(struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    struct kunci_cert *old = NULL;
    char label[256];
    enum kunci_rc rc;

    if (now->old.len == 0 || now->ways[ARROW_RETIRE] == WAY_DONE)
        return KUNCI_OK;
    if ((rc = journal_begin(walk->journal, ARROW_RETIRE, NULL, err)) == KUNCI_OK)
        rc = holder_cert(walk->options->token, &now->old, &old, err);
    if (rc == KUNCI_OK && old) {
        snprintf(label, sizeof label, "%s", kunci_cert_label(old));
        if (walk->options->delete_old_keys)
            rc = delete_pair(walk, old, err);
        if (rc == KUNCI_OK)
            walk_tell(walk,
                      walk->options->delete_old_keys ? KUNCI_ENROL_DELETED : KUNCI_ENROL_OLD_KEPT,
                      label);
    }
    kunci_cert_free(&old);
    return rc == KUNCI_OK ? journal_done(walk->journal, ARROW_RETIRE, NULL, err) : rc;
}
