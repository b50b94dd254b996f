/* The authority made: keys on the token, certificates in the store. */
#include "ams/ca_inside.h"
#include "ams/meta.h"
#include "audit/ledger.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/issue.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct making_ca {
    struct store *store;
    const struct ca_plan *plan;
    int64_t now;
    char *labels;
    struct {
        struct kunci_signer *signer;
        unsigned char *subject, *der;
        size_t subject_len, len;
    } parts[CA_PARTS];
};

static enum kunci_rc refuse_second(struct store *store, struct kunci_err *err)
{
    unsigned char *root = NULL;
    size_t len;
    enum kunci_rc rc = meta_bytes(store, ca_part_kinds[CA_ROOT].meta, &root, &len, err);

    if (rc == KUNCI_OK && root)
        rc = err_set(err, KUNCI_AMS_EXISTS, store_path(store), NULL);
    free(root);
    return rc;
}

/* ---- labels ---- */

static enum kunci_rc put_labels(struct store *store, struct kunci_err *err)
{
    unsigned char random[4];
    char labels[2 * sizeof random + 1];

    if (RAND_bytes(random, sizeof random) != 1)
        return err_openssl(err, "RAND_bytes");
    text_hex(labels, random, sizeof random);
    return meta_put(store, CA_META_LABELS, OF_TEXT(labels), err);
}

/* They are in the store before a key is on the token: what is ended in between finds it
 * again, and no other store's authority takes it for its own. */
static enum kunci_rc choose_labels(struct making_ca *making, struct kunci_err *err)
{
    struct store *store = making->store;
    enum kunci_rc rc;

    if ((rc = store_begin(store, err)) != KUNCI_OK)
        return rc;
    if ((rc = refuse_second(store, err)) == KUNCI_OK &&
        (rc = meta_text(store, CA_META_LABELS, &making->labels, err)) == KUNCI_OK &&
        !making->labels && (rc = put_labels(store, err)) == KUNCI_OK)
        rc = meta_text(store, CA_META_LABELS, &making->labels, err);
    if (rc == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}

/* ---- keys ---- */

/* Of a key of that name only a whole one is of use: what else there is was left behind by
 * somebody who was ended while he made it, and nobody has certified it. */
static enum kunci_rc sift(struct kunci_key *key, const char *label, bool *whole,
                          struct kunci_err *err)
{
    struct kunci_key_info info;
    enum kunci_rc rc = kunci_key_info(key, &info, err);

    if (rc != KUNCI_OK || strcmp(info.label, label) != 0)
        return rc;
    if (info.has_private && info.has_public && info.id_conforms)
        *whole = true;
    else
        rc = kunci_key_delete(key, err);
    return rc;
}

static enum kunci_rc look_for(struct kunci_token *token, const char *label, bool *whole,
                              struct kunci_err *err)
{
    struct kunci_key_list *list = NULL;
    enum kunci_rc rc = kunci_key_list(token, &list, err);
    size_t i;

    *whole = false;
    for (i = 0; rc == KUNCI_OK && i < kunci_key_list_count(list); i++)
        rc = sift(kunci_key_list_at(list, i), label, whole, err);
    kunci_key_list_free(&list);
    return rc;
}

static enum kunci_rc make_key(struct making_ca *making, enum ca_part part, struct kunci_err *err)
{
    struct kunci_token *token = making->plan->token;
    struct kunci_key *key = NULL;
    char label[CA_LABEL];
    enum kunci_rc rc;
    bool whole;

    ca_label(part, making->labels, label);
    if ((rc = look_for(token, label, &whole, err)) != KUNCI_OK)
        return rc;
    rc = whole ? kunci_key_find(token, label, &key, err)
               : kunci_key_new(token, ca_part_kinds[part].key, label, &key, err);
    if (rc == KUNCI_OK)
        rc = kunci_key_signer(key, KUNCI_ALG_NONE, &making->parts[part].signer, err);
    kunci_key_free(&key);
    return rc;
}

/* ---- certificates ---- */

static bool add(X509_NAME *name, const char *field, const char *value)
{
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1,
                                      -1, 0) == 1;
}

static enum kunci_rc make_subject(struct making_ca *making, enum ca_part part,
                                  struct kunci_err *err)
{
    const char *organisation = making->plan->organisation;
    X509_NAME *name = X509_NAME_new();
    enum kunci_rc rc = KUNCI_OK;
    char common[512];
    int len;

    snprintf(common, sizeof common, "%s %s", organisation, ca_part_kinds[part].name);
    if (!name || !add(name, "C", "ID") || !add(name, "O", organisation) ||
        !add(name, "CN", common) || (len = i2d_X509_NAME(name, &making->parts[part].subject)) < 0)
        rc = err_openssl(err, "X509_NAME");
    else
        making->parts[part].subject_len = (size_t)len;
    X509_NAME_free(name);
    return rc;
}

/* By itself, or by the part before it. */
static enum kunci_rc certify(struct making_ca *making, enum ca_part part, struct kunci_err *err)
{
    size_t issuer = part == CA_ROOT ? CA_ROOT : part - 1;
    const struct kunci_signer *key = making->parts[part].signer;
    struct ca_addresses addresses;
    struct profile profile;
    struct issue issue = {
        .profile = &profile, .spki = key->spki, .spki_len = key->spki_len, .from = making->now};
    enum kunci_rc rc = make_subject(making, part, err);

    if (rc != KUNCI_OK)
        return rc;
    issue.subject = making->parts[part].subject;
    issue.subject_len = making->parts[part].subject_len;
    issue.issuer = part == CA_ROOT ? NULL : making->parts[issuer].der;
    issue.issuer_len = making->parts[issuer].len;
    if ((rc = ca_addresses_make(making->plan->public_url, (enum ca_part)issuer, &addresses, err)) !=
        KUNCI_OK)
        return rc;
    issue.fill = addresses.fill;
    if ((rc = profile_load(ca_part_kinds[part].profile, &profile, err)) == KUNCI_OK)
        rc = issue_certificate(&issue, making->parts[issuer].signer, &making->parts[part].der,
                               &making->parts[part].len, err);
    profile_clear(&profile);
    ca_addresses_clear(&addresses);
    return rc;
}

/* ---- the whole ---- */

static enum kunci_rc put_all(const struct making_ca *making, struct kunci_err *err)
{
    const struct ca_order order = {.profile = "audit", .now = making->now};
    struct store *store = making->store;
    enum kunci_rc rc =
        meta_put(store, CA_META_ORGANISATION, OF_TEXT(making->plan->organisation), err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < CA_PARTS; i++)
        rc = meta_put(store, ca_part_kinds[i].meta,
                      OF_BLOB(making->parts[i].der, making->parts[i].len), err);
    if (rc == KUNCI_OK)
        rc = ca_enter(store, &order, making->parts[CA_AUDIT].der, making->parts[CA_AUDIT].len, NULL,
                      err);
    return rc;
}

static enum kunci_rc keep(const struct making_ca *making, struct kunci_err *err)
{
    const struct audit_act act = {.node = making->plan->node,
                                  .at = making->now,
                                  .event = "authority.made",
                                  .subject = making->plan->organisation};
    struct store *store = making->store;
    enum kunci_rc rc;

    if ((rc = store_begin(store, err)) != KUNCI_OK)
        return rc;
    if ((rc = refuse_second(store, err)) == KUNCI_OK && (rc = put_all(making, err)) == KUNCI_OK &&
        (rc = audit_add(store, &act, err)) == KUNCI_OK)
        rc = store_commit(store, err);
    store_rollback(store);
    return rc;
}

static void clear(struct making_ca *making)
{
    size_t i;

    for (i = 0; i < CA_PARTS; i++) {
        kunci_signer_free(&making->parts[i].signer);
        OPENSSL_free(making->parts[i].subject);
        free(making->parts[i].der);
    }
    free(making->labels);
}

enum kunci_rc ca_make(struct store *store, const struct ca_plan *plan, struct kunci_err *err)
{
    struct making_ca making = {
        .store = store, .plan = plan, .now = plan->now ? plan->now : clock_system.now(NULL)};
    enum kunci_rc rc = choose_labels(&making, err);
    size_t i;

    if (rc == KUNCI_OK)
        rc = kunci_token_login(plan->token, NULL, err);
    for (i = 0; rc == KUNCI_OK && i < CA_PARTS; i++)
        rc = make_key(&making, (enum ca_part)i, err);
    for (i = 0; rc == KUNCI_OK && i < CA_PARTS; i++)
        rc = certify(&making, (enum ca_part)i, err);
    if (rc == KUNCI_OK)
        rc = keep(&making, err);
    clear(&making);
    return rc;
}
