/* A signer made ready: what every file signed by it has in common. */
#ifndef SIGN_SIGNING_H
#define SIGN_SIGNING_H

#include "cms/signer_info.h"
#include "sign/content.h"

struct kunci_signing {
    struct kunci_signer *signer;
    enum kunci_format format;
    bool attached, force, resume;
    struct kunci_timestamper timestamper;
    EVP_PKEY *key; /* the public one, to prove each signature with */
    /* CAdES only. */
    enum hash_id hash;
    struct signer_parts parts;
    struct buf certs; /* the signer's first, then its issuers', DER */
    size_t cert_len;  /* of the first */
};

/* One file among others: where it is, where it goes, and what stands there already. */
struct task {
    struct kunci_signing *signing;
    const struct kunci_sign_item *item;
    struct workspace *work;
    bool replace;
};

/* Signs what is handed to the token, and proves it before it leaves. */
KUNCI_MUST_USE enum kunci_rc signing_sign(const struct kunci_signing *signing, const void *in,
                                          size_t in_len, unsigned char *sig, size_t *sig_len,
                                          struct kunci_err *err);

/* The ways of signing a file. */
KUNCI_MUST_USE enum kunci_rc cades_sign(const struct task *task, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc raw_sign(const struct task *task, struct kunci_err *err);

/* Whether under the output's name stands what signing would put there. The content is
 * read for it; that the output is anything else, or half, is no error. */
KUNCI_MUST_USE enum kunci_rc cades_is_signed(const struct task *task, bool *is,
                                             struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc raw_is_signed(const struct task *task, bool *is,
                                           struct kunci_err *err);

/* One item by one thread. */
KUNCI_MUST_USE enum kunci_rc task_run(struct task *task, enum kunci_signed *how,
                                      struct kunci_err *err);

#endif
