#include "ams/ocspd_write.h"

#include "base/der.h"
#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/document.h"
#include "x509/parts.h"
#include "x509/signed.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNKNOWN_LIFE = 300 }; /* seconds that "unknown" is good for: it may be issued next */

struct ocspd_writer {
    struct kunci_signer *signer;
    EVP_PKEY *key;        /* its public half; the ca's */
    struct buf responder; /* [2] KeyHash */
    struct {
        struct buf issuer; /* of a CertID, all before the serial number */
        unsigned char name[OCSPD_HASH_MAX], key[OCSPD_HASH_MAX];
    } by[OCSPD_HASHES];
};

/* ---- who answers ---- */

static const unsigned char sha1_algorithm[] = {0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                               0x03, 0x02, 0x1a, 0x05, 0x00};
static const unsigned char sha256_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00};

static const struct {
    const unsigned char *algorithm;
    size_t algorithm_len, len;
    const EVP_MD *(*hash)(void);
} hashes[OCSPD_HASHES] = {
    [OCSPD_SHA1] = {sha1_algorithm, sizeof sha1_algorithm, 20, EVP_sha1},
    [OCSPD_SHA256] = {sha256_algorithm, sizeof sha256_algorithm, 32, EVP_sha256},
};

static bool prepare_hash(struct ocspd_writer *writer, size_t i, const unsigned char *name,
                         size_t name_len, const ASN1_BIT_STRING *key)
{
    struct buf *to = &writer->by[i].issuer;
    size_t len = hashes[i].len;

    if (EVP_Digest(name, name_len, writer->by[i].name, NULL, hashes[i].hash(), NULL) != 1 ||
        EVP_Digest(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key), writer->by[i].key,
                   NULL, hashes[i].hash(), NULL) != 1)
        return false;
    buf_add(to, hashes[i].algorithm, hashes[i].algorithm_len);
    der_put(to, V_ASN1_OCTET_STRING, writer->by[i].name, len);
    der_put(to, V_ASN1_OCTET_STRING, writer->by[i].key, len);
    return !to->failed;
}

static bool prepare(struct ocspd_writer *writer, const struct parts *issuer)
{
    struct spki *spki = spki_read(issuer->spki, issuer->spki_len);
    struct buf hash = {0};
    const unsigned char *name;
    size_t name_len, i;
    bool done = spki && X509_NAME_get0_der(issuer->subject, &name, &name_len) == 1;

    for (i = 0; done && i < OCSPD_HASHES; i++)
        done = prepare_hash(writer, i, name, name_len, spki->key);
    if (done) {
        der_put(&hash, V_ASN1_OCTET_STRING, writer->by[OCSPD_SHA1].key, hashes[OCSPD_SHA1].len);
        der_wrap(&writer->responder, DER_CONTEXT | 2, &hash);
        done = !writer->responder.failed;
    }
    buf_clear(&hash);
    spki_free(&spki);
    return done;
}

enum kunci_rc ocspd_writer_new(const struct ca *ca, struct ocspd_writer **out,
                               struct kunci_err *err)
{
    struct ocspd_writer *writer = calloc(1, sizeof *writer);
    const unsigned char *der;
    enum kunci_rc rc = KUNCI_OK;
    struct parts parts;
    size_t len;

    *out = NULL;
    if (!writer)
        return err_no_memory(err);
    writer->signer = ca_signer(ca, CA_ISSUING);
    writer->key = ca_issuing_key(ca);
    der = ca_certificate(ca, CA_ISSUING, &len);
    if (!parts_of_certificate(der, len, &parts))
        rc = document_refuse(&document_certificate, _("it is damaged"), err);
    else if (!prepare(writer, &parts))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        *out = writer;
    else
        ocspd_writer_free(&writer);
    parts_clear(&parts);
    return rc;
}

void ocspd_writer_free(struct ocspd_writer **writer)
{
    size_t i;

    if (!*writer)
        return;
    for (i = 0; i < OCSPD_HASHES; i++)
        buf_clear(&(*writer)->by[i].issuer);
    buf_clear(&(*writer)->responder);
    free(*writer);
    *writer = NULL;
}

bool ocspd_is_ours(const struct ocspd_writer *writer, const struct ocspd_id *id)
{
    return id->hash < OCSPD_HASHES &&
           memcmp(id->name, writer->by[id->hash].name, hashes[id->hash].len) == 0 &&
           memcmp(id->key, writer->by[id->hash].key, hashes[id->hash].len) == 0;
}

/* ---- an answer ---- */

enum { GENERALIZED = 15 };

static void add_time(struct buf *to, int64_t when)
{
    time_t seconds = (time_t)when;
    struct tm parts = {.tm_mday = 1};
    char text[GENERALIZED + 1];

    gmtime_r(&seconds, &parts);
    strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &parts);
    der_put(to, V_ASN1_GENERALIZEDTIME, text, GENERALIZED);
}

static void add_reason(struct buf *to, int reason)
{
    const unsigned char value[] = {V_ASN1_ENUMERATED, 1, (unsigned char)reason};

    if (reason != CA_UNSPECIFIED) /* which is said by saying nothing */
        der_put(to, DER_CONTEXT, value, sizeof value);
}

/* CertStatus. */
static void add_status(struct buf *to, const struct ocspd_status *status)
{
    static const unsigned char good[] = {0x80, 0}, unknown[] = {0x82, 0};
    struct buf revoked = {0};

    if (status->is == OCSPD_REVOKED) {
        add_time(&revoked, status->revoked_at);
        add_reason(&revoked, status->reason);
        der_wrap(to, DER_CONTEXT | 1, &revoked);
        buf_clear(&revoked);
    } else {
        buf_add(to, status->is == OCSPD_GOOD ? good : unknown, sizeof good);
    }
}

/* SingleResponse. */
static void add_single(const struct ocspd_writer *writer, struct buf *to,
                       const struct ocspd_key *key, const struct ocspd_status *status,
                       const struct ocspd_answer *answer)
{
    struct buf inner = {0}, next = {0}, id = {0};

    buf_add(&id, writer->by[key->hash].issuer.data, writer->by[key->hash].issuer.len);
    buf_add(&id, key->serial.der, key->serial.len);
    der_wrap(&inner, DER_SEQUENCE, &id);
    add_status(&inner, status);
    add_time(&inner, answer->this_update);
    add_time(&next, answer->next_update);
    der_wrap(&inner, DER_CONTEXT, &next);
    der_wrap(to, DER_SEQUENCE, &inner);
    buf_clear(&inner);
    buf_clear(&next);
    buf_clear(&id);
}

/* ResponseData. */
static void add_data(const struct ocspd_writer *writer, struct buf *to,
                     const struct ocspd_key *keys, const struct ocspd_status *statuses,
                     size_t count, const struct ocspd_answer *answer)
{
    struct buf inner = {0}, singles = {0};
    size_t i;

    for (i = 0; i < count; i++)
        add_single(writer, &singles, &keys[i], &statuses[i], answer);
    buf_add(&inner, writer->responder.data, writer->responder.len);
    add_time(&inner, answer->this_update);
    der_wrap(&inner, DER_SEQUENCE, &singles);
    der_wrap(to, DER_SEQUENCE, &inner);
    buf_clear(&inner);
    buf_clear(&singles);
}

/* OCSPResponse, around a BasicOCSPResponse. */
static void add_frame(struct buf *to, const unsigned char *basic, size_t len)
{
    static const unsigned char successful[] = {V_ASN1_ENUMERATED, 1, 0};
    static const unsigned char kind[] = {V_ASN1_OBJECT, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1};
    struct buf bytes = {0}, wrapped = {0}, whole = {0};

    buf_add(&bytes, kind, sizeof kind);
    der_put(&bytes, V_ASN1_OCTET_STRING, basic, len);
    der_wrap(&wrapped, DER_SEQUENCE, &bytes);
    buf_add(&whole, successful, sizeof successful);
    der_wrap(&whole, DER_CONTEXT, &wrapped);
    der_wrap(to, DER_SEQUENCE, &whole);
    buf_clear(&bytes);
    buf_clear(&wrapped);
    buf_clear(&whole);
}

static enum kunci_rc sign(struct ocspd_writer *writer, const struct buf *data,
                          struct ocspd_answer *answer, struct kunci_err *err)
{
    unsigned char *basic = NULL;
    struct buf whole = {0};
    size_t len = 0;
    enum kunci_rc rc = data->failed
                           ? err_no_memory(err)
                           : signed_make_by(writer->signer, writer->key, data, &basic, &len, err);

    if (rc != KUNCI_OK)
        return rc;
    add_frame(&whole, basic, len);
    free(basic);
    answer->len = whole.len;
    answer->der = (unsigned char *)buf_take(&whole);
    return answer->der ? KUNCI_OK : err_no_memory(err);
}

enum kunci_rc ocspd_write(struct ocspd_writer *writer, const struct ocspd_key *keys,
                          const struct ocspd_status *statuses, size_t count, int64_t now,
                          struct ocspd_answer **out, struct kunci_err *err)
{
    struct ocspd_answer *answer = calloc(1, sizeof *answer);
    int64_t life = OCSPD_LIFE;
    struct buf data = {0};
    enum kunci_rc rc;
    size_t i;

    *out = NULL;
    if (!answer)
        return err_no_memory(err);
    for (i = 0; i < count; i++)
        if (statuses[i].is == OCSPD_UNKNOWN)
            life = UNKNOWN_LIFE;
    answer->owners = 1;
    answer->this_update = now;
    answer->next_update = now + life;
    add_data(writer, &data, keys, statuses, count, answer);
    rc = sign(writer, &data, answer, err);
    buf_clear(&data);
    if (rc == KUNCI_OK)
        *out = answer;
    else
        ocspd_answer_free(&answer);
    return rc;
}
