/* The applicant's part of a request, as far as it goes at once. */
#ifndef AMS_ADVANCE_H
#define AMS_ADVANCE_H

#include "ams/said.h"

/* Keeps evidence and data, then does every step that is his and has all it needs. It stops
 * where something is missing, an outcome is not said, or it is another's turn. */
KUNCI_MUST_USE enum kunci_rc advance(struct held *held, const struct requests_actor *actor,
                                     const struct said *said, struct kunci_err *err);

#endif
