/* The EVP_PKEYs of libp11, which sees our keys through the bridge. */
#define OPENSSL_SUPPRESS_DEPRECATED /* libp11's keys are of OpenSSL's old kind */
#include "token/bridge.h"
#include "token/evp.h"

#include "base/error.h"
#include "base/text.h"

#include <dlfcn.h>
#include <libp11.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libp11.so.3"
#define PACKAGE "libp11-3"

/* Everything here happens under this lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* libp11 is loaded when it is asked for: linked, it would cost every command
 * the time to load it. */
static struct {
    typeof(PKCS11_CTX_new) *new_context;
    typeof(PKCS11_CTX_load) *load;
    typeof(PKCS11_CTX_free) *free_context;
    typeof(PKCS11_enumerate_slots) *enumerate_slots;
    typeof(PKCS11_release_all_slots) *release_all_slots;
    typeof(PKCS11_enumerate_keys) *enumerate_keys;
    typeof(PKCS11_get_private_key) *get_private_key;
} p11;

static const struct {
    const char *name;
    void *to;
} functions[] = {
    {"PKCS11_CTX_new", &p11.new_context},
    {"PKCS11_CTX_load", &p11.load},
    {"PKCS11_CTX_free", &p11.free_context},
    {"PKCS11_enumerate_slots", &p11.enumerate_slots},
    {"PKCS11_release_all_slots", &p11.release_all_slots},
    {"PKCS11_enumerate_keys", &p11.enumerate_keys},
    {"PKCS11_get_private_key", &p11.get_private_key},
};

static PKCS11_CTX *context; /* NULL until libp11 runs over the bridge */
static int pkey_index;      /* where an EVP_PKEY keeps its struct taken */

static enum kunci_rc load_functions(struct kunci_err *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    size_t i;

    if (!library)
        return err_set(err, KUNCI_EVP_UNSUPPORTED, LIBRARY, "the package " PACKAGE " is missing");
    for (i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(library, functions[i].name);

        if (!found) {
            dlclose(library);
            return err_setf(err, KUNCI_EVP_UNSUPPORTED, LIBRARY, "the package " PACKAGE " lacks %s",
                            functions[i].name);
        }
        memcpy(functions[i].to, &found, sizeof found);
    }
    return KUNCI_OK;
}

/* libp11 loads the module of this path once more and gets the very same one. It
 * stays loaded, as libp11 does: their code stands behind living EVP_PKEYs. */
static enum kunci_rc load_bridge(char *path, size_t size, struct kunci_err *err)
{
    void (*use)(CK_FUNCTION_LIST *) = NULL;
    void *module, *found = NULL;

    snprintf(path, size, "%s/kunci/kunci-bridge.so", text_library_dir());
    module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (module)
        found = dlsym(module, "kunci_bridge_use");
    if (!found)
        return err_set(err, KUNCI_MODULE_LOAD, path, dlerror());
    memcpy(&use, &found, sizeof use);
    use(bridge_functions());
    return KUNCI_OK;
}

/* What an EVP_PKEY needs for as long as it lives: libp11 keeps pointers into its
 * own slots without counting them. */
struct taken {
    PKCS11_SLOT *slots;
    unsigned slot_count;
    CK_SLOT_ID offer;
    unsigned holders; /* the EVP_PKEY and its copies */
};

static void give_back(struct taken *taken)
{
    p11.release_all_slots(context, taken->slots, taken->slot_count);
    bridge_close(taken->offer);
    free(taken);
}

/* OpenSSL calls this when an EVP_PKEY is copied. */
static int pkey_is_copied(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **data, int index,
                          long number, void *pointer)
{
    struct taken *taken = *data;

    (void)to, (void)from, (void)index, (void)number, (void)pointer;
    if (!taken)
        return 1;
    pthread_mutex_lock(&lock);
    taken->holders++;
    pthread_mutex_unlock(&lock);
    return 1;
}

/* OpenSSL calls this when the EVP_PKEY is gone. */
static void pkey_is_gone(void *pkey, void *data, CRYPTO_EX_DATA *all, int index, long number,
                         void *pointer)
{
    struct taken *taken = data;

    (void)pkey, (void)all, (void)index, (void)number, (void)pointer;
    if (!taken)
        return;
    pthread_mutex_lock(&lock);
    if (--taken->holders == 0)
        give_back(taken);
    pthread_mutex_unlock(&lock);
}

static enum kunci_rc start(struct kunci_err *err)
{
    char path[4200];
    PKCS11_CTX *started;
    enum kunci_rc rc;

    if (context)
        return KUNCI_OK;
    if ((rc = load_functions(err)) != KUNCI_OK ||
        (rc = load_bridge(path, sizeof path, err)) != KUNCI_OK)
        return rc;
    if (pkey_index <= 0)
        pkey_index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_EVP_PKEY, 0, NULL, NULL,
                                             pkey_is_copied, pkey_is_gone);
    started = p11.new_context();
    if (!started || pkey_index < 0)
        return err_no_memory(err);
    if (p11.load(started, path) != 0) {
        p11.free_context(started);
        return err_openssl(err, "PKCS11_CTX_load");
    }
    context = started;
    return KUNCI_OK;
}

/* libp11 keeps every EVP_PKEY that it makes until its slot is released, so the
 * caller gets another one around the same key: the end of that one is seen. */
static EVP_PKEY *wrap(EVP_PKEY *kept)
{
    int type = EVP_PKEY_get_base_id(kept);
    EVP_PKEY *fresh = EVP_PKEY_new();
    void *key =
        type == EVP_PKEY_RSA ? (void *)EVP_PKEY_get1_RSA(kept) : (void *)EVP_PKEY_get1_EC_KEY(kept);

    if (fresh && key && EVP_PKEY_assign(fresh, type, key) == 1)
        return fresh;
    if (type == EVP_PKEY_RSA)
        RSA_free(key);
    else
        EC_KEY_free(key);
    EVP_PKEY_free(fresh);
    return NULL;
}

/* The offered slot is the only one that libp11 sees, its key the only key. */
static enum kunci_rc take_offer(struct taken *taken, EVP_PKEY **out, struct kunci_err *err)
{
    PKCS11_KEY *keys = NULL;
    EVP_PKEY *kept = NULL;
    unsigned key_count = 0;

    if (p11.enumerate_slots(context, &taken->slots, &taken->slot_count) != 0 ||
        taken->slot_count != 1 || !taken->slots->token)
        return err_openssl(err, "PKCS11_enumerate_slots");
    if (p11.enumerate_keys(taken->slots->token, &keys, &key_count) != 0 || key_count != 1)
        return err_openssl(err, "PKCS11_enumerate_keys");
    kept = p11.get_private_key(keys);
    *out = kept ? wrap(kept) : NULL;
    EVP_PKEY_free(kept);
    if (*out && EVP_PKEY_set_ex_data(*out, pkey_index, taken) == 1)
        return KUNCI_OK;
    EVP_PKEY_free(*out);
    *out = NULL;
    return err_openssl(err, "PKCS11_get_private_key");
}

static enum kunci_rc take_key(struct kunci_key *key, EVP_PKEY **out, struct kunci_err *err)
{
    struct taken *taken = calloc(1, sizeof *taken);
    enum kunci_rc rc;

    if (!taken)
        return err_no_memory(err);
    taken->holders = 1;
    if ((rc = bridge_offer(key, &taken->offer, err)) == KUNCI_OK)
        rc = take_offer(taken, out, err);
    bridge_end_offer();
    if (rc != KUNCI_OK)
        give_back(taken);
    return rc;
}

enum kunci_rc libp11_evp(struct kunci_key *key, EVP_PKEY **out, struct kunci_err *err)
{
    enum kunci_rc rc;

    pthread_mutex_lock(&lock);
    if ((rc = start(err)) == KUNCI_OK)
        rc = take_key(key, out, err);
    pthread_mutex_unlock(&lock);
    return rc;
}
