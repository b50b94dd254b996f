#include "trust/source.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/cache.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    TIMEOUT_MS = 10000,
    LARGEST = 64 << 20,
    SHELF = 64,             /* answers that are kept in memory */
    SHELF_BYTES = 32 << 20, /* and how large each may be */
    AGAIN_S = 60            /* a server that failed is left alone for that long */
};

/* An answer, or that there was none. */
struct answer {
    char name[CACHE_NAME]; /* "": nothing is here */
    bool busy;             /* somebody is fetching it */
    struct buf bytes;
    int64_t until, used; /* seconds; when it was wanted last, as a number that grows */
    struct kunci_err err;
};

struct source {
    unsigned timeout_ms;
    size_t largest;
    char *folder; /* NULL: none */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int64_t uses;
    struct answer shelf[SHELF];
};

enum kunci_rc source_new(const struct kunci_trust_options *options, struct source **out,
                         struct kunci_err *err)
{
    struct source *source = calloc(1, sizeof *source);

    *out = NULL;
    if (!source || (options->cache && !(source->folder = strdup(options->cache)))) {
        free(source);
        return err_no_memory(err);
    }
    source->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    source->largest = options->largest ? options->largest : LARGEST;
    pthread_mutex_init(&source->lock, NULL);
    pthread_cond_init(&source->changed, NULL);
    *out = source;
    return KUNCI_OK;
}

void source_free(struct source **source)
{
    int i;

    if (!*source)
        return;
    for (i = 0; i < SHELF; i++)
        buf_clear(&(*source)->shelf[i].bytes);
    pthread_mutex_destroy(&(*source)->lock);
    pthread_cond_destroy(&(*source)->changed);
    free((*source)->folder);
    free(*source);
    *source = NULL;
}

static bool name_of(const struct source_ask *ask, char *name)
{
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[CACHE_NAME / 2];
    bool done = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(hash, ask->fetch.url, strlen(ask->fetch.url) + 1) == 1 &&
                EVP_DigestUpdate(hash, ask->about, ask->about_len) == 1 &&
                EVP_DigestFinal_ex(hash, digest, NULL) == 1;

    EVP_MD_CTX_free(hash);
    if (done)
        text_hex(name, digest, sizeof digest);
    return done;
}

/* The folder first; what is there is no more believed than what is fetched. True where
 * it was there. */
static bool fetch_it(const struct source *source, const struct source_ask *ask, const char *name,
                     struct answer *to)
{
    int64_t now = clock_system.now(clock_system.context);
    struct fetch fetch = ask->fetch;

    fetch.timeout_ms = source->timeout_ms;
    if (!fetch.largest || fetch.largest > source->largest)
        fetch.largest = source->largest;
    if (source->folder && !ask->anew &&
        cache_get(source->folder, name, fetch.largest, &to->bytes)) {
        to->until = ask->until(to->bytes.data, to->bytes.len);
        if (to->until > now)
            return true;
        buf_clear(&to->bytes);
    }
    to->until = now + AGAIN_S;
    if (fetch_get(&fetch, &to->bytes, &to->err) != KUNCI_OK)
        return false;
    to->until = ask->until(to->bytes.data, to->bytes.len);
    if (to->until > now && source->folder)
        cache_put(source->folder, name, to->bytes.data, to->bytes.len);
    return false;
}

/* The place of that name, or one that is free for it; NULL: all are busy. */
static struct answer *place_of(struct source *source, const char *name)
{
    struct answer *oldest = NULL;
    int i;

    for (i = 0; i < SHELF; i++) {
        struct answer *answer = &source->shelf[i];

        if (strcmp(answer->name, name) == 0)
            return answer;
        if (!answer->busy && (!oldest || answer->used < oldest->used))
            oldest = answer;
    }
    return oldest;
}

static void empty(struct answer *answer, const char *name)
{
    buf_clear(&answer->bytes);
    *answer = (struct answer){.used = answer->used};
    memcpy(answer->name, name, CACHE_NAME);
}

static enum kunci_rc hand_out(const struct answer *answer, struct buf *out, struct kunci_err *err)
{
    if (answer->err.rc != KUNCI_OK) {
        if (err->rc == KUNCI_OK)
            *err = answer->err;
        return err->rc;
    }
    buf_add(out, answer->bytes.data, answer->bytes.len);
    return out->failed ? err_no_memory(err) : KUNCI_OK;
}

/* Under the lock, which is let go while it is fetched. */
static enum kunci_rc get_locked(struct source *source, const struct source_ask *ask,
                                const char *name, struct buf *out, bool *kept,
                                struct kunci_err *err)
{
    struct answer *answer, fetched = {.busy = false};
    enum kunci_rc rc;

    while (!(answer = place_of(source, name)) || (answer->busy && strcmp(answer->name, name) == 0))
        pthread_cond_wait(&source->changed, &source->lock);
    *kept = !ask->anew && strcmp(answer->name, name) == 0 &&
            answer->until > clock_system.now(clock_system.context);
    answer->used = ++source->uses;
    if (*kept)
        return hand_out(answer, out, err);
    empty(answer, name);
    answer->busy = true;
    pthread_mutex_unlock(&source->lock);
    *kept = fetch_it(source, ask, name, &fetched);
    rc = hand_out(&fetched, out, err);
    pthread_mutex_lock(&source->lock);
    answer->busy = false;
    answer->err = fetched.err;
    answer->until = fetched.bytes.len <= SHELF_BYTES ? fetched.until : 0;
    if (answer->until)
        answer->bytes = fetched.bytes;
    else
        buf_clear(&fetched.bytes);
    pthread_cond_broadcast(&source->changed);
    return rc;
}

enum kunci_rc source_get(struct source *source, const struct source_ask *ask, struct buf *out,
                         bool *kept, struct kunci_err *err)
{
    char name[CACHE_NAME];
    enum kunci_rc rc;

    *kept = false;
    if (!name_of(ask, name))
        return err_openssl(err, "EVP_Digest");
    pthread_mutex_lock(&source->lock);
    rc = get_locked(source, ask, name, out, kept, err);
    pthread_mutex_unlock(&source->lock);
    *kept &= rc == KUNCI_OK; /* a failure that is remembered is not tried anew */
    return rc;
}
