/* What the authority does beside its token: OCSP answers signed ahead, and certificates
 * issued in a transaction each, against C_Sign alone by the same key; a revocation list of a
 * million entries, which takes no more memory than a short one.
 *
 *   ocspd */
#include "ams/ocspd.h"
#include "ams/crld.h"
#include "ams/meta.h"
#include "lib/bare.h"
#include "lib/measure.h"
#include "lib/place.h"
#include "lib/small_ca.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ROUNDS = 31, BATCH = 250, FEW = 20, DIGEST = 32, MILLION = 1000000 };

static void must(enum kunci_rc rc, const char *what, const struct kunci_err *err)
{
    if (rc == KUNCI_OK)
        return;
    fprintf(stderr, "%s: %s: %s: %s\n", what, kunci_err_name(rc), err->about, err->detail);
    exit(1);
}

/* So many rows, of certificates that nobody made. */
static void fill(int from, int count, const char *status)
{
    static const unsigned char der[900];
    struct kunci_err err = KUNCI_ERR_INIT;
    int i;

    must(store_begin(small_ca_store, &err), "begin", &err);
    for (i = from; i < from + count; i++) {
        char serial[CA_SERIAL];

        snprintf(serial, sizeof serial, "%08x%032x", 0x40000000U + (unsigned)i, (unsigned)i);
        must(store_do(small_ca_store,
                      "INSERT INTO certificates (serial, profile, subject, key_hash, der, "
                      "not_before, not_after, status, revoked_at, reason, issued_at) VALUES "
                      "($1, 'holder', 'C=ID, O=Dinas, CN=Budi', $2, $3, 0, 9000000000, $4, "
                      "1790000000, 4, 0)",
                      VALUES(OF_TEXT(serial), OF_BLOB(serial, 32), OF_BLOB(der, sizeof der),
                             OF_TEXT(status)),
                      &err),
             "insert", &err);
    }
    must(store_commit(small_ca_store, &err), "commit", &err);
}

/* ---- C_Sign ---- */

struct floor {
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
};

static struct floor floor_of(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct floor floor = {.f = bare_load(SOFTHSM_MODULE)};
    char *labels, label[64];

    must(meta_text(small_ca_store, "ca_labels", &labels, &err), "labels", &err);
    snprintf(label, sizeof label, "kunci-issuing-%s", labels);
    floor.session = bare_session(floor.f, "token-1");
    floor.key = bare_find(floor.f, floor.session, CKO_PRIVATE_KEY, label);
    free(labels);
    return floor;
}

/* Signatures a second. */
static double sign(const struct floor *floor, int count)
{
    unsigned char digest[DIGEST] = {1};
    double began = measure_wall();
    int i;

    for (i = 0; i < count; i++)
        bare_sign(floor->f, floor->session, floor->key, CKM_ECDSA, digest, sizeof digest);
    return count / (measure_wall() - began) * 1e3;
}

/* The same, and after each as much as a transaction writes brought to the disk. */
static double sign_and_write(const struct floor *floor, int count)
{
    static const char page[3 * 4096];
    unsigned char digest[DIGEST] = {1};
    int fd = open("written", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), i;
    double began = measure_wall();

    for (i = 0; i < count; i++) {
        bare_sign(floor->f, floor->session, floor->key, CKM_ECDSA, digest, sizeof digest);
        if (write(fd, page, sizeof page) != sizeof page || fdatasync(fd) != 0)
            exit(1);
    }
    close(fd);
    return count / (measure_wall() - began) * 1e3;
}

/* ---- ours ---- */

static double sign_ahead(struct ocspd *ocspd, int64_t now)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    double began = measure_wall();
    size_t done;

    must(ocspd_ahead(ocspd, small_ca_store, now, BATCH, &done, &err), "ocspd_ahead", &err);
    if (done != BATCH)
        exit(1);
    return BATCH / (measure_wall() - began) * 1e3;
}

static double issue(const unsigned char *request, size_t len, int count)
{
    const struct ca_order order = {
        .profile = "holder", .csr = request, .csr_len = len, .now = small_ca_now()};
    struct kunci_err err = KUNCI_ERR_INIT;
    double began = measure_wall();
    struct ca_issued issued;
    int i;

    for (i = 0; i < count; i++) {
        must(store_begin(small_ca_store, &err), "begin", &err);
        must(ca_issue(small_ca, small_ca_store, &order, &issued, &err), "ca_issue", &err);
        must(store_commit(small_ca_store, &err), "commit", &err);
        free(issued.der);
    }
    return count / (measure_wall() - began) * 1e3;
}

static int compare_ahead(const struct floor *floor)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct measure measure = {.count = 0};
    struct ocspd *ocspd;
    int i;

    must(ocspd_new(small_ca, &ocspd, &err), "ocspd_new", &err);
    for (i = 0; i < ROUNDS; i++)
        measure_add(&measure, sign_ahead(ocspd, small_ca_now()), sign(floor, BATCH));
    ocspd_free(&ocspd);
    /* Of the rest the greater part proves each signature before it is given out. */
    return measure_at_least("OCSP signed ahead, C_Sign (a second)", &measure, 0.35);
}

static int compare_issue(const struct floor *floor)
{
    struct measure measure = {.count = 0};
    size_t len;
    unsigned char *request =
        small_ca_request("C=ID, O=Dinas Contoh, CN=Budi Santoso, E=budi@contoh.go.id", NULL, &len);
    int i;

    for (i = 0; i < ROUNDS; i++)
        measure_add(&measure, issue(request, len, FEW), sign_and_write(floor, FEW));
    free(request);
    return measure_at_least("issued, C_Sign and fsync (a second)", &measure, 0.25);
}

/* Kilobytes that the process ever held. */
static long held(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

/* Told, and held to its memory. */
static int tell_list(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    double began, took;
    long before;

    fill(10000, MILLION, "revoked");
    before = held();
    began = measure_wall();
    must(crld_make(small_ca, small_ca_store, CRLD_ISSUING, small_ca_now(), ".", NULL, &err),
         "crld_make", &err);
    took = measure_wall() - began;
    printf("%-44s %10.0f ms, %ld KB more\n", "a revocation list of a million", took,
           held() - before);
    return held() - before > 8192;
}

int main(void)
{
    struct floor floor;
    int missed;

    small_ca_up(NULL);
    fill(0, 10000, "active");
    floor = floor_of();
    missed = compare_ahead(&floor);
    missed |= compare_issue(&floor);
    missed |= tell_list();
    small_ca_down(NULL);
    return missed;
}
