#include "flow/words.h"

#include "base/text.h"

#include <kunci/flow.h>
#include <stddef.h>
#include <string.h>

const char *const sop_kind_names[] = {
    "activation", "issuance",   "renewal",        "data-change",      "revocation",
    "suspension", "resumption", "passphrase-set", "passphrase-reset", NULL};

const char *const role_names[] = {"pemohon",      "seksi-persandian",
                                  "pendamping",   "admin-helpdesk",
                                  "kepala-dinas", "kabid",
                                  "verifikator",  "op",
                                  "ca",           "auditor",
                                  "sistem",       NULL};

const char *const act_names[] = {"receive", "login",   "check",     "change",   "apply",
                                 "submit",  "dispose", "follow-up", "register", "forward",
                                 "verify",  "approve", "execute",   "notify",   "passphrase",
                                 "token",   "close",   NULL};

const char *const state_names[] = {"draft",    "submitted", "disposed",  "verifying",
                                   "approved", "executed",  "notified",  "closed",
                                   "rejected", "withdrawn", "timed-out", NULL};

const char *const deed_names[] = {
    "key-new",   "csr-new",          "prove-old",   "write", "prove",  "retire",  "pin-set",
    "pin-reset", "account-activate", "data-change", "issue", "revoke", "suspend", "resume",
    NULL};

const char *const field_names[] = {"nik",    "nip",         "name",        "email",
                                   "post",   "unit",        "institution", "phone",
                                   "reason", "birth-place", "birth-date",  NULL};

const char *const rule_names[] = {"identity", "letter", NULL};

/* ---- who may do what ---- */

#define BIT(role) (1u << ROLE_##role)
#define OFFICE                                                                                     \
    (BIT(SEKSI_PERSANDIAN) | BIT(ADMIN_HELPDESK) | BIT(KEPALA_DINAS) | BIT(KABID) |                \
     BIT(VERIFIKATOR) | BIT(OP) | BIT(CA))
#define AUTHORITY (BIT(VERIFIKATOR) | BIT(OP) | BIT(CA))

const struct act_rule act_rules[ACTS] = {
    [ACT_RECEIVE] = {BIT(PEMOHON) | OFFICE, STATES, STATES, false},
    [ACT_LOGIN] = {BIT(PEMOHON) | OFFICE, STATES, STATES, false},
    [ACT_CHECK] = {BIT(PEMOHON) | AUTHORITY, STATES, STATES, false},
    [ACT_CHANGE] = {BIT(PEMOHON), STATES, STATES, false},
    [ACT_APPLY] = {BIT(PEMOHON) | BIT(ADMIN_HELPDESK) | BIT(SEKSI_PERSANDIAN), STATES, STATES,
                   false},
    [ACT_SUBMIT] = {BIT(PEMOHON) | BIT(ADMIN_HELPDESK) | BIT(SEKSI_PERSANDIAN), STATES,
                    STATE_SUBMITTED, false},
    [ACT_DISPOSE] = {BIT(KEPALA_DINAS), STATE_SUBMITTED, STATE_DISPOSED, true},
    [ACT_FOLLOW_UP] = {BIT(KABID), STATE_SUBMITTED, STATES, true},
    [ACT_REGISTER] = {BIT(ADMIN_HELPDESK), STATE_SUBMITTED, STATES, true},
    [ACT_FORWARD] = {BIT(SEKSI_PERSANDIAN), STATE_SUBMITTED, STATES, true},
    [ACT_VERIFY] = {AUTHORITY, STATE_VERIFYING, STATES, true},
    [ACT_APPROVE] = {AUTHORITY | BIT(KEPALA_DINAS), STATE_VERIFYING, STATE_APPROVED, true},
    [ACT_EXECUTE] = {AUTHORITY | BIT(SISTEM), STATES, STATES, false},
    [ACT_NOTIFY] = {OFFICE | BIT(SISTEM), STATES, STATES, false},
    [ACT_PASSPHRASE] = {BIT(PEMOHON), STATES, STATES, false},
    [ACT_TOKEN] = {BIT(PEMOHON), STATES, STATES, false},
    [ACT_CLOSE] = {BIT(PEMOHON) | AUTHORITY | BIT(SISTEM), STATES, STATES, false},
};

#define AFTER(deed) (1u << DEED_##deed)
#define HOLDER      BIT(PEMOHON)
#define ISSUER      (AUTHORITY | BIT(SISTEM))

const struct deed_rule deed_rules[DEEDS] = {
    [DEED_KEY_NEW] = {HOLDER, 0, false},
    [DEED_CSR_NEW] = {HOLDER, AFTER(KEY_NEW), false},
    [DEED_PROVE_OLD] = {HOLDER, AFTER(CSR_NEW), false},
    [DEED_WRITE] = {HOLDER, 0, false},
    [DEED_PROVE] = {HOLDER, AFTER(WRITE), false},
    [DEED_RETIRE] = {HOLDER, AFTER(PROVE), false},
    [DEED_PIN_SET] = {HOLDER, 0, true},
    [DEED_PIN_RESET] = {HOLDER | BIT(OP), 0, true},
    [DEED_ACCOUNT_ACTIVATE] = {ISSUER, 0, true},
    [DEED_DATA_CHANGE] = {ISSUER, 0, true},
    [DEED_ISSUE] = {ISSUER, AFTER(CSR_NEW), true},
    [DEED_REVOKE] = {ISSUER, 0, true},
    [DEED_SUSPEND] = {ISSUER, 0, true},
    [DEED_RESUME] = {ISSUER, 0, true},
};

const enum deed sop_kind_deeds[SOP_KINDS] = {
    [SOP_ACTIVATION] = DEED_ACCOUNT_ACTIVATE,
    [SOP_ISSUANCE] = DEED_ISSUE,
    [SOP_RENEWAL] = DEED_ISSUE,
    [SOP_DATA_CHANGE] = DEED_DATA_CHANGE,
    [SOP_REVOCATION] = DEED_REVOKE,
    [SOP_SUSPENSION] = DEED_SUSPEND,
    [SOP_RESUMPTION] = DEED_RESUME,
    [SOP_PASSPHRASE_SET] = DEED_PIN_SET,
    [SOP_PASSPHRASE_RESET] = DEED_PIN_RESET,
};

/* ---- facts ---- */

const char *const fact_names[] = {"certificate", "data", "account", "token", "called", NULL};

static const char *const certificate_values[] = {"none",      "active",  "expiring",   "expired",
                                                 "suspended", "revoked", "superseded", NULL};
static const char *const data_values[] = {"same", "changed", NULL};
static const char *const account_values[] = {"none", "active", NULL};
static const char *const token_values[] = {"none", "blank", "ready", "locked", NULL};
static const char *const called_values[] = {"no", "yes", NULL};

const char *const *const fact_values[FACTS] = {
    [FACT_CERTIFICATE] = certificate_values, [FACT_DATA] = data_values,
    [FACT_ACCOUNT] = account_values,         [FACT_TOKEN] = token_values,
    [FACT_CALLED] = called_values,
};

/* ---- reasons and documents ---- */

const struct reason reasons[REASONS] = {
    {"identity-changed", 3, 3},     /* identitas berubah */
    {"transferred", 3, 3},          /* mutasi */
    {"lost", 1, 1},                 /* kehilangan */
    {"misused", 1, 1},              /* penyalahgunaan */
    {"passphrase-forgotten", 4, 5}, /* lupa passphrase */
    {"renewed", 4, 4},
    {"retired", 5, 5},    /* pensiun */
    {"died", 5, 5},       /* meninggal */
    {"post-ended", 9, 9}, /* jabatan berakhir */
    {"suspended", 6, 6},  /* penangguhan */
};
const char *const reason_names[] = {"identity-changed",     "transferred", "lost",    "misused",
                                    "passphrase-forgotten", "renewed",     "retired", "died",
                                    "post-ended",           "suspended",   NULL};

int kunci_flow_crl_reason(const char *reason, bool reissued)
{
    int index = word_index(reason_names, reason);

    if (index < 0)
        return -1;
    return (int)(reissued ? reasons[index].crl_reason : reasons[index].alone);
}

const struct document_kind document_kinds[] = {
    {"surat-permohonan", "Surat Permohonan", "Application letter"},
    {"surat-rekomendasi", "Surat Rekomendasi", "Recommendation letter"},
    {"formulir-perubahan-data", "Formulir Permohonan Perubahan Data", "Data change form"},
    {"data-dukung", "Data dukung perubahan data", "Evidence of the change"},
    {"surat-keterangan", "Surat Keterangan", "Statement letter"},
    {"ktp", "Fotokopi KTP", "Copy of the identity card"},
    {"disposisi", "Lembar disposisi", "Routing instruction"},
    {"persetujuan-atasan", "Persetujuan atasan", "The superior's approval"},
    {"surat-kehilangan", "Surat keterangan kehilangan", "Report of the loss"},
};
const unsigned document_kind_count = sizeof document_kinds / sizeof *document_kinds;

int word_index(const char *const *list, const char *word)
{
    int i;

    for (i = 0; list[i]; i++)
        if (strcmp(list[i], word) == 0)
            return i;
    return -1;
}

/* ---- for people ---- */

const char *role_title(enum role role)
{
    static const char *const titles[ROLES] = {
        [ROLE_PEMOHON] = N_("Applicant"),
        [ROLE_SEKSI_PERSANDIAN] = N_("Cryptography section"),
        [ROLE_PENDAMPING] = N_("Assistant"),
        [ROLE_ADMIN_HELPDESK] = N_("Helpdesk"),
        [ROLE_KEPALA_DINAS] = N_("Head of agency"),
        [ROLE_KABID] = N_("Division head"),
        [ROLE_VERIFIKATOR] = N_("Verifier"),
        [ROLE_OP] = N_("Operator"),
        [ROLE_CA] = N_("Authority"),
        [ROLE_AUDITOR] = N_("Auditor"),
        [ROLE_SISTEM] = N_("System"),
    };

    return _(titles[role]);
}

const char *state_title(enum state state)
{
    static const char *const titles[STATES] = {
        [STATE_DRAFT] = N_("draft"),         [STATE_SUBMITTED] = N_("submitted"),
        [STATE_DISPOSED] = N_("disposed"),   [STATE_VERIFYING] = N_("being verified"),
        [STATE_APPROVED] = N_("approved"),   [STATE_EXECUTED] = N_("executed"),
        [STATE_NOTIFIED] = N_("notified"),   [STATE_CLOSED] = N_("closed"),
        [STATE_REJECTED] = N_("rejected"),   [STATE_WITHDRAWN] = N_("withdrawn"),
        [STATE_TIMED_OUT] = N_("timed out"),
    };

    return _(titles[state]);
}

const char *sop_kind_title(enum sop_kind kind)
{
    static const char *const titles[SOP_KINDS] = {
        [SOP_ACTIVATION] = N_("registration and activation"),
        [SOP_ISSUANCE] = N_("issuance"),
        [SOP_RENEWAL] = N_("renewal"),
        [SOP_DATA_CHANGE] = N_("data change"),
        [SOP_REVOCATION] = N_("revocation"),
        [SOP_SUSPENSION] = N_("suspension"),
        [SOP_RESUMPTION] = N_("resumption"),
        [SOP_PASSPHRASE_SET] = N_("setting of a passphrase"),
        [SOP_PASSPHRASE_RESET] = N_("reset of a passphrase"),
    };

    return _(titles[kind]);
}
