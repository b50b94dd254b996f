#include "ams/sessions.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN = SESSION_TEXT / 2 };

struct session {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    int64_t account; /* 0: a free place */
    int64_t began_ms, used_ms;
    char serial[CA_SERIAL]; /* "": none */
};

/* Open addressing would leave holes behind: a place is one of the few that the hash's first
 * bytes name, and the sessions are few. */
enum { BUCKETS = 1024, PLACES = 16 };
_Static_assert(BUCKETS *PLACES >= 2 * SESSIONS_MAX, "a bucket is hardly ever full");

struct sessions {
    pthread_mutex_t lock;
    const struct clock *clock;
    size_t count;
    struct session place[BUCKETS][PLACES];
};

enum kunci_rc sessions_new(const struct clock *clock, struct sessions **out, struct kunci_err *err)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);

    *out = sessions;
    if (!sessions)
        return err_no_memory(err);
    pthread_mutex_init(&sessions->lock, NULL);
    sessions->clock = clock;
    return KUNCI_OK;
}

void sessions_free(struct sessions **sessions)
{
    if (!*sessions)
        return;
    pthread_mutex_destroy(&(*sessions)->lock);
    OPENSSL_cleanse(*sessions, sizeof **sessions);
    free(*sessions);
    *sessions = NULL;
}

static struct session *bucket_of(struct sessions *sessions, const unsigned char *hash)
{
    return sessions->place[(hash[0] | (unsigned)hash[1] << 8) % BUCKETS];
}

static void drop(struct sessions *sessions, struct session *session)
{
    OPENSSL_cleanse(session, sizeof *session);
    sessions->count--;
}

static bool is_over(const struct session *session, int64_t now_ms)
{
    return now_ms - session->used_ms >= (int64_t)SESSION_IDLE_S * 1000 ||
           now_ms - session->began_ms >= (int64_t)SESSION_LIFE_S * 1000;
}

/* All that are over go, and of the account's the one that idled longest where it has as
 * many as it may. */
static void make_room(struct sessions *sessions, int64_t account, int64_t now_ms)
{
    struct session *oldest = NULL, *each = sessions->place[0];
    size_t own = 0, i;

    for (i = 0; i < (size_t)BUCKETS * PLACES; i++, each++) {
        if (each->account && is_over(each, now_ms))
            drop(sessions, each);
        if (each->account != account)
            continue;
        own++;
        if (!oldest || each->used_ms < oldest->used_ms)
            oldest = each;
    }
    if (own >= SESSIONS_OF_ACCOUNT)
        drop(sessions, oldest);
}

static struct session *free_place(struct session *bucket)
{
    int i;

    for (i = 0; i < PLACES; i++)
        if (!bucket[i].account)
            return &bucket[i];
    return NULL;
}

enum kunci_rc sessions_begin(struct sessions *sessions, int64_t account, const char *serial,
                             char token[SESSION_TEXT + 1], struct kunci_err *err)
{
    unsigned char bytes[TOKEN];
    struct session fresh = {.account = account}, *place = NULL;

    token[0] = '\0';
    if (RAND_priv_bytes(bytes, sizeof bytes) != 1)
        return err_openssl(err, "RAND_priv_bytes");
    SHA256(bytes, sizeof bytes, fresh.hash);
    text_copy(fresh.serial, sizeof fresh.serial, serial ? serial : "");
    fresh.began_ms = fresh.used_ms = sessions->clock->steady_ms(sessions->clock->context);
    pthread_mutex_lock(&sessions->lock);
    make_room(sessions, account, fresh.used_ms);
    if (sessions->count < SESSIONS_MAX && (place = free_place(bucket_of(sessions, fresh.hash)))) {
        *place = fresh;
        sessions->count++;
    }
    pthread_mutex_unlock(&sessions->lock);
    if (place)
        text_hex(token, bytes, sizeof bytes);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return place ? KUNCI_OK : err_set(err, KUNCI_TOO_MANY, NULL, "60");
}

void sessions_end(struct sessions *sessions, const char *serial)
{
    struct session *each = sessions->place[0];
    size_t i;

    pthread_mutex_lock(&sessions->lock);
    for (i = 0; i < (size_t)BUCKETS * PLACES; i++, each++)
        if (each->account && strcmp(each->serial, serial) == 0)
            drop(sessions, each);
    pthread_mutex_unlock(&sessions->lock);
}

static bool read_token(const char *token, size_t len, unsigned char hash[SHA256_DIGEST_LENGTH])
{
    char text[SESSION_TEXT + 1];
    unsigned char bytes[TOKEN];
    size_t got;
    bool read;

    if (len != SESSION_TEXT)
        return false;
    memcpy(text, token, len);
    text[len] = '\0';
    read = text_unhex(text, bytes, sizeof bytes, &got) && got == sizeof bytes;
    if (read)
        SHA256(bytes, sizeof bytes, hash);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(text, sizeof text);
    return read;
}

/* With the lock held; NULL where there is none. */
static struct session *find(struct sessions *sessions, const char *token, size_t len)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    struct session *bucket;
    int i;

    if (!read_token(token, len, hash))
        return NULL;
    bucket = bucket_of(sessions, hash);
    for (i = 0; i < PLACES; i++)
        if (bucket[i].account && CRYPTO_memcmp(bucket[i].hash, hash, sizeof hash) == 0)
            return &bucket[i];
    return NULL;
}

enum kunci_rc sessions_look(struct sessions *sessions, const char *token, size_t len,
                            int64_t *account, struct kunci_err *err)
{
    int64_t now_ms = sessions->clock->steady_ms(sessions->clock->context);
    struct session *session;

    *account = 0;
    pthread_mutex_lock(&sessions->lock);
    session = find(sessions, token, len);
    if (session && is_over(session, now_ms)) {
        drop(sessions, session);
    } else if (session) {
        session->used_ms = now_ms;
        *account = session->account;
    }
    pthread_mutex_unlock(&sessions->lock);
    return *account ? KUNCI_OK : err_set(err, KUNCI_SESSION_NONE, NULL, NULL);
}
