/* A signature through an EVP_PKEY against C_Sign: CPU, P-256. */
#include "lib/bare.h"
#include "lib/measure.h"
#include "lib/softhsm.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 31, SIGNATURES = 300 };

static void sign(EVP_PKEY *pkey)
{
    unsigned char sig[256], message[32] = {1};
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    size_t len = sizeof sig;

    if (!digest || EVP_DigestSignInit_ex(digest, NULL, "SHA256", NULL, NULL, pkey, NULL) != 1 ||
        EVP_DigestSign(digest, sig, &len, message, sizeof message) != 1)
        abort();
    EVP_MD_CTX_free(digest);
}

static int compare(struct kunci_key *key, enum kunci_evp how, const char *name, CK_FUNCTION_LIST *f)
{
    CK_SESSION_HANDLE session = bare_session(f, "token-1");
    CK_OBJECT_HANDLE object = bare_find(f, session, CKO_PRIVATE_KEY, "tte");
    struct measure measure = {.count = 0};
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char digest[32] = {1};
    EVP_PKEY *pkey;
    int round, i;

    if (kunci_key_evp(key, how, &pkey, &err) != KUNCI_OK)
        abort();
    for (round = 0; round < ROUNDS; round++) {
        double began = measure_cpu(), middle;

        for (i = 0; i < SIGNATURES; i++)
            sign(pkey);
        middle = measure_cpu();
        for (i = 0; i < SIGNATURES; i++)
            bare_sign(f, session, object, CKM_ECDSA, digest, sizeof digest);
        measure_add(&measure, (middle - began) / SIGNATURES, (measure_cpu() - middle) / SIGNATURES);
    }
    f->C_CloseSession(session);
    EVP_PKEY_free(pkey);
    return measure_at_most(name, &measure, 1.25);
}

int main(void)
{
    struct softhsm *hsm = softhsm_up(1);
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    CK_FUNCTION_LIST *f = bare_load(SOFTHSM_MODULE);
    int kept = compare(key, KUNCI_EVP_PROVIDER, "evp by the provider, P-256 (ms of CPU)", f);

    kept &= compare(key, KUNCI_EVP_LIBP11, "evp by libp11, P-256 (ms of CPU)", f);
    kunci_key_free(&key);
    softhsm_down(&hsm);
    return !kept;
}
