/* Looking a key up on a token with 1,000 objects: the first time against one bare
 * C_FindObjects pass, later ones against those on a token with 10. */
#include "lib/bare.h"
#include "lib/measure.h"
#include "lib/softhsm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 1000, FEW = 10, ROUNDS = 31, LATER = 200 };

/* The key pair is there already; certificates are what a token fills up with, and
 * data objects cost the same to make and to pass over. */
static void fill(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, int objects)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_OBJECT_HANDLE made;
    char label[32];
    int i;

    for (i = 2; i < objects; i++) {
        CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                                   {CKA_TOKEN, &yes, sizeof yes},
                                   {CKA_PRIVATE, &no, sizeof no},
                                   {CKA_LABEL, label, 0},
                                   {CKA_VALUE, label, 0}};

        template[3].ulValueLen = template[4].ulValueLen =
            (CK_ULONG)snprintf(label, sizeof label, "object-%d", i);
        if (f->C_CreateObject(session, template, 5, &made) != CKR_OK)
            abort();
    }
}

static double look_up(struct kunci_token *token)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key *key;
    double began = measure_wall();

    if (kunci_key_find(token, "tte", &key, &err) != KUNCI_OK)
        abort();
    began = measure_wall() - began;
    kunci_key_free(&key);
    return began;
}

static double bare_pass(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session)
{
    double began = measure_wall();

    bare_find(f, session, CKO_PRIVATE_KEY, "tte");
    return measure_wall() - began;
}

/* A process each: only its first look-up is one. SoftHSM reads its files at the
 * first search, so that a bare pass comes first and is not counted. */
static int first(struct softhsm *hsm)
{
    struct measure measure = {.count = 0};
    int i;

    for (i = 0; i < ROUNDS; i++) {
        const struct kunci_modules_options how = {.path = SOFTHSM_MODULE,
                                                  .source = softhsm_pins(hsm)};
        struct kunci_modules *modules;
        struct kunci_token *token;
        struct kunci_err err = KUNCI_ERR_INIT;
        CK_FUNCTION_LIST *f;
        CK_SESSION_HANDLE session;
        double ours;

        if (kunci_modules_open(&how, &modules, &err) != KUNCI_OK ||
            kunci_token_find(modules, "token-1", KUNCI_BLANK_NEVER, &token, &err) != KUNCI_OK ||
            kunci_token_login(token, NULL, &err) != KUNCI_OK)
            abort();
        f = bare_load(SOFTHSM_MODULE);
        session = bare_session(f, "token-1");
        bare_pass(f, session);
        ours = look_up(token);
        measure_add(&measure, ours, bare_pass(f, session));
        f->C_CloseSession(session);
        kunci_modules_free(&modules);
    }
    return measure_at_most("first look-up among 1000, bare pass (ms)", &measure, 1.3);
}

static void later(struct softhsm *hsm, double *into)
{
    struct kunci_token *token = softhsm_token(hsm, 1);
    int i;

    look_up(token);
    for (i = 0; i < LATER; i++)
        into[i] = look_up(token);
    kunci_modules_free(&hsm->modules);
}

static struct softhsm *token_with(int objects)
{
    struct softhsm *hsm = softhsm_up(1);
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    CK_FUNCTION_LIST *f = bare_load(SOFTHSM_MODULE);
    CK_SESSION_HANDLE session = bare_session(f, "token-1");

    fill(f, session, objects);
    f->C_CloseSession(session);
    kunci_key_free(&key);
    kunci_modules_free(&hsm->modules);
    return hsm;
}

int main(void)
{
    static double many[LATER], few[LATER];
    struct measure measure = {.count = 0};
    struct softhsm *hsm = token_with(FEW);
    int kept, i;

    later(hsm, few);
    softhsm_down(&hsm);
    hsm = token_with(MANY);
    kept = first(hsm);
    later(hsm, many);
    softhsm_down(&hsm);
    for (i = 0; i < LATER; i++)
        measure_add(&measure, many[i], few[i]);
    return !(measure_at_most("later look-ups among 1000, among 10 (ms)", &measure, 3) && kept);
}
