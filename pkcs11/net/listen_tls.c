#include "net/listen_tls.h"

#include "base/error.h"
#include "net/listen_inside.h"

#include <gnutls/pkcs11.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { CHAIN = 8 };

/* A chain that was replaced stays: handshakes may still be showing it. There is one in
 * weeks, of a kilobyte or two. */
struct chain {
    struct chain *before;
    unsigned count;
    gnutls_pcert_st certificates[CHAIN];
};

struct listen_tls {
    gnutls_privkey_t key;
    gnutls_datum_t spki;
    struct chain *chain; /* under the lock */
    unsigned used;       /* by how many listeners; under the lock */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* libmicrohttpd's callback has no context: there is one identity in use in a process. */
static struct listen_tls *in_use;

/* Without this GnuTLS would load every PKCS#11 module of the machine by itself. */
static void prepare(void)
{
    gnutls_pkcs11_init(GNUTLS_PKCS11_FLAG_MANUAL, NULL);
}

static enum kunci_rc failed(const char *what, int code, struct kunci_err *err)
{
    return code == GNUTLS_E_MEMORY_ERROR
               ? err_no_memory(err)
               : err_set(err, KUNCI_LISTEN_FAILED, what, gnutls_strerror(code));
}

static enum kunci_rc make_key(struct listen_tls *tls, struct kunci_err *err)
{
    unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);
    gnutls_pubkey_t public = NULL;
    int code = gnutls_privkey_init(&tls->key);

    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_privkey_generate(tls->key, GNUTLS_PK_ECDSA, bits, 0);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_pubkey_init(&public);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_pubkey_import_privkey(public, tls->key, 0, 0);
    if (code == GNUTLS_E_SUCCESS)
        code = gnutls_pubkey_export2(public, GNUTLS_X509_FMT_DER, &tls->spki);
    if (public)
        gnutls_pubkey_deinit(public);
    return code == GNUTLS_E_SUCCESS ? KUNCI_OK : failed("TLS", code, err);
}

enum kunci_rc listen_tls_new(struct listen_tls **out, struct kunci_err *err)
{
    struct listen_tls *tls = calloc(1, sizeof *tls);
    enum kunci_rc rc;

    if (!tls)
        return err_no_memory(err);
    pthread_once(&once, prepare);
    rc = make_key(tls, err);
    if (rc != KUNCI_OK)
        listen_tls_free(&tls);
    *out = tls;
    return rc;
}

struct kunci_blob listen_tls_spki(const struct listen_tls *tls)
{
    return (struct kunci_blob){tls->spki.data, tls->spki.size};
}

static void chain_free(struct chain *chain)
{
    while (chain) {
        struct chain *before = chain->before;
        unsigned i;

        for (i = 0; i < chain->count; i++)
            gnutls_pcert_deinit(&chain->certificates[i]);
        free(chain);
        chain = before;
    }
}

static enum kunci_rc same_key(const struct listen_tls *tls, const struct chain *chain,
                              struct kunci_err *err)
{
    gnutls_datum_t spki = {NULL, 0};
    int code = gnutls_pubkey_export2(chain->certificates[0].pubkey, GNUTLS_X509_FMT_DER, &spki);
    bool same = code == GNUTLS_E_SUCCESS && spki.size == tls->spki.size &&
                memcmp(spki.data, tls->spki.data, spki.size) == 0;

    gnutls_free(spki.data);
    if (code != GNUTLS_E_SUCCESS)
        return failed("TLS", code, err);
    return same ? KUNCI_OK : err_set(err, KUNCI_KEY_MISMATCH, "TLS", NULL);
}

enum kunci_rc listen_tls_chain(struct listen_tls *tls, const struct kunci_blob *certificates,
                               size_t count, struct kunci_err *err)
{
    struct chain *chain;
    enum kunci_rc rc;

    if (count == 0 || count > CHAIN)
        return err_set(err, KUNCI_CERT_INVALID, "TLS", NULL);
    chain = calloc(1, sizeof *chain);
    if (!chain)
        return err_no_memory(err);
    for (; chain->count < count; chain->count++) {
        const struct kunci_blob *from = &certificates[chain->count];
        gnutls_datum_t der = {(unsigned char *)(uintptr_t)from->data, (unsigned)from->len};
        int code = gnutls_pcert_import_x509_raw(&chain->certificates[chain->count], &der,
                                                GNUTLS_X509_FMT_DER, 0);

        if (code != GNUTLS_E_SUCCESS) {
            rc = code == GNUTLS_E_MEMORY_ERROR
                     ? err_no_memory(err)
                     : err_set(err, KUNCI_CERT_INVALID, "TLS", gnutls_strerror(code));
            goto out;
        }
    }
    rc = same_key(tls, chain, err);
    if (rc == KUNCI_OK) {
        pthread_mutex_lock(&lock);
        chain->before = tls->chain;
        tls->chain = chain;
        pthread_mutex_unlock(&lock);
        chain = NULL;
    }
out:
    chain_free(chain);
    return rc;
}

void listen_tls_free(struct listen_tls **tls)
{
    if (!*tls)
        return;
    if ((*tls)->key)
        gnutls_privkey_deinit((*tls)->key);
    gnutls_free((*tls)->spki.data);
    chain_free((*tls)->chain);
    free(*tls);
    *tls = NULL;
}

enum kunci_rc listen_tls_use(struct listen_tls *tls, struct kunci_err *err)
{
    bool free_to_use;

    pthread_mutex_lock(&lock);
    free_to_use = !in_use || in_use == tls;
    if (free_to_use) {
        in_use = tls;
        tls->used++;
    }
    pthread_mutex_unlock(&lock);
    return free_to_use ? KUNCI_OK : err_set(err, KUNCI_LISTEN_FAILED, "TLS", "TLS");
}

void listen_tls_leave(struct listen_tls *tls)
{
    pthread_mutex_lock(&lock);
    if (--tls->used == 0)
        in_use = NULL;
    pthread_mutex_unlock(&lock);
}

int listen_tls_show(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                    const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                    gnutls_pcert_st **certificates, unsigned *len, gnutls_privkey_t *key)
{
    struct chain *chain;

    (void)session;
    (void)authorities;
    (void)count;
    (void)algorithms;
    (void)algorithm_count;
    pthread_mutex_lock(&lock);
    chain = in_use ? in_use->chain : NULL;
    *key = in_use ? in_use->key : NULL;
    pthread_mutex_unlock(&lock);
    if (!chain)
        return -1;
    *certificates = chain->certificates;
    *len = chain->count;
    return 0;
}
