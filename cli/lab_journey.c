/* What an official's certificate goes through in the lab, from the first request to the end
 * of it, every step by commands that a person could give. */
#include "cli/lab.h"
#include "cli/words.h"

#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A certificate lasts two years; after that many days it can be renewed. */
enum { DAYS = 2 * 365 - 20, DAY = 86400, TRIES = 20, LOOKS = 40 };

#define LETTER         "people/surat-rekomendasi.txt"
#define LETTER_GIVEN   "surat-rekomendasi=people/surat-rekomendasi.txt"
#define APPROVAL       "people/persetujuan-atasan.txt"
#define APPROVAL_GIVEN "persetujuan-atasan=people/persetujuan-atasan.txt"

#define BUDI "--token", lab_holders[LAB_OFFICIAL].label, "--pin-file", LAB_PIN_FILE

static const char text[] = "Surat contoh dari lab: tidak berlaku.\n";
static const char letter[] = "Surat Rekomendasi contoh untuk Budi Santoso.\n";
static const char approval[] = "Persetujuan atasan, contoh, untuk Budi Santoso.\n";

/* ---- answers ---- */

static void copy_member(char *to, size_t size, const json_t *answer, const char *name)
{
    const json_t *member = json_object_get(answer, name);

    if (json_is_integer(member))
        snprintf(to, size, "%lld", (long long)json_integer_value(member));
    else
        snprintf(to, size, "%s", json_is_string(member) ? json_string_value(member) : "");
}

/* Runs a holder's flow as far as it goes. wanted: over, or waiting for somebody. */
static enum kunci_rc flow(struct lab *lab, const char *const *words, bool over,
                          struct kunci_err *err)
{
    json_t *answer = NULL;
    enum kunci_rc rc = lab_kunci(lab, words, &answer, err);

    if (rc != KUNCI_OK)
        return rc;
    copy_member(lab->request, sizeof lab->request, answer, "request");
    copy_member(lab->label, sizeof lab->label, answer, "label");
    copy_member(lab->serial, sizeof lab->serial, json_object_get(answer, "certificate"), "serial");
    if (json_is_true(json_object_get(answer, "finished")) != over)
        rc = fail(err, KUNCI_LAB_FAILED, words[0],
                  over ? _("it is not over") : _("nobody was asked"));
    json_decref(answer);
    return rc;
}

/* Who verifies does not approve. */
static enum kunci_rc decide(struct lab *lab, struct kunci_err *err)
{
    static const struct {
        const char *verb;
        size_t holder;
    } decisions[] = {{"verify", LAB_OPERATOR}, {"approve", LAB_HEAD}};
    enum kunci_rc rc = KUNCI_OK;
    char pin_name[64];
    size_t i;

    for (i = 0; i < sizeof decisions / sizeof *decisions && rc == KUNCI_OK; i++) {
        const struct lab_holder *holder = &lab_holders[decisions[i].holder];

        snprintf(pin_name, sizeof pin_name, "pins/%s.pin", holder->file);
        rc = lab_kunci(lab,
                       LAB_WORDS("request", decisions[i].verb, lab->request, "--token",
                                 holder->label, "--pin-file", pin_name),
                       NULL, err);
    }
    return rc;
}

/* ---- the first certificate ---- */

static enum kunci_rc enrol(struct lab *lab, bool over, struct kunci_err *err)
{
    return flow(lab,
                LAB_WORDS("enrol", BUDI, "--account", "budi", "--password-file",
                          "pins/budi.password", "--type", "p256", "--fields", "people/budi.fields",
                          "--attach", LETTER_GIVEN, "--no-wait"),
                over, err);
}

enum kunci_rc lab_enrol(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc = lab_write(lab, LETTER, letter, sizeof letter - 1, err);

    return rc == KUNCI_OK ? enrol(lab, false, err) : rc;
}

enum kunci_rc lab_enrol_decided(struct lab *lab, struct kunci_err *err)
{
    return decide(lab, err);
}

enum kunci_rc lab_enrolled(struct lab *lab, struct kunci_err *err)
{
    return enrol(lab, true, err);
}

/* ---- used ---- */

enum kunci_rc lab_signed(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = lab_write(lab, LAB_LETTER, text, sizeof text - 1, err)) == KUNCI_OK &&
        (rc = lab_kunci(lab,
                        LAB_WORDS("sign", BUDI, "--key", lab->label, "--force", "-o", LAB_SIGNATURE,
                                  LAB_LETTER),
                        NULL, err)) == KUNCI_OK)
        rc = lab_kunci(lab, LAB_WORDS("verify", LAB_SIGNATURE, "--content", LAB_LETTER), NULL, err);
    return rc;
}

/* ---- renewed ---- */

/* Its TLS certificate ended long ago: the authority needs a moment to see that. */
static enum kunci_rc reach(const struct lab *lab, struct kunci_err *err)
{
    struct kunci_err tried;
    int left = TRIES;

    do {
        tried = (struct kunci_err)KUNCI_ERR_INIT;
        if (lab_kunci(lab, LAB_WORDS("request", "show", lab->request, BUDI), NULL, &tried) ==
            KUNCI_OK)
            return KUNCI_OK;
    } while (left-- > 0 && lab_ready(lab, err) == KUNCI_OK);
    return fail(err, tried.rc, tried.about, tried.detail);
}

enum kunci_rc lab_days(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc = lab_clock_set(lab, (int64_t)DAYS * DAY, err);

    if (rc == KUNCI_OK)
        rc = lab_clock_follow(lab, err);
    return rc == KUNCI_OK ? reach(lab, err) : rc;
}

static bool is_told(const json_t *answer, const char *serial)
{
    json_t *notice;
    size_t i;

    json_array_foreach(json_object_get(answer, "notices"), i, notice)
    {
        const char *message = json_string_value(json_object_get(notice, "message"));
        const char *about = json_string_value(json_object_get(notice, "certificate"));

        if (message && about && strcmp(message, "expiring") == 0 && strcmp(about, serial) == 0)
            return true;
    }
    return false;
}

/* The authority looks for such certificates itself, a moment after the clock was moved. */
enum kunci_rc lab_noticed(struct lab *lab, struct kunci_err *err)
{
    const struct timespec a_while = {.tv_nsec = 100000000};
    enum kunci_rc rc = KUNCI_OK;
    bool told = false;
    int left;

    for (left = LOOKS; rc == KUNCI_OK && !told && left > 0; left--) {
        json_t *answer = NULL;

        rc = lab_kunci(lab, LAB_WORDS("request", "list", "--mine", BUDI), &answer, err);
        told = rc == KUNCI_OK && is_told(answer, lab->serial);
        json_decref(answer);
        if (!told)
            nanosleep(&a_while, NULL);
    }
    return rc == KUNCI_OK && !told
               ? fail(err, KUNCI_LAB_FAILED, "notice", _("the holder was not told"))
               : rc;
}

static enum kunci_rc renew(struct lab *lab, bool over, struct kunci_err *err)
{
    return flow(lab, LAB_WORDS("renew", BUDI, "--no-wait"), over, err);
}

enum kunci_rc lab_renew(struct lab *lab, struct kunci_err *err)
{
    return renew(lab, false, err);
}

enum kunci_rc lab_renew_decided(struct lab *lab, struct kunci_err *err)
{
    return decide(lab, err);
}

enum kunci_rc lab_renewed(struct lab *lab, struct kunci_err *err)
{
    return renew(lab, true, err);
}

enum kunci_rc lab_signed_again(struct lab *lab, struct kunci_err *err)
{
    return lab_signed(lab, err);
}

/* ---- revoked ---- */

static enum kunci_rc revoke(struct lab *lab, bool over, struct kunci_err *err)
{
    char serial[sizeof lab->serial], label[sizeof lab->label];
    enum kunci_rc rc;

    memcpy(serial, lab->serial, sizeof serial);
    memcpy(label, lab->label, sizeof label);
    rc = flow(lab,
              LAB_WORDS("revoke", BUDI, "--cert", label, "--reason", "lost", "--attach",
                        APPROVAL_GIVEN, "--fields", "people/budi.fields", "--no-wait"),
              over, err);
    memcpy(lab->serial, serial, sizeof serial);
    memcpy(lab->label, label, sizeof label);
    return rc;
}

enum kunci_rc lab_revoked(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc;

    if ((rc = lab_write(lab, APPROVAL, approval, sizeof approval - 1, err)) == KUNCI_OK &&
        (rc = revoke(lab, false, err)) == KUNCI_OK)
        rc = decide(lab, err);
    return rc;
}

/* The certificate is judged to be revoked, by OCSP. */
static enum kunci_rc told_by_ocsp(const struct lab *lab, struct kunci_err *err)
{
    struct kunci_err refused = KUNCI_ERR_INIT;
    json_t *answer = NULL;
    enum kunci_rc rc =
        lab_kunci(lab, LAB_WORDS("cert", "verify", BUDI, "--cert", lab->label), &answer, &refused);
    const char *reason = json_string_value(json_object_get(answer, "reason"));

    if (rc == KUNCI_OK || !reason || strcmp(reason, "REVOKED_NO_POE") != 0)
        rc = fail(err, KUNCI_LAB_FAILED, "OCSP",
                  reason ? reason : _("the certificate is not called revoked"));
    else
        rc = KUNCI_OK;
    json_decref(answer);
    return rc;
}

static bool is_listed(const struct lab_bytes *crl, const char *serial)
{
    const unsigned char *at = crl->data;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)crl->len);
    X509_REVOKED *found = NULL;
    ASN1_INTEGER *number = NULL;
    BIGNUM *value = NULL;

    if (list && BN_hex2bn(&value, serial) > 0 && (number = BN_to_ASN1_INTEGER(value, NULL)))
        X509_CRL_get0_by_serial(list, &found, number);
    ASN1_INTEGER_free(number);
    BN_free(value);
    X509_CRL_free(list);
    return found != NULL;
}

/* The list is made anew within a second. */
static enum kunci_rc told_by_list(const struct lab *lab, struct kunci_err *err)
{
    const struct timespec a_while = {.tv_nsec = 50000000};
    bool listed = false;
    int left;

    for (left = LOOKS; !listed && left > 0; left--) {
        struct lab_bytes list = {0};

        listed = lab_get(lab->public_port, "/crl/issuing.crl", &list) == 200 &&
                 is_listed(&list, lab->serial);
        free(list.data);
        if (!listed)
            nanosleep(&a_while, NULL);
    }
    return listed ? KUNCI_OK
                  : fail(err, KUNCI_LAB_FAILED, "CRL", _("the certificate is not called revoked"));
}

enum kunci_rc lab_told(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc = told_by_ocsp(lab, err);

    return rc == KUNCI_OK ? told_by_list(lab, err) : rc;
}

enum kunci_rc lab_audited(struct lab *lab, struct kunci_err *err)
{
    return lab_kunci(lab, LAB_WORDS("audit", "verify"), NULL, err);
}
