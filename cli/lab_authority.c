/* The lab's authority and the people who have to do with it: an operator and a head of agency,
 * who decide with their tokens, and two officials. */
#include "cli/lab.h"
#include "cli/words.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { READY_MS = 20000, LOOK_MS = 20, STATUS_GOOD = 200 };

#define ORGANISATION "Lab kunci"
#define OPERATOR_KEY "petugas"
#define INSTITUTION  "kapuas" /* all of them belong to it */

enum kunci_rc lab_authority_up(struct lab *lab, struct kunci_err *err)
{
    static const char *const folders[] = {"ca", "ams", "people", LAB_STATE};
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; i < sizeof folders / sizeof *folders && rc == KUNCI_OK; i++)
        rc = lab_mkdir(lab, folders[i], err);
    if (rc == KUNCI_OK)
        rc = lab_kunci(lab, LAB_WORDS("ams", "init", ORGANISATION, "-o", LAB_ROOT), NULL, err);
    return rc;
}

/* ---- people ---- */

/* What the authority knows of an official, all of it invented. */
static const struct official {
    size_t holder;
    const char *nik, *nip;
} officials[] = {
    {LAB_OFFICIAL, "6203011705800001", "198005172005011001"},
    {LAB_OTHER_OFFICIAL, "6203015203850002", "198503122010012002"},
};

static const size_t operators[] = {LAB_OPERATOR, LAB_HEAD};

static void subject_of(const struct lab_holder *holder, char *to, size_t size)
{
    snprintf(to, size, "C=ID, O=" ORGANISATION ", OU=%s, CN=%s", holder->unit, holder->label);
}

/* Files of a person: people/NAME.KIND */
static void file_of(const struct lab_holder *holder, const char *kind, char *to, size_t size)
{
    snprintf(to, size, "people/%s.%s", holder->file, kind);
}

/* Key and request on his own token, the certificate along with the account. */
static enum kunci_rc operator_up(const struct lab *lab, const struct lab_holder *holder,
                                 struct kunci_err *err)
{
    char pin_name[64], csr[64], cert[64], subject[256];
    enum kunci_rc rc;

    snprintf(pin_name, sizeof pin_name, "pins/%s.pin", holder->file);
    file_of(holder, "csr", csr, sizeof csr);
    file_of(holder, "pem", cert, sizeof cert);
    subject_of(holder, subject, sizeof subject);
    if ((rc = lab_kunci(lab,
                        LAB_WORDS("key", "new", "--token", holder->label, "--pin-file", pin_name,
                                  "--type", "p256", "--label", OPERATOR_KEY),
                        NULL, err)) == KUNCI_OK &&
        (rc = lab_kunci(lab,
                        LAB_WORDS("csr", "new", "--token", holder->label, "--pin-file", pin_name,
                                  "--key", OPERATOR_KEY, "--subject", subject, "-o", csr),
                        NULL, err)) == KUNCI_OK &&
        (rc = lab_kunci(lab,
                        LAB_WORDS("ams", "user", "add", holder->file, "--scope", INSTITUTION,
                                  "--role", "op", "--csr", csr, "-o", cert),
                        NULL, err)) == KUNCI_OK)
        rc = lab_kunci(
            lab,
            LAB_WORDS("cert", "import", cert, "--token", holder->label, "--pin-file", pin_name),
            NULL, err);
    return rc;
}

/* The account's data, and the same as letter and identity card say it. */
static enum kunci_rc write_data(const struct lab *lab, const struct official *official,
                                struct kunci_err *err)
{
    const struct lab_holder *holder = &lab_holders[official->holder];
    char name[64], data[512], fields[2048];
    enum kunci_rc rc;

    snprintf(data, sizeof data,
             "{\"nik\": \"%s\", \"nip\": \"%s\", \"name\": \"%s\", "
             "\"email\": \"%s@contoh.go.id\"}",
             official->nik, official->nip, holder->label, holder->file);
    snprintf(fields, sizeof fields, "person: %s\nletter: %s\ncard: %s\n", data, data, data);
    file_of(holder, "data", name, sizeof name);
    if ((rc = lab_write(lab, name, data, strlen(data), err)) != KUNCI_OK)
        return rc;
    file_of(holder, "fields", name, sizeof name);
    return lab_write(lab, name, fields, strlen(fields), err);
}

static enum kunci_rc official_up(const struct lab *lab, const struct official *official,
                                 struct kunci_err *err)
{
    const struct lab_holder *holder = &lab_holders[official->holder];
    char data[64], secret_file[64], subject[256];
    enum kunci_rc rc;

    file_of(holder, "data", data, sizeof data);
    snprintf(secret_file, sizeof secret_file, "pins/%s.password", holder->file);
    subject_of(holder, subject, sizeof subject);
    if ((rc = lab_password(lab, holder, err)) == KUNCI_OK &&
        (rc = write_data(lab, official, err)) == KUNCI_OK)
        rc = lab_kunci(lab,
                       LAB_WORDS("ams", "user", "add", holder->file, "--scope", INSTITUTION,
                                 "--data", data, "--subject", subject, "--password-file",
                                 secret_file),
                       NULL, err);
    return rc;
}

enum kunci_rc lab_people_up(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; i < sizeof operators / sizeof *operators && rc == KUNCI_OK; i++)
        rc = operator_up(lab, &lab_holders[operators[i]], err);
    for (i = 0; i < sizeof officials / sizeof *officials && rc == KUNCI_OK; i++)
        rc = official_up(lab, &officials[i], err);
    return rc;
}

/* ---- at work ---- */

static bool is_healthy(const struct lab *lab)
{
    struct lab_bytes body;
    int status = lab_get(lab->public_port, "/health", &body);

    free(body.data);
    return status == STATUS_GOOD;
}

/* The last line of what it said. */
static enum kunci_rc tell_failure(const struct lab *lab, struct kunci_err *err)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    char said[4096], *line;

    if (lab_read(lab, LAB_LOG, said, sizeof said, &unsaid) != KUNCI_OK || !*said)
        return fail(err, KUNCI_LAB_FAILED, "kuncid", "-");
    if (said[strlen(said) - 1] == '\n')
        said[strlen(said) - 1] = '\0';
    line = strrchr(said, '\n');
    return fail(err, KUNCI_LAB_FAILED, "kuncid", line ? line + 1 : said);
}

enum kunci_rc lab_ready(const struct lab *lab, struct kunci_err *err)
{
    const struct timespec a_while = {.tv_nsec = LOOK_MS * 1000000L};
    int waited;

    for (waited = 0; waited < READY_MS; waited += LOOK_MS) {
        if (is_healthy(lab))
            return KUNCI_OK;
        if (!lab_process_runs(lab))
            return tell_failure(lab, err);
        nanosleep(&a_while, NULL);
    }
    return fail(err, KUNCI_PROC_TIMEOUT, "kuncid", NULL);
}

enum kunci_rc lab_serve_up(struct lab *lab, struct kunci_err *err)
{
    char program[PATH_MAX], settings[PATH_MAX];
    enum kunci_rc rc = lab_program(program, sizeof program, true, err);

    if (rc != KUNCI_OK)
        return rc;
    snprintf(settings, sizeof settings, "%s/" LAB_SETTINGS, lab->dir);
    const char *const argv[] = {program, "ams", "serve", "--config", settings, NULL};

    if ((rc = lab_process_begin(lab, argv, err)) == KUNCI_OK &&
        (rc = lab_ready(lab, err)) == KUNCI_OK)
        rc = lab_write(lab, LAB_READY, "", 0, err);
    return rc;
}
