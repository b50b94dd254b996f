#include "x509/pem.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

#include <kunci/cert.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

static bool is_known(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

/* True where blanks and ends of lines are all that is left to read. */
static bool only_blanks_left(BIO *bio)
{
    char *text;
    long len = BIO_get_mem_data(bio, &text);

    while (len > 0 && memchr(" \t\r\n", text[len - 1], 4))
        len--;
    return len <= 0;
}

/* What OpenSSL allocated is freed by OpenSSL alone. */
static const char *copy(const unsigned char *from, size_t len, unsigned char **to, size_t *to_len)
{
    *to = malloc(len + 1); /* one more, as malloc(0) may answer NULL */
    if (!*to) {
        ERR_raise(ERR_LIB_USER, ERR_R_MALLOC_FAILURE);
        return "";
    }
    memcpy(*to, from, len);
    *to_len = len;
    return NULL;
}

const char *pem_read(const char *const *names, const void *in, size_t len, unsigned char **der,
                     size_t *der_len)
{
    BIO *bio = BIO_new_mem_buf(in, (int)len);
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    const char *wrong = NULL;
    long data_len = 0;

    if (!bio || PEM_read_bio_ex(bio, &name, &header, &data, &data_len, 0) != 1)
        wrong = _("it is neither PEM nor DER");
    else if (!is_known(names, name) || *header)
        wrong = _("it holds something else");
    else if (!only_blanks_left(bio))
        wrong = _("something stands after it");
    else
        wrong = copy(data, (size_t)data_len, der, der_len);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    BIO_free(bio);
    return wrong;
}

enum kunci_rc kunci_pem_write(const char *name, const unsigned char *der, size_t len, char **out,
                              struct kunci_err *err)
{
    enum { PER_LINE = 48 }; /* bytes, that is 64 characters */
    unsigned char line[PER_LINE / 3 * 4 + 1];
    struct buf text = {0};
    size_t i;

    buf_printf(&text, "-----BEGIN %s-----\n", name);
    for (i = 0; i < len; i += PER_LINE) {
        size_t n = len - i < PER_LINE ? len - i : PER_LINE;
        int written = EVP_EncodeBlock(line, der + i, (int)n);

        buf_add(&text, line, (size_t)written);
        buf_text(&text, "\n");
    }
    buf_printf(&text, "-----END %s-----\n", name);
    *out = buf_take(&text);
    return *out ? KUNCI_OK : err_no_memory(err);
}
