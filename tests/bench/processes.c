/* Whole commands against peers, in turn: starting up, and making a request.
 *
 *   processes KUNCI CSR_FLOOR */
#include "lib/measure.h"
#include "lib/softhsm.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 101 };

static int compare(const char *name, const char *const *ours, const char *const *theirs,
                   double limit)
{
    struct measure measure = {.count = 0};
    int i;

    for (i = 0; i < ROUNDS; i++) {
        double first = measure_command(ours);

        measure_add(&measure, first, measure_command(theirs));
    }
    return measure_at_most(name, &measure, limit);
}

static int compare_start(const char *kunci)
{
    const char *const ours[] = {kunci, "--module", SOFTHSM_MODULE, "token", "list", "--json", NULL};
    const char *const theirs[] = {"pkcs11-tool", "--module", SOFTHSM_MODULE, "-L", NULL};

    return compare("token list, pkcs11-tool -L (ms)", ours, theirs, 1.3);
}

static int compare_request(const char *kunci, const char *floor, const char *dir)
{
    char pin[128], out[128];
    const char *const ours[] = {kunci,
                                "--module",
                                SOFTHSM_MODULE,
                                "csr",
                                "new",
                                "--token",
                                "token-1",
                                "--key",
                                "tte",
                                "--pin-file",
                                pin,
                                "--output",
                                out,
                                "--force",
                                "--subject",
                                "C=ID, O=Dinas Contoh, CN=Budi Santoso",
                                NULL};
    const char *const theirs[] = {floor, SOFTHSM_MODULE, "token-1", pin, "tte", out, NULL};
    FILE *file;

    snprintf(pin, sizeof pin, "%s/pin", dir);
    snprintf(out, sizeof out, "%s/out.pem", dir);
    if (!(file = fopen(pin, "we")) || fputs(SOFTHSM_PIN "\n", file) < 0 || fclose(file) != 0)
        abort();
    return compare("csr new, the same in one C program (ms)", ours, theirs, 1.15);
}

int main(int argc, char **argv)
{
    struct softhsm *hsm = softhsm_up(1);
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    int kept;

    if (argc != 3)
        return 2;
    kunci_key_free(&key);
    kunci_modules_free(&hsm->modules);
    kept = compare_start(argv[1]);
    kept &= compare_request(argv[1], argv[2], hsm->dir);
    softhsm_down(&hsm);
    return !kept;
}
