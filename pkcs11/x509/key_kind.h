/* Public keys by the kinds that kunci makes. */
#ifndef X509_KEY_KIND_H
#define X509_KEY_KIND_H

#include <kunci/key.h>
#include <openssl/evp.h>

/* KUNCI_KEY_OTHER for NULL too. */
enum kunci_key_type key_kind(const EVP_PKEY *key);

#endif
