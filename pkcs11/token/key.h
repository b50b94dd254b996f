/* Keys from the inside: halves as they stand on the token, and pairs. */
#ifndef TOKEN_KEY_H
#define TOKEN_KEY_H

#include "token/cert_kind.h"
#include "token/key_type.h"
#include "token/session.h"
#include "token/sign_key.h"

/* A private key, a public key, or a certificate: whatever tells of a public key. */
struct key_half {
    struct object object;
    CK_KEY_TYPE key_type;
    const struct key_kind *kind; /* NULL: none of ours, or not known */
    unsigned char *spki;         /* NULL where the object does not tell */
    size_t spki_len;
    bool always_authenticate;
    bool never_signs;    /* it says so: made to decrypt or to derive */
    enum cert_kind cert; /* whose, of a certificate */
};

CK_RV key_half_read(const struct session *session, const struct object *object,
                    struct key_half *out);
void key_half_clear(struct key_half *half);

/* Both tell, and tell of the same public key. */
bool key_half_same(const struct key_half *a, const struct key_half *b);

/* Whether one of the list's certificates that are the holder's, or one of its keys,
 * tells of the same public key. */
CK_RV key_half_among(const struct session *session, const struct object_list *list,
                     bool certificates, const struct key_half *wanted, bool *is);

struct kunci_key {
    struct kunci_token *token;
    unsigned holders; /* atomic */
    bool has_private, has_public;
    struct key_half half; /* the private half with the pair's public key; the public
                           * half where that is all */
    struct object public;
    enum { CERTIFIED_UNKNOWN, CERTIFIED_NOT, CERTIFIED } certified; /* set by a list only */
    pthread_mutex_t lock;                                           /* around what follows */
    CK_OBJECT_HANDLE handle;
    unsigned generation; /* in which the handle was found */
};

/* Makes a key of one half, which is taken over in any case. NULL: no memory. */
struct kunci_key *key_make(struct kunci_token *token, const struct session *session,
                           struct key_half *half);

/* Completes a private half: looks for the public one on the token, first among the
 * candidates. Where none is, the key stays without. */
CK_RV key_join(struct kunci_key *key, const struct session *session,
               const struct object_list *candidates);

/* Whether the two halves belong together: a signature is made and checked. That can be
 * had of a private key that does not tell its public one, unless each signature asks for
 * the PIN, or the session is the security officer's. */
bool key_can_prove(const struct session *session, const struct key_half *private);
bool key_proves(const struct session *session, const struct key_half *private,
                const struct key_half *public);

/* As session_run(); a key that is not on the token any more is said to be so. */
KUNCI_MUST_USE enum kunci_rc key_run(struct kunci_key *key, enum session_need need,
                                     const char *where, session_work *work, void *context,
                                     struct kunci_err *err);

/* The handle for use in this session, looked for again where it was lost. */
CK_RV key_handle(struct kunci_key *key, const struct session *session, CK_OBJECT_HANDLE *out);
void key_handle_lost(struct kunci_key *key);

#endif
