/* Calls to an authority from the inside: JSON as a tree. */
#ifndef ENROL_AMS_H
#define ENROL_AMS_H

#include <jansson.h>
#include <kunci/ams.h>

/* body, which is taken over, or NULL; *out is to be given back. */
KUNCI_MUST_USE enum kunci_rc ams_call(struct kunci_ams *ams, const char *method, const char *path,
                                      json_t *body, json_t **out, struct kunci_err *err);
/* Any bytes as the body; answers the request document. */
KUNCI_MUST_USE enum kunci_rc ams_put(struct kunci_ams *ams, const char *path, const void *bytes,
                                     size_t len, json_t **out, struct kunci_err *err);

const char *ams_url(const struct kunci_ams *ams);
/* What the authority asked to wait when it refused the last call, in seconds; -1: nothing. */
long ams_retry_after(const struct kunci_ams *ams);

/* Answers KUNCI_AMS_ANSWER: what came is none of the contract's. */
enum kunci_rc ams_complain(const struct kunci_ams *ams, const char *what, struct kunci_err *err);

/* The members of an answer; "" and NULL where there is none of that kind. */
const char *ams_text(const json_t *answer, const char *name);
/* Base64 in it, as bytes. */
struct buf;
KUNCI_MUST_USE enum kunci_rc ams_bytes(const struct kunci_ams *ams, const json_t *answer,
                                       const char *name, struct buf *out, struct kunci_err *err);
/* A string of Base64; NULL for lack of memory. */
json_t *ams_base64(const void *bytes, size_t len);

/* {"algorithm", "signature"} over the text by the signer; in *out, to be given back. */
KUNCI_MUST_USE enum kunci_rc ams_sign(struct kunci_signer *signer, const struct buf *text,
                                      json_t **out, struct kunci_err *err);

#endif
