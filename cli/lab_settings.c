/* The lab's settings and its clock. */
#include "cli/lab.h"
#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AHEAD "%+011lld\n" /* of kunci_clock_follow() */

static json_t *in_folder(const struct lab *lab, const char *name)
{
    return json_sprintf("%s/%s", lab->dir, name);
}

/* Of the holders and operators, and of all who judge what the authority issued: nothing is
 * kept of what they fetch, so that a revocation counts at once. */
static json_t *of_clients(const struct lab *lab)
{
    return json_pack("{s:o*, s:o*, s:{s:o*, s:o*}, s:{s:[o*]}}", "module", json_string(lab->module),
                     "clock", in_folder(lab, LAB_CLOCK), "authority", "url",
                     json_sprintf("https://127.0.0.1:%u", (unsigned)lab->port), "ca",
                     in_folder(lab, LAB_ROOT), "trust", "anchors", in_folder(lab, LAB_ROOT));
}

static json_t *of_authority(const struct lab *lab)
{
    const unsigned port = lab->port, public_port = lab->public_port;

    return json_pack("{s:o*, s:s, s:s, s:o*, s:o*, s:o*, s:o*, s:o*, s:[s, s, s]}", "store",
                     in_folder(lab, LAB_STORE), "node", "lab", "token", lab_holders[LAB_CA].label,
                     "pin_file", in_folder(lab, LAB_CA_PIN), "listen",
                     json_sprintf("127.0.0.1:%u", port), "url",
                     json_sprintf("https://127.0.0.1:%u", port), "public",
                     json_sprintf("127.0.0.1:%u", public_port), "public_url",
                     json_sprintf("http://127.0.0.1:%u", public_port), "rules",
                     "issuance=penerbitan", "renewal=kapuas-2026", "revocation=pencabutan");
}

/* YAML reads JSON as it is meant. */
enum kunci_rc lab_settings_write(struct lab *lab, struct kunci_err *err)
{
    json_t *settings = NULL, *ams = NULL;
    char *text = NULL;
    enum kunci_rc rc;

    if ((rc = lab_free_port(&lab->port, err)) != KUNCI_OK ||
        (rc = lab_free_port(&lab->public_port, err)) != KUNCI_OK ||
        (rc = lab_clock_set(lab, 0, err)) != KUNCI_OK)
        return rc;
    settings = of_clients(lab);
    ams = of_authority(lab);
    if (settings && ams && json_object_set(settings, "ams", ams) == 0)
        text = json_dumps(settings, JSON_INDENT(2));
    rc = text ? lab_write(lab, LAB_SETTINGS, text, strlen(text), err) : fail_memory(err);
    free(text);
    json_decref(ams);
    json_decref(settings);
    return rc;
}

/* The ports stand in the settings, for a lab that was brought up before. */
enum kunci_rc lab_settings_read(struct lab *lab, struct kunci_err *err)
{
    struct kunci_config config = {0};
    const char *port, *public_port;
    char *path = NULL;
    enum kunci_rc rc;

    if (asprintf(&path, "%s/" LAB_SETTINGS, lab->dir) < 0)
        return fail_memory(err);
    if ((rc = kunci_config_load(path, &config, err)) == KUNCI_OK) {
        port = config.ams.listen ? strrchr(config.ams.listen, ':') : NULL;
        public_port = config.ams.public ? strrchr(config.ams.public, ':') : NULL;
        lab->port = port ? (uint16_t)strtoul(port + 1, NULL, 10) : 0;
        lab->public_port = public_port ? (uint16_t)strtoul(public_port + 1, NULL, 10) : 0;
    }
    kunci_config_clear(&config);
    free(path);
    return rc;
}

/* In place, so that whoever follows the clock sees it; the same length each time. */
enum kunci_rc lab_clock_set(const struct lab *lab, int64_t ahead, struct kunci_err *err)
{
    int fd = openat(lab->folder, LAB_CLOCK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    enum kunci_rc rc = KUNCI_OK;
    char line[32];
    int len = snprintf(line, sizeof line, AHEAD, (long long)ahead);

    if (fd < 0)
        return fail_system(err, KUNCI_FILE_WRITE, LAB_CLOCK, errno);
    if (pwrite(fd, line, (size_t)len, 0) != len)
        rc = fail_system(err, KUNCI_FILE_WRITE, LAB_CLOCK, errno);
    if (close(fd) != 0 && rc == KUNCI_OK)
        rc = fail_system(err, KUNCI_FILE_WRITE, LAB_CLOCK, errno);
    return rc;
}

enum kunci_rc lab_clock_follow(const struct lab *lab, struct kunci_err *err)
{
    enum kunci_rc rc;
    char *path = NULL;

    if (asprintf(&path, "%s/" LAB_CLOCK, lab->dir) < 0)
        return fail_memory(err);
    rc = kunci_clock_follow(path, err);
    free(path);
    return rc;
}
