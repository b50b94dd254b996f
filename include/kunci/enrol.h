/* The holder's flows with an authority: renewal, first issuance, revocation; and the
 * operator's signed decisions. */
#ifndef KUNCI_ENROL_H
#define KUNCI_ENROL_H

#include <kunci/ams.h>
#include <kunci/cert.h>
#include <kunci/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a person has to agree to. */
enum kunci_enrol_question {
    KUNCI_ENROL_DATA,   /* that this is his data: {"data":{...},"subject"} */
    KUNCI_ENROL_SUBJECT /* that the certificate issued is his: {"subject","serial","issuer",
                           "not_before","not_after"} */
};

/* What a flow tells of its way. */
enum kunci_enrol_news {
    KUNCI_ENROL_FRESH,     /* nothing was under way */
    KUNCI_ENROL_CONTINUES, /* with the request of that number */
    KUNCI_ENROL_UNSENT,    /* an earlier run has sent nothing yet */
    KUNCI_ENROL_HALF_GONE, /* half a pair that a killed run left under that label was removed */
    KUNCI_ENROL_KEY_MADE,  /* under that label */
    KUNCI_ENROL_KEY_KEPT,  /* the one that an earlier run made is used */
    KUNCI_ENROL_SENT,      /* the request of that number has all it needs */
    KUNCI_ENROL_WAITS,     /* for that role */
    KUNCI_ENROL_OFFLINE,   /* the authority does not answer just now: why */
    KUNCI_ENROL_ISSUED,    /* the certificate of that serial number */
    KUNCI_ENROL_WRITTEN,   /* under that label */
    KUNCI_ENROL_FOUND_WRITTEN,
    KUNCI_ENROL_PROVED,  /* the new pair signs, and the authority knows it */
    KUNCI_ENROL_DELETED, /* the old pair of that label */
    KUNCI_ENROL_OLD_KEPT /* the old pair of that label */
};

struct kunci_enrol_port {
    void *context;
    /* KUNCI_OK: he agrees; KUNCI_DECLINED. NULL: agreed. */
    enum kunci_rc (*confirm)(void *context, enum kunci_enrol_question what, const char *json,
                             struct kunci_err *err);
    void (*tell)(void *context, enum kunci_enrol_news news, const char *about); /* may be NULL */
    const volatile int *stop; /* not 0: the flow ends with KUNCI_INTERRUPTED; may be NULL */
};

/* A document that a procedure asks for. */
struct kunci_attachment {
    const char *name; /* "surat-rekomendasi" */
    const void *bytes;
    size_t len;
};

/* What is NULL is not said. */
struct kunci_enrol_options {
    struct kunci_token *token;
    const char *cert;    /* which one, by label, id or URI; of a revocation without a token its
                          * serial number */
    const char *account; /* logs in by its password, else by the certificate */
    const struct kunci_secret *password;
    enum kunci_key_type type; /* of the new key; KUNCI_KEY_OTHER: as the old one, or P-256 */
    const struct kunci_attachment *attachments;
    size_t attachment_count;
    const char *fields_name; /* what the letter and the card say, YAML: person, letter, card */
    const void *fields;
    size_t fields_len;
    const char *reason;   /* of a revocation, "lost" */
    const char *ca;       /* file with the root that certificates have to lead to */
    const char *folder;   /* of the journal; NULL: $XDG_STATE_HOME/kunci */
    bool no_wait;         /* end where somebody else has to act */
    bool delete_old_keys; /* else they stay on the token */
    struct kunci_enrol_port port;
};

/* Each begins by reading the journal, the request and the token, and goes on from where
 * they stand: it may be ended anywhere, and called again. *json, to be freed, tells where
 * it has come to: {"kind","request","state","finished","waits_for","certificate","label"}. A
 * rejection is KUNCI_REQUEST_REJECTED once; called again, the request is handed in again
 * with the same key. */
KUNCI_MUST_USE enum kunci_rc kunci_renew(struct kunci_ams *ams,
                                         const struct kunci_enrol_options *options, char **json,
                                         struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_enrol(struct kunci_ams *ams,
                                         const struct kunci_enrol_options *options, char **json,
                                         struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_revoke(struct kunci_ams *ams,
                                          const struct kunci_enrol_options *options, char **json,
                                          struct kunci_err *err);

/* Logs in by the certificate on the token that is named, or by the latest one of this
 * authority. The session needs the signer, and that needs the certificate: they are to be
 * freed in this order. */
KUNCI_MUST_USE enum kunci_rc kunci_enrol_login(struct kunci_ams *ams, struct kunci_token *token,
                                               const char *named, struct kunci_cert **cert,
                                               struct kunci_signer **signer, struct kunci_err *err);

struct kunci_decision {
    const char *document; /* the request document, JSON, as it was shown to who decides */
    bool reject;
    const char *outcome; /* of a step with several; NULL */
    const char *reason;  /* of a rejection */
};

/* Signs what the document shows and sends it: *json is the request document after it. */
KUNCI_MUST_USE enum kunci_rc kunci_decide(struct kunci_ams *ams, struct kunci_signer *signer,
                                          const struct kunci_decision *decision, char **json,
                                          struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
