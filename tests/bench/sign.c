/* Signing through the signer against a bare C_Sign loop on the same module: how many
 * signatures a second, by one thread and by four. */
#include "lib/bare.h"
#include "lib/measure.h"
#include "lib/softhsm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 101, THREADS_MAX = 4, DIGEST = 32 };

struct bench {
    CK_FUNCTION_LIST *f;
    struct kunci_signer *signer;
    const char *label;
    CK_MECHANISM_TYPE mechanism;
    int signatures; /* by each thread in a round */
    pthread_barrier_t start;
    CK_SESSION_HANDLE sessions[THREADS_MAX]; /* of the bare loop */
    CK_OBJECT_HANDLE key;
};

struct thread {
    struct bench *bench;
    int number;
    pthread_t id;
};

static void *ours(void *context)
{
    const struct thread *thread = context;
    unsigned char digest[DIGEST] = {1}, sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t len;
    int i;

    pthread_barrier_wait(&thread->bench->start);
    for (i = 0; i < thread->bench->signatures; i++)
        if (thread->bench->signer->sign(thread->bench->signer, digest, sizeof digest, sig, &len,
                                        &err) != KUNCI_OK)
            abort();
    return NULL;
}

/* What C_Sign needs of an RSA key is the same DigestInfo that the signer makes. */
static void *theirs(void *context)
{
    static const unsigned char info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                         0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    const struct thread *thread = context;
    const struct bench *bench = thread->bench;
    unsigned char in[sizeof info + DIGEST] = {0};
    size_t skip = bench->mechanism == CKM_RSA_PKCS ? 0 : sizeof info;
    int i;

    memcpy(in, info, sizeof info);
    in[sizeof info] = 1; /* the same digest */
    pthread_barrier_wait(&thread->bench->start);
    for (i = 0; i < bench->signatures; i++)
        bare_sign(bench->f, bench->sessions[thread->number], bench->key, bench->mechanism,
                  in + skip, sizeof in - skip);
    return NULL;
}

/* Signatures a second. */
static double run(struct bench *bench, int count, void *(*work)(void *))
{
    struct thread threads[THREADS_MAX];
    double began;
    int i;

    pthread_barrier_init(&bench->start, NULL, (unsigned)count + 1);
    for (i = 0; i < count; i++) {
        threads[i] = (struct thread){.bench = bench, .number = i};
        if (pthread_create(&threads[i].id, NULL, work, &threads[i]) != 0)
            abort();
    }
    pthread_barrier_wait(&bench->start);
    began = measure_wall();
    for (i = 0; i < count; i++)
        pthread_join(threads[i].id, NULL);
    pthread_barrier_destroy(&bench->start);
    return count * bench->signatures / (measure_wall() - began) * 1e3;
}

static int compare(struct bench *bench, int threads)
{
    struct measure measure = {.count = 0};
    char name[64];
    int i;

    for (i = 0; i < ROUNDS; i++) { /* each goes first as often as the other */
        double floor = i % 2 ? run(bench, threads, theirs) : 0;
        double signer = run(bench, threads, ours);

        measure_add(&measure, signer, i % 2 ? floor : run(bench, threads, theirs));
    }
    snprintf(name, sizeof name, "sign %s, %d thread%s (a second)", bench->label, threads,
             threads > 1 ? "s" : "");
    return measure_at_least(name, &measure, 0.95);
}

static int bench_key(struct softhsm *hsm, CK_FUNCTION_LIST *f, enum kunci_key_type type,
                     CK_MECHANISM_TYPE mechanism, int signatures)
{
    struct kunci_key *key = softhsm_key(hsm, type, kunci_key_type_name(type));
    struct bench bench = {.f = f,
                          .label = kunci_key_type_name(type),
                          .mechanism = mechanism,
                          .signatures = signatures};
    struct kunci_err err = KUNCI_ERR_INIT;
    int kept, i;

    if (kunci_key_signer(key, KUNCI_ALG_NONE, &bench.signer, &err) != KUNCI_OK)
        abort();
    for (i = 0; i < THREADS_MAX; i++)
        bench.sessions[i] = bare_session(f, "token-1");
    bench.key = bare_find(f, bench.sessions[0], CKO_PRIVATE_KEY, bench.label);
    kept = compare(&bench, 1);
    kept &= compare(&bench, 4);
    for (i = 0; i < THREADS_MAX; i++)
        f->C_CloseSession(bench.sessions[i]);
    kunci_signer_free(&bench.signer);
    kunci_key_free(&key);
    return kept;
}

int main(void)
{
    struct softhsm *hsm = softhsm_up(1);
    CK_FUNCTION_LIST *f = (softhsm_open(hsm), bare_load(SOFTHSM_MODULE));
    int kept = bench_key(hsm, f, KUNCI_KEY_P256, CKM_ECDSA, 120);

    kept &= bench_key(hsm, f, KUNCI_KEY_RSA2048, CKM_RSA_PKCS, 20);
    softhsm_down(&hsm);
    return !kept;
}
