#include "flow/tally_show.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *show_minutes(char to[MINUTES_SIZE], int64_t seconds)
{
    int64_t tenths = (seconds + 3) / 6;
    int len = snprintf(to, MINUTES_SIZE, "%lld", (long long)(tenths / 10));

    if (tenths % 10)
        snprintf(to + len, (size_t)(MINUTES_SIZE - len), ".%d", (int)(tenths % 10));
    return to;
}

const char *show_minutes_if(char to[MINUTES_SIZE], int64_t seconds, bool known)
{
    return known ? show_minutes(to, seconds) : "-";
}

void show_number(const struct tally_step *step, char to[16])
{
    *to = '\0';
    if (step->known)
        step_number(step->known, to);
}

const char *show_step(const struct tally_step *step)
{
    const char *text = step->known ? words_shown(&step->known->text) : "";

    return *text ? text : step->name;
}

void show_title(const struct tally_procedure *procedure, char *to, size_t size)
{
    const struct kunci_sop *sop = procedure->known;
    char said[3 * ENTRY_TEXT_MAX];

    if (sop)
        snprintf(said, sizeof said, _("%s (%s, version %s)"), kunci_sop_title(sop), procedure->name,
                 kunci_sop_version(sop));
    else if (*procedure->version)
        snprintf(said, sizeof said, _("%s (version %s)"), procedure->name, procedure->version);
    else
        snprintf(said, sizeof said, "%s", procedure->name);
    text_printable(to, size, said, strlen(said));
}

void show_counts(const struct tally_procedure *procedure, char *to, size_t size)
{
    snprintf(to, size,
             _("Started: %zu. Closed: %zu. Rejections: %zu. Withdrawn: %zu. Timed out: %zu. "
               "Open: %zu, of these overdue: %zu."),
             procedure->started, procedure->closed, procedure->rejected, procedure->withdrawn,
             procedure->timed_out, procedure->open, procedure->overdue);
}

const char *show_role(const char *role)
{
    int known = role ? word_index(role_names, role) : -1;

    if (known >= 0)
        return role_title((enum role)known);
    return role ? role : _("not known");
}

const char *show_reason(const struct tally_reason *reason)
{
    return *reason->text ? reason->text : _("no reason was given");
}

const char *show_moment(char to[MINUTES_SIZE], int64_t at)
{
    time_t seconds = (time_t)at;
    struct tm tm;

    *to = '\0';
    if (gmtime_r(&seconds, &tm))
        strftime(to, MINUTES_SIZE, "%Y-%m-%d %H:%M UTC", &tm);
    return to;
}

void show_period(const struct kunci_flow_report *report, char *to, size_t size)
{
    const struct kunci_flow_report_options *options = &report->options;
    char since[MINUTES_SIZE], until[MINUTES_SIZE];

    show_moment(since, options->since);
    show_moment(until, options->until);
    *to = '\0';
    if (options->since && options->until)
        snprintf(to, size, _("What happened from %s until %s."), since, until);
    else if (options->since)
        snprintf(to, size, _("What happened from %s on."), since);
    else if (options->until)
        snprintf(to, size, _("What happened until %s."), until);
}
