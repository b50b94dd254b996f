/* An authority, from the side of holders and operators: its REST calls over one
 * connection. Answers are the JSON texts of docs/openapi.yaml. */
#ifndef KUNCI_AMS_H
#define KUNCI_AMS_H

#include <kunci/error.h>
#include <kunci/secret.h>
#include <kunci/sign.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kunci_ams;

struct kunci_ams_options {
    const char *url; /* "https://ams.contoh.go.id", as its settings have it too */
    const char *ca;  /* file with the root that its TLS certificate leads to, PEM */
};

/* Talks to nobody yet. What is missing in options is KUNCI_AMS_UNSET. One thread at a time
 * may use it. */
KUNCI_MUST_USE enum kunci_rc kunci_ams_open(const struct kunci_ams_options *options,
                                            struct kunci_ams **out, struct kunci_err *err);
void kunci_ams_free(struct kunci_ams **ams);

/* Who logs in: by a signer with its certificate, or by an account's password. */
struct kunci_ams_login {
    struct kunci_signer *signer; /* NULL: by password */
    const char *account;
    const struct kunci_secret *password;
};

/* Where the session ends later, it is done once more by itself: signer and password have to
 * live as long. KUNCI_LOGIN_REFUSED where the authority does not take them. */
KUNCI_MUST_USE enum kunci_rc
kunci_ams_login(struct kunci_ams *ams, const struct kunci_ams_login *login, struct kunci_err *err);
/* The account that is logged in; NULL: none. */
const char *kunci_ams_account(const struct kunci_ams *ams);

/* A call under path, "/v1/me"; *json is to be freed. An error of the authority comes with
 * its own rc, about and detail; one that is not known here is KUNCI_AMS_REFUSED. */
KUNCI_MUST_USE enum kunci_rc kunci_ams_get(struct kunci_ams *ams, const char *path, char **json,
                                           struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_ams_post(struct kunci_ams *ams, const char *path,
                                            const char *body, char **json, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_ams_put(struct kunci_ams *ams, const char *path,
                                           const void *bytes, size_t len, char **json,
                                           struct kunci_err *err);
/* Bytes as they are: a document, a decision. To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_ams_fetch(struct kunci_ams *ams, const char *path,
                                             unsigned char **bytes, size_t *len,
                                             struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
