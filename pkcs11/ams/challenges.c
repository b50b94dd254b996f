#include "ams/challenges.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* When it was given, chance, and the code over both. */
struct challenge {
    int64_t at_ms;
    unsigned char chance[8];
    unsigned char code[16];
};
_Static_assert(2 * sizeof(struct challenge) == CHALLENGE_TEXT, "no gaps");

struct challenges {
    pthread_mutex_t lock;
    const struct clock *clock;
    unsigned char key[32];
    struct challenge used[CHALLENGES_USED_MAX]; /* at_ms 0: a free place */
};

enum kunci_rc challenges_new(const struct clock *clock, struct challenges **out,
                             struct kunci_err *err)
{
    struct challenges *challenges = calloc(1, sizeof *challenges);

    *out = challenges;
    if (!challenges)
        return err_no_memory(err);
    pthread_mutex_init(&challenges->lock, NULL);
    challenges->clock = clock;
    if (RAND_priv_bytes(challenges->key, sizeof challenges->key) == 1)
        return KUNCI_OK;
    challenges_free(out);
    return err_openssl(err, "RAND_priv_bytes");
}

void challenges_free(struct challenges **challenges)
{
    if (!*challenges)
        return;
    pthread_mutex_destroy(&(*challenges)->lock);
    OPENSSL_cleanse(*challenges, sizeof **challenges);
    free(*challenges);
    *challenges = NULL;
}

static bool write_code(const struct challenges *challenges, const struct challenge *challenge,
                       unsigned char code[16])
{
    unsigned char whole[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!HMAC(EVP_sha256(), challenges->key, sizeof challenges->key,
              (const unsigned char *)challenge, offsetof(struct challenge, code), whole, &len))
        return false;
    memcpy(code, whole, 16);
    return true;
}

enum kunci_rc challenges_give(struct challenges *challenges, char to[CHALLENGE_TEXT + 1],
                              struct kunci_err *err)
{
    struct challenge fresh = {.at_ms = challenges->clock->steady_ms(challenges->clock->context)};

    to[0] = '\0';
    if (RAND_bytes(fresh.chance, sizeof fresh.chance) != 1)
        return err_openssl(err, "RAND_bytes");
    if (!write_code(challenges, &fresh, fresh.code))
        return err_openssl(err, "HMAC");
    text_hex(to, (const unsigned char *)&fresh, sizeof fresh);
    return KUNCI_OK;
}

static bool is_over(const struct challenge *challenge, int64_t now_ms)
{
    return now_ms - challenge->at_ms >= (int64_t)CHALLENGE_LIFE_S * 1000;
}

/* With the lock held. False where it was used before, or none more can be remembered. */
static bool remember(struct challenges *challenges, const struct challenge *challenge,
                     int64_t now_ms)
{
    struct challenge *room = NULL;
    size_t i;

    for (i = 0; i < CHALLENGES_USED_MAX; i++) {
        struct challenge *each = &challenges->used[i];

        if (each->at_ms && is_over(each, now_ms))
            each->at_ms = 0;
        if (!each->at_ms)
            room = each;
        else if (memcmp(each, challenge, sizeof *each) == 0)
            return false;
    }
    if (room)
        *room = *challenge;
    return room != NULL;
}

bool challenges_use(struct challenges *challenges, const char *text)
{
    int64_t now_ms = challenges->clock->steady_ms(challenges->clock->context);
    struct challenge challenge;
    unsigned char code[16];
    size_t len;
    bool fits;

    if (!text_unhex(text, (unsigned char *)&challenge, sizeof challenge, &len) ||
        len != sizeof challenge || !write_code(challenges, &challenge, code) ||
        CRYPTO_memcmp(code, challenge.code, sizeof code) != 0 || is_over(&challenge, now_ms))
        return false;
    pthread_mutex_lock(&challenges->lock);
    fits = remember(challenges, &challenge, now_ms);
    pthread_mutex_unlock(&challenges->lock);
    return fits;
}
