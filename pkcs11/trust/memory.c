#include "trust/memory.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, KEY = 32 };

/* A slot holds the last that fell into it. */
struct memory {
    pthread_mutex_t lock;
    struct slot {
        unsigned char key[KEY];
        struct evidence evidence;
    } slots[SLOTS];
};

struct memory *memory_new(void)
{
    struct memory *memory = calloc(1, sizeof *memory);

    if (memory)
        pthread_mutex_init(&memory->lock, NULL);
    return memory;
}

void memory_free(struct memory **memory)
{
    if (*memory)
        pthread_mutex_destroy(&(*memory)->lock);
    free(*memory);
    *memory = NULL;
}

/* The certificate and whom it comes from, whole. */
static bool key_of(const struct question *question, unsigned char *key)
{
    unsigned char both[2 * KEY];

    return X509_digest(question->cert, EVP_sha256(), both, NULL) == 1 &&
           X509_digest(question->issuer, EVP_sha256(), both + KEY, NULL) == 1 &&
           EVP_Digest(both, sizeof both, key, NULL, EVP_sha256(), NULL) == 1;
}

static struct slot *slot_of(struct memory *memory, const unsigned char *key)
{
    return &memory->slots[(key[0] << 8 | key[1]) % SLOTS];
}

bool memory_recall(struct memory *memory, const struct question *question, struct evidence *out)
{
    const struct slot *slot;
    unsigned char key[KEY];
    bool known;

    if (!key_of(question, key))
        return false;
    pthread_mutex_lock(&memory->lock);
    slot = slot_of(memory, key);
    known = slot->evidence.status != KUNCI_NOT_CHECKED && memcmp(slot->key, key, KEY) == 0;
    if (known)
        *out = slot->evidence;
    pthread_mutex_unlock(&memory->lock);
    return known;
}

void memory_keep(struct memory *memory, const struct question *question,
                 const struct evidence *evidence)
{
    unsigned char key[KEY];
    struct slot *slot;

    if (!key_of(question, key))
        return;
    pthread_mutex_lock(&memory->lock);
    slot = slot_of(memory, key);
    memcpy(slot->key, key, KEY);
    slot->evidence = *evidence;
    pthread_mutex_unlock(&memory->lock);
}
