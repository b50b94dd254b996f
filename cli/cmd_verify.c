/* kunci verify: signatures of files judged. */
#include "cli/answer.h"
#include "cli/file.h"
#include "cli/report.h"
#include "cli/trust.h"
#include "cli/when.h"
#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A signature and what it was made of; "" where that is within. */
struct pair {
    char signature[PATH_MAX], content[PATH_MAX];
};

/* What is judged, and what came of it. */
struct judging {
    struct command *command;
    struct kunci_trust *trust;
    int64_t now;
    struct kunci_report **reports;
    size_t count;
    enum kunci_indication worst;
    json_t *files;
};

/* ---- which files ---- */

static bool ends_in(const char *path, const char *end)
{
    size_t len = strlen(path), end_len = strlen(end);

    return len > end_len && strcasecmp(path + len - end_len, end) == 0;
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* What may be a signature by its name. */
static bool is_signature(const char *path)
{
    static const char *const ends[] = {".p7s", ".p7m", ".p7", ".cms", ".pem", ".der", NULL};
    const char *const *end = ends;

    while (*end && !ends_in(path, *end))
        end++;
    return *end || strcmp(path, "-") == 0;
}

/* A .p7s has its content beside it, a document its signature. */
static enum kunci_rc pair_up(const char *path, const char *content, struct pair *out,
                             struct kunci_err *err)
{
    size_t len = strlen(path);

    *out = (struct pair){0};
    if (len + sizeof ".p7s" > sizeof out->signature || (content && strlen(content) >= PATH_MAX))
        return fail_system(err, KUNCI_FILE_READ, path, ENAMETOOLONG);
    snprintf(out->signature, sizeof out->signature, "%s", path);
    snprintf(out->content, sizeof out->content, "%s", content ? content : "");
    if (content)
        return KUNCI_OK;
    if (ends_in(path, ".p7s")) {
        snprintf(out->content, sizeof out->content, "%.*s", (int)(len - strlen(".p7s")), path);
        if (!is_there(out->content))
            out->content[0] = '\0';
        return KUNCI_OK;
    }
    if (is_signature(path))
        return KUNCI_OK;
    snprintf(out->signature, sizeof out->signature, "%s.p7s", path);
    snprintf(out->content, sizeof out->content, "%s", path);
    if (is_there(path) && !is_there(out->signature))
        return fail(err, KUNCI_VERIFY_NO_SIGNATURE, path, NULL);
    return KUNCI_OK;
}

static enum kunci_rc open_file(const char *path, int *fd, struct kunci_err *err)
{
    *fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *fd < 0 ? fail_system(err, KUNCI_FILE_READ, path, errno) : KUNCI_OK;
}

/* ---- each ---- */

static enum kunci_rc judge_pair(struct judging *judging, const struct pair *pair,
                                struct kunci_report **report, struct kunci_err *err)
{
    int signature = -1, content = -1;
    enum kunci_rc rc;

    if ((rc = open_file(pair->signature, &signature, err)) == KUNCI_OK && *pair->content)
        rc = open_file(pair->content, &content, err);
    if (rc == KUNCI_OK)
        rc = kunci_verify_cms(judging->trust, signature, content, pair->signature, judging->now,
                              report, err);
    if (signature >= 0)
        close(signature);
    if (content >= 0)
        close(content);
    return rc;
}

/* What is wrong with one file of many is that file's outcome. */
static enum kunci_rc judge_file(struct judging *judging, const char *path,
                                struct kunci_report **report, struct kunci_err *why,
                                struct kunci_err *err)
{
    struct pair pair;
    enum kunci_rc rc;

    if ((rc = pair_up(path, judging->command->option[OPT_CONTENT], &pair, why)) == KUNCI_OK)
        rc = judge_pair(judging, &pair, report, why);
    if (rc == KUNCI_OK)
        return KUNCI_OK;
    if (judging->command->argument_count == 1 ||
        (rc != KUNCI_FILE_READ && rc != KUNCI_VERIFY_NO_SIGNATURE)) {
        *err = *why;
        return rc;
    }
    *report = report_unjudged(path, judging->now, why);
    return *report ? KUNCI_OK : fail_memory(err);
}

static enum kunci_rc judge_one(struct judging *judging, const char *path, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    struct out *out = &judging->command->out;
    struct kunci_report *report = NULL;
    json_t *shown;
    enum kunci_rc rc;

    out_working(out, _("Judging ..."));
    rc = judge_file(judging, path, &report, &why, err);
    out_done(out);
    if (rc != KUNCI_OK)
        return rc;
    judging->reports[judging->count++] = report;
    judging->worst = report->indication > judging->worst ? report->indication : judging->worst;
    if (!(shown = report_json(report)) || json_array_append_new(judging->files, shown) != 0 ||
        json_object_set_new(shown, "error", answer_error(&why)) != 0)
        return fail_memory(err);
    out_printf(out, "%s", judging->count > 1 ? "\n" : "");
    report_print(out, shown);
    return KUNCI_OK;
}

static enum kunci_rc write_page(const struct judging *judging, struct kunci_err *err)
{
    const char *path = judging->command->option[OPT_REPORT];
    char *html = NULL;
    enum kunci_rc rc;

    if (!path)
        return KUNCI_OK;
    if ((rc = kunci_report_html(judging->reports, judging->count, &html, err)) == KUNCI_OK)
        rc = file_write(judging->command, path, html, strlen(html), err);
    free(html);
    return rc;
}

static enum kunci_rc check_options(const struct command *command, struct kunci_err *err)
{
    const char *page = command->option[OPT_REPORT];

    if (command->option[OPT_CONTENT] && command->argument_count > 1)
        return fail(err, KUNCI_USAGE_VALUE, "--content", _("several signatures are given"));
    return page ? file_check_new(command, page, err) : KUNCI_OK;
}

enum kunci_rc cmd_verify(struct command *command, struct kunci_err *err)
{
    struct judging judging = {.command = command, .files = json_array()};
    enum kunci_rc rc;
    size_t i;

    judging.reports = calloc(command->argument_count, sizeof *judging.reports);
    if (!judging.reports || !judging.files)
        rc = fail_memory(err);
    else if ((rc = check_options(command, err)) == KUNCI_OK &&
             (rc = when_option(command, OPT_AT, kunci_now(), &judging.now, err)) == KUNCI_OK)
        rc = trust_open(command, &judging.trust, err);
    for (i = 0; rc == KUNCI_OK && i < command->argument_count; i++)
        rc = judge_one(&judging, command->arguments[i], err);
    if (rc == KUNCI_OK)
        rc = write_page(&judging, err);
    if (rc == KUNCI_OK)
        rc = out_put(command->answer, "indication",
                     json_string(kunci_indication_name(judging.worst)), err);
    if (rc == KUNCI_OK)
        rc = out_put(command->answer, "files", json_incref(judging.files), err);
    command->exit_code = judging.worst == KUNCI_PASSED ? 0 : 1;
    for (i = 0; i < judging.count; i++)
        kunci_report_free(&judging.reports[i]);
    free(judging.reports);
    kunci_trust_free(&judging.trust);
    json_decref(judging.files);
    return rc;
}
