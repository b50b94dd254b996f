/* Files signed by the command, against a program that only reads, hashes, signs and
 * writes: one file a process, a thousand in one, one that is large; and the memory that
 * a large one takes.
 *
 *   sign_files KUNCI SIGN_FLOOR */
#include "lib/certified.h"
#include "lib/measure.h"
#include "lib/soft_signer.h"
#include "lib/softhsm.h"

#include <kunci.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ONES = 51, BATCHES = 5, LARGES = 3, FILES = 1000, SIZE = 100000, MEMORY_MB = 32 };
static const uint64_t large = 1000000000;

static struct softhsm *hsm;
static const char *kunci, *floor_program;
static char pin[128], dir[128], big[128];
static char names[FILES][160], outs[2][FILES][176]; /* and what both make of them */

static void must(int done, const char *what)
{
    if (!done) {
        perror(what);
        exit(1);
    }
}

static void write_file(const char *name, uint64_t len)
{
    static unsigned char bytes[SIZE];
    FILE *file = fopen(name, "we");
    uint64_t done;
    size_t i;

    for (i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)random();
    must(file != NULL, name);
    for (done = 0; done < len; done += SIZE)
        must(fwrite(bytes, 1, SIZE, file) == SIZE, name);
    must(fclose(file) == 0, name);
}

/* A key on the token and its certificate, by an issuer in software. */
static void make_key(enum kunci_key_type type)
{
    static const struct certified how = {"Budi Santoso", 0, 86400, "digitalSignature", NULL};
    struct kunci_key *key = softhsm_key(hsm, type, kunci_key_type_name(type));
    EVP_PKEY *public = NULL, *issuer_key = soft_key(KUNCI_KEY_P256);
    static const struct certified ca = {"CA Contoh", 0, 86400, "keyCertSign", "critical,CA:TRUE"};
    X509 *issuer = certified(&ca, issuer_key, NULL, NULL), *cert;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert *written;
    unsigned char *der = NULL;
    int len;

    must(kunci_key_evp(key, KUNCI_EVP_PROVIDER, &public, &err) == KUNCI_OK, "kunci_key_evp");
    cert = certified(&how, public, issuer, issuer_key);
    len = i2d_X509(cert, &der);
    must(kunci_cert_import(softhsm_token(hsm, 1), der, (size_t)len, &written, &err) == KUNCI_OK,
         "kunci_cert_import");
    kunci_cert_free(&written);
    OPENSSL_free(der);
    X509_free(cert);
    X509_free(issuer);
    EVP_PKEY_free(public);
    EVP_PKEY_free(issuer_key);
    kunci_key_free(&key);
}

/* ---- command lines ---- */

static size_t ours_line(const char **argv, const char *key, const char *jobs)
{
    const char *const fixed[] = {
        kunci,        "--module", SOFTHSM_MODULE, "sign", "--token", "token-1", "--key", key,
        "--pin-file", pin,        "--jobs",       jobs,   "--force", "-q"};

    memcpy(argv, fixed, sizeof fixed);
    return sizeof fixed / sizeof *fixed;
}

static size_t floor_line(const char **argv, const char *key, const char *jobs, const char *bytes)
{
    const char *const fixed[] = {floor_program, SOFTHSM_MODULE, "token-1", pin, key,
                                 key,           bytes,          jobs};

    memcpy(argv, fixed, sizeof fixed);
    return sizeof fixed / sizeof *fixed;
}

static void add_files(const char **argv, size_t at, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        argv[at + i] = names[i];
    argv[at + count] = NULL;
}

/* The outputs of before are gone: each round makes its own. */
static void clean(void)
{
    int i;

    for (i = 0; i < FILES; i++) {
        unlink(outs[0][i]);
        unlink(outs[1][i]);
    }
}

static int compare(const char *key, const char *jobs, size_t count, int rounds, double limit)
{
    static const char *ours[FILES + 32], *theirs[FILES + 32];
    struct measure measure = {.count = 0};
    char name[64], bytes[32];
    struct stat about;
    int i;

    add_files(ours, ours_line(ours, key, jobs), count);
    measure_command(ours); /* for the size, and to have all of it in memory */
    must(stat(outs[0][0], &about) == 0, outs[0][0]);
    snprintf(bytes, sizeof bytes, "%ld", (long)about.st_size);
    add_files(theirs, floor_line(theirs, key, jobs, bytes), count);
    for (i = 0; i < rounds; i++) {
        double first;

        clean();
        first = i % 2 ? measure_command(theirs) : measure_command(ours);
        measure_add(&measure, i % 2 ? measure_command(ours) : first,
                    i % 2 ? first : measure_command(theirs));
    }
    snprintf(name, sizeof name, "sign %s, %zu file%s, %s job%s (ms)", key, count,
             count > 1 ? "s" : "", jobs, *jobs > '1' ? "s" : "");
    return measure_at_most(name, &measure, limit);
}

/* ---- a large one ---- */

static int compare_large(void)
{
    const char *ours[32];
    const char *const theirs[] = {"openssl", "dgst", "-sha256", big, NULL};
    struct measure measure = {.count = 0};
    size_t at = ours_line(ours, "p256", "1");
    int i;

    ours[at] = big;
    ours[at + 1] = NULL;
    for (i = 0; i < LARGES; i++) {
        double first = measure_command(ours);

        measure_add(&measure, first, measure_command(theirs));
    }
    return measure_at_most("sign 1 GB, openssl dgst -sha256 (ms)", &measure, 1.2);
}

/* The most memory that it had at once, in megabytes. */
static double memory_of(const char *const *argv)
{
    struct rusage used;
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    must(child > 0 && wait4(child, &status, 0, &used) == child && status == 0, argv[0]);
    return (double)used.ru_maxrss / 1024;
}

static int limit_memory(const char *name, const char *extra)
{
    struct measure measure = {.count = 0};
    const char *ours[32];
    size_t at = ours_line(ours, "p256", "1");

    ours[at++] = big;
    ours[at++] = extra;
    ours[at] = NULL;
    measure_add(&measure, memory_of(ours), MEMORY_MB);
    return measure_at_most(name, &measure, 1);
}

int main(int argc, char **argv)
{
    int kept = 1, i;

    if (argc != 3)
        return 2;
    kunci = argv[1];
    floor_program = argv[2];
    hsm = softhsm_up(1);
    make_key(KUNCI_KEY_P256);
    make_key(KUNCI_KEY_RSA2048);
    kunci_modules_free(&hsm->modules);
    snprintf(pin, sizeof pin, "%s/pin", hsm->dir);
    snprintf(dir, sizeof dir, "%s/files", hsm->dir);
    snprintf(big, sizeof big, "%s/big", hsm->dir);
    must(mkdir(dir, 0700) == 0, dir);
    for (i = 0; i < FILES; i++) {
        snprintf(names[i], sizeof names[i], "%s/%d", dir, i);
        snprintf(outs[0][i], sizeof outs[0][i], "%s.p7s", names[i]);
        snprintf(outs[1][i], sizeof outs[1][i], "%s.floor", names[i]);
        write_file(names[i], SIZE);
    }
    {
        FILE *file = fopen(pin, "we");

        must(file && fputs(SOFTHSM_PIN "\n", file) >= 0 && fclose(file) == 0, pin);
    }
    kept &= compare("p256", "1", 1, ONES, 1.15);
    kept &= compare("rsa2048", "1", 1, ONES, 1.15);
    kept &= compare("rsa2048", "1", FILES, BATCHES, 1.15);
    kept &= compare("rsa2048", "2", FILES, BATCHES, 1.15);
    kept &= compare("p256", "1", FILES, BATCHES, 1.4);
    kept &= compare("p256", "2", FILES, BATCHES, 1.4);
    write_file(big, large);
    kept &= compare_large();
    kept &= limit_memory("sign 1 GB, memory, the limit (MB)", NULL);
    kept &= limit_memory("sign 1 GB attached, memory, the limit (MB)", "--attached");
    softhsm_down(&hsm);
    return !kept;
}
