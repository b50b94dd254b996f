/* A flow chart as SVG, row by row: a row's drawing stretches to whatever height the row
 * gets, and where one ends the next one goes on. */
#ifndef FLOW_DRAW_H
#define FLOW_DRAW_H

#include "base/buf.h"
#include "flow/chart.h"

/* The look of what is drawn; of a page or of a drawing as a whole. */
extern const char draw_style[];

/* What stands within an <svg> of the chart's width and of the row's height. */
void draw_row(struct buf *to, const struct chart *chart, unsigned row);

/* What a node that no step is stands for; for an end a rejection, where nothing else comes
 * to it. */
const char *draw_own_words(const struct chart *chart, unsigned row);

/* The signs that a chart has, and what they mean. */
enum sign {
    SIGN_TERMINATOR,
    SIGN_WORK,
    SIGN_DECISION,
    SIGN_CALL,
    SIGN_TOKEN,
    SIGN_ADDED,
    SIGN_REJECT,
    SIGN_REJECT_ADDED,
    SIGNS
};
enum { SIGN_WIDTH = 40, SIGN_HEIGHT = 24 };
bool draw_has_sign(const struct chart *chart, enum sign sign);
const char *draw_sign_words(enum sign sign);
/* What stands within an <svg> of that width and height. */
void draw_sign(struct buf *to, enum sign sign);

#endif
