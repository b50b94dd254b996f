/* Where the faults come from: a file that is read again when it changed, or a FIFO whose
 * lines a thread reads. */
#ifndef LIB_FAULT_SOURCE_H
#define LIB_FAULT_SOURCE_H

#include "lib/fault/plan.h"

/* Reads what KUNCI_FAULT_FILE names, and starts the thread of a FIFO. False: there is a
 * bad line, which was told; the others hold. */
bool source_start(void);
void source_stop(void);

/* The faults in force now. */
void source_plan(struct plan *plan);

/* Whether the token is out now. */
bool source_out(void);

/* The token is pulled, until the file or FIFO says otherwise. */
void source_pull(void);

/* In a child: there is no thread. */
void source_forked(void);

#endif
