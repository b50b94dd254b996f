/* SoftHSM without kunci: the floor that kunci is measured against. What fails here
 * ends the program. */
#ifndef LIB_BARE_H
#define LIB_BARE_H

#include <p11-kit/pkcs11.h>

/* The module's own function list, initialised. */
CK_FUNCTION_LIST *bare_load(const char *path);

/* A session with the token of this label. */
CK_SESSION_HANDLE bare_session(CK_FUNCTION_LIST *f, const char *label);

/* The first object of this class and label. */
CK_OBJECT_HANDLE bare_find(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                           const char *label);

void bare_sign(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
               CK_MECHANISM_TYPE mechanism, unsigned char *in, CK_ULONG in_len);

#endif
