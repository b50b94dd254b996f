#include "ams/ocspd_request.h"

#include "base/der.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <string.h>

/* ---- DER ---- */

/* RFC 6960 has no extension that must be understood; a nonce may be called critical. */
static bool may_pass(X509_EXTENSION *extension)
{
    return !X509_EXTENSION_get_critical(extension) ||
           OBJ_obj2nid(X509_EXTENSION_get_object(extension)) == NID_id_pkix_OCSP_Nonce;
}

static bool all_pass(OCSP_REQUEST *request)
{
    int i;

    for (i = 0; i < OCSP_REQUEST_get_ext_count(request); i++)
        if (!may_pass(OCSP_REQUEST_get_ext(request, i)))
            return false;
    return true;
}

static bool all_pass_of_one(OCSP_ONEREQ *one)
{
    int i;

    for (i = 0; i < OCSP_ONEREQ_get_ext_count(one); i++)
        if (!may_pass(OCSP_ONEREQ_get_ext(one, i)))
            return false;
    return true;
}

static enum ocspd_hash hash_of(const ASN1_OBJECT *algorithm)
{
    switch (OBJ_obj2nid(algorithm)) {
    case NID_sha1:
        return OCSPD_SHA1;
    case NID_sha256:
        return OCSPD_SHA256;
    default:
        return OCSPD_OTHER_HASH;
    }
}

/* A hash of another length is nobody's: it stays zero. */
static void take_hash(const ASN1_OCTET_STRING *from, unsigned char to[OCSPD_HASH_MAX],
                      enum ocspd_hash hash)
{
    static const int lengths[] = {[OCSPD_SHA1] = 20, [OCSPD_SHA256] = 32, [OCSPD_OTHER_HASH] = -1};

    if (ASN1_STRING_length(from) == lengths[hash])
        memcpy(to, ASN1_STRING_get0_data(from), (size_t)lengths[hash]);
}

static bool take_serial(const ASN1_INTEGER *from, struct ocspd_serial *to)
{
    unsigned char *at = to->der;
    int len = i2d_ASN1_INTEGER(from, NULL);

    if (len <= 0 || len > OCSPD_SERIAL_MAX)
        return false;
    to->len = (unsigned char)i2d_ASN1_INTEGER(from, &at);
    return true;
}

static bool take_one(OCSP_ONEREQ *from, struct ocspd_id *to)
{
    ASN1_OCTET_STRING *name, *key;
    ASN1_OBJECT *algorithm;
    ASN1_INTEGER *serial;

    memset(to, 0, sizeof *to);
    if (!all_pass_of_one(from) ||
        OCSP_id_get0_info(&name, &algorithm, &key, &serial, OCSP_onereq_get0_id(from)) != 1)
        return false;
    to->hash = hash_of(algorithm);
    take_hash(name, to->name, to->hash);
    take_hash(key, to->key, to->hash);
    return take_serial(serial, &to->serial);
}

static bool take_all(OCSP_REQUEST *from, struct ocspd_request *to)
{
    int count = OCSP_request_onereq_count(from), i;

    if (count < 1 || count > OCSPD_CERTS_MAX || !all_pass(from))
        return false;
    for (i = 0; i < count; i++)
        if (!take_one(OCSP_request_onereq_get0(from, i), &to->ids[i]))
            return false;
    to->count = (size_t)count;
    return true;
}

bool ocspd_request_read(const unsigned char *der, size_t len, struct ocspd_request *out)
{
    OCSP_REQUEST *request = NULL;
    bool read;

    out->count = 0;
    if (len > 0 && len <= OCSPD_REQUEST_MAX)
        request = der_read(der, len, ASN1_ITEM_rptr(OCSP_REQUEST));
    read = request && take_all(request, out);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return read;
}

/* ---- serial numbers ---- */

bool ocspd_serial_text(const struct ocspd_serial *serial, char to[CA_SERIAL])
{
    const unsigned char *at = serial->der + 2; /* its length has one byte */
    size_t len = serial->len > 2 ? serial->len - 2U : 0;

    if (len == 0 || at[0] & 0x80)
        return false;
    if (at[0] == 0 && len > 1) {
        at++;
        len--;
    }
    text_hex(to, at, len);
    return true;
}

bool ocspd_serial_read(const char *text, struct ocspd_serial *out)
{
    unsigned char bytes[OCSPD_SERIAL_MAX];
    size_t len, sign;

    memset(out, 0, sizeof *out);
    if (!text_unhex(text, bytes, sizeof bytes, &len) || len == 0)
        return false;
    sign = bytes[0] & 0x80 ? 1 : 0;
    if (2 + sign + len > OCSPD_SERIAL_MAX)
        return false;
    out->der[0] = V_ASN1_INTEGER;
    out->der[1] = (unsigned char)(sign + len);
    memcpy(out->der + 2 + sign, bytes, len);
    out->len = (unsigned char)(2 + sign + len);
    return true;
}

/* ---- the path of a GET ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The next character, %XX being one; -1 where that is broken, 0 at the end. */
static int next(const char **path)
{
    int high, low;

    if (**path != '%')
        return **path ? (unsigned char)*(*path)++ : 0;
    if ((high = hex_digit((*path)[1])) < 0 || (low = hex_digit((*path)[2])) < 0)
        return -1;
    *path += 3;
    return high || low ? high << 4 | low : -1;
}

static int sextet(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* What may stand at the end: "=" where that makes it a multiple of four. */
static bool ends(int c, const char *path, size_t count)
{
    size_t pad = 0;

    while (c == '=' && pad < 3) {
        pad++;
        c = next(&path);
    }
    return c == 0 && count % 4 != 1 && (pad == 0 ? count % 4 == 0 : (count + pad) % 4 == 0);
}

bool ocspd_path_read(const char *path, unsigned char *to, size_t *len)
{
    unsigned bits = 0;
    size_t count = 0;
    int c, value;

    *len = 0;
    while ((value = sextet(c = next(&path))) >= 0) {
        bits = bits << 6 | (unsigned)value;
        if (count++ % 4 == 0)
            continue;
        if (*len == OCSPD_REQUEST_MAX)
            return false;
        to[(*len)++] = (unsigned char)(bits >> (6 - 2 * ((count - 1) % 4)));
    }
    return count > 0 && ends(c, path, count);
}
