#include "base/secret.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A secret and its bookkeeping fill pages of their own, so that locking,
 * leaving out of dumps and wiping touch nothing else. */
struct kunci_secret {
    struct kunci_secret *next, *previous; /* all that are alive, for secret_mask() */
    size_t len;
    unsigned char bytes[KUNCI_SECRET_MAX + 1]; /* one more, to notice what is too long */
};

static pthread_mutex_t alive_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kunci_secret *alive;

enum kunci_rc secret_new(struct kunci_secret **out, struct kunci_err *err)
{
    struct kunci_secret *secret =
        mmap(NULL, sizeof *secret, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *out = NULL;
    if (secret == MAP_FAILED)
        return err_no_memory(err);
    if (mlock(secret, sizeof *secret) != 0 || madvise(secret, sizeof *secret, MADV_DONTDUMP) != 0) {
        int errnum = errno;

        munmap(secret, sizeof *secret);
        return err_system(err, KUNCI_SECRET_MEMORY, NULL, errnum);
    }
    pthread_mutex_lock(&alive_lock);
    secret->next = alive;
    if (alive)
        alive->previous = secret;
    alive = secret;
    pthread_mutex_unlock(&alive_lock);
    *out = secret;
    return KUNCI_OK;
}

void kunci_secret_free(struct kunci_secret **secret)
{
    struct kunci_secret *gone = *secret;

    *secret = NULL;
    if (!gone)
        return;
    pthread_mutex_lock(&alive_lock);
    if (gone->next)
        gone->next->previous = gone->previous;
    if (gone->previous)
        gone->previous->next = gone->next;
    else
        alive = gone->next;
    pthread_mutex_unlock(&alive_lock);
    OPENSSL_cleanse(gone, sizeof *gone);
    munlock(gone, sizeof *gone);
    munmap(gone, sizeof *gone);
}

enum kunci_rc kunci_secret_take(void *bytes, size_t len, struct kunci_secret **out,
                                struct kunci_err *err)
{
    enum kunci_rc rc;

    *out = NULL;
    if (len > KUNCI_SECRET_MAX)
        rc = err_set(err, KUNCI_FILE_TOO_LARGE, "PIN", NULL);
    else
        rc = secret_new(out, err);
    if (rc == KUNCI_OK) {
        memcpy((*out)->bytes, bytes, len);
        secret_set_len(*out, len);
    }
    OPENSSL_cleanse(bytes, len);
    return rc;
}

enum kunci_rc secret_random(size_t len, struct kunci_secret **out, struct kunci_err *err)
{
    enum kunci_rc rc = secret_new(out, err);

    if (rc != KUNCI_OK)
        return rc;
    if (RAND_priv_bytes((*out)->bytes, (int)len) != 1) {
        kunci_secret_free(out);
        return err_openssl(err, "RAND_priv_bytes");
    }
    secret_set_len(*out, len);
    return KUNCI_OK;
}

/* Reads straight into the secret's own pages, a byte at a time: what stands
 * after the line is left for the next reader, and no buffer keeps a copy. */
static enum kunci_rc read_line(int fd, const char *name, struct kunci_secret *secret,
                               struct kunci_err *err)
{
    size_t len = 0;
    ssize_t got;

    while ((got = read(fd, secret->bytes + len, 1)) != 0) {
        if (got < 0) {
            if (errno == EINTR)
                continue;
            return err_system(err, KUNCI_PIN_SOURCE, name, errno);
        }
        if (secret->bytes[len] == '\n')
            break;
        if (++len > KUNCI_SECRET_MAX)
            return err_set(err, KUNCI_PIN_SOURCE, name, _("the line is too long"));
    }
    if (len && secret->bytes[len - 1] == '\r')
        len--;
    if (len == 0)
        return err_set(err, KUNCI_PIN_SOURCE, name, _("the line is empty"));
    secret_set_len(secret, len);
    return KUNCI_OK;
}

static enum kunci_rc from_fd(int fd, const char *name, struct kunci_secret **out,
                             struct kunci_err *err)
{
    enum kunci_rc rc = secret_new(out, err);

    if (rc == KUNCI_OK && (rc = read_line(fd, name, *out, err)) != KUNCI_OK)
        kunci_secret_free(out);
    return rc;
}

enum kunci_rc kunci_secret_from_fd(int fd, struct kunci_secret **out, struct kunci_err *err)
{
    return from_fd(fd, _("the open file"), out, err);
}

enum kunci_rc kunci_secret_from_file(const char *path, struct kunci_secret **out,
                                     struct kunci_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    enum kunci_rc rc;

    *out = NULL;
    if (fd < 0)
        return err_system(err, KUNCI_PIN_SOURCE, path, errno);
    rc = from_fd(fd, path, out, err);
    close(fd);
    return rc;
}

size_t kunci_secret_len(const struct kunci_secret *secret)
{
    return secret->len;
}

unsigned char *secret_bytes(struct kunci_secret *secret)
{
    return secret->bytes;
}

const unsigned char *secret_view(const struct kunci_secret *secret)
{
    return secret->bytes;
}

/* From here on secret_mask() looks at the bytes, in whatever thread. */
void secret_set_len(struct kunci_secret *secret, size_t len)
{
    pthread_mutex_lock(&alive_lock);
    secret->len = len;
    pthread_mutex_unlock(&alive_lock);
}

int kunci_secret_equal(const struct kunci_secret *a, const struct kunci_secret *b)
{
    return a->len == b->len && CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* Looked for is in a copy: one secret may begin in the middle of another. */
void secret_mask(char *line)
{
    size_t len = strlen(line);
    char *copy = strdup(line);
    struct kunci_secret *secret;

    if (!copy) {
        memset(line, '*', len);
        return;
    }

    pthread_mutex_lock(&alive_lock);
    for (secret = alive; secret; secret = secret->next) {
        const char *found = copy;

        if (secret->len < 4)
            continue;
        while ((found = memmem(found, len - (size_t)(found - copy), secret->bytes, secret->len))) {
            memset(line + (found - copy), '*', secret->len);
            found++;
        }
    }
    pthread_mutex_unlock(&alive_lock);
    OPENSSL_cleanse(copy, len);
    free(copy);
}
