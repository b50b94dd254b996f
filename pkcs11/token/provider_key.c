/* The provider's key management: an EVP_PKEY that holds a token's key. */
#include "token/provider.h"

#include "token/evp.h"
#include "token/sign_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/x509.h>

void provider_key_hold(struct provider_key *to, const struct provider_key *from)
{
    *to = *from;
    if (to->public)
        EVP_PKEY_up_ref(to->public);
    if (to->held)
        key_hold(to->held);
}

void provider_key_release(struct provider_key *key)
{
    EVP_PKEY_free(key->public);
    key->public = NULL;
    kunci_key_free(&key->held);
}

static void *new_of_type(const char *type)
{
    struct provider_key *key = OPENSSL_zalloc(sizeof *key);

    if (key)
        key->type = type;
    return key;
}

static OSSL_FUNC_keymgmt_new_fn new_rsa, new_ec, new_ed25519;
static OSSL_FUNC_keymgmt_free_fn release;
static OSSL_FUNC_keymgmt_dup_fn duplicate;
static OSSL_FUNC_keymgmt_has_fn has;
static OSSL_FUNC_keymgmt_match_fn match;
static OSSL_FUNC_keymgmt_import_fn import;
static OSSL_FUNC_keymgmt_import_types_fn import_types;
static OSSL_FUNC_keymgmt_export_fn export;
static OSSL_FUNC_keymgmt_export_types_fn export_types;
static OSSL_FUNC_keymgmt_get_params_fn get_params;
static OSSL_FUNC_keymgmt_gettable_params_fn gettable_params;
static OSSL_FUNC_keymgmt_query_operation_name_fn ec_operation;

static void *new_rsa(void *context)
{
    (void)context;
    return new_of_type("RSA");
}

static void *new_ec(void *context)
{
    (void)context;
    return new_of_type("EC");
}

static void *new_ed25519(void *context)
{
    (void)context;
    return new_of_type("ED25519");
}

static void release(void *data)
{
    if (data)
        provider_key_release(data);
    OPENSSL_free(data);
}

static void *duplicate(const void *data, int selection)
{
    struct provider_key *copy = OPENSSL_zalloc(sizeof *copy);

    if (!copy)
        return NULL;
    provider_key_hold(copy, data);
    if (!(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY))
        kunci_key_free(&copy->held);
    return copy;
}

static int has(const void *data, int selection)
{
    const struct provider_key *key = data;

    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && !key->held)
        return 0;
    return key->public != NULL;
}

static int match(const void *one, const void *other, int selection)
{
    const struct provider_key *a = one, *b = other;

    if (selection & OSSL_KEYMGMT_SELECT_KEYPAIR)
        return EVP_PKEY_eq(a->public, b->public) == 1;
    return EVP_PKEY_parameters_eq(a->public, b->public) == 1;
}

static int hold_token_key(struct provider_key *key, struct kunci_key *held)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const unsigned char *der = NULL;
    size_t len = 0;

    if (kunci_key_spki(held, &der, &len, &err) != KUNCI_OK) {
        evp_raise(&err);
        return 0;
    }
    key->public = d2i_PUBKEY_ex(NULL, &der, (long)len, NULL, PROVIDER_PUBLIC);
    if (!key->public)
        return 0;
    key->held = key_hold(held);
    return 1;
}

/* Public keys come here to be compared with ours. A private key in software has
 * nothing to do here: refused, it is used by the provider that it came from. */
static int hold_public_key(struct provider_key *key, const OSSL_PARAM params[])
{
    EVP_PKEY_CTX *context = NULL;
    int ok;

    if (OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY) ||
        OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_RSA_D))
        return 0;
    context = EVP_PKEY_CTX_new_from_name(NULL, key->type, PROVIDER_PUBLIC);
    /* It takes the parameters as changeable but changes none. */
    ok = context && EVP_PKEY_fromdata_init(context) == 1 &&
         EVP_PKEY_fromdata(context, &key->public, EVP_PKEY_PUBLIC_KEY,
                           (OSSL_PARAM *)(uintptr_t)params) == 1;
    EVP_PKEY_CTX_free(context);
    return ok;
}

static int import(void *data, int selection, const OSSL_PARAM params[])
{
    const OSSL_PARAM *token = OSSL_PARAM_locate_const(params, PROVIDER_PARAM_KEY);
    struct provider_key *key = data;
    const void *held = NULL;

    (void)selection;
    if (key->public)
        return 0;
    if (!token)
        return hold_public_key(key, params);
    return OSSL_PARAM_get_octet_ptr(token, &held, NULL) == 1 &&
           hold_token_key(key, (struct kunci_key *)(uintptr_t)held);
}

static const OSSL_PARAM *import_types(int selection)
{
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_octet_ptr(PROVIDER_PARAM_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)selection;
    return types;
}

/* There is no private part to give, and saying so is what makes OpenSSL come
 * back to this provider for signatures. */
static int export(void *data, int selection, OSSL_CALLBACK *take, void *context)
{
    const struct provider_key *key = data;
    OSSL_PARAM *params = NULL;
    int ok;

    if (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
        return 0;
    ok = EVP_PKEY_todata(key->public, selection, &params) == 1 && take(params, context);
    OSSL_PARAM_free(params);
    return ok;
}

static const OSSL_PARAM *export_types(int selection)
{
    return selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY ? NULL : import_types(selection) + 1;
}

static int get_params(void *data, OSSL_PARAM params[])
{
    const struct provider_key *key = data;

    return EVP_PKEY_get_params(key->public, params);
}

static const OSSL_PARAM *gettable_params(void *context)
{
    static const OSSL_PARAM names[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context;
    return names;
}

static const char *ec_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define FUNCTION(id, function)                                                                     \
    {                                                                                              \
        OSSL_FUNC_KEYMGMT_##id, (void (*)(void))(function)                                         \
    }
#define COMMON                                                                                     \
    FUNCTION(FREE, release), FUNCTION(DUP, duplicate), FUNCTION(HAS, has), FUNCTION(MATCH, match), \
        FUNCTION(IMPORT, import), FUNCTION(IMPORT_TYPES, import_types), FUNCTION(EXPORT, export),  \
        FUNCTION(EXPORT_TYPES, export_types), FUNCTION(GET_PARAMS, get_params),                    \
        FUNCTION(GETTABLE_PARAMS, gettable_params)

const OSSL_DISPATCH provider_rsa_key[] = {FUNCTION(NEW, new_rsa), COMMON, {0, NULL}};
const OSSL_DISPATCH provider_ec_key[] = {
    FUNCTION(NEW, new_ec), COMMON, FUNCTION(QUERY_OPERATION_NAME, ec_operation), {0, NULL}};
const OSSL_DISPATCH provider_ed25519_key[] = {FUNCTION(NEW, new_ed25519), COMMON, {0, NULL}};
