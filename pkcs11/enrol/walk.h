/* A flow on its way. What is to be done is what the authority's request document asks
 * for; what has been done stands in the journal, on the token and at the authority. */
#ifndef ENROL_WALK_H
#define ENROL_WALK_H

#include "enrol/ams.h"
#include "enrol/journal.h"

#include <kunci/enrol.h>

struct walk {
    struct kunci_ams *ams;
    const struct kunci_enrol_options *options;
    const char *kind; /* "renewal" */
    bool keyed;       /* it brings a certificate */
    struct journal *journal;
    json_t *me, *request; /* the authority's last answers */
    struct buf issuing, root;
    int64_t renewal_days;         /* as the authority has them */
    const struct kunci_cert *old; /* that is renewed; NULL: none */
    struct kunci_cert *own_old;   /* the same, where it is not the login's */
    struct kunci_key *old_key;    /* once it was asked for: walk_old_key() */
    struct kunci_cert *cert;      /* of the login, and its signer; NULL: by password */
    struct kunci_signer *holder;
    struct kunci_key *key; /* the new one, once it is known */
    bool agreed;           /* to the data, in this run */
    bool attached;         /* what the options attach was sent, in this run */
};

/* ---- what the request document says ---- */

bool walk_is_mine(const struct walk *walk);
bool walk_is_over(const struct walk *walk);
/* Whether a list of needs ("deeds") has the word; NULL: any. */
bool walk_needs(const struct walk *walk, const char *list, const char *word);
/* "/v1/requests/7" and what comes behind. */
void walk_path(const struct walk *walk, const char *behind, char *to, size_t size);

void walk_tell(const struct walk *walk, enum kunci_enrol_news news, const char *about);
KUNCI_MUST_USE enum kunci_rc walk_ask(const struct walk *walk, enum kunci_enrol_question what,
                                      json_t *shown, struct kunci_err *err);
/* POSTs an event, which is taken over, and keeps the document that comes back. */
KUNCI_MUST_USE enum kunci_rc walk_send(struct walk *walk, json_t *event, struct kunci_err *err);

/* ---- its parts ---- */

/* The authority's certificates, and how long before its end a certificate can be renewed. */
KUNCI_MUST_USE enum kunci_rc holder_meet(struct kunci_ams *ams, struct buf *issuing,
                                         struct buf *root, int64_t *renewal_days,
                                         struct kunci_err *err);
/* Logs in by the latest certificate of that issuer whose key is there, or by the named
 * one. cert may be NULL. */
KUNCI_MUST_USE enum kunci_rc holder_login(struct kunci_ams *ams, struct kunci_token *token,
                                          const char *named, const struct buf *issuing,
                                          struct kunci_cert **cert, struct kunci_signer **signer,
                                          struct kunci_err *err);
/* The key of a certificate on the token, and a signer that holds the certificate too. */
KUNCI_MUST_USE enum kunci_rc holder_key(struct kunci_token *token, const struct kunci_cert *cert,
                                        struct kunci_key **out, struct kunci_err *err);
/* The certificate on the token with these bytes; NULL where it is not there. */
KUNCI_MUST_USE enum kunci_rc holder_cert(struct kunci_token *token, const struct buf *der,
                                         struct kunci_cert **out, struct kunci_err *err);

/* The key of the old certificate; it stays the walk's. */
KUNCI_MUST_USE enum kunci_rc walk_old_key(struct walk *walk, struct kunci_key **out,
                                          struct kunci_err *err);

/* Whether keys or certificates without a name are on the token. */
KUNCI_MUST_USE enum kunci_rc stumps_look(struct kunci_token *token, bool *any,
                                         struct kunci_err *err);
/* Those that this flow's killed runs left are removed. */
KUNCI_MUST_USE enum kunci_rc stumps_remove(const struct walk *walk, struct kunci_err *err);

/* The new key on the token, the request signed by it, in the journal. */
KUNCI_MUST_USE enum kunci_rc walk_key(struct walk *walk, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc walk_csr(struct walk *walk, struct kunci_err *err);
/* {"algorithm","signature"} of the old key over the request. */
KUNCI_MUST_USE enum kunci_rc walk_prove_old(struct walk *walk, json_t **out, struct kunci_err *err);

/* The certificate: fetched, checked and confirmed; written; proved; the old one after it. */
KUNCI_MUST_USE enum kunci_rc walk_take_cert(struct walk *walk, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc walk_retire(struct walk *walk, struct kunci_err *err);
/* Whether a certificate is the one asked for; KUNCI_CERT_NOT_AS_ASKED says why not. */
KUNCI_MUST_USE enum kunci_rc cert_fits(const struct walk *walk, const struct buf *cert,
                                       struct kunci_err *err);

/* To the end, or to where somebody else has to act. */
KUNCI_MUST_USE enum kunci_rc walk_on(struct walk *walk, struct kunci_err *err);

#endif
