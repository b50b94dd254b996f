#include "cms/digests.h"

#include "base/error.h"
#include "x509/algor.h"

#include <string.h>

/* SHA-1 is computed for the sake of those who ask what became of an old signature. */
static const struct kind {
    int nid;
    const EVP_MD *(*hash)(void);
    bool sound;
} kinds[DIGEST_KINDS] = {
    {NID_sha1, EVP_sha1, false},
    {NID_sha256, EVP_sha256, true},
    {NID_sha384, EVP_sha384, true},
    {NID_sha512, EVP_sha512, true},
};

static int kind_of(int nid)
{
    int i;

    for (i = 0; i < DIGEST_KINDS; i++)
        if (kinds[i].nid == nid)
            return i;
    return -1;
}

const EVP_MD *digest_named(const X509_ALGOR *name, bool *sound)
{
    int kind = kind_of(algor_nid(name));

    *sound = kind >= 0 && kinds[kind].sound;
    return kind >= 0 ? kinds[kind].hash() : NULL;
}

static enum kunci_rc begin(struct digests *digests, int kind, struct kunci_err *err)
{
    if (kind < 0 || digests->running[kind])
        return KUNCI_OK;
    digests->running[kind] = EVP_MD_CTX_new();
    if (!digests->running[kind] ||
        EVP_DigestInit_ex(digests->running[kind], kinds[kind].hash(), NULL) != 1)
        return err_openssl(err, "EVP_DigestInit");
    return KUNCI_OK;
}

enum kunci_rc digests_begin(struct digests *digests, const X509_ALGORS *names,
                            struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    int i;

    for (i = 0; rc == KUNCI_OK && i < sk_X509_ALGOR_num(names); i++)
        rc = begin(digests, kind_of(algor_nid(sk_X509_ALGOR_value(names, i))), err);
    return rc;
}

enum kunci_rc digests_begin_like(struct digests *digests, const struct digests *other,
                                 struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    int i;

    for (i = 0; rc == KUNCI_OK && i < DIGEST_KINDS; i++)
        if (other->done[i])
            rc = begin(digests, i, err);
    return rc;
}

bool digests_take(void *context, const unsigned char *bytes, size_t len)
{
    struct digests *digests = context;
    size_t i;

    for (i = 0; i < len && digests->len + i < sizeof digests->first; i++)
        digests->first[digests->len + i] = bytes[i];
    digests->len += len;
    for (i = 0; i < DIGEST_KINDS; i++)
        if (digests->running[i] && EVP_DigestUpdate(digests->running[i], bytes, len) != 1)
            return false;
    return true;
}

enum kunci_rc digests_end(struct digests *digests, struct kunci_err *err)
{
    size_t i;

    for (i = 0; i < DIGEST_KINDS; i++) {
        if (!digests->running[i])
            continue;
        if (EVP_DigestFinal_ex(digests->running[i], digests->value[i], NULL) != 1)
            return err_openssl(err, "EVP_DigestFinal");
        digests->done[i] = true;
    }
    return KUNCI_OK;
}

const unsigned char *digests_value(const struct digests *digests, const EVP_MD *hash)
{
    int kind = kind_of(EVP_MD_get_type(hash));

    return kind >= 0 && digests->done[kind] ? digests->value[kind] : NULL;
}

bool digests_are_equal(const struct digests *digests, const struct digests *other)
{
    return digests->len == other->len &&
           memcmp(digests->value, other->value, sizeof digests->value) == 0;
}

void digests_clear(struct digests *digests)
{
    size_t i;

    for (i = 0; i < DIGEST_KINDS; i++)
        EVP_MD_CTX_free(digests->running[i]);
    *digests = (struct digests){0};
}
