/* The holder's certificates on the token, and the authority they are from. */
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "enrol/walk.h"

#include <stdlib.h>
#include <string.h>

enum { TRIED_MOST = 4 };

enum kunci_rc holder_meet(struct kunci_ams *ams, struct buf *issuing, struct buf *root,
                          int64_t *renewal_days, struct kunci_err *err)
{
    json_t *answer;
    enum kunci_rc rc = ams_call(ams, "GET", "/v1/authority", NULL, &answer, err);

    *renewal_days = json_integer_value(json_object_get(answer, "renewal_days"));
    if (rc == KUNCI_OK && (rc = ams_bytes(ams, answer, "issuing", issuing, err)) == KUNCI_OK)
        rc = ams_bytes(ams, answer, "root", root, err);
    json_decref(answer);
    return rc;
}

/* ---- keys ---- */

static bool tells(const unsigned char *der, size_t len, struct kunci_key *key)
{
    struct kunci_err unknown = KUNCI_ERR_INIT;
    const unsigned char *spki;
    size_t spki_len;

    return kunci_key_spki(key, &spki, &spki_len, &unknown) == KUNCI_OK &&
           memmem(der, len, spki, spki_len) != NULL;
}

/* A key that outlives its list. */
static enum kunci_rc find_again(struct kunci_token *token, struct kunci_key *key,
                                struct kunci_key **out, struct kunci_err *err)
{
    char *uri = NULL;
    enum kunci_rc rc = kunci_key_uri(key, &uri, err);

    if (rc == KUNCI_OK)
        rc = kunci_key_find(token, uri, out, err);
    free(uri);
    return rc;
}

/* By the id, under which kunci writes both; another program may have given none. */
enum kunci_rc holder_key(struct kunci_token *token, const struct kunci_cert *cert,
                         struct kunci_key **out, struct kunci_err *err)
{
    struct kunci_err missed = KUNCI_ERR_INIT;
    struct kunci_key_list *list = NULL;
    struct kunci_key_info info;
    enum kunci_rc rc;
    size_t i, len;
    const unsigned char *der = kunci_cert_der(cert, &len);

    *out = NULL;
    if (*kunci_cert_id(cert) &&
        kunci_key_find(token, kunci_cert_id(cert), out, &missed) == KUNCI_OK &&
        tells(der, len, *out))
        return KUNCI_OK;
    kunci_key_free(out);
    if ((rc = kunci_key_list(token, &list, err)) != KUNCI_OK)
        return rc;
    for (i = 0; rc == KUNCI_OK && !*out && i < kunci_key_list_count(list); i++) {
        struct kunci_key *key = kunci_key_list_at(list, i);

        if (tells(der, len, key) && (rc = kunci_key_info(key, &info, err)) == KUNCI_OK &&
            info.has_private)
            rc = find_again(token, key, out, err);
    }
    kunci_key_list_free(&list);
    return rc == KUNCI_OK && !*out ? err_set(err, KUNCI_KEY_NOT_FOUND, kunci_cert_label(cert), NULL)
                                   : rc;
}

/* ---- certificates ---- */

static enum kunci_rc copy_cert(const struct kunci_cert *cert, struct kunci_token *token,
                               struct kunci_cert **out, struct kunci_err *err)
{
    char *uri = NULL;
    enum kunci_rc rc = kunci_cert_uri((struct kunci_cert *)(uintptr_t)cert, &uri, err);

    if (rc == KUNCI_OK)
        rc = kunci_cert_find(token, uri, out, err);
    free(uri);
    return rc;
}

enum kunci_rc holder_cert(struct kunci_token *token, const struct buf *der, struct kunci_cert **out,
                          struct kunci_err *err)
{
    struct kunci_cert_list *list = NULL;
    enum kunci_rc rc = kunci_cert_list(token, &list, err);
    size_t i, len;

    *out = NULL;
    for (i = 0; rc == KUNCI_OK && !*out && i < kunci_cert_list_count(list); i++) {
        const struct kunci_cert *cert = kunci_cert_list_at(list, i);
        const unsigned char *bytes = kunci_cert_der(cert, &len);

        if (len == der->len && memcmp(bytes, der->data, len) == 0)
            rc = copy_cert(cert, token, out, err);
    }
    kunci_cert_list_free(&list);
    return rc;
}

/* One that may log in, and from when it is valid. */
struct candidate {
    struct kunci_cert *cert; /* the list's */
    int64_t from, to;
    size_t place; /* in the list */
};

static bool is_later(const struct candidate *one, const struct candidate *other)
{
    return one->from != other->from ? one->from > other->from : one->place > other->place;
}

static enum kunci_rc dates_of(const struct kunci_cert *cert, struct candidate *out,
                              struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    size_t len;
    const unsigned char *der = kunci_cert_der(cert, &len);
    enum kunci_rc rc = kunci_cert_describe(der, len, &info, err);

    out->from = info.not_before;
    out->to = info.not_after;
    kunci_cert_info_clear(&info);
    return rc;
}

/* The latest of those before another one. */
static bool next_of(struct kunci_cert_list *list, const struct buf *issuing,
                    const struct candidate *before, struct candidate *out)
{
    struct candidate one;
    size_t i, len;

    out->cert = NULL;
    for (i = 0; i < kunci_cert_list_count(list); i++) {
        struct kunci_err unread = KUNCI_ERR_INIT;
        const unsigned char *der;

        one = (struct candidate){.cert = kunci_cert_list_at(list, i), .place = i};
        der = kunci_cert_der(one.cert, &len);
        if (kunci_cert_has_key(one.cert) &&
            kunci_cert_issued_by(der, len, (const unsigned char *)issuing->data, issuing->len) &&
            dates_of(one.cert, &one, &unread) == KUNCI_OK && is_later(before, &one) &&
            (!out->cert || is_later(&one, out)))
            *out = one;
    }
    return out->cert != NULL;
}

static enum kunci_rc login_by(struct kunci_ams *ams, struct kunci_token *token,
                              const struct kunci_cert *cert, struct kunci_signer **signer,
                              struct kunci_err *err)
{
    struct kunci_ams_login login = {.signer = NULL};
    struct kunci_key *key = NULL;
    enum kunci_rc rc;

    if ((rc = holder_key(token, cert, &key, err)) == KUNCI_OK &&
        (rc = kunci_key_signer(key, KUNCI_ALG_NONE, signer, err)) == KUNCI_OK) {
        (*signer)->cert = kunci_cert_der(cert, &(*signer)->cert_len);
        login.signer = *signer;
        rc = kunci_ams_login(ams, &login, err);
    }
    kunci_key_free(&key);
    if (rc != KUNCI_OK)
        kunci_signer_free(signer);
    return rc;
}

/* After a renewal the old one stays a while, and may be superseded already. */
static enum kunci_rc login_latest(struct kunci_ams *ams, struct kunci_token *token,
                                  const struct buf *issuing, struct kunci_cert **cert,
                                  struct kunci_signer **signer, struct kunci_err *err)
{
    int64_t now = clock_system.now(clock_system.context);
    struct candidate before = {.from = INT64_MAX}, one;
    struct kunci_cert_list *list = NULL;
    struct kunci_token_info info;
    const char *expired = NULL;
    int tried = 0;
    enum kunci_rc rc;

    if ((rc = kunci_token_info(token, &info, err)) != KUNCI_OK ||
        (rc = kunci_cert_list(token, &list, err)) != KUNCI_OK)
        return rc;
    rc = KUNCI_RENEW_NOTHING;
    while (rc != KUNCI_OK && tried < TRIED_MOST && next_of(list, issuing, &before, &one)) {
        before = one;
        if (one.to <= now) {
            expired = kunci_cert_label(one.cert);
            continue;
        }
        tried++;
        *err = (struct kunci_err)KUNCI_ERR_INIT;
        if ((rc = copy_cert(one.cert, token, cert, err)) == KUNCI_OK)
            rc = login_by(ams, token, *cert, signer, err);
        if (rc != KUNCI_OK)
            kunci_cert_free(cert);
        if (rc != KUNCI_OK && rc != KUNCI_LOGIN_REFUSED)
            break;
    }
    if (!tried && expired)
        rc = err_set(err, KUNCI_RENEW_LATE, expired, _("it has expired"));
    else if (!tried)
        rc = err_set(err, KUNCI_RENEW_NOTHING, info.label, NULL);
    kunci_cert_list_free(&list);
    return rc;
}

enum kunci_rc holder_login(struct kunci_ams *ams, struct kunci_token *token, const char *named,
                           const struct buf *issuing, struct kunci_cert **cert,
                           struct kunci_signer **signer, struct kunci_err *err)
{
    enum kunci_rc rc;

    *cert = NULL;
    *signer = NULL;
    if ((rc = kunci_token_login(token, NULL, err)) != KUNCI_OK)
        return rc;
    if (!named)
        return login_latest(ams, token, issuing, cert, signer, err);
    if ((rc = kunci_cert_find(token, named, cert, err)) == KUNCI_OK)
        rc = login_by(ams, token, *cert, signer, err);
    if (rc != KUNCI_OK)
        kunci_cert_free(cert);
    return rc;
}
