#include "cms/signer_info.h"

#include "base/der.h"
#include "base/error.h"
#include "cms/hash.h"
#include "cms/oid.h"
#include "cms/set_of.h"
#include "x509/algor.h"

#include <openssl/evp.h>

/* ---- what stays the same ---- */

static void add_id(const struct outline *cert, struct buf *to)
{
    struct buf inner = {0};

    buf_add(&inner, cert->issuer.start, element_whole_len(&cert->issuer));
    buf_add(&inner, cert->serial.start, element_whole_len(&cert->serial));
    der_wrap(to, DER_SEQUENCE, &inner);
    buf_clear(&inner);
}

/* An attribute with its only value, which is taken along and cleared. */
static void add_attribute(struct buf *to, const char *oid, size_t oid_len, struct buf *value)
{
    struct buf inner = {0};

    buf_add(&inner, oid, oid_len);
    der_wrap(&inner, DER_SET, value);
    der_wrap(to, DER_SEQUENCE, &inner);
    buf_clear(&inner);
    buf_clear(value);
}

/* SigningCertificateV2 (RFC 5035) of the one certificate. Its hash is SHA-256, the
 * default, which DER leaves out; issuer and serial number stand in the SignerInfo. */
static enum kunci_rc add_signing_certificate(const struct outline *cert, struct buf *to,
                                             struct kunci_err *err)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    struct buf hash = {0}, id = {0}, ids = {0}, value = {0};
    unsigned len;

    if (EVP_Digest(cert->whole.start, element_whole_len(&cert->whole), digest, &len, EVP_sha256(),
                   NULL) != 1)
        return err_openssl(err, "EVP_Digest");
    der_put(&hash, V_ASN1_OCTET_STRING, digest, len);
    der_wrap(&id, DER_SEQUENCE, &hash);
    der_wrap(&ids, DER_SEQUENCE, &id);
    der_wrap(&value, DER_SEQUENCE, &ids);
    add_attribute(to, OID(OID_SIGNING_CERT_V2), &value);
    buf_clear(&hash);
    buf_clear(&id);
    buf_clear(&ids);
    return KUNCI_OK;
}

enum kunci_rc signer_parts_make(enum kunci_alg alg, const struct outline *cert,
                                struct signer_parts *out, struct kunci_err *err)
{
    const struct hash *hash = &hashes[hash_of_alg(alg)];
    enum kunci_rc rc;

    *out = (struct signer_parts){0};
    add_id(cert, &out->id);
    /* Without parameters (RFC 5754). */
    der_put(&out->hash_algorithm, DER_SEQUENCE, hash->oid, hash->oid_len);
    if ((rc = algor_add(alg, &out->algorithm, err)) == KUNCI_OK)
        rc = add_signing_certificate(cert, &out->signing_certificate, err);
    if (rc == KUNCI_OK && (out->hash_algorithm.failed || out->algorithm.failed || out->id.failed ||
                           out->signing_certificate.failed))
        rc = err_no_memory(err);
    if (rc != KUNCI_OK)
        signer_parts_clear(out);
    return rc;
}

void signer_parts_clear(struct signer_parts *parts)
{
    buf_clear(&parts->id);
    buf_clear(&parts->hash_algorithm);
    buf_clear(&parts->algorithm);
    buf_clear(&parts->signing_certificate);
}

/* ---- what each has of its own ---- */

void signer_attributes(struct buf *to, const struct signer_parts *parts,
                       const unsigned char *digest, size_t len)
{
    struct buf all = {0}, value = {0};

    buf_add(&value, OID(OID_DATA));
    add_attribute(&all, OID(OID_CONTENT_TYPE), &value);
    der_put(&value, V_ASN1_OCTET_STRING, digest, len);
    add_attribute(&all, OID(OID_MESSAGE_DIGEST), &value);
    buf_add(&all, parts->signing_certificate.data, parts->signing_certificate.len);
    set_of(to, DER_SET, &all);
    buf_clear(&all);
}

/* The timestamp, the one attribute that is not signed. */
static void add_unsigned(struct buf *to, const unsigned char *token, size_t len)
{
    struct buf value = {0}, attribute = {0};

    buf_add(&value, token, len);
    add_attribute(&attribute, OID(OID_TIMESTAMP), &value);
    der_wrap(to, DER_CONTEXT | 1, &attribute);
    buf_clear(&attribute);
}

void signer_info(struct buf *to, const struct signer_parts *parts, const struct buf *attributes,
                 const struct signer_signature *signature)
{
    static const unsigned char version[] = {V_ASN1_INTEGER, 1, 1}, tagged = DER_CONTEXT;
    struct buf inner = {0};

    if (attributes->len == 0) {
        to->failed = true;
        return;
    }
    buf_add(&inner, version, sizeof version);
    buf_add(&inner, parts->id.data, parts->id.len);
    buf_add(&inner, parts->hash_algorithm.data, parts->hash_algorithm.len);
    buf_add(&inner, &tagged, 1); /* [0] stands here for the SET that was signed */
    buf_add(&inner, attributes->data + 1, attributes->len - 1);
    buf_add(&inner, parts->algorithm.data, parts->algorithm.len);
    der_put(&inner, V_ASN1_OCTET_STRING, signature->bytes, signature->len);
    if (signature->token)
        add_unsigned(&inner, signature->token, signature->token_len);
    der_wrap(to, DER_SEQUENCE, &inner);
    to->failed |= attributes->failed;
    buf_clear(&inner);
}

/* ---- reading ---- */

/* The only value of the attribute with this OID among all of them. */
static bool find_attribute(const struct element *attributes, const char *oid, size_t oid_len,
                           struct element *value)
{
    struct elements all = element_inside(attributes), inside;
    struct element attribute, type, values;

    while (element_take(&all, &attribute)) {
        inside = element_inside(&attribute);
        if (!element_expect(&inside, V_ASN1_OBJECT, &type) ||
            !element_expect(&inside, DER_SET, &values))
            return false;
        inside = element_inside(&values);
        if (element_is(&type, oid, oid_len))
            return element_take(&inside, value) && inside.next == inside.end;
    }
    return false;
}

bool signer_read(const struct element *info, struct signer_claim *out)
{
    struct elements in = element_inside(info);
    struct element version, hash, algorithm, token, attributes;

    *out = (struct signer_claim){.hash = HASHES};
    if (!element_expect(&in, V_ASN1_INTEGER, &version) || !element_take(&in, &out->id) ||
        !element_expect(&in, DER_SEQUENCE, &hash) || !element_take(&in, &algorithm))
        return false;
    out->hash = hash_read(&hash);
    if (algorithm.identifier == DER_CONTEXT) {
        out->attributes = algorithm;
        if (!find_attribute(&out->attributes, OID(OID_MESSAGE_DIGEST), &out->digest) ||
            out->digest.identifier != V_ASN1_OCTET_STRING || !element_take(&in, &algorithm))
            return false;
    }
    if (algorithm.identifier != DER_SEQUENCE ||
        !element_expect(&in, V_ASN1_OCTET_STRING, &out->signature))
        return false;
    if (in.next == in.end)
        return true;
    if (!element_expect(&in, DER_CONTEXT | 1, &attributes) || in.next != in.end)
        return false;
    out->timestamped = find_attribute(&attributes, OID(OID_TIMESTAMP), &token);
    return true;
}
