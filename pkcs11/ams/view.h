/* Requests as JSON, for those who may see them. */
#ifndef AMS_VIEW_H
#define AMS_VIEW_H

#include "ams/held.h"

KUNCI_MUST_USE enum kunci_rc view_summary(const struct held *held, json_t **out,
                                          struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc view_document(const struct held *held,
                                           const struct requests_actor *actor, json_t **out,
                                           struct kunci_err *err);

/* Whether the actor may do what the request waits for. */
bool view_is_turn(const struct held *held, const struct requests_actor *actor);

/* "2026-11-21T08:00:00Z"; null for 0. */
json_t *view_moment(int64_t at);

#endif
