/* What an official's certificate goes through in the lab, from the first request to the end
 * of it, every step by commands that a person could give. */
#include "cli/lab.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A certificate lasts two years; after that many days it can be renewed. */
enum { DAYS = 2 * 365 - 20, DAY = 86400 };

#define LETTER   "people/surat-rekomendasi.txt"
#define APPROVAL "people/persetujuan-atasan.txt"
#define CRL      "ca/issuing.crl"

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
    copy_member(lab->serial, sizeof lab->serial, answer, "certificate");
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
    char pin[64];
    size_t i;

    for (i = 0; i < sizeof decisions / sizeof *decisions && rc == KUNCI_OK; i++) {
        const struct lab_holder *holder = &lab_holders[decisions[i].holder];

        snprintf(pin, sizeof pin, "pins/%s.pin", holder->file);
        rc = lab_kunci(lab,
                       LAB_WORDS("request", decisions[i].verb, lab->request, "--token",
                                 holder->label, "--pin-file", pin),
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
                          "--attach", "surat-rekomendasi=" LETTER, "--no-wait"),
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
                        LAB_WORDS("sign", BUDI, "--cert", lab->label, "--force", "-o",
                                  LAB_SIGNATURE, LAB_LETTER),
                        NULL, err)) == KUNCI_OK)
        rc = lab_kunci(lab, LAB_WORDS("verify", LAB_SIGNATURE, "--content", LAB_LETTER), NULL, err);
    return rc;
}

/* ---- renewed ---- */

enum kunci_rc lab_days(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc = lab_clock_set(lab, (int64_t)DAYS * DAY, err);

    if (rc == KUNCI_OK)
        rc = lab_clock_follow(lab, err);
    return rc == KUNCI_OK ? lab_ready(lab, err) : rc;
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
                        "persetujuan-atasan=" APPROVAL, "--fields", "people/budi.fields",
                        "--no-wait"),
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

static enum kunci_rc fetch_crl(const struct lab *lab, struct kunci_err *err)
{
    struct lab_bytes body;
    enum kunci_rc rc;

    if (lab_get(lab->public_port, "/crl/issuing.crl", &body) == 200)
        rc = lab_write(lab, CRL, body.data, body.len, err);
    else
        rc = fail(err, KUNCI_LAB_FAILED, "CRL", "-");
    free(body.data);
    return rc;
}

/* The certificate is judged to be revoked, by what the words say. */
static enum kunci_rc is_revoked(const struct lab *lab, const char *what, const char *const *words,
                                struct kunci_err *err)
{
    struct kunci_err refused = KUNCI_ERR_INIT;
    json_t *answer = NULL;
    enum kunci_rc rc = lab_kunci(lab, words, &answer, &refused);
    char *said = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

    if (!said || !strstr(said, "\"revoked\""))
        rc = fail(err, KUNCI_LAB_FAILED, what,
                  refused.rc != KUNCI_OK ? refused.detail : _("it is not revoked"));
    else
        rc = KUNCI_OK;
    free(said);
    json_decref(answer);
    return rc;
}

/* By OCSP; and without the network, by the list. */
enum kunci_rc lab_told(struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc =
        is_revoked(lab, "OCSP", LAB_WORDS("cert", "verify", BUDI, "--cert", lab->label), err);

    if (rc == KUNCI_OK && (rc = fetch_crl(lab, err)) == KUNCI_OK)
        rc = is_revoked(lab, "CRL",
                        LAB_WORDS("cert", "verify", BUDI, "--cert", lab->label, "--offline",
                                  "--trust", LAB_ROOT, "--trust", CRL),
                        err);
    return rc;
}

enum kunci_rc lab_audited(struct lab *lab, struct kunci_err *err)
{
    return lab_kunci(lab, LAB_WORDS("audit", "verify"), NULL, err);
}
