#include "cms/read_stream.h"

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

bool stream_refuse(struct stream *stream, const char *sentence)
{
    if (stream->rc == KUNCI_OK) {
        stream->rc = KUNCI_CMS_INVALID;
        stream->wrong = sentence;
    }
    return false;
}

bool stream_fail(struct stream *stream, enum kunci_rc rc)
{
    if (stream->rc == KUNCI_OK) {
        stream->rc = rc;
        stream->errnum = errno;
    }
    return false;
}

enum kunci_rc stream_result(const struct stream *stream, struct kunci_err *err)
{
    if (stream->rc == KUNCI_OK)
        return KUNCI_OK;
    if (stream->rc == KUNCI_NO_MEMORY)
        return err_no_memory(err);
    if (stream->rc == KUNCI_FILE_READ)
        return err_system(err, stream->rc, _("The signature"), stream->errnum);
    return err_set(err, stream->rc, _("The signature"), stream->wrong);
}

static size_t read_some(struct stream *stream, void *to, size_t size)
{
    int got;

    do {
        errno = 0;
        got = BIO_read(stream->bio, to, (int)size);
    } while (got < 0 && (errno == EINTR || BIO_should_retry(stream->bio)));
    if (got < 0)
        stream_fail(stream, KUNCI_FILE_READ);
    return got > 0 ? (size_t)got : 0;
}

/* ---- PEM ---- */

/* A line of it without its end, or the beginning of a long one. */
static bool read_line(struct stream *stream, char *line, int size)
{
    int got = BIO_gets(stream->bio, line, size);

    if (got < 0 && errno)
        return stream_fail(stream, KUNCI_FILE_READ);
    return got > 0;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r\n")] == '\0';
}

/* "-----BEGIN CMS-----": whether it is such a line, with a name that we know. */
static bool is_begin(struct stream *stream, const char *line)
{
    const char *const *name;
    char begin[64];

    for (name = names; *name; name++) {
        int len = snprintf(begin, sizeof begin, "-----BEGIN %s-----", *name);

        if (strncmp(line, begin, (size_t)len) == 0 && is_blank(line + len)) {
            snprintf(stream->name, sizeof stream->name, "%s", *name);
            return true;
        }
    }
    return false;
}

static bool begin_block(struct stream *stream)
{
    char line[256];
    int lines;

    for (lines = 0; lines < PREAMBLE && read_line(stream, line, sizeof line); lines++) {
        if (is_begin(stream, line))
            return true;
        if (strncmp(line, "-----BEGIN", 10) == 0)
            return stream_refuse(stream, _("it holds something else"));
    }
    return stream_refuse(stream, _("it is neither PEM nor DER"));
}

static void end_block(struct stream *stream, const char *line)
{
    char end[64], after[256];
    int len = snprintf(end, sizeof end, "-----END %s-----", stream->name), rest = 0;

    stream->ended = true;
    if (strncmp(line, end, (size_t)len) != 0 || !is_blank(line + len) ||
        EVP_DecodeFinal(stream->decoder, stream->bytes, &rest) != 1)
        stream_refuse(stream, _("its PEM is damaged"));
    stream->len = stream->rc == KUNCI_OK ? (size_t)rest : 0;
    while (stream->rc == KUNCI_OK && read_line(stream, after, sizeof after))
        if (!is_blank(after))
            stream_refuse(stream, _("something stands after it"));
}

static void fill_from_pem(struct stream *stream)
{
    char line[1024];
    int got = 0;

    stream->len = 0;
    while (stream->rc == KUNCI_OK && stream->len == 0 && !stream->ended) {
        if (!read_line(stream, line, sizeof line))
            stream_refuse(stream, _("it is cut short"));
        else if (line[0] == '-')
            end_block(stream, line);
        else if (EVP_DecodeUpdate(stream->decoder, stream->bytes, &got, (const unsigned char *)line,
                                  (int)strlen(line)) < 0)
            stream_refuse(stream, _("its PEM is damaged"));
        else
            stream->len = (size_t)got;
    }
}

/* ---- both ---- */

static void fill(struct stream *stream)
{
    stream->used = 0;
    if (stream->rc != KUNCI_OK)
        stream->len = 0;
    else if (stream->decoder)
        fill_from_pem(stream);
    else
        stream->len = read_some(stream, stream->bytes, sizeof stream->bytes);
}

/* The byte that was looked at goes back to where lines are read from. */
void stream_open(struct stream *stream, BIO *bio)
{
    BIO *lines = BIO_new(BIO_f_buffer());
    unsigned char first;

    *stream = (struct stream){.bio = bio};
    if (!lines || read_some(stream, &first, 1) == 0 ||
        BIO_set_buffer_read_data(lines, &first, 1) != 1) {
        stream_refuse(stream, _("it is empty"));
        stream->rc = lines ? stream->rc : KUNCI_NO_MEMORY;
        stream->bio = NULL;
        BIO_free(lines);
        return;
    }
    stream->bio = BIO_push(lines, bio);
    if (first == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
        return;
    if (!(stream->decoder = EVP_ENCODE_CTX_new())) {
        stream_fail(stream, KUNCI_NO_MEMORY);
    } else if (begin_block(stream)) {
        EVP_DecodeInit(stream->decoder);
    }
}

void stream_close(struct stream *stream)
{
    EVP_ENCODE_CTX_free(stream->decoder);
    if (stream->bio) {
        BIO_pop(stream->bio);
        BIO_free(stream->bio);
    }
    stream->decoder = NULL;
    stream->bio = NULL;
}

size_t stream_next(struct stream *stream, size_t most, const unsigned char **out)
{
    size_t len;

    if (stream->used == stream->len)
        fill(stream);
    len = stream->len - stream->used;
    len = len < most ? len : most;
    *out = stream->bytes + stream->used;
    stream->used += len;
    stream->at += len;
    return len;
}

bool stream_take(struct stream *stream, void *to, size_t len)
{
    const unsigned char *part;
    unsigned char *end = to;
    size_t got;

    for (; len && (got = stream_next(stream, len, &part)) != 0; len -= got, end += got)
        memcpy(end, part, got);
    return len == 0 || stream_refuse(stream, _("it is cut short"));
}

int stream_peek(struct stream *stream)
{
    if (stream->used == stream->len)
        fill(stream);
    return stream->used < stream->len ? stream->bytes[stream->used] : -1;
}
