/* An authority at work, for tests: small_ca with people who have accounts, roles, keys and
 * certificates, and their requests. What fails outside of what is tested ends the test. */
#ifndef LIB_OFFICE_H
#define LIB_OFFICE_H

#include "ams/requests.h"
#include "lib/small_ca.h"

#include <kunci/sign.h>

enum who { BUDI, RINA, SITI, AGUS, DEWI, PEOPLE };
/* BUDI, RINA are holders of kapuas/dinkes; SITI and AGUS operators of kapuas, DEWI one of
 * elsewhere. SITI and AGUS have certificates for operators; BUDI has one as a holder. */

struct official {
    const char *name, *institution, *subject;
    struct requests_actor actor;
    struct kunci_flow_grant grant;
    EVP_PKEY *key;
    char serial[CA_SERIAL]; /* "": none */
    unsigned char *der;
    size_t len;
};
extern struct official officials[PEOPLE];

extern struct requests_desk office; /* now may be moved */
extern struct kunci_config_ams office_settings;
extern struct kunci_err office_err; /* of the last call */
extern unsigned office_changed;     /* certificates told of */

/* Group fixtures. Procedures: those that are shipped, and tests/lib/procedures/. */
int office_up(void **state);
int office_down(void **state);
/* Moves to where BUDI's certificate can be renewed. */
void office_renewal_time(void);

/* Requests of before are forgotten, and BUDI has a fresh certificate: a test's fixture. */
int office_clean(void **state);

/* A certificate for his key by that profile; now. */
void office_certify(struct official *one, const char *profile);

/* Each in a transaction that is committed where it succeeds. NULL: office_err says why.
 * Event and body are taken over; the document stays the office's until the next call. */
json_t *office_begin(enum who who, json_t *body);
json_t *office_event(enum who who, int64_t id, json_t *event);
json_t *office_attach(enum who who, int64_t id, const char *name, const char *text);
json_t *office_show(enum who who, int64_t id);

/* The decision that SITI, say, signs about what stands in the document; to be changed by
 * whoever wants a wrong one. */
json_t *office_decision(enum who who, int64_t id, const char *verdict, const char *reason);
/* Base64 of the message; takes the decision over. */
json_t *office_signed(enum who who, json_t *decision);
/* The step where the request stands, done or rejected. */
json_t *office_decide(enum who who, int64_t id, const char *verdict, const char *reason);

/* Evidence as it is sent. */
json_t *office_csr(const char *subject, EVP_PKEY *key);
/* Over "kunci WHAT\nKEY\nhash\n". */
json_t *office_proof(EVP_PKEY *key, const char *what, const char *request_key,
                     const unsigned char *der, size_t len);
json_t *office_base64(const void *bytes, size_t len);
/* The bytes of Base64 text; to be freed. */
unsigned char *office_bytes(const json_t *text, size_t *len);

/* The call before has succeeded. */
void office_expect(const json_t *done);
/* It was refused so, and the detail has these words in it; NULL: any. */
void office_refuse(const json_t *done, enum kunci_rc rc, const char *words);

const char *office_text(const char *member); /* of the last document; "" where it is none */
int64_t office_id(void);

/* Another client's key each time. */
const char *office_key(void);

/* A renewal of BUDI's certificate. */
struct office_renewal {
    EVP_PKEY *key; /* the new one */
    char request_key[33];
    unsigned char *csr;
    size_t csr_len;
    int64_t id;
};
/* Begun with all that the holder can give at once; outcomes: JSON. */
void office_renew(struct office_renewal *out, const char *outcomes);
/* The new certificate is proved by a key. */
json_t *office_prove(const struct office_renewal *renewal, EVP_PKEY *key);
void office_renewal_drop(struct office_renewal *renewal);

#endif
