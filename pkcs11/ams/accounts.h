/* Accounts: who may log in, what is known of him, and the roles that he holds where. Rows
 * of the tables accounts and grants; what changes something is within its caller's
 * transaction. */
#ifndef AMS_ACCOUNTS_H
#define AMS_ACCOUNTS_H

#include "ams/requests.h"
#include "store/store.h"

#include <jansson.h>
#include <kunci/secret.h>

struct account {
    int64_t id;
    char *name, *institution;
    char *data;    /* JSON, {"nik","nip","name",...} */
    char *subject; /* of his certificates; NULL: not said */
    char *scrypt;  /* of his password; NULL: none */
    bool active;
};
void account_clear(struct account *account);

struct account_new {
    const char *name, *institution, *data, *subject;
    const struct kunci_secret *password; /* NULL: only a certificate lets him in */
    int64_t now;
};

/* Lower-case letters, digits and ". _ - @", at most 64. */
bool account_name_fits(const char *name);

KUNCI_MUST_USE enum kunci_rc accounts_add(struct store *store, const struct account_new *account,
                                          int64_t *id, struct kunci_err *err);

/* KUNCI_ACCOUNT_UNKNOWN where there is none. To be cleared in any case. */
KUNCI_MUST_USE enum kunci_rc accounts_find(struct store *store, const char *name,
                                           struct account *out, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc accounts_get(struct store *store, int64_t id, struct account *out,
                                          struct kunci_err *err);

KUNCI_MUST_USE enum kunci_rc accounts_set_active(struct store *store, int64_t id, bool active,
                                                 struct kunci_err *err);

/* A role of the procedures, for an institution and all below it; "": everywhere. until 0: for
 * good. */
KUNCI_MUST_USE enum kunci_rc accounts_grant(struct store *store, int64_t id, const char *role,
                                            const char *scope, int64_t now, int64_t until,
                                            struct kunci_err *err);
/* Taken away: what is not held is no error. */
KUNCI_MUST_USE enum kunci_rc accounts_ungrant(struct store *store, int64_t id, const char *role,
                                              const char *scope, int64_t now,
                                              struct kunci_err *err);

/* [{"role","scope"}...] in force; with "of" where it is delegated. */
KUNCI_MUST_USE enum kunci_rc accounts_grants(struct store *store, int64_t id, int64_t now,
                                             json_t **out, struct kunci_err *err);

/* [{"name","institution","subject","active","password","grants"}...] by name. */
KUNCI_MUST_USE enum kunci_rc accounts_list(struct store *store, int64_t now, json_t **out,
                                           struct kunci_err *err);

/* Who asks, as the requests want to know it. Everything lives as long as this does. */
struct account_actor {
    struct account account;
    struct kunci_flow_grant *grants;
    size_t count;
    struct requests_actor actor;
};
KUNCI_MUST_USE enum kunci_rc accounts_actor(struct store *store, int64_t id, int64_t now,
                                            struct account_actor *out, struct kunci_err *err);
void account_actor_clear(struct account_actor *actor);
/* Whether he holds the role at all, or for that institution. */
bool account_actor_holds(const struct account_actor *actor, const char *role,
                         const char *institution, int64_t now);

#endif
