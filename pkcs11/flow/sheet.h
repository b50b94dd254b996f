/* The table of the paper: what stands in each cell, and how wide its columns are best. */
#ifndef FLOW_SHEET_H
#define FLOW_SHEET_H

#include "flow/procedure.h"
#include "flow/wrap.h"

enum sheet_column {
    COLUMN_NUMBER,
    COLUMN_ACTIVITY,
    COLUMN_ACTOR,
    COLUMN_NEEDS,
    COLUMN_TIME,
    COLUMN_OUTPUT,
    COLUMN_REMARKS,
    COLUMNS
};

struct sheet {
    unsigned rows;
    char *cells[STEPS_MAX][COLUMNS]; /* a line for each thing; never NULL */
    bool failed;                     /* for lack of memory: there may be NULL */
};

/* One that failed is cleared, too. */
void sheet_make(const struct kunci_sop *sop, struct sheet *sheet);
void sheet_clear(struct sheet *sheet);

const char *sheet_title(enum sheet_column column);

/* Shares what is left of room among the columns whose width is 0, so that the table gets
 * low. None gets less than a word of its own needs, as far as the room goes. */
void sheet_widths(const struct sheet *sheet, wrap_measure *measure, int room, int widths[COLUMNS]);

#endif
