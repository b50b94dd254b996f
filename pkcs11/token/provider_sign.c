/* The provider's signatures. What is signed goes to the token; parameters and
 * verification are left to a shadow: a context of the public key in the default
 * provider, made only when it is needed, since that costs as much as signing. */
#include "token/provider.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

enum operation { SIGN, VERIFY, DIGEST_SIGN, DIGEST_VERIFY };

struct signature {
    struct provider_key key;
    enum operation operation;
    char hash[32];             /* as the caller named it; "" where it is not known yet */
    EVP_MD_CTX *digest;        /* of what is being signed; NULL for Ed25519 */
    EVP_MD_CTX *shadow_digest; /* owns the shadow, where there is one */
    EVP_PKEY_CTX *shadow;
};

static OSSL_FUNC_signature_newctx_fn new_signature;
static OSSL_FUNC_signature_freectx_fn release;
static OSSL_FUNC_signature_dupctx_fn duplicate;
static OSSL_FUNC_signature_sign_init_fn sign_init;
static OSSL_FUNC_signature_sign_fn sign;
static OSSL_FUNC_signature_verify_init_fn verify_init;
static OSSL_FUNC_signature_verify_fn verify;
static OSSL_FUNC_signature_digest_sign_init_fn digest_sign_init;
static OSSL_FUNC_signature_digest_sign_update_fn digest_sign_update;
static OSSL_FUNC_signature_digest_sign_final_fn digest_sign_final;
static OSSL_FUNC_signature_digest_sign_fn digest_sign;
static OSSL_FUNC_signature_digest_verify_init_fn digest_verify_init;
static OSSL_FUNC_signature_digest_verify_update_fn digest_verify_update;
static OSSL_FUNC_signature_digest_verify_final_fn digest_verify_final;
static OSSL_FUNC_signature_digest_verify_fn digest_verify;
static OSSL_FUNC_signature_get_ctx_params_fn get_params;
static OSSL_FUNC_signature_gettable_ctx_params_fn gettable_params;
static OSSL_FUNC_signature_set_ctx_params_fn set_params;
static OSSL_FUNC_signature_settable_ctx_params_fn settable_params;

static void *new_signature(void *context, const char *properties)
{
    (void)context, (void)properties;
    return OPENSSL_zalloc(sizeof(struct signature));
}

static void drop_shadow(struct signature *s)
{
    if (s->shadow_digest)
        EVP_MD_CTX_free(s->shadow_digest);
    else
        EVP_PKEY_CTX_free(s->shadow);
    s->shadow_digest = NULL;
    s->shadow = NULL;
}

static void release(void *context)
{
    struct signature *s = context;

    if (!s)
        return;
    drop_shadow(s);
    EVP_MD_CTX_free(s->digest);
    provider_key_release(&s->key);
    OPENSSL_free(s);
}

static EVP_MD_CTX *copy_digest(const EVP_MD_CTX *from)
{
    EVP_MD_CTX *to = EVP_MD_CTX_new();

    if (to && EVP_MD_CTX_copy_ex(to, from) == 1)
        return to;
    EVP_MD_CTX_free(to);
    return NULL;
}

static void *duplicate(void *context)
{
    struct signature *s = context, *copy = new_signature(NULL, NULL);

    if (!copy)
        return NULL;
    provider_key_hold(&copy->key, &s->key);
    copy->operation = s->operation;
    memcpy(copy->hash, s->hash, sizeof copy->hash);
    if (s->digest && !(copy->digest = copy_digest(s->digest)))
        goto failed;
    if (s->shadow_digest) {
        if (!(copy->shadow_digest = copy_digest(s->shadow_digest)))
            goto failed;
        copy->shadow = EVP_MD_CTX_get_pkey_ctx(copy->shadow_digest);
    } else if (s->shadow && !(copy->shadow = EVP_PKEY_CTX_dup(s->shadow))) {
        goto failed;
    }
    return copy;
failed:
    release(copy);
    return NULL;
}

/* ---- the shadow ---- */

static bool make_shadow(struct signature *s)
{
    int (*init)(EVP_MD_CTX *, EVP_PKEY_CTX **, const char *, OSSL_LIB_CTX *, const char *,
                EVP_PKEY *, const OSSL_PARAM *) =
        s->operation == DIGEST_SIGN ? EVP_DigestSignInit_ex : EVP_DigestVerifyInit_ex;

    if (s->shadow)
        return true;
    if (s->operation == SIGN || s->operation == VERIFY) {
        s->shadow = EVP_PKEY_CTX_new_from_pkey(NULL, s->key.public, PROVIDER_PUBLIC);
        if (s->shadow && (s->operation == SIGN ? EVP_PKEY_sign_init(s->shadow)
                                               : EVP_PKEY_verify_init(s->shadow)) == 1)
            return true;
    } else {
        s->shadow_digest = EVP_MD_CTX_new();
        if (s->shadow_digest && init(s->shadow_digest, &s->shadow, s->hash[0] ? s->hash : NULL,
                                     NULL, PROVIDER_PUBLIC, s->key.public, NULL) == 1)
            return true;
        s->shadow = NULL; /* it belongs to the digest's context */
    }
    drop_shadow(s);
    return false;
}

static int set_params(void *context, const OSSL_PARAM params[])
{
    struct signature *s = context;

    if (!params || !params->key)
        return 1;
    return make_shadow(s) && EVP_PKEY_CTX_set_params(s->shadow, params) == 1;
}

static int get_params(void *context, OSSL_PARAM params[])
{
    struct signature *s = context;

    return make_shadow(s) && EVP_PKEY_CTX_get_params(s->shadow, params) == 1;
}

static const OSSL_PARAM *settable_params(void *context, void *provider)
{
    static const OSSL_PARAM names[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_PROPERTIES, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context, (void)provider;
    return names;
}

static const OSSL_PARAM *gettable_params(void *context, void *provider)
{
    static const OSSL_PARAM names[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context, (void)provider;
    return names;
}

/* ---- signing ---- */

static int answer_room(const struct signature *s, size_t *len)
{
    int size = EVP_PKEY_get_size(s->key.public);

    *len = size > 0 ? (size_t)size : 0;
    return size > 0;
}

/* A NULL key means the one of the last time, with its parameters. */
static int begin(struct signature *s, enum operation operation, void *key)
{
    if (key) {
        drop_shadow(s);
        provider_key_release(&s->key);
        provider_key_hold(&s->key, key);
        s->hash[0] = '\0';
    }
    s->operation = operation;
    return s->key.public != NULL;
}

static int sign_init(void *context, void *key, const OSSL_PARAM params[])
{
    return begin(context, SIGN, key) && set_params(context, params);
}

static int sign(void *context, unsigned char *to, size_t *len, size_t room, const unsigned char *in,
                size_t in_len)
{
    struct signature *s = context;
    const EVP_MD *hash = NULL;

    if (!to)
        return answer_room(s, len);
    if (s->shadow && EVP_PKEY_CTX_get_signature_md(s->shadow, &hash) <= 0)
        hash = NULL; /* no digest was set */
    return provider_order(&s->key, s->shadow, hash, in, in_len, to, len, room);
}

/* Remembers the hash for the shadow, which has to be made anew with it. */
static int set_hash(struct signature *s, const char *hash)
{
    if (!hash)
        hash = "";
    if (strlen(hash) >= sizeof s->hash)
        return 0;
    drop_shadow(s);
    strcpy(s->hash, hash);
    return 1;
}

static int digest_sign_init(void *context, const char *hash, void *key, const OSSL_PARAM params[])
{
    struct signature *s = context;
    EVP_MD *md = NULL;
    int ok;

    if (!begin(s, DIGEST_SIGN, key))
        return 0;
    if (EVP_PKEY_is_a(s->key.public, "ED25519"))
        return (!hash || !*hash) && set_params(s, params);
    if ((!hash || !*hash) && !s->hash[0])
        hash = "SHA256";
    if (hash && *hash && !set_hash(s, hash))
        return 0;
    md = EVP_MD_fetch(NULL, s->hash, NULL);
    if (md && !s->digest)
        s->digest = EVP_MD_CTX_new();
    ok = md && s->digest && EVP_DigestInit_ex2(s->digest, md, NULL) == 1;
    EVP_MD_free(md);
    return ok && set_params(s, params);
}

static int digest_sign_update(void *context, const unsigned char *in, size_t len)
{
    struct signature *s = context;

    return s->digest && EVP_DigestUpdate(s->digest, in, len) == 1;
}

static int digest_sign_final(void *context, unsigned char *to, size_t *len, size_t room)
{
    struct signature *s = context;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;

    if (!to)
        return answer_room(s, len);
    return s->digest && EVP_DigestFinal_ex(s->digest, digest, &digest_len) == 1 &&
           provider_order(&s->key, s->shadow, EVP_MD_CTX_get0_md(s->digest), digest, digest_len, to,
                          len, room);
}

static int digest_sign(void *context, unsigned char *to, size_t *len, size_t room,
                       const unsigned char *in, size_t in_len)
{
    struct signature *s = context;

    if (!to)
        return answer_room(s, len);
    if (!s->digest)
        return provider_order(&s->key, s->shadow, NULL, in, in_len, to, len, room);
    return digest_sign_update(s, in, in_len) && digest_sign_final(s, to, len, room);
}

/* ---- verifying: X509_set_pubkey() and others keep the EVP_PKEY they get ---- */

static int verify_init(void *context, void *key, const OSSL_PARAM params[])
{
    return begin(context, VERIFY, key) && make_shadow(context) && set_params(context, params);
}

static int verify(void *context, const unsigned char *signature, size_t signature_len,
                  const unsigned char *in, size_t len)
{
    struct signature *s = context;

    return EVP_PKEY_verify(s->shadow, signature, signature_len, in, len);
}

static int digest_verify_init(void *context, const char *hash, void *key, const OSSL_PARAM params[])
{
    struct signature *s = context;

    return begin(s, DIGEST_VERIFY, key) && set_hash(s, hash) && make_shadow(s) &&
           set_params(s, params);
}

static int digest_verify_update(void *context, const unsigned char *in, size_t len)
{
    struct signature *s = context;

    return EVP_DigestVerifyUpdate(s->shadow_digest, in, len);
}

static int digest_verify_final(void *context, const unsigned char *signature, size_t len)
{
    struct signature *s = context;

    return EVP_DigestVerifyFinal(s->shadow_digest, signature, len);
}

static int digest_verify(void *context, const unsigned char *signature, size_t signature_len,
                         const unsigned char *in, size_t len)
{
    struct signature *s = context;

    return EVP_DigestVerify(s->shadow_digest, signature, signature_len, in, len);
}

#define FUNCTION(id, function)                                                                     \
    {                                                                                              \
        OSSL_FUNC_SIGNATURE_##id, (void (*)(void))(function)                                       \
    }
#define COMMON                                                                                     \
    FUNCTION(NEWCTX, new_signature), FUNCTION(FREECTX, release), FUNCTION(DUPCTX, duplicate),      \
        FUNCTION(DIGEST_SIGN_INIT, digest_sign_init), FUNCTION(DIGEST_SIGN, digest_sign),          \
        FUNCTION(DIGEST_VERIFY_INIT, digest_verify_init), FUNCTION(DIGEST_VERIFY, digest_verify),  \
        FUNCTION(GET_CTX_PARAMS, get_params), FUNCTION(GETTABLE_CTX_PARAMS, gettable_params)

const OSSL_DISPATCH provider_digest_signature[] = {
    COMMON,
    FUNCTION(SIGN_INIT, sign_init),
    FUNCTION(SIGN, sign),
    FUNCTION(VERIFY_INIT, verify_init),
    FUNCTION(VERIFY, verify),
    FUNCTION(DIGEST_SIGN_UPDATE, digest_sign_update),
    FUNCTION(DIGEST_SIGN_FINAL, digest_sign_final),
    FUNCTION(DIGEST_VERIFY_UPDATE, digest_verify_update),
    FUNCTION(DIGEST_VERIFY_FINAL, digest_verify_final),
    FUNCTION(SET_CTX_PARAMS, set_params),
    FUNCTION(SETTABLE_CTX_PARAMS, settable_params),
    {0, NULL},
};

const OSSL_DISPATCH provider_ed25519_signature[] = {COMMON, {0, NULL}};
