/* Errors: the caller owns one struct kunci_err, the first cause wins, and it
 * carries what a person needs: what went wrong and what to do next. */
#ifndef KUNCI_ERROR_H
#define KUNCI_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KUNCI_MUST_USE __attribute__((warn_unused_result))

/* Every way a call can fail. Each has a stable name (kunci_err_name), an exit
 * class (kunci_err_exit), a sentence and a next step; docs/errors.md lists
 * them. New ones are added where they belong: the names are stable, the
 * numbers are not. */
enum kunci_rc {
    KUNCI_OK = 0,

    /* the machine */
    KUNCI_NO_MEMORY,
    KUNCI_SECRET_MEMORY,
    KUNCI_FILE_READ,
    KUNCI_FILE_WRITE,
    KUNCI_FILE_EXISTS,
    KUNCI_FILE_TOO_LARGE,
    KUNCI_CONFIG_INVALID,
    KUNCI_PROC_FAILED,
    KUNCI_PROC_TIMEOUT,
    KUNCI_PROC_OUTPUT,
    KUNCI_OPENSSL_FAILED,

    /* the command line */
    KUNCI_USAGE_COMMAND,
    KUNCI_USAGE_OPTION,
    KUNCI_USAGE_MISPLACED,
    KUNCI_USAGE_REPEATED,
    KUNCI_USAGE_MISSING,
    KUNCI_USAGE_VALUE,
    KUNCI_USAGE_ARGUMENT,
    KUNCI_CONFIRM_NEEDED,
    KUNCI_DECLINED,
    KUNCI_INTERRUPTED,

    /* modules and tokens */
    KUNCI_MODULE_LOAD,
    KUNCI_MODULE_NONE,
    KUNCI_MODULE_FAILED,
    KUNCI_MODULE_LATE,
    KUNCI_MODULE_DIED,
    KUNCI_OUTCOME_UNKNOWN,
    KUNCI_TOKEN_NONE,
    KUNCI_TOKEN_NOT_FOUND,
    KUNCI_TOKEN_AMBIGUOUS,
    KUNCI_TOKEN_REMOVED,
    KUNCI_TOKEN_BLANK,
    KUNCI_TOKEN_INITIALISED,
    KUNCI_TOKEN_WRITE_PROTECTED,
    KUNCI_TOKEN_BUSY,
    KUNCI_TOKEN_FULL,
    KUNCI_TOKEN_UNABLE,
    KUNCI_TOKEN_LABEL,
    KUNCI_SESSION_LIMIT,

    /* PINs */
    KUNCI_PIN_INCORRECT,
    KUNCI_PIN_KNOWN_BAD,
    KUNCI_PIN_COUNT_LOW,
    KUNCI_PIN_FINAL_TRY,
    KUNCI_PIN_LOCKED,
    KUNCI_PIN_EXPIRED,
    KUNCI_PIN_NOT_SET,
    KUNCI_PIN_ALREADY_SET,
    KUNCI_PIN_LENGTH,
    KUNCI_PIN_REFUSED,
    KUNCI_PIN_MISMATCH,
    KUNCI_PIN_REQUIRED,
    KUNCI_PIN_SOURCE,
    KUNCI_SO_PIN_INCORRECT,
    KUNCI_SO_PIN_COUNT_LOW,
    KUNCI_SO_PIN_FINAL_TRY,
    KUNCI_SO_PIN_LOCKED,
    KUNCI_PUK_INCORRECT,
    KUNCI_PUK_LOCKED,
    KUNCI_TOKEN_TOOL,

    /* URIs */
    KUNCI_URI_INVALID,
    KUNCI_URI_UNKNOWN,
    KUNCI_URI_REPEATED,
    KUNCI_URI_MISPLACED,
    KUNCI_URI_PIN_VALUE,

    /* keys and signatures */
    KUNCI_KEY_NOT_FOUND,
    KUNCI_KEY_AMBIGUOUS,
    KUNCI_KEY_EXISTS,
    KUNCI_KEY_TYPE,
    KUNCI_KEY_NO_PUBLIC,
    KUNCI_KEY_MISMATCH,
    KUNCI_SIGN_UNSUPPORTED,
    KUNCI_EVP_UNSUPPORTED,
    KUNCI_KEY_WEAK,

    /* files signed */
    KUNCI_SIGN_NO_CERT,
    KUNCI_SIGN_CERT_EXPIRED,
    KUNCI_SIGN_CERT_EARLY,
    KUNCI_SIGN_CERT_USAGE,
    KUNCI_FILE_CHANGED,
    KUNCI_SIGN_ONE_PIECE,
    KUNCI_SIGN_SAME_OUTPUT,
    KUNCI_SIGN_INCOMPLETE,
    KUNCI_JOIN_INVALID,

    /* certificates and requests */
    KUNCI_SUBJECT_INVALID,
    KUNCI_CSR_INVALID,
    KUNCI_CERT_INVALID,
    KUNCI_CERT_NOT_FOUND,
    KUNCI_CERT_AMBIGUOUS,
    KUNCI_CERT_EXISTS,
    KUNCI_CERT_PLACE,
    KUNCI_CERT_NO_KEY,
    KUNCI_ALT_NAME_INVALID,
    KUNCI_EXTENSION_INVALID,
    KUNCI_USAGE_INVALID,
    KUNCI_LINT_FAILED,
    KUNCI_PROFILE_INVALID,
    KUNCI_PROFILE_NOT_FOUND,
    KUNCI_PROFILE_REFUSED,
    KUNCI_CERT_UNPROVED,
    KUNCI_CERT_OLD_STAYS,
    KUNCI_ATTEST_NONE,
    KUNCI_ATTEST_INVALID,

    /* signatures of files */
    KUNCI_CMS_INVALID,
    KUNCI_VERIFY_NO_SIGNATURE,
    KUNCI_TIMESTAMP_FAILED,
    KUNCI_TIMESTAMP_NOWHERE,

    /* trust */
    KUNCI_TRUST_FILE,
    KUNCI_TRUST_POLICY,

    /* the network */
    KUNCI_FETCH_FAILED,
    KUNCI_FETCH_LATE,
    KUNCI_FETCH_TOO_LARGE,
    KUNCI_FETCH_LIBRARY,
    KUNCI_LISTEN_FAILED,

    /* the authority, from the holder's side */
    KUNCI_AMS_UNSET,
    KUNCI_AMS_REFUSED,
    KUNCI_AMS_ANSWER,
    KUNCI_REQUEST_REJECTED,
    KUNCI_REQUEST_PAUSED,
    KUNCI_RENEW_NOTHING,
    KUNCI_RENEW_EARLY,
    KUNCI_RENEW_LATE,
    KUNCI_CERT_NOT_AS_ASKED,
    KUNCI_JOURNAL_BUSY,
    KUNCI_JOURNAL_DAMAGED,

    /* the authority, from the inside */
    KUNCI_STORE_FAILED,
    KUNCI_STORE_DAMAGED,
    KUNCI_STORE_NEWER,
    KUNCI_AUDIT_BROKEN,
    KUNCI_AMS_EXISTS,
    KUNCI_AMS_MISSING,
    KUNCI_ACCOUNT_EXISTS,
    KUNCI_ACCOUNT_UNKNOWN,
    KUNCI_LOGIN_REFUSED,
    KUNCI_SESSION_NONE,
    KUNCI_RIGHT_NONE,
    KUNCI_REQUEST_UNKNOWN,
    KUNCI_REQUEST_CONFLICT,
    KUNCI_BODY_INVALID,
    KUNCI_CALL_UNKNOWN,
    KUNCI_PROOF_INVALID,
    KUNCI_DECISION_INVALID,
    KUNCI_CERT_UNKNOWN,
    KUNCI_CERT_STATE,
    KUNCI_TOO_MANY,

    /* procedures and the lab */
    KUNCI_SOP_INVALID,
    KUNCI_SOP_NOT_FOUND,
    KUNCI_SOP_TWICE,
    KUNCI_SOP_FAULTY,
    KUNCI_PLAY_UNKNOWN,
    KUNCI_FLOW_NOT_POSSIBLE,
    KUNCI_FLOW_NO_RIGHT,
    KUNCI_FLOW_FOUR_EYES,
    KUNCI_FLOW_DOCUMENT_MISSING,
    KUNCI_FLOW_FIELD_MISSING,
    KUNCI_FLOW_RULE,
    KUNCI_FLOW_CONDITION,
    KUNCI_FLOW_REASON_MISSING,
    KUNCI_FLOW_WAITING,
    KUNCI_FLOW_OVER,
    KUNCI_FLOW_EVENTS_INVALID,

    KUNCI_LAB_EXISTS,
    KUNCI_LAB_MISSING,
    KUNCI_LAB_UNFINISHED,
    KUNCI_LAB_FAILED,

    KUNCI_RC_COUNT
};

struct kunci_err {
    enum kunci_rc rc;
    unsigned long ck_rv; /* what the module answered; 0 where none did */
    char answer[40];     /* its name, "CKR_PIN_INCORRECT"; "" where none */
    char where[40];      /* the call that failed, "C_Login" */
    char about[256];     /* what it is about: a label, a file, an option */
    char detail[256];    /* what is known beyond that; may be "" */
};

#define KUNCI_ERR_INIT                                                                             \
    {                                                                                              \
        .rc = KUNCI_OK                                                                             \
    }

/* The stable name, "pin_incorrect". */
const char *kunci_err_name(enum kunci_rc rc);

/* Exit code of the class: 0 done, 1 refused, 2 usage, 3 environment. */
int kunci_err_exit(enum kunci_rc rc);

/* What went wrong, and what to do next, each one sentence in the language
 * chosen by kunci_lang_set(). They write at most size bytes and return buf. */
char *kunci_err_sentence(const struct kunci_err *err, char *buf, size_t size);
char *kunci_err_next(const struct kunci_err *err, char *buf, size_t size);

/* "id", "en" or NULL (from the environment). Answers the language in use. */
const char *kunci_lang_set(const char *lang);

#ifdef __cplusplus
}
#endif
#endif
