#include "lib/cert_base.h"

#include <openssl/x509v3.h>
#include <stdlib.h>

static void must(int done)
{
    if (!done)
        abort();
}

struct extension {
    int nid;
    const char *value; /* as openssl.cnf has it */
};
static const struct extension of_leaf[] = {
    {NID_authority_key_identifier, "DER:30168014000102030405060708090a0b0c0d0e0f10111213"},
    {NID_subject_key_identifier, "DER:0414101112131415161718191a1b1c1d1e1f20212223"},
    {NID_basic_constraints, "critical,CA:FALSE"},
    {NID_key_usage, "critical,nonRepudiation"},
    {NID_certificate_policies, "DER:3007300506032a0304"},
    {NID_crl_distribution_points, "URI:http://crl.contoh.go.id/1.crl"},
    {NID_info_access,
     "OCSP;URI:http://ocsp.contoh.go.id/,caIssuers;URI:http://ca.contoh.go.id/1.cer"},
};
static const struct extension of_authority[] = {
    {NID_authority_key_identifier, "DER:30168014000102030405060708090a0b0c0d0e0f10111213"},
    {NID_subject_key_identifier, "DER:0414101112131415161718191a1b1c1d1e1f20212223"},
    {NID_basic_constraints, "critical,CA:TRUE"},
    {NID_key_usage, "critical,keyCertSign,cRLSign"},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

void cert_put(X509_NAME *name, const char *field, int type, const char *value)
{
    must(X509_NAME_add_entry_by_txt(name, field, type, (const unsigned char *)value, -1, -1, 0) ==
         1);
}

void cert_set_extension(X509 *x509, int nid, const char *value)
{
    int at = X509_get_ext_by_NID(x509, nid, -1);
    X509_EXTENSION *extension = NULL;
    X509V3_CTX context;

    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509V3_set_ctx_nodb(&context);
    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(x509, at));
    if (!value)
        return;
    extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    must(extension != NULL);
    must(X509_add_ext(x509, extension, at) == 1);
    X509_EXTENSION_free(extension);
}

void cert_set_serial(X509 *x509, const unsigned char *bytes, size_t len)
{
    must(ASN1_STRING_set(X509_get_serialNumber(x509), bytes, (int)len) == 1);
}

void cert_set_time(X509 *x509, bool after, int type, const char *text)
{
    ASN1_TIME *time = ASN1_STRING_type_new(type);

    must(ASN1_STRING_set(time, text, -1) == 1);
    must(after ? X509_set1_notAfter(x509, time) : X509_set1_notBefore(x509, time) == 1);
    ASN1_STRING_free(time);
}

X509 *cert_base(bool authority, EVP_PKEY *key)
{
    static const unsigned char serial[20] = {0x41, 1, 2, 3};
    X509 *x509 = X509_new();
    size_t i;

    X509_set_version(x509, 2);
    cert_set_serial(x509, serial, sizeof serial);
    cert_put(X509_get_issuer_name(x509), "C", V_ASN1_PRINTABLESTRING, "ID");
    cert_put(X509_get_issuer_name(x509), "O", V_ASN1_UTF8STRING, "Contoh");
    cert_put(X509_get_issuer_name(x509), "CN", V_ASN1_UTF8STRING, "CA Contoh");
    cert_put(X509_get_subject_name(x509), "C", V_ASN1_PRINTABLESTRING, "ID");
    cert_put(X509_get_subject_name(x509), "O", V_ASN1_UTF8STRING, "Dinas Contoh");
    cert_put(X509_get_subject_name(x509), "CN", V_ASN1_UTF8STRING, "Budi Santoso");
    cert_put(X509_get_subject_name(x509), "GN", V_ASN1_UTF8STRING, "Budi");
    cert_put(X509_get_subject_name(x509), "SN", V_ASN1_UTF8STRING, "Santoso");
    cert_put(X509_get_subject_name(x509), "serialNumber", V_ASN1_PRINTABLESTRING, "0001");
    cert_set_time(x509, false, V_ASN1_UTCTIME, "261121000000Z");
    cert_set_time(x509, true, V_ASN1_UTCTIME, "281120235959Z");
    X509_set_pubkey(x509, key);
    for (i = 0; authority && i < COUNT(of_authority); i++)
        cert_set_extension(x509, of_authority[i].nid, of_authority[i].value);
    for (i = 0; !authority && i < COUNT(of_leaf); i++)
        cert_set_extension(x509, of_leaf[i].nid, of_leaf[i].value);
    return x509;
}
