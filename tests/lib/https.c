#include "lib/https.h"

#include "lib/place.h"
#include "lib/raw.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define P256 "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

void https_up(void)
{
    static const char *const names[] = {"ca", "other"};
    size_t i;

    for (i = 0; i < 2; i++)
        place_shell("openssl req -x509 " P256 " -keyout %s.key -out %s.pem -days 3650 "
                    "-subj '/CN=Root %s' 2>/dev/null",
                    names[i], names[i], names[i]);
    place_shell("openssl req -new " P256 " -keyout any.key -out any.csr -subj '/CN=Server' "
                "2>/dev/null");
}

static void issue(const char *out, const char *key, const char *authority, const char *names,
                  int days, unsigned serial)
{
    place_shell("printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' >names.cnf", names);
    place_shell("openssl x509 -req -in any.csr -force_pubkey %s -CA %s.pem -CAkey %s.key "
                "-extfile names.cnf -days %d -set_serial %u -outform %s -out %s 2>/dev/null",
                key, authority, authority, days, serial, strstr(out, ".der") ? "DER" : "PEM", out);
}

void https_certify(struct listen_tls *tls, const char *authority, const char *names, int days,
                   unsigned serial)
{
    struct kunci_blob spki = listen_tls_spki(tls), certificate;
    struct kunci_err err = KUNCI_ERR_INIT;
    FILE *file = fopen("spki.der", "wb");
    unsigned char *der;

    if (!file || fwrite(spki.data, 1, spki.len, file) != spki.len || fclose(file) != 0)
        abort();
    place_shell("openssl pkey -pubin -inform DER -in spki.der -out spki.pem");
    issue("server.der", "spki.pem", authority, names, days, serial);
    der = place_file("server.der", &certificate.len);
    certificate.data = der;
    if (listen_tls_chain(tls, &certificate, 1, &err) != KUNCI_OK)
        abort();
    free(der);
}

void https_make(const char *name, const char *authority, const char *names, int days)
{
    char public[64], out[64];

    snprintf(public, sizeof public, "%s.pub", name);
    snprintf(out, sizeof out, "%s.pem", name);
    place_shell("openssl ecparam -name P-256 -genkey -noout -out %s.key && "
                "openssl pkey -in %s.key -pubout -out %s",
                name, name, public);
    issue(out, public, authority, names, days, 1);
}

unsigned https_shown(const char *address, const char *version)
{
    int number = strcmp(version, "1.3") == 0   ? TLS1_3_VERSION
                 : strcmp(version, "1.2") == 0 ? TLS1_2_VERSION
                                               : TLS1_1_VERSION;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    int fd = raw_connect(address);
    unsigned serial = 0;
    SSL *ssl;

    if (!context || !(ssl = SSL_new(context)))
        abort();
    SSL_set_security_level(ssl, 0);
    SSL_set_min_proto_version(ssl, number);
    SSL_set_max_proto_version(ssl, number);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1)
        serial = (unsigned)ASN1_INTEGER_get(X509_get0_serialNumber(SSL_get0_peer_certificate(ssl)));
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return serial;
}
