#include "token/evp.h"

#include <openssl/err.h>
#include <pthread.h>

static int library; /* our number among OpenSSL's libraries */

static void name_reasons(void)
{
    static ERR_STRING_DATA names[KUNCI_RC_COUNT + 1]; /* the last one ends it */
    static ERR_STRING_DATA ours[2];
    size_t rc;

    library = ERR_get_next_error_library();
    ours[0].error = ERR_PACK(library, 0, 0);
    ours[0].string = "kunci";
    for (rc = 0; rc + 1 < KUNCI_RC_COUNT; rc++) {
        names[rc].error = ERR_PACK(library, 0, rc + 1);
        names[rc].string = kunci_err_name((enum kunci_rc)(rc + 1));
    }
    ERR_load_strings(library, ours);
    ERR_load_strings(library, names);
}

void evp_raise(const struct kunci_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char sentence[512];

    pthread_once(&once, name_reasons);
    ERR_raise_data(library, (int)err->rc, "%s", kunci_err_sentence(err, sentence, sizeof sentence));
}

enum kunci_rc kunci_key_evp(struct kunci_key *key, enum kunci_evp how, EVP_PKEY **out,
                            struct kunci_err *err)
{
    static enum kunci_rc (*const implementations[])(struct kunci_key *, EVP_PKEY **,
                                                    struct kunci_err *) = {
        [KUNCI_EVP_PROVIDER] = provider_evp,
        [KUNCI_EVP_LIBP11] = libp11_evp,
    };

    *out = NULL;
    return implementations[how](key, out, err);
}
