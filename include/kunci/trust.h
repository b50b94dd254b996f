/* Whom a certificate comes from, and whether it could be believed at a given moment. */
#ifndef KUNCI_TRUST_H
#define KUNCI_TRUST_H

#include <kunci/cert.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As ETSI EN 319 102-1 judges, the worst last. */
enum kunci_indication { KUNCI_PASSED, KUNCI_INDETERMINATE, KUNCI_FAILED };

/* Why, in the standard's own terms (5.1.3, table 2 and 3). */
enum kunci_reason {
    KUNCI_REASON_NONE = 0,
    KUNCI_FORMAT_FAILURE,
    KUNCI_HASH_FAILURE,
    KUNCI_SIG_CRYPTO_FAILURE,
    KUNCI_REVOKED,
    KUNCI_EXPIRED,
    KUNCI_NOT_YET_VALID,
    KUNCI_SIG_CONSTRAINTS_FAILURE,
    KUNCI_CHAIN_CONSTRAINTS_FAILURE,
    KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE,
    KUNCI_CRYPTO_CONSTRAINTS_FAILURE,
    KUNCI_TIMESTAMP_ORDER_FAILURE,
    KUNCI_NO_SIGNING_CERTIFICATE_FOUND,
    KUNCI_NO_CERTIFICATE_CHAIN_FOUND,
    KUNCI_REVOKED_NO_POE,
    KUNCI_REVOKED_CA_NO_POE,
    KUNCI_OUT_OF_BOUNDS_NO_POE,
    KUNCI_OUT_OF_BOUNDS_NOT_REVOKED,
    KUNCI_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    KUNCI_NO_POE,
    KUNCI_TRY_LATER,
    KUNCI_SIGNED_DATA_NOT_FOUND,
    KUNCI_REASON_COUNT
};

const char *kunci_indication_name(enum kunci_indication indication); /* "TOTAL-PASSED" */
const char *kunci_reason_name(enum kunci_reason reason);             /* "REVOKED"; "" for none */
/* One sentence that a person understands, in the language in use. */
const char *kunci_reason_sentence(enum kunci_reason reason);

/* What is done where nobody can be asked whether a certificate was revoked. */
enum kunci_revocation {
    KUNCI_REVOCATION_HARD, /* the outcome is INDETERMINATE, TRY_LATER */
    KUNCI_REVOCATION_SOFT, /* passes, and the report says aloud that it was not checked */
    KUNCI_REVOCATION_OFF   /* nobody is asked, and the report says that */
};

struct kunci_trust_options {
    /* Files and folders, ended by NULL; PEM or DER. Anchors are believed; others
     * (certificates, CRLs) only help to get there. Either may be NULL. */
    const char *const *anchors, *const *others;
    bool system; /* the system's own anchors too */
    enum kunci_revocation revocation;
    bool offline;                /* nothing is fetched: what is at hand has to do */
    const char *cache;           /* folder for what was fetched; NULL: kept in memory only */
    const char *const *policies; /* OIDs of which the path must allow one; NULL: any */
    unsigned timeout_ms;         /* for each answer from the network; 0: 10 seconds */
    size_t largest;              /* CRL in bytes that is read; 0: 64 MiB */
};

struct kunci_trust;
KUNCI_MUST_USE enum kunci_rc kunci_trust_new(const struct kunci_trust_options *options,
                                             struct kunci_trust **out, struct kunci_err *err);
void kunci_trust_free(struct kunci_trust **trust);

enum kunci_purpose {
    KUNCI_PURPOSE_ANY,
    KUNCI_PURPOSE_SIGN,      /* digitalSignature or nonRepudiation, where usages are stated */
    KUNCI_PURPOSE_TIMESTAMP, /* critical extKeyUsage timeStamping, alone */
    KUNCI_PURPOSE_OCSP
};

enum kunci_revoked { KUNCI_NOT_CHECKED, KUNCI_GOOD, KUNCI_IS_REVOKED, KUNCI_UNKNOWN };

/* One certificate of a path. */
struct kunci_path_step {
    const unsigned char *der; /* belongs to the path */
    size_t len;
    struct kunci_cert_info info;
    bool anchor;
    enum kunci_revoked revoked;
    char source[8];                   /* "ocsp", "crl", "" */
    int64_t this_update, next_update; /* of what said so; 0: it did not say */
    int64_t revoked_at;               /* 0: it was not */
    int revoked_why;                  /* RFC 5280 CRLReason; -1: not said */
    char trouble[256];                /* why it was not checked: a sentence, or "" */
};

/* How a certificate was judged. It is an answer, not an error: errors are for what
 * kept us from judging. */
struct kunci_path {
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256]; /* a sentence beyond the reason's own, or "" */
    size_t count;     /* from the certificate itself to the anchor; short where none was found */
    struct kunci_path_step *steps;
};
void kunci_path_free(struct kunci_path **path);

struct kunci_blob {
    const unsigned char *data;
    size_t len;
};

struct kunci_path_request {
    struct kunci_blob cert;                /* DER */
    const struct kunci_blob *certs, *crls; /* that came along with the signature, DER */
    const struct kunci_blob *ocsps;        /* the same: OCSPResponse or BasicOCSPResponse */
    size_t cert_count, crl_count, ocsp_count;
    enum kunci_purpose purpose;
    int64_t at;  /* the moment that is asked about */
    int64_t now; /* when the question is asked: a revocation that lies after `at` does
                  * not count, one without a date or for keyCompromise may */
};
KUNCI_MUST_USE enum kunci_rc kunci_path_check(struct kunci_trust *trust,
                                              const struct kunci_path_request *request,
                                              struct kunci_path **out, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
