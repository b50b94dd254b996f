#include "cms/hash.h"

#include "cms/oid.h"

#include <openssl/asn1.h>
#include <string.h>

const struct hash hashes[HASHES] = {
    [HASH_SHA256] = {"SHA256", EVP_sha256, OID(OID_SHA2 "\x01"), 32},
    [HASH_SHA384] = {"SHA384", EVP_sha384, OID(OID_SHA2 "\x02"), 48},
    [HASH_SHA512] = {"SHA512", EVP_sha512, OID(OID_SHA2 "\x03"), 64},
};

/* Ed25519 goes with SHA-512 (RFC 8419). */
enum hash_id hash_of_alg(enum kunci_alg alg)
{
    const char *name = kunci_alg_hash(alg);
    enum hash_id id = HASH_SHA256;

    while (id < HASH_SHA512 && !(name && strcmp(hashes[id].name, name) == 0))
        id++;
    return id;
}

enum hash_id hash_read(const struct element *algorithm)
{
    struct elements in = element_inside(algorithm);
    enum hash_id id = HASH_SHA256;
    struct element oid;

    if (!element_expect(&in, V_ASN1_OBJECT, &oid))
        return HASHES;
    while (id < HASHES && !element_is(&oid, hashes[id].oid, hashes[id].oid_len))
        id++;
    return id;
}
