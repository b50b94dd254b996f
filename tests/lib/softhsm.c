#include "lib/softhsm.h"

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("softhsm: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

static void must(enum kunci_rc rc, const char *what, const struct kunci_err *err)
{
    char sentence[512];

    if (rc != KUNCI_OK)
        give_up("%s: %s", what, kunci_err_sentence(err, sentence, sizeof sentence));
}

static void write_configuration(const char *dir)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/tokens", dir);
    if (mkdir(path, 0700) != 0)
        give_up("cannot make %s", path);
    snprintf(path, sizeof path, "%s/softhsm2.conf", dir);
    file = fopen(path, "w");
    if (!file)
        give_up("cannot write %s", path);
    fprintf(file,
            "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n",
            dir);
    if (fclose(file) != 0 || setenv("SOFTHSM2_CONF", path, 1) != 0)
        give_up("cannot use %s", path);
}

/* By SoftHSM's own tool, so that a test of kunci does not rest on kunci. */
static void make_token(int number)
{
    char label[24];
    const char *const argv[] = {"softhsm2-util", "--init-token", "--free",   "--label",      label,
                                "--pin",         SOFTHSM_PIN,    "--so-pin", SOFTHSM_SO_PIN, NULL};
    posix_spawn_file_actions_t quiet;
    int status = -1;
    pid_t child;

    snprintf(label, sizeof label, "token-%d", number);
    if (posix_spawn_file_actions_init(&quiet) != 0 ||
        posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
        posix_spawnp(&child, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
        give_up("softhsm2-util cannot be run");
    posix_spawn_file_actions_destroy(&quiet);
    if (waitpid(child, &status, 0) != child || status != 0)
        give_up("softhsm2-util made no token");
}

struct softhsm *softhsm_up(int tokens)
{
    struct softhsm *hsm = calloc(1, sizeof *hsm);
    int i;

    if (!hsm)
        give_up("no memory");
    snprintf(hsm->dir, sizeof hsm->dir, "/tmp/kunci-test-XXXXXX");
    if (!mkdtemp(hsm->dir))
        give_up("no temporary folder");
    write_configuration(hsm->dir);
    for (i = 1; i <= tokens; i++)
        make_token(i);

    if (getenv("KUNCI_TEST_ISOLATION"))
        hsm->isolation = KUNCI_ISOLATION_PROCESS;
    hsm->pin[KUNCI_PIN_USER] = hsm->pin[KUNCI_PIN_AGAIN] = SOFTHSM_PIN;
    hsm->pin[KUNCI_PIN_SO] = SOFTHSM_SO_PIN;
    hsm->pin[KUNCI_PIN_NEW_USER] = SOFTHSM_NEW_PIN;
    hsm->pin[KUNCI_PIN_NEW_SO] = SOFTHSM_NEW_SO_PIN;
    return hsm;
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

void softhsm_down(struct softhsm **hsm)
{
    if (!*hsm)
        return;
    kunci_modules_free(&(*hsm)->modules);
    if (nftw((*hsm)->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        give_up("cannot remove %s", (*hsm)->dir);
    free(*hsm);
    *hsm = NULL;
}

static enum kunci_rc answer(void *context, const struct kunci_pin_ask *what,
                            struct kunci_secret **out, struct kunci_err *err)
{
    struct softhsm *hsm = context;
    const char *pin = hsm->pin[what->kind];
    char copy[64];

    *out = NULL;
    atomic_fetch_add(&hsm->asked[what->kind], 1);
    if (!pin) {
        err->rc = KUNCI_PIN_REQUIRED;
        return err->rc;
    }
    snprintf(copy, sizeof copy, "%s", pin);
    return kunci_secret_take(copy, strlen(copy), out, err);
}

struct kunci_pin_source softhsm_pins(struct softhsm *hsm)
{
    struct kunci_pin_source source = {.ask = answer, .context = hsm, .last_try = hsm->last_try};

    return source;
}

struct kunci_modules *softhsm_open(struct softhsm *hsm)
{
    const struct kunci_modules_options how = {
        .path = SOFTHSM_MODULE, .isolation = hsm->isolation, .source = softhsm_pins(hsm)};
    struct kunci_err err = KUNCI_ERR_INIT;

    if (!hsm->modules)
        must(kunci_modules_open(&how, &hsm->modules, &err), SOFTHSM_MODULE, &err);
    return hsm->modules;
}

struct kunci_token *softhsm_token(struct softhsm *hsm, int number)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_token *token = NULL;
    char label[24];

    snprintf(label, sizeof label, "token-%d", number);
    must(kunci_token_find(softhsm_open(hsm), label, false, &token, &err), label, &err);
    return token;
}

struct kunci_key *softhsm_key(struct softhsm *hsm, enum kunci_key_type type, const char *label)
{
    struct kunci_token *token = softhsm_token(hsm, 1);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key *key = NULL;

    must(kunci_key_new(token, type, label, &key, &err), label, &err);
    return key;
}
