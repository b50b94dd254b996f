/* A module whose single functions a test replaces, to see what they are called with
 * and to answer what SoftHSM never would. */
#ifndef LIB_WRAPPED_H
#define LIB_WRAPPED_H

#include "token/module.h"

/* What kunci calls from now on: a copy of the module's function list, to be written
 * to. wrapped_real is the list itself. */
extern CK_FUNCTION_LIST wrapped, *wrapped_real;
void wrap(struct kunci_modules *modules);

/* As if nothing had been replaced. */
void unwrap(void);

#endif
