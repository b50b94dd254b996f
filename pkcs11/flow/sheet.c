#include "flow/sheet.h"

#include "base/text.h"
#include "flow/tell.h"

#include <stdlib.h>
#include <string.h>

/* ---- cells ---- */

static void add_cell(struct buf *to, const struct kunci_sop *sop, const struct step *step,
                     enum sheet_column column)
{
    char number[16];

    switch (column) {
    case COLUMN_NUMBER:
        step_number(step, number);
        buf_text(to, number);
        break;
    case COLUMN_ACTIVITY:
        wrap_clean(to, words_shown(&step->text));
        tell_exits(to, sop, step);
        break;
    case COLUMN_ACTOR:
        wrap_clean(to, tell_actor(sop, step->actor));
        break;
    case COLUMN_NEEDS:
        tell_needs(to, sop, step);
        break;
    case COLUMN_TIME:
        tell_time(to, step);
        break;
    case COLUMN_OUTPUT:
        wrap_clean(to, words_shown(&step->output));
        break;
    default:
        tell_remarks(to, step);
    }
}

void sheet_make(const struct kunci_sop *sop, struct sheet *sheet)
{
    unsigned column;

    *sheet = (struct sheet){.rows = 0};
    for (; sheet->rows < sop->step_count; sheet->rows++) {
        for (column = 0; column < COLUMNS; column++) {
            struct buf cell = {0};

            add_cell(&cell, sop, &sop->steps[sheet->rows], (enum sheet_column)column);
            sheet->cells[sheet->rows][column] = buf_take(&cell);
            sheet->failed |= !sheet->cells[sheet->rows][column];
        }
    }
}

void sheet_clear(struct sheet *sheet)
{
    unsigned row, column;

    for (row = 0; row < sheet->rows; row++)
        for (column = 0; column < COLUMNS; column++)
            free(sheet->cells[row][column]);
    *sheet = (struct sheet){.rows = 0};
}

const char *sheet_title(enum sheet_column column)
{
    static const char *const titles[COLUMNS] = {
        [COLUMN_NUMBER] = N_("No."),     [COLUMN_ACTIVITY] = N_("Activity"),
        [COLUMN_ACTOR] = N_("Actor"),    [COLUMN_NEEDS] = N_("Required inputs"),
        [COLUMN_TIME] = N_("Time"),      [COLUMN_OUTPUT] = N_("Output"),
        [COLUMN_REMARKS] = N_("Remarks")};

    return _(titles[column]);
}

/* ---- widths ---- */

static int longest_word(const char *text, wrap_measure *measure)
{
    int longest = 0;

    while (*text) {
        size_t len = strcspn(text, " \n");
        int width = measure(text, len);

        longest = width > longest ? width : longest;
        text += len + strspn(text + len, " \n");
    }
    return longest;
}

static int least_of(const struct sheet *sheet, enum sheet_column column, wrap_measure *measure)
{
    int least = longest_word(sheet_title(column), measure), width;
    unsigned row;

    for (row = 0; row < sheet->rows; row++) {
        width = longest_word(sheet->cells[row][column], measure);
        least = width > least ? width : least;
    }
    return least;
}

/* How much text a column has. A row is as high as its highest cell, so that cells with
 * much count for more. */
static double weight_of(const struct sheet *sheet, enum sheet_column column, wrap_measure *measure)
{
    double weight = 1;
    unsigned row;

    for (row = 0; row < sheet->rows; row++) {
        const char *text = sheet->cells[row][column];
        double own = measure(text, strlen(text));

        weight += own * own;
    }
    return weight;
}

/* The column that gets lower by the most. */
static int neediest(const double weights[COLUMNS], const int widths[COLUMNS], int more)
{
    double gain, most = 0, now, then;
    int column, best = 0;

    for (column = 0; column < COLUMNS; column++) {
        now = widths[column];
        then = now + more;
        gain = weights[column] / (now * now) - weights[column] / (then * then);
        if (gain > most) {
            most = gain;
            best = column;
        }
    }
    return best;
}

void sheet_widths(const struct sheet *sheet, wrap_measure *measure, int room, int widths[COLUMNS])
{
    double weights[COLUMNS] = {0};
    int column, count = 0, least, most, more;

    for (column = 0; column < COLUMNS; column++) {
        count += widths[column] == 0;
        room -= widths[column];
    }
    most = count && room > count ? room / count : 1;
    for (column = 0; column < COLUMNS; column++) {
        if (widths[column])
            continue;
        least = least_of(sheet, (enum sheet_column)column, measure);
        widths[column] = least < most ? least : most;
        weights[column] = weight_of(sheet, (enum sheet_column)column, measure);
        room -= widths[column];
    }
    for (; room > 0 && count; room -= more) {
        more = room / 16 + 1;
        widths[neediest(weights, widths, more)] += more;
    }
}
