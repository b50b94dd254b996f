/* Everything in OpenSSL that signs with an EVP_PKEY: one table of uses, for whatever
 * implementation and type of key. What they make is verified by software, in this
 * process and by the openssl command. */
#ifndef LIB_EVP_USES_H
#define LIB_EVP_USES_H

#include <kunci/key.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

struct subject {
    enum kunci_key_type type;
    enum kunci_evp how;
    const EVP_MD *hash; /* NULL for Ed25519 */
    EVP_PKEY *key;      /* the kunci_key it was made of is gone */
    X509 *cert;         /* self-signed by the key */
};

struct use {
    const char *name;
    bool (*done)(const struct subject *s); /* whether OpenSSL did it; a wrong result is a
                                            * failed assertion */
    unsigned by;                           /* types of keys it is tried with */
    unsigned cannot;                       /* those of them with which OpenSSL 3.0 cannot do it */
};

extern const struct use uses[];
extern const size_t use_count;

/* Where the uses put their files. */
void use_folder(const char *dir);
BIO *use_file(const char *name);

/* Writes one object into the folder. */
#define STORE(name, write, object)                                                                 \
    do {                                                                                           \
        BIO *stored = use_file(name);                                                              \
        assert_int_equal(write(stored, object), 1);                                                \
        BIO_free(stored);                                                                          \
    } while (0)

/* What is signed everywhere. */
enum { USE_MESSAGE_LEN = sizeof "Surat Keputusan Nomor 12" - 1 };
extern const char use_message[USE_MESSAGE_LEN + 1];

/* Whether it is the subject's signature over the message with its end. */
bool use_verifies(const struct subject *s, const unsigned char *signature, size_t len);

/* A certificate with this public key, not yet signed. */
X509 *use_certificate(EVP_PKEY *key);

#endif
