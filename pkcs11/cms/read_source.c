#include "cms/read_source.h"

#include "base/error.h"
#include "base/text.h"

#include <errno.h>
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* Text that may stand before the block, in lines. */
enum { PREAMBLE = 1000 };

static const char *const names[] = {"CMS", "PKCS7", "PKCS #7 SIGNED DATA", NULL};

bool source_refuse(struct source *source, const char *sentence)
{
    if (source->rc == KUNCI_OK) {
        source->rc = KUNCI_CMS_INVALID;
        source->wrong = sentence;
    }
    return false;
}

bool source_fail(struct source *source, enum kunci_rc rc)
{
    if (source->rc == KUNCI_OK) {
        source->rc = rc;
        source->errnum = errno;
    }
    return false;
}

enum kunci_rc source_result(const struct source *source, struct kunci_err *err)
{
    if (source->rc == KUNCI_OK)
        return KUNCI_OK;
    if (source->rc == KUNCI_NO_MEMORY)
        return err_no_memory(err);
    if (source->rc == KUNCI_FILE_READ)
        return err_system(err, source->rc, _("The signature"), source->errnum);
    return err_set(err, source->rc, _("The signature"), source->wrong);
}

static size_t read_some(struct source *source, void *to, size_t size)
{
    int got;

    do {
        errno = 0;
        got = BIO_read(source->bio, to, (int)size);
    } while (got < 0 && (errno == EINTR || BIO_should_retry(source->bio)));
    if (got < 0)
        source_fail(source, KUNCI_FILE_READ);
    return got > 0 ? (size_t)got : 0;
}

/* ---- PEM ---- */

/* A line of it without its end, or the beginning of a long one. */
static bool read_line(struct source *source, char *line, int size)
{
    int got = BIO_gets(source->bio, line, size);

    if (got < 0 && errno)
        return source_fail(source, KUNCI_FILE_READ);
    return got > 0;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '\0';
}

/* "-----BEGIN CMS-----": whether it is such a line, with a name that we know. */
static bool is_begin(struct source *source, const char *line)
{
    const char *const *name;
    char begin[64];

    for (name = names; *name; name++) {
        int len = snprintf(begin, sizeof begin, "-----BEGIN %s-----", *name);

        if (strncmp(line, begin, (size_t)len) == 0 && is_blank(line + len)) {
            snprintf(source->name, sizeof source->name, "%s", *name);
            return true;
        }
    }
    return false;
}

static bool begin_block(struct source *source)
{
    char line[256];
    int lines;

    for (lines = 0; lines < PREAMBLE && read_line(source, line, sizeof line); lines++) {
        if (is_begin(source, line))
            return true;
        if (strncmp(line, "-----BEGIN", 10) == 0)
            return source_refuse(source, _("it holds something else"));
    }
    return source_refuse(source, _("it is neither PEM nor DER"));
}

static void end_block(struct source *source, const char *line)
{
    char end[64], after[256];
    int len = snprintf(end, sizeof end, "-----END %s-----", source->name), rest = 0;

    source->ended = true;
    if (strncmp(line, end, (size_t)len) != 0 || !is_blank(line + len) ||
        EVP_DecodeFinal(source->decoder, source->bytes, &rest) != 1)
        source_refuse(source, _("its PEM is damaged"));
    source->len = source->rc == KUNCI_OK ? (size_t)rest : 0;
    while (source->rc == KUNCI_OK && read_line(source, after, sizeof after))
        if (!is_blank(after))
            source_refuse(source, _("something stands after it"));
}

static void fill_from_pem(struct source *source)
{
    char line[1024];
    int got = 0;

    source->len = 0;
    while (source->rc == KUNCI_OK && source->len == 0 && !source->ended) {
        if (!read_line(source, line, sizeof line))
            source_refuse(source, _("it is cut short"));
        else if (line[0] == '-')
            end_block(source, line);
        else if (EVP_DecodeUpdate(source->decoder, source->bytes, &got, (const unsigned char *)line,
                                  (int)strlen(line)) < 0)
            source_refuse(source, _("its PEM is damaged"));
        else
            source->len = (size_t)got;
    }
}

/* ---- both ---- */

static void fill(struct source *source)
{
    source->used = 0;
    if (source->rc != KUNCI_OK)
        source->len = 0;
    else if (source->decoder)
        fill_from_pem(source);
    else
        source->len = read_some(source, source->bytes, sizeof source->bytes);
}

/* The byte that was looked at goes back to where lines are read from. */
void source_open(struct source *source, BIO *bio)
{
    BIO *lines = BIO_new(BIO_f_buffer());
    unsigned char first;

    *source = (struct source){.bio = bio};
    if (!lines || read_some(source, &first, 1) == 0 ||
        BIO_set_buffer_read_data(lines, &first, 1) != 1) {
        source_refuse(source, _("it is empty"));
        source->rc = lines ? source->rc : KUNCI_NO_MEMORY;
        source->bio = NULL;
        BIO_free(lines);
        return;
    }
    source->bio = BIO_push(lines, bio);
    if (first == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
        return;
    if (!(source->decoder = EVP_ENCODE_CTX_new())) {
        source_fail(source, KUNCI_NO_MEMORY);
    } else if (begin_block(source)) {
        EVP_DecodeInit(source->decoder);
    }
}

void source_close(struct source *source)
{
    EVP_ENCODE_CTX_free(source->decoder);
    if (source->bio) {
        BIO_pop(source->bio);
        BIO_free(source->bio);
    }
    source->decoder = NULL;
    source->bio = NULL;
}

size_t source_next(struct source *source, size_t most, const unsigned char **out)
{
    size_t len;

    if (source->used == source->len)
        fill(source);
    len = source->len - source->used;
    len = len < most ? len : most;
    *out = source->bytes + source->used;
    source->used += len;
    source->at += len;
    return len;
}

bool source_take(struct source *source, void *to, size_t len)
{
    const unsigned char *part;
    unsigned char *end = to;
    size_t got;

    for (; len && (got = source_next(source, len, &part)) != 0; len -= got, end += got)
        memcpy(end, part, got);
    return len == 0 || source_refuse(source, _("it is cut short"));
}

int source_peek(struct source *source)
{
    if (source->used == source->len)
        fill(source);
    return source->used < source->len ? source->bytes[source->used] : -1;
}
