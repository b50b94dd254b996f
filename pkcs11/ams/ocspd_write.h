/* OCSP answers written and signed. */
#ifndef AMS_OCSPD_WRITE_H
#define AMS_OCSPD_WRITE_H

#include "ams/ocspd_cache.h"

struct ocspd_status {
    enum { OCSPD_GOOD, OCSPD_REVOKED, OCSPD_UNKNOWN } is;
    int64_t revoked_at;
    int reason;
};

/* Who answers, and what stands alike in all answers. */
struct ocspd_writer;

KUNCI_MUST_USE enum kunci_rc ocspd_writer_new(const struct ca *ca, struct ocspd_writer **out,
                                              struct kunci_err *err);
void ocspd_writer_free(struct ocspd_writer **writer);

/* The certificate is meant to be one of this authority's. */
bool ocspd_is_ours(const struct ocspd_writer *writer, const struct ocspd_id *id);

/* One answer about so many; owned once. */
KUNCI_MUST_USE enum kunci_rc ocspd_write(struct ocspd_writer *writer, const struct ocspd_key *keys,
                                         const struct ocspd_status *statuses, size_t count,
                                         int64_t now, struct ocspd_answer **out,
                                         struct kunci_err *err);

#endif
