/* The fault module over SoftHSM with one token, for its own tests. What fails here ends
 * the test program. */
#ifndef LIB_FAULTY_H
#define LIB_FAULTY_H

#include "lib/softhsm.h"

#include <p11-kit/pkcs11.h>

extern CK_FUNCTION_LIST *faulty;
extern struct softhsm *faulty_hsm;

/* Makes the token and loads the module, which is initialised then. */
void faulty_up(void);
void faulty_down(void);

/* The token and where the faults are read alone; answers the module's path. What it
 * makes is taken down with softhsm_down(&faulty_hsm). */
const char *faulty_prepare(void);

/* C_Initialize, for threads. */
CK_RV faulty_begin(void);

/* The faults in force from now on. */
void faulty_plan(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The file of that name beside the token, for the path of which it answers; text NULL
 * leaves it as it is. */
const char *faulty_file(const char *name, const char *text);

/* How many lines of the log hold these words. */
unsigned faulty_logged(const char *words);

CK_SLOT_ID faulty_slot(void);
CK_SESSION_HANDLE faulty_session(void);
CK_RV faulty_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin);

/* A P-256 key, its private half; the holder has to be logged in. */
CK_OBJECT_HANDLE faulty_key(CK_SESSION_HANDLE session);

#endif
