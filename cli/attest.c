#include "cli/attest.h"

#include "cli/file.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOTS_LIMIT = 1 << 20 };

enum kunci_rc attest_roots(const struct command *command, char **roots, size_t *len,
                           struct kunci_err *err)
{
    const char *path = command->option[OPT_ROOTS];

    *roots = NULL;
    *len = 0;
    if (!path)
        return KUNCI_OK;
    if (!command->option[OPT_ATTEST])
        return fail(err, KUNCI_USAGE_MISSING, "--attest", NULL);
    return file_read(path, ROOTS_LIMIT, roots, len, err);
}

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

/* verified is said of what was followed to a root, and of nothing less. */
static enum kunci_rc answer_json(const struct kunci_attestation *said, json_t **out,
                                 struct kunci_err *err)
{
    char *statement = NULL, *device = NULL;
    enum kunci_rc rc;

    *out = NULL;
    rc = kunci_pem_write("CERTIFICATE", said->statement, said->statement_len, &statement, err);
    if (rc == KUNCI_OK)
        rc = kunci_pem_write("CERTIFICATE", said->device, said->device_len, &device, err);
    if (rc == KUNCI_OK &&
        !(*out = json_pack("{s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "present", true,
                           "verified", said->root != NULL, "root", text_or_null(said->root),
                           "firmware", text_or_null(said->firmware), "serial",
                           text_or_null(said->serial), "pin_policy", text_or_null(said->pin_policy),
                           "touch_policy", text_or_null(said->touch_policy), "certificate",
                           statement, "device_certificate", device)))
        rc = fail_memory(err);
    free(statement);
    free(device);
    return rc;
}

static enum kunci_rc put_lines(const struct kunci_attestation *said, json_t *lines,
                               struct kunci_err *err)
{
    json_t *state = said->root ? json_sprintf(_("verified, from %s"), said->root)
                               : json_string(_("signed by the device; who made the device was "
                                               "not checked (--roots)"));
    enum kunci_rc rc = out_put(lines, "attest_state", state, err);

    if (rc == KUNCI_OK)
        rc = out_put(lines, "attest_firmware", json_string(said->firmware), err);
    if (rc == KUNCI_OK)
        rc = out_put(lines, "attest_serial", json_string(said->serial), err);
    if (rc == KUNCI_OK)
        rc = out_put(lines, "attest_pin_policy", json_string(said->pin_policy), err);
    if (rc == KUNCI_OK)
        rc = out_put(lines, "attest_touch_policy", json_string(said->touch_policy), err);
    return rc;
}

enum kunci_rc attest_put(struct kunci_key *key, const char *roots, size_t len, json_t *answer,
                         json_t *lines, struct kunci_err *err)
{
    struct kunci_attestation said = {0};
    const unsigned char *spki;
    json_t *shown = NULL;
    enum kunci_rc rc;
    size_t spki_len;

    if ((rc = kunci_key_spki(key, &spki, &spki_len, err)) == KUNCI_OK &&
        (rc = kunci_key_attest(key, &said, err)) == KUNCI_OK &&
        (rc = kunci_attestation_verify(&said, spki, spki_len, roots, len, err)) == KUNCI_OK &&
        (rc = answer_json(&said, &shown, err)) == KUNCI_OK &&
        (rc = out_put(answer, "attestation", shown, err)) == KUNCI_OK)
        rc = put_lines(&said, lines, err);
    kunci_attestation_clear(&said);
    return rc;
}
