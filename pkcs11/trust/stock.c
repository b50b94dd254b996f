#include "trust/stock.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <stdlib.h>
#include <string.h>

bool stock_share_cert(struct stock *stock, X509 *cert)
{
    if ((stock->certs || (stock->certs = sk_X509_new_null())) &&
        X509_add_cert(stock->certs, cert, X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP) == 1)
        return true;
    stock->failed = true;
    return false;
}

bool stock_add_cert(struct stock *stock, const void *der, size_t len)
{
    const unsigned char *p = der;
    X509 *cert = len <= LONG_MAX ? d2i_X509(NULL, &p, (long)len) : NULL;
    bool added = cert && p == (const unsigned char *)der + len && stock_share_cert(stock, cert);

    X509_free(cert);
    ERR_clear_error();
    return added;
}

static bool add_crl(struct stock *stock, struct crl *crl)
{
    size_t room = stock->crl_room ? 2 * stock->crl_room : 4;
    struct crl **more;

    if (stock->crl_count == stock->crl_room) {
        if (!(more = realloc(stock->crls, room * sizeof(struct crl *)))) {
            stock->failed = true;
            return false;
        }
        stock->crls = more;
        stock->crl_room = room;
    }
    stock->crls[stock->crl_count++] = crl;
    return true;
}

bool stock_add_crl(struct stock *stock, const void *der, size_t len)
{
    bool no_memory;
    struct crl *crl = crl_read(der, len, &no_memory);

    stock->failed |= no_memory;
    ERR_clear_error();
    if (crl && add_crl(stock, crl))
        return true;
    crl_free(&crl);
    return false;
}

bool stock_share(struct stock *stock, const struct stock *from)
{
    size_t i;
    int n;

    for (n = 0; from->certs && n < sk_X509_num(from->certs); n++)
        if (!stock_share_cert(stock, sk_X509_value(from->certs, n)))
            return false;
    for (i = 0; i < from->crl_count; i++) {
        if (!add_crl(stock, from->crls[i]))
            return false;
        crl_share(from->crls[i]);
    }
    return true;
}

/* As authorities hand out their own ("certs only"). */
static int add_pkcs7(struct stock *stock, const void *der, size_t len)
{
    const unsigned char *p = der;
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, &p, (long)len);
    const STACK_OF(X509) *certs = NULL;
    int i, count = -1;

    if (pkcs7 && PKCS7_type_is_signed(pkcs7) && pkcs7->d.sign)
        certs = pkcs7->d.sign->cert;
    for (i = 0; certs && i < sk_X509_num(certs); i++)
        count = stock_share_cert(stock, sk_X509_value(certs, i)) ? i + 1 : -1;
    PKCS7_free(pkcs7);
    ERR_clear_error();
    return count;
}

static int add_der(struct stock *stock, const void *der, size_t len)
{
    if (stock_add_cert(stock, der, len) || stock_add_crl(stock, der, len))
        return 1;
    return add_pkcs7(stock, der, len);
}

static int add_pem(struct stock *stock, const void *bytes, size_t len)
{
    BIO *bio = BIO_new_mem_buf(bytes, (int)len);
    unsigned char *data = NULL;
    char *name = NULL, *header = NULL;
    int count = 0;
    long data_len;

    while (count >= 0 && bio && PEM_read_bio_ex(bio, &name, &header, &data, &data_len, 0) == 1) {
        size_t size = (size_t)data_len;
        bool cert = strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0;
        int more = cert                                     ? stock_add_cert(stock, data, size)
                   : strcmp(name, PEM_STRING_X509_CRL) == 0 ? stock_add_crl(stock, data, size)
                   : strcmp(name, PEM_STRING_PKCS7) == 0    ? add_pkcs7(stock, data, size)
                                                            : -2;

        if (more != -2 && *header) /* it is encrypted */
            more = -1;
        count = more == -2 ? count : more <= 0 ? -1 : count + more;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(data);
    }
    if (count >= 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
        count = -1;
    BIO_free(bio);
    ERR_clear_error();
    return count > 0 ? count : -1;
}

int stock_add_any(struct stock *stock, const void *bytes, size_t len)
{
    ERR_clear_error();
    if (len == 0 || len > INT_MAX)
        return -1;
    if (*(const unsigned char *)bytes == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
        return add_der(stock, bytes, len);
    return add_pem(stock, bytes, len);
}

void stock_clear(struct stock *stock)
{
    size_t i;

    for (i = 0; i < stock->crl_count; i++)
        crl_free(&stock->crls[i]);
    free(stock->crls);
    sk_X509_pop_free(stock->certs, X509_free);
    *stock = (struct stock){0};
}
