/* A CRL of a million entries: read, proved and searched, against OpenSSL's own reading of
 * it; and the memory that each takes for it at most. */
#include "trust/crl.h"
#include "base/der.h"
#include "lib/measure.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENTRIES = 1000000, ROUNDS = 5, SERIAL = 20 };

static const unsigned char ecdsa_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                             0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

/* Twenty bytes, as authorities make them; the first keeps it positive. */
static void serial_of(unsigned i, unsigned char *serial)
{
    memset(serial, 0x5a, SERIAL);
    memcpy(serial + 1, &i, sizeof i);
    serial[SERIAL - 1] = (unsigned char)(i * 31);
}

static void add_entries(struct buf *to)
{
    struct buf entry = {0}, all = {0};
    unsigned char serial[SERIAL];
    unsigned i;

    for (i = 0; i < ENTRIES; i++) {
        serial_of(i, serial);
        entry.len = 0;
        der_put(&entry, V_ASN1_INTEGER, serial, sizeof serial);
        der_put(&entry, V_ASN1_UTCTIME, "261101000000Z", 13);
        der_wrap(&all, DER_SEQUENCE, &entry);
    }
    der_wrap(to, DER_SEQUENCE, &all);
    buf_clear(&entry);
    buf_clear(&all);
}

static struct buf make(EVP_PKEY *key)
{
    struct buf inside = {0}, to_sign = {0}, whole = {0}, list = {0};
    unsigned char signature[128] = {0};
    size_t len = sizeof signature - 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    der_put(&inside, V_ASN1_INTEGER, "\1", 1);
    buf_add(&inside, ecdsa_sha256, sizeof ecdsa_sha256);
    der_put(&inside, DER_SEQUENCE, "", 0);
    der_put(&inside, V_ASN1_UTCTIME, "261101000000Z", 13);
    der_put(&inside, V_ASN1_UTCTIME, "361101000000Z", 13);
    add_entries(&inside);
    der_wrap(&to_sign, DER_SEQUENCE, &inside);
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature + 1, &len, (unsigned char *)to_sign.data, to_sign.len) !=
            1)
        abort();
    EVP_MD_CTX_free(context);
    buf_add(&whole, to_sign.data, to_sign.len);
    buf_add(&whole, ecdsa_sha256, sizeof ecdsa_sha256);
    der_put(&whole, V_ASN1_BIT_STRING, signature, len + 1);
    der_wrap(&list, DER_SEQUENCE, &whole);
    buf_clear(&inside);
    buf_clear(&to_sign);
    buf_clear(&whole);
    return list;
}

static ASN1_INTEGER *last_serial(void)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    unsigned char serial[SERIAL];

    serial_of(ENTRIES - 1, serial);
    ASN1_STRING_set(number, serial, sizeof serial);
    return number;
}

static void ours(const struct buf *list, EVP_PKEY *key)
{
    bool no_memory;
    struct crl *crl = crl_read(list->data, list->len, &no_memory);
    ASN1_INTEGER *serial = last_serial();
    struct crl_entry entry;

    if (!crl || !crl_signed_by(crl, key) ||
        crl_find(crl, crl->issuer, serial, &entry) != CRL_LISTED)
        abort();
    crl_free(&crl);
    ASN1_INTEGER_free(serial);
}

static void theirs(const struct buf *list, EVP_PKEY *key)
{
    const unsigned char *p = (const unsigned char *)list->data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)list->len);
    ASN1_INTEGER *serial = last_serial();
    X509_REVOKED *entry;

    if (!crl || X509_CRL_verify(crl, key) != 1 || X509_CRL_get0_by_serial(crl, &entry, serial) != 1)
        abort();
    X509_CRL_free(crl);
    ASN1_INTEGER_free(serial);
}

/* MiB beyond what is there already, at most; a process of its own tells. */
static double memory_of(void (*work)(const struct buf *, EVP_PKEY *), const struct buf *list,
                        EVP_PKEY *key)
{
    long kib[2] = {0}, *to = kib;
    char line[128];
    int ends[2], when;
    FILE *status;
    double more;
    pid_t child;

    if (pipe(ends) != 0 || (child = fork()) < 0)
        abort();
    for (when = 0; child == 0 && when < 2; when++) {
        if (when == 1)
            work(list, key);
        status = fopen("/proc/self/status", "re");
        while (status && fgets(line, sizeof line, status))
            sscanf(line, when ? "VmHWM: %ld" : "VmRSS: %ld", to + when);
        if (status)
            fclose(status);
    }
    if (child == 0)
        _exit(write(ends[1], kib, sizeof kib) != (ssize_t)sizeof kib);
    if (read(ends[0], kib, sizeof kib) != (ssize_t)sizeof kib)
        abort();
    waitpid(child, NULL, 0);
    close(ends[0]);
    close(ends[1]);
    more = (double)(kib[1] - kib[0]) / 1024;
    return more;
}

int main(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    struct buf list = make(key);
    static struct measure time, memory;
    int i, kept;

    measure_add(&memory, memory_of(ours, &list, key), memory_of(theirs, &list, key));
    for (i = 0; i < ROUNDS; i++) {
        double start = measure_wall(), middle;

        ours(&list, key);
        middle = measure_wall();
        theirs(&list, key);
        measure_add(&time, middle - start, measure_wall() - middle);
    }
    kept = measure_at_most("CRL of a million entries, ms, OpenSSL", &time, 1.0);
    kept &= measure_at_most("  its memory, MiB, OpenSSL", &memory, 1.0);
    printf("  its size: %zu MiB\n", list.len >> 20);
    buf_clear(&list);
    EVP_PKEY_free(key);
    return !kept;
}
