/* kunci sop report: what the events of requests add up to. */
#include "cli/file.h"
#include "cli/sop_book.h"
#include "cli/when.h"
#include "cli/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Files of any length, "-" is standard input: a piece at a time. */
static enum kunci_rc add_file(struct kunci_flow_report *report, const char *path,
                              struct kunci_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    enum kunci_rc rc = KUNCI_OK;
    char piece[65536];
    size_t got;

    if (!file)
        return fail_system(err, KUNCI_FILE_READ, path, errno);
    while (rc == KUNCI_OK && (got = fread(piece, 1, sizeof piece, file)) > 0)
        rc = kunci_flow_report_add(report, path, piece, got, err);
    if (rc == KUNCI_OK && ferror(file))
        rc = fail_system(err, KUNCI_FILE_READ, path, errno);
    if (!standard)
        fclose(file);
    return rc == KUNCI_OK ? kunci_flow_report_end(report, path, err) : rc;
}

typedef enum kunci_rc printing(struct kunci_flow_report *report, char **out, struct kunci_err *err);

static enum kunci_rc write_page(struct command *command, struct kunci_flow_report *report,
                                enum option_id option, printing *print, struct kunci_err *err)
{
    const char *path = command->option[option];
    char *bytes = NULL;
    enum kunci_rc rc;

    if (!path)
        return KUNCI_OK;
    if ((rc = print(report, &bytes, err)) == KUNCI_OK)
        rc = file_write(command, path, bytes, strlen(bytes), err);
    free(bytes);
    return rc;
}

static enum kunci_rc answer(struct command *command, struct kunci_flow_report *report,
                            struct kunci_err *err)
{
    bool json = command->out.json;
    char *text = NULL;
    enum kunci_rc rc = json ? kunci_flow_report_json(report, &text, err)
                            : kunci_flow_report_text(report, &text, err);

    if (rc == KUNCI_OK && json)
        rc = out_put(command->answer, "report", json_loads(text, 0, NULL), err);
    else if (rc == KUNCI_OK)
        out_printf(&command->out, "%s", text);
    free(text);
    return rc;
}

static enum kunci_rc print_all(struct command *command, struct kunci_flow_report *report,
                               struct kunci_err *err)
{
    bool written = command->option[OPT_HTML] || command->option[OPT_CSV];
    enum kunci_rc rc;

    if ((rc = write_page(command, report, OPT_HTML, kunci_flow_report_html, err)) == KUNCI_OK)
        rc = write_page(command, report, OPT_CSV, kunci_flow_report_csv, err);
    if (rc == KUNCI_OK && (command->out.json || !written))
        rc = answer(command, report, err);
    return rc;
}

static enum kunci_rc check_options(const struct command *command,
                                   struct kunci_flow_report_options *wanted, struct kunci_err *err)
{
    const char *html = command->option[OPT_HTML], *csv = command->option[OPT_CSV];
    enum kunci_rc rc;

    if ((rc = when_option(command, OPT_AT, kunci_now(), &wanted->now, err)) == KUNCI_OK &&
        (rc = when_option(command, OPT_SINCE, 0, &wanted->since, err)) == KUNCI_OK)
        rc = when_option(command, OPT_UNTIL, 0, &wanted->until, err);
    if (rc == KUNCI_OK && html)
        rc = file_check_new(command, html, err);
    return rc == KUNCI_OK && csv ? file_check_new(command, csv, err) : rc;
}

enum kunci_rc cmd_sop_report(struct command *command, struct kunci_err *err)
{
    struct kunci_flow_report_options wanted = {.now = 0};
    struct kunci_flow_report *report = NULL;
    struct sop_book book = {NULL, NULL};
    enum kunci_rc rc;
    size_t i;

    if ((rc = check_options(command, &wanted, err)) == KUNCI_OK &&
        (rc = sop_book_open(command, &book, err)) == KUNCI_OK) {
        wanted.book = book.book;
        rc = kunci_flow_report_new(&wanted, &report, err);
    }
    for (i = 0; rc == KUNCI_OK && i < command->argument_count; i++)
        rc = add_file(report, command->arguments[i], err);
    if (rc == KUNCI_OK)
        rc = print_all(command, report, err);
    kunci_flow_report_free(&report);
    sop_book_close(&book);
    return rc;
}
