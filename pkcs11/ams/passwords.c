#include "ams/passwords.h"

#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 1 << 15, R = 8, P = 1, SALT = 16, HASH = 32 };

/* scrypt takes 128 * N * R bytes, and a little beside. */
static const uint64_t memory_max = (uint64_t)64 << 20;

/* What stands in the text before the salt: another cost would be another prefix. */
static const char prefix[] = "scrypt:32768:8:1:";
_Static_assert(sizeof prefix + 2 * SALT + 1 + 2 * HASH <= PASSWORD_TEXT_MAX, "it fits");

static enum kunci_rc derive(const struct kunci_secret *password, const unsigned char salt[SALT],
                            unsigned char hash[HASH], struct kunci_err *err)
{
    if (EVP_PBE_scrypt((const char *)secret_view(password), kunci_secret_len(password), salt, SALT,
                       N, R, P, memory_max, hash, HASH) != 1)
        return err_openssl(err, "EVP_PBE_scrypt");
    return KUNCI_OK;
}

enum kunci_rc password_keep(const struct kunci_secret *password, char to[PASSWORD_TEXT_MAX],
                            struct kunci_err *err)
{
    unsigned char salt[SALT], hash[HASH];
    char salt_hex[2 * SALT + 1], hash_hex[2 * HASH + 1];
    enum kunci_rc rc;

    if (kunci_secret_len(password) < PASSWORD_MIN)
        return err_setf(err, KUNCI_USAGE_VALUE, "--password-file",
                        _("a password has at least %d characters"), PASSWORD_MIN);
    if (RAND_bytes(salt, sizeof salt) != 1)
        return err_openssl(err, "RAND_bytes");
    if ((rc = derive(password, salt, hash, err)) != KUNCI_OK)
        return rc;
    text_hex(salt_hex, salt, sizeof salt);
    text_hex(hash_hex, hash, sizeof hash);
    snprintf(to, PASSWORD_TEXT_MAX, "%s%s:%s", prefix, salt_hex, hash_hex);
    OPENSSL_cleanse(hash, sizeof hash);
    OPENSSL_cleanse(hash_hex, sizeof hash_hex);
    return KUNCI_OK;
}

/* False where the text is anything else. */
static bool take_apart(const char *kept, unsigned char salt[SALT], unsigned char hash[HASH])
{
    char salt_hex[2 * SALT + 1];
    size_t len;

    if (!kept || strncmp(kept, prefix, sizeof prefix - 1) != 0)
        return false;
    kept += sizeof prefix - 1;
    if (strlen(kept) != 2 * SALT + 1 + 2 * HASH || kept[2 * SALT] != ':')
        return false;
    memcpy(salt_hex, kept, 2 * SALT);
    salt_hex[2 * SALT] = '\0';
    return text_unhex(salt_hex, salt, SALT, &len) && len == SALT &&
           text_unhex(kept + 2 * SALT + 1, hash, HASH, &len) && len == HASH;
}

enum kunci_rc password_fits(const struct kunci_secret *password, const char *kept, bool *fits,
                            struct kunci_err *err)
{
    unsigned char salt[SALT] = {0}, wanted[HASH] = {0}, hash[HASH];
    bool readable = take_apart(kept, salt, wanted);
    enum kunci_rc rc = derive(password, salt, hash, err);

    *fits = rc == KUNCI_OK && CRYPTO_memcmp(hash, wanted, HASH) == 0 && readable;
    OPENSSL_cleanse(hash, sizeof hash);
    OPENSSL_cleanse(wanted, sizeof wanted);
    return rc;
}
