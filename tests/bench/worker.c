/* What a process of its own costs: signing through it against signing in this
 * process, with the same module and the same keys; and starting it.
 *
 *   worker KUNCI */
#include "lib/measure.h"
#include "lib/softhsm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 101, STARTS = 50, THREADS_MAX = 4, DIGEST = 32 };

struct side {
    struct kunci_signer *signer;
    int signatures; /* by each thread in a round */
    pthread_barrier_t start;
};

static void *sign(void *context)
{
    struct side *side = context;
    unsigned char digest[DIGEST] = {1}, sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    size_t len;
    int i;

    pthread_barrier_wait(&side->start);
    for (i = 0; i < side->signatures; i++)
        if (side->signer->sign(side->signer, digest, sizeof digest, sig, &len, &err) != KUNCI_OK)
            abort();
    return NULL;
}

/* Signatures a second. */
static double run(struct side *side, int threads)
{
    pthread_t ids[THREADS_MAX];
    double began;
    int i;

    pthread_barrier_init(&side->start, NULL, (unsigned)threads + 1);
    for (i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, sign, side) != 0)
            abort();
    pthread_barrier_wait(&side->start);
    began = measure_wall();
    for (i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    pthread_barrier_destroy(&side->start);
    return threads * side->signatures / (measure_wall() - began) * 1e3;
}

static struct kunci_signer *signer_of(struct kunci_modules *modules, const char *label)
{
    struct kunci_token *token;
    struct kunci_key *key = NULL;
    struct kunci_signer *signer;
    struct kunci_err err = KUNCI_ERR_INIT;

    if (kunci_token_find(modules, "token-1", KUNCI_BLANK_NEVER, &token, &err) != KUNCI_OK ||
        kunci_key_find(token, label, &key, &err) != KUNCI_OK ||
        kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err) != KUNCI_OK)
        abort();
    kunci_key_free(&key);
    return signer;
}

static int compare(struct kunci_modules *apart, struct kunci_modules *here, const char *label,
                   int signatures, int threads, double limit)
{
    struct side ours = {.signer = signer_of(apart, label), .signatures = signatures};
    struct side theirs = {.signer = signer_of(here, label), .signatures = signatures};
    struct measure measure = {.count = 0};
    char name[64];
    int i;

    for (i = 0; i < ROUNDS; i++)
        measure_add(&measure, run(&ours, threads), run(&theirs, threads));
    snprintf(name, sizeof name, "worker %s, %d thread%s (a second)", label, threads,
             threads > 1 ? "s" : "");
    kunci_signer_free(&ours.signer);
    kunci_signer_free(&theirs.signer);
    return measure_at_least(name, &measure, limit);
}

static void write_config(const char *path, const char *more)
{
    FILE *file = fopen(path, "we");

    if (!file || fprintf(file, "module: %s\n%s", SOFTHSM_MODULE, more) < 0 || fclose(file) != 0)
        abort();
}

static int compare_start(const char *kunci, const char *dir)
{
    char apart[128], here[128];
    const char *const ours[] = {kunci, "--config", apart, "token", "list", NULL};
    const char *const theirs[] = {kunci, "--config", here, "--in-process", "token", "list", NULL};
    struct measure measure = {.count = 0};
    int i;

    snprintf(apart, sizeof apart, "%s/apart.yaml", dir);
    snprintf(here, sizeof here, "%s/here.yaml", dir);
    write_config(apart, "modules: {libsofthsm2.so: {isolation: process}}\n");
    write_config(here, "");
    for (i = 0; i < STARTS; i++) {
        double first = measure_command(ours);

        measure_add(&measure, first, measure_command(theirs));
    }
    return measure_at_most_more("worker token list, --in-process (ms)", &measure, 4);
}

int main(int argc, char **argv)
{
    struct softhsm *hsm = softhsm_up(1);
    const struct kunci_modules_options how = {
        .path = SOFTHSM_MODULE, .isolation = KUNCI_ISOLATION_PROCESS, .source = softhsm_pins(hsm)};
    struct kunci_key *ec = softhsm_key(hsm, KUNCI_KEY_P256, "p256");
    struct kunci_key *rsa = softhsm_key(hsm, KUNCI_KEY_RSA2048, "rsa2048");
    struct kunci_modules *here = softhsm_open(hsm), *apart;
    struct kunci_err err = KUNCI_ERR_INIT;
    int kept;

    if (argc != 2)
        return 2;
    if (kunci_modules_open(&how, &apart, &err) != KUNCI_OK)
        abort();
    kept = compare(apart, here, "p256", 120, 1, 0.6);
    kept &= compare(apart, here, "p256", 120, 4, 0.6);
    kept &= compare(apart, here, "rsa2048", 20, 1, 0.9);
    kept &= compare(apart, here, "rsa2048", 20, 4, 0.9);
    kunci_modules_free(&apart);
    kunci_key_free(&ec);
    kunci_key_free(&rsa);
    kunci_modules_free(&hsm->modules);
    kept &= compare_start(argv[1], hsm->dir);
    softhsm_down(&hsm);
    return !kept;
}
