/* OCSP answers that a message carries beside its CRLs (RFC 5940). */
#ifndef CMS_READ_OCSP_H
#define CMS_READ_OCSP_H

#include "cms/read.h"

/* Puts the answers among a message's RevocationInfoChoices, the field [1] as it stands,
 * into cms->ocsps. What else is there, or is damaged, is passed over. */
KUNCI_MUST_USE enum kunci_rc ocsps_read(const unsigned char *field, size_t len, struct cms *cms,
                                        struct kunci_err *err);

#endif
