/* What a certificate of some kind has to be: read from a YAML file, followed when one is
 * issued, and tried by lint. kunci-profile(5) tells what may stand there. */
#ifndef X509_PROFILE_H
#define X509_PROFILE_H

#include <kunci/error.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdint.h>

struct profile {
    char *name;
    struct {
        char **attributes; /* all that may stand in it, in their order */
        char **required;
        bool any_order;
    } subject;
    unsigned keys; /* enum kunci_key_type */
    struct {
        int64_t years, days; /* less a second */
    } validity;
    struct {
        bool is_authority;
        int64_t path_length; /* -1: any */
    } basic;
    unsigned usage;  /* the bits of keyUsage */
    char **purposes; /* "emailProtection", "1.3.6.1.4.1.311.20.2.2" */
    bool purposes_critical;
    struct {
        unsigned allowed; /* a bit for each enum alt_name_kind */
        bool required;
    } names;
    char **policies;                  /* "2.16.360.1" or "2.16.360.1 https://where.it.stands/" */
    char **crl, **ca_issuers, **ocsp; /* addresses, with {places} to be filled in */
    char **statements;                /* qcStatements: "compliance", "sscd", "esign", ... */
    bool ocsp_nocheck;
    bool etsi_person; /* ETSI EN 319 412-2 is kept too */
    bool self_signed;
};

/* name stands in errors. */
KUNCI_MUST_USE enum kunci_rc profile_read(const char *name, const void *bytes, size_t len,
                                          struct profile *out, struct kunci_err *err);

/* One that is shipped, by its name, or a file, by its path, which has a '/'. */
KUNCI_MUST_USE enum kunci_rc profile_load(const char *name, struct profile *out,
                                          struct kunci_err *err);
void profile_clear(struct profile *profile);

/* What a profile's words stand for. */
ASN1_OBJECT *profile_attribute(const char *word); /* "CN", "2.5.4.97"; NULL: unknown */
ASN1_OBJECT *profile_statement(const char *word); /* of qcStatements */

#endif
