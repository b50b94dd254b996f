/* SignedData over bytes in memory: decisions, seals. Files go through sign/. */
#ifndef CMS_MESSAGE_H
#define CMS_MESSAGE_H

#include "base/buf.h"

#include <kunci/sign.h>

struct message {
    const void *content;
    size_t len;
    bool attached; /* the content goes into the signature */
};

/* Signs with the attributes of CAdES; the signer's certificate, which it has to have, goes
 * along. The signature is proved before it is handed out. */
KUNCI_MUST_USE enum kunci_rc message_sign(struct kunci_signer *signer,
                                          const struct message *message, struct buf *out,
                                          struct kunci_err *err);

#endif
