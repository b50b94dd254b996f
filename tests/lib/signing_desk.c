#include "lib/signing_desk.h"

#include "lib/soft_signer.h"

#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int done, const char *what)
{
    if (done)
        return;
    perror(what);
    abort();
}

const char *desk_path(const struct desk *desk, const char *name)
{
    static char paths[16][128];
    static unsigned next;
    char *path = paths[next++ % 16];

    if (!name || *name == '/')
        return name;
    snprintf(path, sizeof paths[0], "%s/%s", desk->dir, name);
    return path;
}

static void write_pem(const struct desk *desk, const char *name, X509 *cert)
{
    FILE *file = fopen(desk_path(desk, name), "we");

    must(file && PEM_write_X509(file, cert) == 1 && fclose(file) == 0, name);
}

static void add(struct desk *desk, X509 *cert)
{
    unsigned char *at;
    int len = i2d_X509(cert, NULL);

    desk->certs = realloc(desk->certs, desk->certs_len + (size_t)len);
    at = desk->certs + desk->certs_len;
    desk->certs_len += (size_t)i2d_X509(cert, &at);
}

struct desk *desk_up(enum kunci_key_type type, enum kunci_alg alg, const struct certified *how)
{
    static unsigned number; /* two desks are two authorities */
    static const struct certified holder = {"Budi Santoso", 0, 3600,
                                            "digitalSignature,nonRepudiation", NULL};
    char root_name[32], issuer_name[32];
    const struct certified root = {root_name, 0, 7200, "keyCertSign", "critical,CA:TRUE"},
                           issuer = {issuer_name, 0, 7200, "keyCertSign,cRLSign",
                                     "critical,CA:TRUE"};
    struct desk *desk = calloc(1, sizeof *desk);

    snprintf(root_name, sizeof root_name, "Root Contoh %u", ++number);
    snprintf(issuer_name, sizeof issuer_name, "CA Contoh %u", number);
    strcpy(desk->dir, "/tmp/desk.XXXXXX");
    must(mkdtemp(desk->dir) != NULL, "mkdtemp");
    desk->root_key = soft_key(KUNCI_KEY_P256);
    desk->issuer_key = soft_key(KUNCI_KEY_P256);
    desk->key = soft_key(type);
    desk->root = certified(&root, desk->root_key, NULL, NULL);
    desk->issuer = certified(&issuer, desk->issuer_key, desk->root, desk->root_key);
    desk->cert = certified(how ? how : &holder, desk->key, desk->issuer, desk->issuer_key);
    desk->signer = soft_signer(desk->key, alg);
    write_pem(desk, "root.pem", desk->root);
    write_pem(desk, "issuer.pem", desk->issuer);
    write_pem(desk, "cert.pem", desk->cert);
    add(desk, desk->root);
    add(desk, desk->cert);
    add(desk, desk->issuer);
    return desk;
}

void desk_down(struct desk **desk)
{
    struct desk *gone = *desk;

    desk_sh(gone, "chmod -R u+w . && rm -rf %s", gone->dir);
    kunci_signer_free(&gone->signer);
    X509_free(gone->cert);
    X509_free(gone->issuer);
    X509_free(gone->root);
    EVP_PKEY_free(gone->key);
    EVP_PKEY_free(gone->issuer_key);
    EVP_PKEY_free(gone->root_key);
    free(gone->certs);
    free(gone);
    *desk = NULL;
}

void desk_write(const struct desk *desk, const char *name, size_t len)
{
    static unsigned seed;
    FILE *file = fopen(desk_path(desk, name), "we");
    size_t i;

    must(file != NULL, name);
    for (i = 0; i < len; i++) {
        seed = seed * 1103515245 + 12345;
        putc((int)(seed >> 16 & 0xff), file);
    }
    must(fclose(file) == 0, name);
}

unsigned char *desk_read(const struct desk *desk, const char *name, size_t *len)
{
    FILE *file = fopen(desk_path(desk, name), "re");
    unsigned char *bytes;

    must(file != NULL, name);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*len + 1);
    must(fread(bytes, 1, *len, file) == *len && fclose(file) == 0, name);
    return bytes;
}

int desk_sh(const struct desk *desk, const char *format, ...)
{
    char line[1024], whole[1400];
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    snprintf(whole, sizeof whole, "cd %s && { %s; } >said 2>&1 || { sed 's/^/# /' said; false; }",
             desk->dir, line);
    return system(whole) == 0;
}

enum kunci_rc desk_sign(const struct desk *desk, const struct kunci_sign_options *options,
                        const char *in, const char *out, const char *join, enum kunci_signed *how,
                        struct kunci_err *err)
{
    struct kunci_sign_options all = *options;
    const struct kunci_sign_item item = {
        .in = desk_path(desk, in), .out = desk_path(desk, out), .join = desk_path(desk, join)};
    struct kunci_signing *signing;
    enum kunci_rc rc;

    if (!all.certs) {
        all.certs = desk->certs;
        all.certs_len = desk->certs_len;
    }
    if ((rc = kunci_signing_new(desk->signer, &all, &signing, err)) != KUNCI_OK)
        return rc;
    rc = kunci_sign_file(signing, &item, how, err);
    kunci_signing_free(&signing);
    return rc;
}
