/* The module's side: what is asked in a message is asked of the module. */
#ifndef TOKEN_WORKER_SERVE_H
#define TOKEN_WORKER_SERVE_H

#include "token/worker_wire.h"

/* Sets what is loaded when the first message asks for it. */
void serve_use(const char *path);

/* Reads the fields of a request behind its head and writes those of the answer
 * behind the head that stands in out. What cannot be read is CKR_ARGUMENTS_BAD. */
CK_RV serve(enum wire_call call, struct wire *in, struct wire *out);

#endif
