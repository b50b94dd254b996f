#include "lib/apart.h"

#include "token/module.h"
#include "token/worker_inside.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS_MAX = 16 };

static struct kunci_token *token;
static struct kunci_signer *signer;
static unsigned asked_before;

static void must(enum kunci_rc rc, const struct kunci_err *err)
{
    char sentence[1024];

    if (rc == KUNCI_OK)
        return;
    fprintf(stderr, "apart: %s\n", kunci_err_sentence(err, sentence, sizeof sentence));
    abort();
}

void apart_up(struct kunci_module_setting how)
{
    struct kunci_modules_options options = {.settings = &how, .setting_count = 1};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key *key;

    options.path = faulty_prepare();
    options.source = softhsm_pins(faulty_hsm);
    if (!(how.module = strdup(options.path)))
        abort();
    must(kunci_modules_open(&options, &faulty_hsm->modules, &err), &err);
    free(how.module);
    token = softhsm_token(faulty_hsm, 1);
    key = softhsm_key(faulty_hsm, KUNCI_KEY_P256, "tte");
    must(kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err), &err);
    kunci_key_free(&key);
    must(apart_sign(&err), &err);
    apart_asked();
}

void apart_down(void)
{
    faulty_plan("clear\n");
    kunci_signer_free(&signer);
    softhsm_down(&faulty_hsm);
}

struct kunci_token *apart_token(void)
{
    return token;
}

struct worker *apart_worker(void)
{
    return faulty_hsm->modules->modules[0].worker;
}

pid_t apart_pid(void)
{
    return apart_worker()->process.pid;
}

bool apart_is_over(pid_t pid)
{
    char path[64], state = 'Z';
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (!(file = fopen(path, "re")))
        return true;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(file);
    return state == 'Z' || state == 'X';
}

bool apart_ends_within(pid_t pid, int seconds)
{
    const struct timespec nap = {.tv_nsec = 10000000};
    int left;

    for (left = seconds * 100; left > 0 && !apart_is_over(pid); left--)
        nanosleep(&nap, NULL);
    return left > 0;
}

enum kunci_rc apart_sign(struct kunci_err *err)
{
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    size_t len;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return kunci_sign_message(signer, "abc", 3, sig, &len, err);
}

unsigned apart_asked(void)
{
    unsigned now = atomic_load(&faulty_hsm->asked[KUNCI_PIN_USER]), since = now - asked_before;

    asked_before = now;
    return since;
}

static void *sign_often(void *context)
{
    struct apart_signed *done = context;
    struct kunci_err err;
    int i;

    done->good = 0;
    done->err = (struct kunci_err)KUNCI_ERR_INIT;
    for (i = 0; i < done->wanted; i++)
        if (apart_sign(&err) == KUNCI_OK)
            done->good++;
        else
            done->err = err;
    return NULL;
}

void apart_sign_in_threads(struct apart_signed *done, size_t threads)
{
    pthread_t ids[THREADS_MAX];
    size_t i;

    for (i = 0; i < threads; i++)
        if (i == THREADS_MAX || pthread_create(&ids[i], NULL, sign_often, &done[i]) != 0)
            abort();
    for (i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
}
