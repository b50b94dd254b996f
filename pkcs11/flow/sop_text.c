/* A procedure as the paper's table, for a terminal. */
#include "base/error.h"
#include "base/text.h"
#include "flow/sheet.h"
#include "flow/tell.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH_LEAST = 60, HANG_LEAST = 16, GAP = 2 };

struct print {
    struct buf out;
    unsigned column; /* what the line is filled to */
};

/* Blanks are written before text only, so that no line ends in them. */
static void put(struct print *to, unsigned column, const char *text, size_t len)
{
    for (; to->column < column; to->column++)
        buf_text(&to->out, " ");
    buf_add(&to->out, text, len);
    to->column += (unsigned)wrap_columns(text, len);
}

static void end_line(struct print *to)
{
    buf_text(&to->out, "\n");
    to->column = 0;
}

/* ---- the header ---- */

static void field(struct print *to, const char *title, const char *text, unsigned width)
{
    unsigned indent = 26;
    const char *line;
    size_t len;

    if (!text || !*text)
        return;
    put(to, 0, title, strlen(title));
    while ((line = wrap_next(&text, (int)(width - indent), wrap_columns, &len))) {
        put(to, indent, line, len);
        end_line(to);
    }
}

static void words_field(struct print *to, const char *title, const struct words *words,
                        unsigned width)
{
    struct buf text = {0};

    wrap_clean(&text, words_shown(words));
    field(to, title, text.data, width);
    to->out.failed |= text.failed;
    buf_clear(&text);
}

static void day_field(struct print *to, const char *title, const char *day, unsigned width)
{
    struct buf text = {0};

    if (day)
        tell_day(&text, day);
    field(to, title, text.data, width);
    to->out.failed |= text.failed;
    buf_clear(&text);
}

static void list_field(struct print *to, const char *title, const struct words_list *list,
                       unsigned width)
{
    unsigned i;

    for (i = 0; i < list->count; i++)
        words_field(to, i ? "" : title, &list->items[i], width);
}

static void header(struct print *to, const struct kunci_sop *sop, unsigned width)
{
    const struct header *head = &sop->header;
    struct words number = {head->number, NULL};

    words_field(to, _("Name of the SOP"), &sop->title, width);
    words_field(to, _("Agency"), &head->agency, width);
    words_field(to, _("Unit"), &head->unit, width);
    words_field(to, _("Number of the SOP"), &number, width);
    day_field(to, _("Made on"), head->made, width);
    day_field(to, _("Revised on"), head->revised, width);
    day_field(to, _("In force from"), head->effective, width);
    words_field(to, _("Approved by"), &head->approved_by, width);
    words_field(to, _("Source"), &sop->source, width);
    list_field(to, _("Legal basis"), &head->legal_basis, width);
    list_field(to, _("Qualifications"), &head->qualifications, width);
    list_field(to, _("Related procedures"), &head->related, width);
    list_field(to, _("Equipment"), &head->equipment, width);
    list_field(to, _("Warnings"), &head->warnings, width);
    list_field(to, _("Records"), &head->records, width);
    end_line(to);
}

/* ---- the table ---- */

/* A cell that is being printed, line by line. */
struct cell {
    const char *rest;
    bool goes_on; /* within one thing, of which a line was printed */
    int indent;   /* of its further lines */
};

static bool print_line(struct print *to, struct cell *cell, unsigned at, int width)
{
    int indent = cell->goes_on ? cell->indent : 0;
    const char *line;
    size_t len;

    if (!(line = wrap_next(&cell->rest, width - indent, wrap_columns, &len)))
        return false;
    put(to, at + (unsigned)indent, line, len);
    if (!cell->goes_on)
        cell->indent = strncmp(line, "- ", 2) == 0 && width >= HANG_LEAST ? 2 : 0;
    cell->goes_on = *cell->rest == ' ';
    return true;
}

static void row(struct print *to, const char *const texts[COLUMNS], const int widths[COLUMNS])
{
    struct cell cells[COLUMNS];
    bool any = true;
    int column;

    for (column = 0; column < COLUMNS; column++)
        cells[column] = (struct cell){.rest = texts[column]};
    while (any) {
        unsigned at = 0;

        any = false;
        for (column = 0; column < COLUMNS; column++) {
            any |= print_line(to, &cells[column], at, widths[column]);
            at += (unsigned)widths[column] + GAP;
        }
        if (any)
            end_line(to);
    }
}

static int widest_line(const struct sheet *sheet, enum sheet_column column)
{
    int widest = wrap_columns(sheet_title(column), strlen(sheet_title(column))), width;
    unsigned i;

    for (i = 0; i < sheet->rows; i++) {
        width = wrap_columns(sheet->cells[i][column], strlen(sheet->cells[i][column]));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void table(struct print *to, const struct sheet *sheet, unsigned width)
{
    const char *titles[COLUMNS];
    int widths[COLUMNS] = {0};
    unsigned i;

    for (i = 0; i < COLUMNS; i++)
        titles[i] = sheet_title((enum sheet_column)i);
    widths[COLUMN_NUMBER] = widest_line(sheet, COLUMN_NUMBER);
    widths[COLUMN_TIME] = widest_line(sheet, COLUMN_TIME);
    sheet_widths(sheet, wrap_columns, (int)width - GAP * (COLUMNS - 1), widths);
    row(to, titles, widths);
    for (i = 0; i < sheet->rows; i++) {
        end_line(to);
        row(to, (const char *const *)sheet->cells[i], widths);
    }
}

static void totals(struct print *to, const struct kunci_sop *sop, unsigned width)
{
    struct buf told = {0};
    const char *rest, *line;
    size_t len;

    tell_totals(&told, sop);
    rest = told.data;
    if (rest)
        end_line(to);
    while (rest && (line = wrap_next(&rest, (int)width, wrap_columns, &len))) {
        put(to, 0, line, len);
        end_line(to);
    }
    to->out.failed |= told.failed;
    buf_clear(&told);
}

enum kunci_rc kunci_sop_text(const struct kunci_sop *sop, unsigned columns, char **out,
                             struct kunci_err *err)
{
    unsigned width = columns < WIDTH_LEAST ? WIDTH_LEAST : columns;
    struct print to = {.column = 0};
    struct sheet sheet;

    sheet_make(sop, &sheet);
    if (!sheet.failed) {
        header(&to, sop, width);
        table(&to, &sheet, width);
        totals(&to, sop, width);
    }
    to.out.failed |= sheet.failed;
    sheet_clear(&sheet);
    *out = buf_take(&to.out);
    return *out ? KUNCI_OK : err_no_memory(err);
}
