#include "lib/certified.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "certified: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    abort();
}

static void extend(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension;

    if (!value)
        return;
    extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    must(extension && X509_add_ext(cert, extension, -1) == 1, "an extension");
    X509_EXTENSION_free(extension);
}

X509 *certified(const struct certified *how, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    static long serial = 1000;
    EVP_PKEY *by = issuer ? issuer_key : key;
    X509 *cert = X509_new();

    must(cert && X509_set_version(cert, X509_VERSION_3) == 1 && X509_set_pubkey(cert, key) == 1 &&
             ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) == 1,
         "a certificate");
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_UTF8,
                                    (const unsigned char *)how->name, -1, -1, 0) == 1 &&
             X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) == 1,
         "its names");
    must(X509_gmtime_adj(X509_getm_notBefore(cert), how->begins_s) &&
             X509_gmtime_adj(X509_getm_notAfter(cert), how->ends_s),
         "its dates");
    extend(cert, NID_key_usage, how->usage);
    extend(cert, NID_basic_constraints, how->basic);
    must(X509_sign(cert, by, EVP_PKEY_get_base_id(by) == EVP_PKEY_ED25519 ? NULL : EVP_sha256()) >
             0,
         "X509_sign");
    return cert;
}
