/* A request for OCSP answers taken apart, and nothing judged. */
#ifndef AMS_OCSPD_REQUEST_H
#define AMS_OCSPD_REQUEST_H

#include "ams/ocspd.h"

enum ocspd_hash { OCSPD_SHA1, OCSPD_SHA256, OCSPD_HASHES, OCSPD_OTHER_HASH = OCSPD_HASHES };
enum { OCSPD_HASH_MAX = 32, OCSPD_SERIAL_MAX = 23 };

/* Which certificate is meant. What is not used stays zero: two are the same where their
 * bytes are. */
struct ocspd_serial {
    unsigned char len, der[OCSPD_SERIAL_MAX]; /* the INTEGER as it stands */
};

struct ocspd_id {
    enum ocspd_hash hash;
    unsigned char name[OCSPD_HASH_MAX], key[OCSPD_HASH_MAX]; /* hashes, of the issuer's */
    struct ocspd_serial serial;
};

struct ocspd_request {
    size_t count;
    struct ocspd_id ids[OCSPD_CERTS_MAX];
};

/* False where it is none, or asks for none or too many, or for something that is critical
 * and that nobody knows. Signatures and nonces are passed over. */
bool ocspd_request_read(const unsigned char *der, size_t len, struct ocspd_request *out);

/* As the store has serial numbers; false where none of ours can be meant. */
bool ocspd_serial_text(const struct ocspd_serial *serial, char to[CA_SERIAL]);
bool ocspd_serial_read(const char *text, struct ocspd_serial *out);

#endif
