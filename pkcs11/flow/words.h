/* The words of procedures: what a file may say, and what each of them means. */
#ifndef FLOW_WORDS_H
#define FLOW_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Each list stands in the order of its names; docs/procedures.md tells them to people. */

enum sop_kind {
    SOP_ACTIVATION,
    SOP_ISSUANCE,
    SOP_RENEWAL,
    SOP_DATA_CHANGE,
    SOP_REVOCATION,
    SOP_SUSPENSION,
    SOP_RESUMPTION,
    SOP_PASSPHRASE_SET,
    SOP_PASSPHRASE_RESET,
    SOP_KINDS
};
extern const char *const sop_kind_names[];

enum role {
    ROLE_PEMOHON,          /* the applicant, and later holder */
    ROLE_SEKSI_PERSANDIAN, /* forwards to the authority */
    ROLE_PENDAMPING,       /* accompanies the holder and decides nothing */
    ROLE_ADMIN_HELPDESK,   /* registers */
    ROLE_KEPALA_DINAS,     /* disposes */
    ROLE_KABID,            /* follows up */
    ROLE_VERIFIKATOR,
    ROLE_OP,
    ROLE_CA,
    ROLE_AUDITOR, /* reads all and changes nothing */
    ROLE_SISTEM,  /* kunci itself */
    ROLES
};
extern const char *const role_names[];

/* What kind of work a step is: it decides who may do it. */
enum act {
    ACT_RECEIVE,
    ACT_LOGIN,
    ACT_CHECK,  /* one's own data */
    ACT_CHANGE, /* the same, by another procedure */
    ACT_APPLY,
    ACT_SUBMIT,
    ACT_DISPOSE,
    ACT_FOLLOW_UP,
    ACT_REGISTER,
    ACT_FORWARD,
    ACT_VERIFY,
    ACT_APPROVE,
    ACT_EXECUTE,
    ACT_NOTIFY,
    ACT_PASSPHRASE, /* chosen by the holder alone */
    ACT_TOKEN,      /* what he does with his token */
    ACT_CLOSE,
    ACTS
};
extern const char *const act_names[];

/* Where a request stands. */
enum state {
    STATE_DRAFT,
    STATE_SUBMITTED,
    STATE_DISPOSED,
    STATE_VERIFYING,
    STATE_APPROVED,
    STATE_EXECUTED,
    STATE_NOTIFIED,
    STATE_CLOSED,
    STATE_REJECTED, /* and not handed in again, where nobody could */
    STATE_WITHDRAWN,
    STATE_TIMED_OUT,
    STATES
};
extern const char *const state_names[];

struct act_rule {
    uint32_t who; /* a bit for each role that may */
    /* The request's state when such a step is come to, and when it is done; STATES: as
     * it was. A state is never left for an earlier one but by a rejection. */
    enum state arrives, leaves;
    bool decides; /* about somebody else's request: it can be rejected */
};
extern const struct act_rule act_rules[ACTS];

/* What a step does besides: through the port, to a token or at the authority. */
enum deed {
    DEED_KEY_NEW,
    DEED_CSR_NEW,
    DEED_PROVE_OLD, /* the request is signed by the certificate's old key too */
    DEED_WRITE,
    DEED_PROVE, /* the new pair signs, and is verified */
    DEED_RETIRE,
    DEED_PIN_SET,
    DEED_PIN_RESET,
    DEED_ACCOUNT_ACTIVATE,
    DEED_DATA_CHANGE,
    DEED_ISSUE,
    DEED_REVOKE,
    DEED_SUSPEND,
    DEED_RESUME,
    DEEDS
};
extern const char *const deed_names[];

struct deed_rule {
    uint32_t who;   /* a bit for each role that may */
    uint32_t after; /* a bit for each deed that has to be done before */
    bool weighty;   /* somebody has to have verified or approved it before */
};
extern const struct deed_rule deed_rules[DEEDS];

/* What a procedure of each kind is for: by it the request is executed. */
extern const enum deed sop_kind_deeds[SOP_KINDS];

/* What a condition asks for; the answers come through the port. */
enum fact { FACT_CERTIFICATE, FACT_DATA, FACT_ACCOUNT, FACT_TOKEN, FACT_CALLED, FACTS };
extern const char *const fact_names[];
extern const char *const *const fact_values[FACTS]; /* each ended by NULL */

enum {
    CERTIFICATE_NONE,
    CERTIFICATE_ACTIVE,
    CERTIFICATE_EXPIRING,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_SUSPENDED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_SUPERSEDED
};
enum { CALLED_NO, CALLED_YES };

/* What a step needs of a person's data. */
enum field {
    FIELD_NIK,
    FIELD_NIP,
    FIELD_NAME,
    FIELD_EMAIL,
    FIELD_POST,
    FIELD_UNIT,
    FIELD_INSTITUTION,
    FIELD_PHONE,
    FIELD_REASON,
    FIELD_BIRTH_PLACE,
    FIELD_BIRTH_DATE,
    FIELDS
};
extern const char *const field_names[];

/* Which checks of the person's data come before a step is done. */
enum rule { RULE_IDENTITY, RULE_LETTER, RULES };
extern const char *const rule_names[];

/* Why a certificate is revoked or suspended, and what RFC 5280 5.3.1 calls it. */
struct reason {
    const char *name;
    unsigned crl_reason, alone; /* alone: where no new certificate follows */
};
enum { REASONS = 10 };
extern const struct reason reasons[REASONS];
extern const char *const reason_names[];

/* Documents that every procedure knows, and their names for people. */
struct document_kind {
    const char *name, *id, *en;
};
extern const struct document_kind document_kinds[];
extern const unsigned document_kind_count;

/* The place of a word in a list ended by NULL; -1 where it is none of them. */
int word_index(const char *const *list, const char *word);

/* For people, in the language in force. */
const char *role_title(enum role role);
const char *state_title(enum state state);
const char *sop_kind_title(enum sop_kind kind);

#endif
