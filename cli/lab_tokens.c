/* The lab's tokens: SoftHSM with a token directory of its own, each token's PINs
 * random and in files that only the user can read. */
#include "cli/lab.h"
#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIN_DIGITS = 8, PASSWORD_DIGITS = 20 };

const struct lab_holder lab_holders[LAB_HOLDERS] = {
    [LAB_CA] = {"CA Lab", "ca", NULL},
    [LAB_OFFICIAL] = {"Budi Santoso", "budi", "Dinas Kesehatan"},
    [LAB_OTHER_OFFICIAL] = {"Siti Aminah", "siti", "Dinas Pendidikan"},
    [LAB_OPERATOR] = {"Operator Lab", "operator", "Bidang Persandian"},
    [LAB_HEAD] = {"Kepala Badan Lab", "kepala", "Bidang Persandian"},
};

/* The name of a holder's file with the officer's PIN or with the holder's own. */
static void pin_file(const struct lab_holder *holder, bool so, char *name, size_t size)
{
    snprintf(name, size, "pins/%s.%s", holder->file, so ? "so" : "pin");
}

static enum kunci_rc write_digits(const struct lab *lab, const char *name, size_t count,
                                  struct kunci_err *err)
{
    unsigned char random;
    char digits[PASSWORD_DIGITS];
    enum kunci_rc rc;
    size_t i = 0;

    while (i < count) {
        if (RAND_priv_bytes(&random, 1) != 1) {
            rc = fail(err, KUNCI_OPENSSL_FAILED, "RAND_priv_bytes", "-");
            goto out;
        }
        if (random < 250) /* so that every digit is as likely as any other */
            digits[i++] = (char)('0' + random % 10);
    }
    rc = lab_write(lab, name, digits, count, err); /* no line end: OpenSSL's engine keeps it */
out:
    OPENSSL_cleanse(digits, sizeof digits);
    OPENSSL_cleanse(&random, sizeof random);
    return rc;
}

static enum kunci_rc make_pin(const struct lab *lab, const struct lab_holder *holder, bool so,
                              struct kunci_err *err)
{
    char name[64];

    pin_file(holder, so, name, sizeof name);
    return write_digits(lab, name, PIN_DIGITS, err);
}

enum kunci_rc lab_password(const struct lab *lab, const struct lab_holder *holder,
                           struct kunci_err *err)
{
    char name[64];

    snprintf(name, sizeof name, "pins/%s.password", holder->file);
    return write_digits(lab, name, PASSWORD_DIGITS, err);
}

/* The files are the one source of PINs, for this program as for all others. */
static enum kunci_rc pin_from_file(void *context, const struct kunci_pin_ask *what,
                                   struct kunci_secret **out, struct kunci_err *err)
{
    const struct lab *lab = context;
    enum kunci_rc rc;
    char name[64];
    int fd;

    *out = NULL;
    pin_file(lab->asked, what->kind == KUNCI_PIN_SO || what->kind == KUNCI_PIN_NEW_SO, name,
             sizeof name);
    fd = openat(lab->folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail_system(err, KUNCI_PIN_SOURCE, name, errno);
    rc = kunci_secret_from_fd(fd, out, err);
    close(fd);
    return rc;
}

static enum kunci_rc use_softhsm(struct lab *lab, struct kunci_err *err)
{
    const struct kunci_modules_options how = {.path = lab->module,
                                              .source = {.ask = pin_from_file, .context = lab}};
    char *path = NULL, *text = NULL;
    enum kunci_rc rc;
    int len = asprintf(&text,
                       "directories.tokendir = %s/tokens\nobjectstore.backend = file\n"
                       "log.level = ERROR\n",
                       lab->dir);

    if (len < 0)
        return fail_memory(err);
    if ((rc = lab_write(lab, LAB_SOFTHSM_CONF, text, (size_t)len, err)) != KUNCI_OK)
        goto out;
    if (asprintf(&path, "%s/" LAB_SOFTHSM_CONF, lab->dir) < 0) {
        path = NULL;
        rc = fail_memory(err);
    } else if (setenv("SOFTHSM2_CONF", path, 1) != 0) {
        rc = fail_memory(err);
    } else {
        rc = kunci_modules_open(&how, &lab->modules, err);
    }
out:
    free(path);
    free(text);
    return rc;
}

/* SoftHSM has one blank token at a time, and a new one once that is set up. */
static enum kunci_rc blank_token(const struct lab *lab, struct kunci_token **out,
                                 struct kunci_err *err)
{
    *out = NULL;
    if (kunci_modules_scan(lab->modules, err) != KUNCI_OK)
        return err->rc;
    return kunci_token_find(lab->modules, NULL, KUNCI_BLANK_FIRST, out, err);
}

enum kunci_rc lab_tokens_up(struct lab *lab, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;
    size_t i;

    if ((rc = lab_mkdir(lab, "tokens", err)) != KUNCI_OK ||
        (rc = lab_mkdir(lab, "pins", err)) != KUNCI_OK ||
        (rc = lab_settings_write(lab, err)) != KUNCI_OK || (rc = use_softhsm(lab, err)) != KUNCI_OK)
        return rc;
    for (i = 0; i < LAB_HOLDERS && rc == KUNCI_OK; i++) {
        lab->asked = &lab_holders[i];
        if ((rc = make_pin(lab, lab->asked, true, err)) == KUNCI_OK &&
            (rc = blank_token(lab, &token, err)) == KUNCI_OK)
            rc = kunci_token_init(token, lab->asked->label, false, err);
    }
    return rc;
}

enum kunci_rc lab_token(struct lab *lab, const struct lab_holder *holder,
                        struct kunci_token **token, struct kunci_err *err)
{
    lab->asked = holder;
    return kunci_token_find(lab->modules, holder->label, KUNCI_BLANK_NEVER, token, err);
}

enum kunci_rc lab_pins_set(struct lab *lab, struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; i < LAB_HOLDERS && rc == KUNCI_OK; i++)
        if ((rc = make_pin(lab, &lab_holders[i], false, err)) == KUNCI_OK &&
            (rc = lab_token(lab, &lab_holders[i], &token, err)) == KUNCI_OK)
            rc = kunci_pin_set(token, err);
    kunci_modules_free(&lab->modules); /* whoever comes next uses the tokens by himself */
    return rc;
}
