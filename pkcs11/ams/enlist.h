/* What is done to accounts by whoever has the authority's machine, not by a session: each in
 * one transaction, with its row of the audit trail. */
#ifndef AMS_ENLIST_H
#define AMS_ENLIST_H

#include "ams/accounts.h"
#include "ams/ca.h"

struct enlist_desk {
    struct store *store;
    const struct ca *ca; /* NULL where no certificate is issued */
    const char *node;
    int64_t now;
};

struct enlist_role {
    const char *role, *scope;
    int64_t until; /* 0: for good; not later than now: it is taken away */
};

struct enlist_new {
    struct account_new account;
    const char *const *roles; /* ended by NULL */
    const char *scope;
    const unsigned char *csr; /* DER, its own signature checked before; NULL: no certificate is
                               * issued now */
    size_t csr_len;
};

/* With a request the subject asked for there is the account's, and has to be the one that is
 * said, where one is. The profile is operator where there is a role, else holder. */
KUNCI_MUST_USE enum kunci_rc enlist_add(const struct enlist_desk *desk,
                                        const struct enlist_new *what, struct ca_issued *issued,
                                        struct kunci_err *err);

KUNCI_MUST_USE enum kunci_rc enlist_role(const struct enlist_desk *desk, const char *name,
                                         const struct enlist_role *role, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc enlist_set_active(const struct enlist_desk *desk, const char *name,
                                               bool active, struct kunci_err *err);

/* A person's data in YAML ({nik: "...", name: ...}) as the JSON that is kept, after the rules
 * of identity. name stands in errors. To be freed. */
KUNCI_MUST_USE enum kunci_rc enlist_data(const char *name, const void *bytes, size_t len,
                                         const char *const *domains, char **json,
                                         struct kunci_err *err);

#endif
