#include "token/pin_memory.h"

#include "base/error.h"
#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <string.h>

/* The kind is part of the key, so that the PIN's bytes need no copy. */
enum kunci_rc pin_memory_mac(struct pin_memory *memory, enum kunci_pin_kind kind,
                             const struct kunci_secret *pin, unsigned char mac[PIN_MAC_LEN],
                             struct kunci_err *err)
{
    unsigned char key[PIN_MAC_LEN + 1];
    enum kunci_rc rc = KUNCI_OK;

    if (!memory->key && (rc = secret_random(PIN_MAC_LEN, &memory->key, err)) != KUNCI_OK)
        return rc;
    memcpy(key, secret_view(memory->key), PIN_MAC_LEN);
    key[PIN_MAC_LEN] = (unsigned char)kind;
    if (!HMAC(EVP_sha256(), key, sizeof key, secret_view(pin), kunci_secret_len(pin), mac, NULL))
        rc = err_openssl(err, "HMAC");
    OPENSSL_cleanse(key, sizeof key);
    return rc;
}

bool pin_memory_is_bad(const struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN])
{
    size_t i;

    for (i = 0; i < memory->bad_count; i++)
        if (CRYPTO_memcmp(memory->bad[i], mac, PIN_MAC_LEN) == 0)
            return true;
    return false;
}

void pin_memory_add_bad(struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN])
{
    if (memory->bad_count == KNOWN_BAD_PINS)
        memmove(memory->bad[0], memory->bad[1], (size_t)--memory->bad_count * PIN_MAC_LEN);
    memcpy(memory->bad[memory->bad_count++], mac, PIN_MAC_LEN);
}

bool pin_memory_is_good(const struct pin_memory *memory, const unsigned char mac[PIN_MAC_LEN])
{
    return memory->opened && CRYPTO_memcmp(memory->good, mac, PIN_MAC_LEN) == 0;
}

void pin_memory_clear(struct pin_memory *memory)
{
    kunci_secret_free(&memory->key);
    memset(memory, 0, sizeof *memory);
}
