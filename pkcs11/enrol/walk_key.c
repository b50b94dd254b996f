/* The new key, and the request that is signed by it. */
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "enrol/walk.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LABELS_MOST = 100 };

/* ---- its label ---- */

static bool is_taken(const struct kunci_key_list *list, const char *label)
{
    struct kunci_key_info info;
    size_t i;

    for (i = 0; i < kunci_key_list_count(list); i++) {
        struct kunci_err unread = KUNCI_ERR_INIT;

        if (kunci_key_info(kunci_key_list_at(list, i), &info, &unread) == KUNCI_OK &&
            strcmp(info.label, label) == 0)
            return true;
    }
    return false;
}

/* That of the old key without the day that an earlier renewal put behind it. */
static void stem_of(const struct walk *walk, char *to, size_t size)
{
    const char *label = walk->old ? kunci_cert_label(walk->old) : "", *end;
    size_t len = strlen(label), day = strlen(" 2026-11-21");
    struct tm read;

    memset(&read, 0, sizeof read);
    if (len > day && label[len - day] == ' ' &&
        (end = strptime(label + len - day + 1, "%Y-%m-%d", &read)) && !*end)
        len -= day;
    if (len)
        snprintf(to, size, "%.*s", (int)len, label);
    else
        snprintf(to, size, "kunci");
}

static enum kunci_rc choose_label(const struct walk *walk, const struct kunci_key_list *list,
                                  char *to, size_t size, struct kunci_err *err)
{
    time_t now = (time_t)clock_system.now(clock_system.context);
    char stem[200], day[16];
    struct tm utc;
    int i;

    stem_of(walk, stem, sizeof stem);
    gmtime_r(&now, &utc);
    strftime(day, sizeof day, "%Y-%m-%d", &utc);
    snprintf(to, size, "%s %s", stem, day);
    for (i = 2; is_taken(list, to); i++) {
        if (i > LABELS_MOST)
            return err_set(err, KUNCI_KEY_EXISTS, to, NULL);
        snprintf(to, size, "%s %s (%d)", stem, day, i);
    }
    return KUNCI_OK;
}

/* ---- what an earlier run left under it ---- */

/* Half a pair, or one that was not given its id any more: made by a run that was killed,
 * for this flow, and no certificate has it. */
static bool is_stump(const struct kunci_key_info *info, bool known)
{
    return !info->has_certificate &&
           (!info->has_private || !info->has_public || (!known && !info->id_conforms));
}

static enum kunci_rc look_for(struct walk *walk, const struct kunci_key_list *list,
                              struct kunci_key **found, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    bool known = now->ways[ARROW_KEY] == WAY_DONE;
    struct kunci_key_info info;
    enum kunci_rc rc = KUNCI_OK;
    char *uri = NULL;
    size_t i;

    *found = NULL;
    for (i = 0; rc == KUNCI_OK && i < kunci_key_list_count(list); i++) {
        struct kunci_key *key = kunci_key_list_at(list, i);

        if ((rc = kunci_key_info(key, &info, err)) != KUNCI_OK ||
            strcmp(info.label, now->label) != 0)
            continue;
        if (is_stump(&info, known)) {
            if ((rc = kunci_key_delete(key, err)) == KUNCI_OK)
                walk_tell(walk, KUNCI_ENROL_HALF_GONE, now->label);
        } else if (info.has_private && !*found &&
                   (rc = kunci_key_uri(key, &uri, err)) == KUNCI_OK) {
            rc = kunci_key_find(walk->options->token, uri, found, err);
            free(uri);
            uri = NULL;
        }
    }
    return rc;
}

/* ---- making it ---- */

enum kunci_rc walk_old_key(struct walk *walk, struct kunci_key **out, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;

    if (!walk->old_key)
        rc = holder_key(walk->options->token, walk->old, &walk->old_key, err);
    *out = walk->old_key;
    return rc;
}

static enum kunci_rc choose_type(struct walk *walk, enum kunci_key_type *type,
                                 struct kunci_err *err)
{
    struct kunci_key *key = NULL;
    struct kunci_key_info info;
    enum kunci_rc rc;
    unsigned types;

    *type = walk->options->type;
    if (*type != KUNCI_KEY_OTHER)
        return KUNCI_OK;
    if (walk->old) {
        if ((rc = walk_old_key(walk, &key, err)) == KUNCI_OK &&
            (rc = kunci_key_info(key, &info, err)) == KUNCI_OK)
            *type = info.type;
        return rc;
    }
    if ((rc = kunci_token_key_types(walk->options->token, &types, err)) == KUNCI_OK)
        *type = types & KUNCI_KEY_P256 ? KUNCI_KEY_P256 : KUNCI_KEY_RSA2048;
    return rc;
}

/* A key that waits for its certificate since an earlier flow is used again. */
static enum kunci_rc plan(struct walk *walk, const struct kunci_key_list *list,
                          struct kunci_err *err)
{
    const struct record *spare = journal_spare(walk->journal);
    enum kunci_key_type type;
    const char *type_name;
    char label[256];
    enum kunci_rc rc;
    json_t *more;
    bool any;

    if ((rc = choose_type(walk, &type, err)) != KUNCI_OK ||
        (rc = stumps_look(walk->options->token, &any, err)) != KUNCI_OK)
        return rc;
    type_name = kunci_key_type_name(type);
    if (spare->label && spare->type && strcmp(spare->type, type_name) == 0)
        snprintf(label, sizeof label, "%s", spare->label);
    else
        rc = choose_label(walk, list, label, sizeof label, err);
    if (rc != KUNCI_OK)
        return rc;
    more = json_pack("{s:s, s:s, s:s*}", "label", label, "type", type_name, "bare",
                     any ? NULL : "yes");
    return more ? journal_begin(walk->journal, ARROW_KEY, more, err) : err_no_memory(err);
}

static enum kunci_rc make(struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    enum kunci_key_type type = kunci_key_type_by_name(now->type ? now->type : "");
    struct kunci_key_info info;
    enum kunci_rc rc = kunci_key_new(walk->options->token, type, now->label, &walk->key, err);
    json_t *more;

    /* A token may give it another name. */
    if (rc != KUNCI_OK || (rc = kunci_key_info(walk->key, &info, err)) != KUNCI_OK)
        return rc;
    walk_tell(walk, KUNCI_ENROL_KEY_MADE, info.label);
    more = json_pack("{s:s}", "label", *info.label ? info.label : now->label);
    return more ? journal_done(walk->journal, ARROW_KEY, more, err) : err_no_memory(err);
}

static enum kunci_rc settle(struct walk *walk, const struct kunci_key_list *list,
                            struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    enum kunci_rc rc = look_for(walk, list, &walk->key, err);

    if (rc != KUNCI_OK)
        return rc;
    if (walk->key) {
        walk_tell(walk, KUNCI_ENROL_KEY_KEPT, now->label);
        return now->ways[ARROW_KEY] == WAY_DONE ? KUNCI_OK
                                                : journal_done(walk->journal, ARROW_KEY, NULL, err);
    }
    if (now->ways[ARROW_KEY] == WAY_DONE) /* it was there, and somebody took it away */
        return err_set(err, KUNCI_KEY_NOT_FOUND, now->label, NULL);
    return make(walk, err);
}

enum kunci_rc walk_key(struct walk *walk, struct kunci_err *err)
{
    struct kunci_key_list *list = NULL;
    enum kunci_rc rc = KUNCI_OK;

    if (walk->key)
        return KUNCI_OK;
    if ((rc = stumps_remove(walk, err)) == KUNCI_OK &&
        (rc = kunci_key_list(walk->options->token, &list, err)) == KUNCI_OK &&
        !journal_now(walk->journal)->label)
        rc = plan(walk, list, err);
    if (rc == KUNCI_OK)
        rc = settle(walk, list, err);
    kunci_key_list_free(&list);
    return rc;
}

/* ---- the request ---- */

static enum kunci_rc make_csr(struct walk *walk, struct kunci_signer *signer, unsigned char **der,
                              size_t *len, struct kunci_err *err)
{
    struct kunci_csr_options wanted = {.subject = NULL};

    if (walk->old)
        wanted.like = kunci_cert_der(walk->old, &wanted.like_len);
    else
        wanted.subject = ams_text(walk->me, "subject");
    return kunci_csr_new(signer, &wanted, der, len, err);
}

enum kunci_rc walk_csr(struct walk *walk, struct kunci_err *err)
{
    struct kunci_signer *signer = NULL;
    unsigned char *der = NULL;
    json_t *more, *text;
    enum kunci_rc rc;
    size_t len;

    if (journal_now(walk->journal)->ways[ARROW_CSR] == WAY_DONE)
        return KUNCI_OK;
    if ((rc = journal_begin(walk->journal, ARROW_CSR, NULL, err)) == KUNCI_OK &&
        (rc = kunci_key_signer(walk->key, KUNCI_ALG_NONE, &signer, err)) == KUNCI_OK &&
        (rc = make_csr(walk, signer, &der, &len, err)) == KUNCI_OK) {
        text = ams_base64(der, len);
        more = text ? json_pack("{s:o}", "csr", text) : NULL;
        rc = more ? journal_done(walk->journal, ARROW_CSR, more, err) : err_no_memory(err);
    }
    kunci_signer_free(&signer);
    free(der);
    return rc;
}

/* ---- the old key's word ---- */

static enum kunci_rc proof_text(const struct walk *walk, struct buf *to, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * 32 + 1];

    if (EVP_Digest(now->csr.data, now->csr.len, digest, NULL, EVP_sha256(), NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    text_hex(hex, digest, 32);
    buf_printf(to, "kunci prove-old\n%s\n%s\n", now->flow, hex);
    return KUNCI_OK;
}

/* The certificate that the authority counts as the old one. */
static enum kunci_rc old_one(struct walk *walk, struct kunci_cert **out, struct kunci_err *err)
{
    const char *serial = ams_text(walk->request, "certificate_old");
    struct kunci_cert_list *list = NULL;
    enum kunci_rc rc = kunci_cert_list(walk->options->token, &list, err);
    size_t i, len;

    *out = NULL;
    for (i = 0; rc == KUNCI_OK && !*out && i < kunci_cert_list_count(list); i++) {
        struct kunci_err unread = KUNCI_ERR_INIT;
        struct kunci_cert_info info = {0};
        struct buf der = {0};
        const unsigned char *bytes = kunci_cert_der(kunci_cert_list_at(list, i), &len);

        if (kunci_cert_describe(bytes, len, &info, &unread) == KUNCI_OK &&
            strcmp(info.serial, serial) == 0) {
            buf_add(&der, bytes, len);
            rc =
                der.failed ? err_no_memory(err) : holder_cert(walk->options->token, &der, out, err);
        }
        buf_clear(&der);
        kunci_cert_info_clear(&info);
    }
    kunci_cert_list_free(&list);
    return rc == KUNCI_OK && !*out ? err_set(err, KUNCI_CERT_NOT_FOUND, serial, NULL) : rc;
}

/* Of the certificate that is renewed, or of the one that the authority counts as the old. */
static enum kunci_rc old_signer(struct walk *walk, struct kunci_signer **out, struct kunci_err *err)
{
    struct kunci_cert *found = NULL;
    struct kunci_key *key = NULL, *own = NULL;
    enum kunci_rc rc;

    if (walk->old)
        rc = walk_old_key(walk, &key, err);
    else if ((rc = old_one(walk, &found, err)) == KUNCI_OK &&
             (rc = holder_key(walk->options->token, found, &own, err)) == KUNCI_OK)
        key = own;
    if (rc == KUNCI_OK)
        rc = kunci_key_signer(key, KUNCI_ALG_NONE, out, err);
    kunci_key_free(&own);
    kunci_cert_free(&found);
    return rc;
}

enum kunci_rc walk_prove_old(struct walk *walk, json_t **out, struct kunci_err *err)
{
    struct kunci_signer *signer = NULL;
    struct buf text = {0};
    enum kunci_rc rc = old_signer(walk, &signer, err);

    *out = NULL;
    if (rc == KUNCI_OK && (rc = proof_text(walk, &text, err)) == KUNCI_OK)
        rc = ams_sign(signer, &text, out, err);
    kunci_signer_free(&signer);
    buf_clear(&text);
    return rc;
}
