/* The faults that happen in a call whatever it is: waiting, dying, talking. */
#ifndef LIB_FAULT_ACT_H
#define LIB_FAULT_ACT_H

#include "lib/fault/plan.h"

/* Does this fault, if it is one of those. Some do not return. */
void act_do(const struct fault *fault);

/* "hang" for a fault that does not return, else NULL. */
const char *act_last_word(const struct fault *fault);

#endif
