/* An authority for tests: a folder (lib/place.h), a token in software, a store, and the CA
 * made of them. What fails here ends the test program. */
#ifndef LIB_SMALL_CA_H
#define LIB_SMALL_CA_H

#include "ams/ca.h"
#include "lib/softhsm.h"

#include <openssl/evp.h>

#define SMALL_CA_URL "http://ams.contoh.go.id"

extern struct softhsm *small_ca_hsm;
extern struct store *small_ca_store; /* "ams.db" */
extern struct ca *small_ca;

/* Group fixtures. root.pem, issuing.pem and audit.pem stand in the folder. */
int small_ca_up(void **state);
int small_ca_down(void **state);

/* The folder, the token and an empty store alone; ended by small_ca_down(), too. */
void small_ca_prepare(void);
struct ca_plan small_ca_plan(void);

/* A request in DER, made by a key of its own where key is NULL; to be freed. */
unsigned char *small_ca_request(const char *subject, EVP_PKEY *key, size_t *len);

/* Issues by profile "holder" in a transaction; its DER stands in SERIAL.der and, if name is
 * not NULL, as PEM in that file. Writes the serial number into serial. */
void small_ca_issue(const char *subject, int64_t now, const char *name, char serial[CA_SERIAL]);

/* In a transaction each. */
void small_ca_revoke(const char *serial, int reason, int64_t at, int64_t invalid_at);
void small_ca_suspend(const char *serial, int64_t at);
void small_ca_resume(const char *serial);

int64_t small_ca_now(void);

#endif
