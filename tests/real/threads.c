/* threads COUNT SIGNATURES: as many threads sign by one key at once. Prints "yes", or
 * the name of the first error. */
#include "real/client.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MAX = 64 };

static struct kunci_signer *signer;
static atomic_uint first_error;
static int signatures;

static void *sign(void *context)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned none = KUNCI_OK;
    int i;

    (void)context;
    for (i = 0; i < signatures; i++)
        if (!client_sign(signer, &err)) {
            atomic_compare_exchange_strong(&first_error, &none, err.rc);
            break;
        }
    return NULL;
}

int main(int argc, char **argv)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct client client = {.modules = NULL};
    pthread_t threads[THREADS_MAX];
    struct kunci_key *key;
    int count, i;

    if (argc != 3 || (count = atoi(argv[1])) < 1 || count > THREADS_MAX)
        return 2;
    signatures = atoi(argv[2]);
    client_open(&client, 60);
    key = client_key(&client, &err);
    if (!key || kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err) != KUNCI_OK) {
        puts(kunci_err_name(err.rc));
        return 0;
    }
    for (i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, sign, NULL) != 0)
            return 1;
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    puts(first_error == KUNCI_OK ? "yes" : kunci_err_name(first_error));
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    client_close(&client);
    return 0;
}
