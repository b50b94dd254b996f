/* A request under way as text, so that it can be put away and gone on with. */
#ifndef FLOW_REQUEST_FILE_H
#define FLOW_REQUEST_FILE_H

#include "flow/request.h"

/* All of it, as one line of JSON; to be freed. */
KUNCI_MUST_USE enum kunci_rc request_save(const struct kunci_request *request, char **json,
                                          struct kunci_err *err);

/* sop has to be the procedure, and of the version, by which it began, and has to live as
 * long. Anything but what request_save() writes is KUNCI_STORE_DAMAGED. */
KUNCI_MUST_USE enum kunci_rc request_load(const struct kunci_sop *sop, const char *json, size_t len,
                                          struct kunci_request **out, struct kunci_err *err);

#endif
