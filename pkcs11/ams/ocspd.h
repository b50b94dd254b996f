/* OCSP (RFC 6960, RFC 5019) answered from memory. The answers are signed ahead by the
 * issuing authority itself, who is named by its key; each says one certificate's status
 * and is good for a day. Nonces are passed over.
 *
 * All threads may call all of it at once. ocspd_find() needs neither store nor token:
 * it is what a thread that serves others calls. */
#ifndef AMS_OCSPD_H
#define AMS_OCSPD_H

#include "ams/ca.h"

struct ocspd;

/* The ca must outlive it. */
KUNCI_MUST_USE enum kunci_rc ocspd_new(const struct ca *ca, struct ocspd **out,
                                       struct kunci_err *err);
void ocspd_free(struct ocspd **ocspd);

enum {
    OCSPD_REQUEST_MAX = 8192,  /* bytes; nothing that asks for OCSPD_CERTS_MAX is longer */
    OCSPD_CERTS_MAX = 16,      /* certificates asked for at once */
    OCSPD_LIFE = 24 * 60 * 60, /* seconds */
    OCSPD_UNKNOWN_MAX = 4096   /* answers "unknown" that are kept */
};

/* An OCSPResponse; shared, to be given back by ocspd_answer_free(). */
struct ocspd_answer {
    unsigned owners;                  /* atomic; 0: not counted */
    int64_t this_update, next_update; /* 0: it is a refusal */
    size_t len;
    unsigned char *der;
};
void ocspd_answer_free(struct ocspd_answer **answer);

/* "internalError", "tryLater", ... without a signature; need not be given back. */
enum ocspd_refusal {
    OCSPD_MALFORMED = 1,
    OCSPD_INTERNAL = 2,
    OCSPD_TRY_LATER = 3,
    OCSPD_UNAUTHORIZED = 6
};
struct ocspd_answer *ocspd_refusal(enum ocspd_refusal why);

/* The request in what follows "/ocsp/" of a GET: base64, with or without %XX. False where
 * it is none; to has room for OCSPD_REQUEST_MAX bytes. */
bool ocspd_path_read(const char *path, unsigned char *to, size_t *len);

/* The answer where it is known without signing: one that is kept, or a refusal. NULL: a
 * worker has to call ocspd_sign() with the same request. */
struct ocspd_answer *ocspd_find(struct ocspd *ocspd, const unsigned char *request, size_t len,
                                int64_t now);

/* Looks the status up, signs, and keeps the answer. */
KUNCI_MUST_USE enum kunci_rc ocspd_sign(struct ocspd *ocspd, struct store *store,
                                        const unsigned char *request, size_t len, int64_t now,
                                        struct ocspd_answer **out, struct kunci_err *err);

/* The certificate's status was changed, and that is committed: what was kept is dropped and
 * signed anew. From its return on, whether it succeeds or not, nobody is told the old
 * status. Called for what was just issued, it is known at once. */
KUNCI_MUST_USE enum kunci_rc ocspd_changed(struct ocspd *ocspd, struct store *store,
                                           const char *serial, int64_t now, struct kunci_err *err);

/* Signs what is not kept yet, or was signed half a day ago, of the certificates that are
 * not expired: at most so many, then it returns; the next call goes on from there. done:
 * how many; fewer than limit: nothing is left to be done for now. One thread at a time. */
KUNCI_MUST_USE enum kunci_rc ocspd_ahead(struct ocspd *ocspd, struct store *store, int64_t now,
                                         size_t limit, size_t *done, struct kunci_err *err);

#endif
