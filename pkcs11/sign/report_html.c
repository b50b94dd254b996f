/* A report as a page: the verdict, then who, when and what, then how that is known. */
#include "base/error.h"
#include "base/markup.h"
#include "base/text.h"
#include "sign/report_signature.h"

#include <stdlib.h>
#include <string.h>

/* What each indication looks like; the drawing stands in a square of 24. */
static const struct look {
    const char *style, *drawing, *word, *one, *several;
} looks[] = {
    [KUNCI_PASSED] = {"good", "M5 13l4.5 4.5L19.5 7", N_("Valid"), N_("The signature is valid"),
                      N_("All signatures are valid")},
    [KUNCI_INDETERMINATE] = {"doubt", "M8.5 9a3.5 3.5 0 1 1 4.9 3.2c-.9.5-1.4 1-1.4 2.3M12 18.5v.2",
                             N_("Not certain"), N_("It is not certain that the signature is valid"),
                             N_("It is not certain that all signatures are valid")},
    [KUNCI_FAILED] = {"bad", "M6 6l12 12M18 6L6 18", N_("Not valid"),
                      N_("The signature is not valid"), N_("Not all signatures are valid")},
};

const char *report_style_of(enum kunci_indication indication)
{
    return looks[indication].style;
}

const char *report_word_of(enum kunci_indication indication)
{
    return _(looks[indication].word);
}

/* The large one on top. */
static void add_verdict(struct buf *page, struct kunci_report *const *reports, size_t count,
                        enum kunci_indication worst, bool several)
{
    const struct look *look = &looks[worst];

    buf_printf(page,
               "<header class=\"verdict %s\">\n<svg class=\"sign\" viewBox=\"0 0 24 24\" "
               "fill=\"none\" stroke=\"#fff\" stroke-width=\"2.6\" stroke-linecap=\"round\" "
               "stroke-linejoin=\"round\" aria-hidden=\"true\"><path d=\"%s\"/></svg>\n<div>\n",
               look->style, look->drawing);
    markup_element(page, "h1", NULL, _(several ? look->several : look->one));
    buf_text(page, "<p>");
    if (count == 1)
        markup_text(page, reports[0]->name);
    else
        markup_say(page, _("%zu files"), count);
    buf_text(page, "<br>");
    markup_text(page, kunci_indication_name(worst));
    buf_text(page, "</p>\n");
    buf_text(page, "</div>\n</header>\n");
}

static void add_files(struct buf *page, struct kunci_report *const *reports, size_t count)
{
    size_t i;

    buf_text(page, "<section class=\"files\">\n<table>\n<thead><tr>");
    markup_element(page, "th scope=\"col\"", NULL, _("File"));
    markup_element(page, "th scope=\"col\"", NULL, _("Judgement"));
    buf_text(page, "</tr></thead>\n<tbody>\n");
    for (i = 0; i < count; i++) {
        buf_text(page, "<tr>");
        markup_element(page, "th scope=\"row\"", NULL, reports[i]->name);
        buf_printf(page, "<td><span class=\"badge %s\">", looks[reports[i]->indication].style);
        markup_text(page, _(looks[reports[i]->indication].word));
        buf_text(page, "</span></td></tr>\n");
    }
    buf_text(page, "</tbody>\n</table>\n</section>\n");
}

/* A file that has no signature to tell of. */
static void add_unread(struct buf *page, const struct kunci_report *report)
{
    buf_text(page, "<article>\n");
    markup_element(page, "h2", NULL, report->name);
    report_add_why(page, report->indication, report->reason, report->detail);
    buf_text(page, "</article>\n");
}

static void add_foot(struct buf *page, const struct kunci_report *report)
{
    buf_text(page, "<footer>");
    markup_element(page, "p", NULL,
                   _("Judged by kunci after ETSI EN 319 102-1. What is told here held at the "
                     "moment that is named; certificates may be revoked later."));
    buf_text(page, "<p>");
    markup_text(page, _("Judged at"));
    buf_text(page, " ");
    markup_time(page, report->now);
    buf_text(page, "</p></footer>\n");
    markup_close(page);
}

enum kunci_rc kunci_report_html(struct kunci_report *const *reports, size_t count, char **html,
                                struct kunci_err *err)
{
    enum kunci_indication worst = KUNCI_PASSED;
    size_t i, s, signatures = 0;
    struct buf page = {0};

    for (i = 0; i < count; i++) {
        worst = reports[i]->indication > worst ? reports[i]->indication : worst;
        signatures += reports[i]->count ? reports[i]->count : 1;
    }
    markup_open(&page, _(signatures > 1 ? looks[worst].several : looks[worst].one), "");
    add_verdict(&page, reports, count, worst, signatures > 1);
    if (count > 1)
        add_files(&page, reports, count);
    for (i = 0; i < count; i++) {
        if (reports[i]->count == 0)
            add_unread(&page, reports[i]);
        for (s = 0; s < reports[i]->count; s++)
            report_add_signature(&page, count > 1 ? reports[i]->name : "",
                                 &reports[i]->signatures[s]);
    }
    add_foot(&page, reports[0]);
    *html = buf_take(&page);
    return *html ? KUNCI_OK : err_no_memory(err);
}
