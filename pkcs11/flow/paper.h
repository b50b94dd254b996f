/* The page of a procedure around its table: what the paper has above and below. */
#ifndef FLOW_PAPER_H
#define FLOW_PAPER_H

#include "base/buf.h"
#include "flow/procedure.h"

/* For a table of that many pixels, on sheets that stand upright or lie across. */
void paper_style(struct buf *to, int room, bool upright);
void paper_head(struct buf *to, const struct kunci_sop *sop);
void paper_totals(struct buf *to, const struct kunci_sop *sop);
/* Revisions, and which file this is. */
void paper_foot(struct buf *to, const struct kunci_sop *sop);

#endif
