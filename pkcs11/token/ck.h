/* PKCS#11 itself: the header, what Debian's copy of it lacks, and what answers mean. */
#ifndef TOKEN_CK_H
#define TOKEN_CK_H

#include <kunci/error.h>
#include <p11-kit/pkcs11.h>

/* From PKCS#11 3.0, which p11-kit 0.24 knows only by number. */
#ifndef CKK_EC_EDWARDS
#define CKK_EC_EDWARDS 0x40UL
#endif
#ifndef CKM_EC_EDWARDS_KEY_PAIR_GEN
#define CKM_EC_EDWARDS_KEY_PAIR_GEN 0x1055UL
#endif
#ifndef CKM_EDDSA
#define CKM_EDDSA 0x1057UL
#endif
#ifndef CKA_PUBLIC_KEY_INFO
#define CKA_PUBLIC_KEY_INFO 0x129UL
#endif

/* "CKR_PIN_INCORRECT"; "CKR_0x80000001" for a number that has no name. */
void ck_name(CK_RV rv, char *buf, size_t size);

/* Sets the error that rv means. where is the call that answered it ("C_Sign"),
 * about what it was done to. */
enum kunci_rc err_ck(struct kunci_err *err, CK_RV rv, const char *where, const char *about);

/* The same for an answer about the security officer's PIN. */
enum kunci_rc err_ck_so(struct kunci_err *err, CK_RV rv, const char *where, const char *about);

#endif
