/* How a refusal is told over HTTP. */
#ifndef AMS_REFUSAL_H
#define AMS_REFUSAL_H

#include "net/listen.h"

#include <kunci/error.h>

unsigned refusal_status(enum kunci_rc rc);

/* {"error":{"name","about","detail","message","next"}}; NULL for lack of memory. To be freed. */
char *refusal_text(const struct kunci_err *err);

/* Answers the exchange with it; allow: the methods for 405; NULL: it is none. */
void refusal_answer(struct exchange *exchange, const struct kunci_err *err, const char *allow);

#endif
