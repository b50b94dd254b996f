/* The certification authority: a root, an issuing authority and a key for the audit trail,
 * all three on a token; their certificates, and those that were issued, in the store.
 *
 * A struct ca does not change once it is open: all threads may use it at once, each with
 * a connection of its own to the store. What changes something is called within the
 * caller's transaction, who also writes the row of the audit trail: he knows by whose word. */
#ifndef AMS_CA_H
#define AMS_CA_H

#include "store/store.h"

#include <kunci/key.h>
#include <openssl/evp.h>

struct ca;

enum ca_part { CA_ROOT, CA_ISSUING, CA_AUDIT, CA_PARTS };

/* ---- made and opened ---- */

struct ca_plan {
    struct kunci_token *token;
    const char *organisation; /* O= of its certificates, UTF-8, 1 to 53 characters */
    const char *public_url;   /* as it will stand in the certificates, "http://ams.contoh.go.id" */
    const char *node;         /* for the audit trail; NULL: "ams" */
    int64_t now;              /* 0: it is clock_system's */
};

/* Makes the keys on the token and the certificates in the store, in transactions of its
 * own, the last with a row of the audit trail. KUNCI_AMS_EXISTS where there is one. Ended in
 * between it may be called again with the same store: the keys' labels stood there before
 * the keys were made. */
KUNCI_MUST_USE enum kunci_rc ca_make(struct store *store, const struct ca_plan *plan,
                                     struct kunci_err *err);

/* Logs in to the token, by the source of PINs that its modules have, and finds the keys.
 * KUNCI_AMS_MISSING where there is none. The token must outlive it, the store need not.
 * token NULL: for what needs no key; its signers are NULL then. */
KUNCI_MUST_USE enum kunci_rc ca_open(struct store *store, struct kunci_token *token,
                                     const char *public_url, struct ca **out,
                                     struct kunci_err *err);
void ca_close(struct ca **ca);

/* DER; belongs to the ca. */
const unsigned char *ca_certificate(const struct ca *ca, enum ca_part part, size_t *len);
/* With its certificate; may be used by many threads at once. */
struct kunci_signer *ca_signer(const struct ca *ca, enum ca_part part);
/* The issuing authority's public key as OpenSSL has it, to prove what its signer made; NULL
 * where it has none. */
EVP_PKEY *ca_issuing_key(const struct ca *ca);
const char *ca_name(const struct ca *ca); /* the organisation */

/* ---- issued ---- */

enum { CA_SERIAL = 64 }; /* room for a serial number, lower-case hexadecimal */

struct ca_order {
    const char *profile;      /* "holder", "operator", "tls-server", "audit" */
    const unsigned char *csr; /* PKCS#10, DER, its own signature checked before: public key,
                               * subject and alternative names are taken as they stand;
                               * NULL: what follows is */
    size_t csr_len;
    const unsigned char *spki, *subject, *names; /* SubjectPublicKeyInfo, Name, GeneralNames;
                                                  * names may be NULL */
    size_t spki_len, subject_len, names_len;
    int64_t account, request; /* 0: none */
    int64_t now;
};

struct ca_issued {
    char serial[CA_SERIAL];
    unsigned char *der; /* to be freed */
    size_t len;
};

/* Within the caller's transaction. Lint has tried what comes out. */
KUNCI_MUST_USE enum kunci_rc ca_issue(const struct ca *ca, struct store *store,
                                      const struct ca_order *order, struct ca_issued *out,
                                      struct kunci_err *err);

/* For a server: its names are "dns:ams.contoh.go.id" or "ip:127.0.0.1", ended by NULL; the
 * first is its CN too. */
KUNCI_MUST_USE enum kunci_rc ca_issue_server(const struct ca *ca, struct store *store,
                                             const unsigned char *spki, size_t spki_len,
                                             const char *const *names, int64_t now,
                                             struct ca_issued *out, struct kunci_err *err);

/* ---- revoked ---- */

/* CRLReason of RFC 5280. 7 there is none; 8 is for lists of changes, which are not made. */
enum ca_reason {
    CA_UNSPECIFIED,
    CA_KEY_COMPROMISE,
    CA_CA_COMPROMISE,
    CA_AFFILIATION_CHANGED,
    CA_SUPERSEDED,
    CA_CESSATION,
    CA_HOLD, /* by ca_suspend() alone */
    CA_PRIVILEGE_WITHDRAWN = 9,
    CA_AA_COMPROMISE = 10
};
/* "keyCompromise"; NULL for none of them. */
const char *ca_reason_name(int reason);
/* -1: there is none such, and for certificateHold and removeFromCRL. */
int ca_reason_by_name(const char *name);

/* Within the caller's transaction, as are the other two; after its commit, and before
 * anybody is told, ocspd_changed(). For good: KUNCI_CERT_STATE where it was done before. One
 * that was suspended is revoked as of then. invalid_at: since when the key may have been in
 * others' hands; 0: not known. */
KUNCI_MUST_USE enum kunci_rc ca_revoke(struct store *store, const char *serial, int reason,
                                       int64_t at, int64_t invalid_at, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc ca_suspend(struct store *store, const char *serial, int64_t at,
                                        struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc ca_resume(struct store *store, const char *serial,
                                       struct kunci_err *err);

/* ---- looked up ---- */

enum ca_status { CA_ACTIVE, CA_SUSPENDED, CA_REVOKED };

struct ca_row {
    char serial[CA_SERIAL];
    int64_t account, request; /* 0: none */
    char *profile, *subject;  /* subject: as name_print() has it */
    enum ca_status status;
    int64_t not_before, not_after, issued_at;
    int64_t revoked_at; /* 0: it is not; of a suspended one: since when */
    int reason;
    unsigned char *der;
    size_t len;
};
void ca_row_clear(struct ca_row *row);

/* KUNCI_CERT_UNKNOWN where there is none. */
KUNCI_MUST_USE enum kunci_rc ca_find(struct store *store, const char *serial, struct ca_row *out,
                                     struct kunci_err *err);
/* All of an account's, the newest first; to be freed by ca_rows_free(). */
KUNCI_MUST_USE enum kunci_rc ca_of_account(struct store *store, int64_t account,
                                           struct ca_row **out, size_t *count,
                                           struct kunci_err *err);
void ca_rows_free(struct ca_row **rows, size_t count);
/* An account's newest whose condition is one of those listed, or else its newest: its serial
 * number, "" where it has none. */
KUNCI_MUST_USE enum kunci_rc ca_newest(struct store *store, int64_t account,
                                       const char *const *conditions, int64_t now,
                                       int64_t renewal_days, char serial[CA_SERIAL],
                                       struct kunci_err *err);

/* What procedures call it: "active", "expiring", "expired", "suspended", "revoked",
 * "superseded"; "none" of NULL. */
const char *ca_condition(const struct ca_row *row, int64_t now, int64_t renewal_days);

/* Whether a certificate was ever issued for the public key. */
KUNCI_MUST_USE enum kunci_rc ca_key_known(struct store *store, const unsigned char *spki,
                                          size_t len, bool *known, struct kunci_err *err);

/* The serial number that a certificate bears; false where it is none. */
bool ca_serial_of(const unsigned char *der, size_t len, char to[CA_SERIAL]);

#endif
