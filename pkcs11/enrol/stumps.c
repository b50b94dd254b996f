/* What a run that was killed inside the token's own module left there: SoftHSM writes an
 * object attribute by attribute, so that one may stand there without its name. The journal
 * says whether there was any such before; what came since is this flow's. */
#include "base/error.h"
#include "enrol/walk.h"

#include <string.h>

static bool is_nameless(struct kunci_key *key)
{
    struct kunci_err unread = KUNCI_ERR_INIT;
    struct kunci_key_info info;

    return kunci_key_info(key, &info, &unread) == KUNCI_OK && !*info.label;
}

/* Another program may give no names either: what has a certificate is in use. */
static bool is_stump(struct kunci_key *key)
{
    struct kunci_err unread = KUNCI_ERR_INIT;
    struct kunci_key_info info;

    return is_nameless(key) && kunci_key_info(key, &info, &unread) == KUNCI_OK &&
           !info.has_certificate;
}

enum kunci_rc stumps_look(struct kunci_token *token, bool *any, struct kunci_err *err)
{
    struct kunci_cert_list *certs = NULL;
    struct kunci_key_list *keys = NULL;
    enum kunci_rc rc;
    size_t i;

    *any = false;
    if ((rc = kunci_key_list(token, &keys, err)) == KUNCI_OK)
        rc = kunci_cert_list(token, &certs, err);
    for (i = 0; rc == KUNCI_OK && i < kunci_key_list_count(keys); i++)
        *any |= is_nameless(kunci_key_list_at(keys, i));
    for (i = 0; rc == KUNCI_OK && i < kunci_cert_list_count(certs); i++)
        *any |= !*kunci_cert_label(kunci_cert_list_at(certs, i));
    kunci_cert_list_free(&certs);
    kunci_key_list_free(&keys);
    return rc;
}

static enum kunci_rc remove_keys(const struct walk *walk, struct kunci_err *err)
{
    struct kunci_key_list *keys = NULL;
    enum kunci_rc rc = kunci_key_list(walk->options->token, &keys, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < kunci_key_list_count(keys); i++) {
        struct kunci_key *key = kunci_key_list_at(keys, i);

        if (is_stump(key) && (rc = kunci_key_delete(key, err)) == KUNCI_OK)
            walk_tell(walk, KUNCI_ENROL_HALF_GONE, journal_now(walk->journal)->label);
    }
    kunci_key_list_free(&keys);
    return rc;
}

static bool can_be_read(const unsigned char *der, size_t len)
{
    struct kunci_err unread = KUNCI_ERR_INIT;
    struct kunci_cert_info info = {0};
    bool read = kunci_cert_describe(der, len, &info, &unread) == KUNCI_OK;

    kunci_cert_info_clear(&info);
    return read;
}

/* The one that was issued, without its name, or one by either name whose value never came.
 * A whole certificate that is another one is somebody's. */
static bool is_half(const struct record *now, const struct kunci_cert *cert)
{
    const char *label = kunci_cert_label(cert);
    size_t len;
    const unsigned char *der = kunci_cert_der(cert, &len);

    if (len == now->cert.len && memcmp(der, now->cert.data, len) == 0)
        return !*label;
    return (!*label || strcmp(label, now->label) == 0) && !can_be_read(der, len);
}

static enum kunci_rc remove_certs(const struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);
    struct kunci_cert_list *certs = NULL;
    enum kunci_rc rc = kunci_cert_list(walk->options->token, &certs, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < kunci_cert_list_count(certs); i++) {
        struct kunci_cert *cert = kunci_cert_list_at(certs, i);

        if (is_half(now, cert) && (rc = kunci_cert_delete(cert, err)) == KUNCI_OK)
            walk_tell(walk, KUNCI_ENROL_HALF_GONE, now->label);
    }
    kunci_cert_list_free(&certs);
    return rc;
}

enum kunci_rc stumps_remove(const struct walk *walk, struct kunci_err *err)
{
    const struct record *now = journal_now(walk->journal);

    if (!now->bare || !now->label)
        return KUNCI_OK;
    if (now->ways[ARROW_KEY] == WAY_BEGUN)
        return remove_keys(walk, err);
    return now->ways[ARROW_WRITE] == WAY_BEGUN ? remove_certs(walk, err) : KUNCI_OK;
}
