/* Rules for certificates and requests, in tables: a rule is a function that answers
 * whether it is kept. */
#ifndef X509_LINT_H
#define X509_LINT_H

#include "x509/parts.h"
#include "x509/profile.h"

#include <kunci/cert.h>
#include <openssl/x509v3.h>

/* What is tried, with what the rules ask of often. What is missing, or cannot be
 * read, is NULL. */
struct lint {
    struct parts parts;
    const struct profile *profile;
    EVP_PKEY *key;
    BASIC_CONSTRAINTS *basic;
    ASN1_BIT_STRING *usage;
    EXTENDED_KEY_USAGE *purposes;
    GENERAL_NAMES *names;
    AUTHORITY_KEYID *authority_key;
    ASN1_OCTET_STRING *subject_key;
    CRL_DIST_POINTS *crl;
    AUTHORITY_INFO_ACCESS *access;
    CERTIFICATEPOLICIES *policies;
    unsigned usage_bits;
    bool is_authority;
};

enum lint_level { LINT_ERROR, LINT_WARNING };

/* What a rule is for, bits. */
enum lint_of { LINT_CERTIFICATE = 1, LINT_REQUEST = 2, LINT_BOTH = 3 };

struct lint_rule {
    const char *name; /* stable */
    enum lint_level level;
    enum lint_of of;
    const char *clause;
    const char *sentence; /* what is wrong where it is not kept, marked by N_() */
    bool (*keeps)(const struct lint *lint);
};

/* Each ends with a NULL name. Those of a profile, and of ETSI where the profile says so,
 * are tried with a profile only. */
extern const struct lint_rule lint_frame_rules[], lint_key_rules[], lint_subject_rules[],
    lint_alt_name_rules[], lint_extension_rules[], lint_usage_rules[], lint_profile_rules[],
    lint_etsi_rules[];

/* Does the subject, or any name, have such an attribute? */
bool lint_has_attribute(const X509_NAME *name, const ASN1_OBJECT *type);
bool lint_has_purpose(const struct lint *lint, int nid);
bool lint_has_extension(const struct lint *lint, int nid);
bool lint_has_access(const struct lint *lint, int method); /* authorityInfoAccess */

/* Refuse what breaks a rule that is no warning, naming it. */
KUNCI_MUST_USE enum kunci_rc lint_request(const unsigned char *der, size_t len,
                                          struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc lint_certificate(const unsigned char *der, size_t len,
                                              const struct profile *profile, struct kunci_err *err);

#endif
