#include "token/provider.h"

#include "base/error.h"
#include "token/evp.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/x509.h>
#include <pthread.h>

static const OSSL_ALGORITHM keys[] = {
    {"RSA:rsaEncryption", PROVIDER_OURS, provider_rsa_key, NULL},
    {"EC:id-ecPublicKey", PROVIDER_OURS, provider_ec_key, NULL},
    {"ED25519", PROVIDER_OURS, provider_ed25519_key, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {"RSA:rsaEncryption", PROVIDER_OURS, provider_digest_signature, NULL},
    {"ECDSA", PROVIDER_OURS, provider_digest_signature, NULL},
    {"ED25519", PROVIDER_OURS, provider_ed25519_signature, NULL},
    {NULL, NULL, NULL, NULL},
};

static OSSL_FUNC_provider_query_operation_fn query;
static OSSL_provider_init_fn start;

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
    (void)context;
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT)
        return keys;
    return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int start(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *offered,
                 const OSSL_DISPATCH **functions, void **context)
{
    static const OSSL_DISPATCH ours[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {0, NULL},
    };

    (void)core, (void)offered;
    *functions = ours;
    *context = NULL;
    return 1;
}

/* Kept to the end: living EVP_PKEYs need them. */
static OSSL_PROVIDER *public_provider, *our_provider;

/* When OpenSSL cleans up, at the end of the process. */
static void unload(void)
{
    OSSL_PROVIDER_unload(our_provider);
    OSSL_PROVIDER_unload(public_provider);
    our_provider = public_provider = NULL;
}

/* OpenSSL loads its default provider by itself only until any other is loaded;
 * and what comes first is what keys without a token go on using. */
static void register_once(void)
{
    public_provider = OSSL_PROVIDER_load(NULL, "default");
    if (public_provider && OSSL_PROVIDER_add_builtin(NULL, "kunci", start) == 1)
        our_provider = OSSL_PROVIDER_load(NULL, "kunci");
    OPENSSL_atexit(unload);
}

/* The name under which both providers know the type of a public key. */
static enum kunci_rc type_of(struct kunci_key *key, const char **type, struct kunci_err *err)
{
    static const char *const types[] = {"RSA", "EC", "ED25519"};
    const unsigned char *der = NULL;
    struct kunci_key_info info;
    EVP_PKEY *public = NULL;
    size_t len = 0, i;
    enum kunci_rc rc;

    *type = NULL;
    if ((rc = kunci_key_spki(key, &der, &len, err)) != KUNCI_OK)
        return rc;
    public = d2i_PUBKEY_ex(NULL, &der, (long)len, NULL, PROVIDER_PUBLIC);
    if (!public)
        return err_openssl(err, "d2i_PUBKEY");
    for (i = 0; i < sizeof types / sizeof *types; i++)
        if (EVP_PKEY_is_a(public, types[i]))
            *type = types[i];
    EVP_PKEY_free(public);
    if (*type || (rc = kunci_key_info(key, &info, err)) != KUNCI_OK)
        return rc;
    return err_set(err, KUNCI_EVP_UNSUPPORTED, info.label, "key type");
}

enum kunci_rc provider_evp(struct kunci_key *key, EVP_PKEY **out, struct kunci_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    OSSL_PARAM params[] = {OSSL_PARAM_octet_ptr(PROVIDER_PARAM_KEY, (void **)&key, sizeof key),
                           OSSL_PARAM_END};
    EVP_PKEY_CTX *context = NULL;
    const char *type = NULL;
    enum kunci_rc rc;

    pthread_once(&once, register_once);
    if (!our_provider)
        return err_openssl(err, "OSSL_PROVIDER_load");
    if ((rc = type_of(key, &type, err)) != KUNCI_OK)
        return rc;
    context = EVP_PKEY_CTX_new_from_name(NULL, type, PROVIDER_OURS);
    if (!context || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, out, EVP_PKEY_KEYPAIR, params) != 1)
        rc = err_openssl(err, "EVP_PKEY_fromdata");
    EVP_PKEY_CTX_free(context);
    return rc;
}
