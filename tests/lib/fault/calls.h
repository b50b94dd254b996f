/* The functions of a PKCS#11 2.40 module, in the order of its list, and what the
 * faults need to know of each. */
#ifndef LIB_FAULT_CALLS_H
#define LIB_FAULT_CALLS_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CALL_GLOBAL = 0,  /* works without a token */
    CALL_TOKEN = 1,   /* its first argument is a slot whose token it needs */
    CALL_SESSION = 2, /* its first argument is a session */
    CALL_WRITES = 4,  /* changes what is on a token */
    CALL_LENGTH = 8,  /* answers a length or a count */
};

/* clang-format off */
#define CALLS(CALL) \
    CALL(C_Initialize, CALL_GLOBAL) \
    CALL(C_Finalize, CALL_GLOBAL) \
    CALL(C_GetInfo, CALL_GLOBAL) \
    CALL(C_GetFunctionList, CALL_GLOBAL) \
    CALL(C_GetSlotList, CALL_GLOBAL | CALL_LENGTH) \
    CALL(C_GetSlotInfo, CALL_GLOBAL) \
    CALL(C_GetTokenInfo, CALL_TOKEN) \
    CALL(C_GetMechanismList, CALL_TOKEN | CALL_LENGTH) \
    CALL(C_GetMechanismInfo, CALL_TOKEN) \
    CALL(C_InitToken, CALL_TOKEN | CALL_WRITES) \
    CALL(C_InitPIN, CALL_SESSION | CALL_WRITES) \
    CALL(C_SetPIN, CALL_SESSION | CALL_WRITES) \
    CALL(C_OpenSession, CALL_TOKEN) \
    CALL(C_CloseSession, CALL_SESSION) \
    CALL(C_CloseAllSessions, CALL_TOKEN) \
    CALL(C_GetSessionInfo, CALL_SESSION) \
    CALL(C_GetOperationState, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SetOperationState, CALL_SESSION) \
    CALL(C_Login, CALL_SESSION) \
    CALL(C_Logout, CALL_SESSION) \
    CALL(C_CreateObject, CALL_SESSION | CALL_WRITES) \
    CALL(C_CopyObject, CALL_SESSION | CALL_WRITES) \
    CALL(C_DestroyObject, CALL_SESSION | CALL_WRITES) \
    CALL(C_GetObjectSize, CALL_SESSION) \
    CALL(C_GetAttributeValue, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SetAttributeValue, CALL_SESSION | CALL_WRITES) \
    CALL(C_FindObjectsInit, CALL_SESSION) \
    CALL(C_FindObjects, CALL_SESSION | CALL_LENGTH) \
    CALL(C_FindObjectsFinal, CALL_SESSION) \
    CALL(C_EncryptInit, CALL_SESSION) \
    CALL(C_Encrypt, CALL_SESSION | CALL_LENGTH) \
    CALL(C_EncryptUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_EncryptFinal, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DecryptInit, CALL_SESSION) \
    CALL(C_Decrypt, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DecryptUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DecryptFinal, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DigestInit, CALL_SESSION) \
    CALL(C_Digest, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DigestUpdate, CALL_SESSION) \
    CALL(C_DigestKey, CALL_SESSION) \
    CALL(C_DigestFinal, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SignInit, CALL_SESSION) \
    CALL(C_Sign, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SignUpdate, CALL_SESSION) \
    CALL(C_SignFinal, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SignRecoverInit, CALL_SESSION) \
    CALL(C_SignRecover, CALL_SESSION | CALL_LENGTH) \
    CALL(C_VerifyInit, CALL_SESSION) \
    CALL(C_Verify, CALL_SESSION) \
    CALL(C_VerifyUpdate, CALL_SESSION) \
    CALL(C_VerifyFinal, CALL_SESSION) \
    CALL(C_VerifyRecoverInit, CALL_SESSION) \
    CALL(C_VerifyRecover, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DigestEncryptUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DecryptDigestUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_SignEncryptUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_DecryptVerifyUpdate, CALL_SESSION | CALL_LENGTH) \
    CALL(C_GenerateKey, CALL_SESSION | CALL_WRITES) \
    CALL(C_GenerateKeyPair, CALL_SESSION | CALL_WRITES) \
    CALL(C_WrapKey, CALL_SESSION | CALL_LENGTH) \
    CALL(C_UnwrapKey, CALL_SESSION | CALL_WRITES) \
    CALL(C_DeriveKey, CALL_SESSION) \
    CALL(C_SeedRandom, CALL_SESSION) \
    CALL(C_GenerateRandom, CALL_SESSION) \
    CALL(C_GetFunctionStatus, CALL_SESSION) \
    CALL(C_CancelFunction, CALL_SESSION) \
    CALL(C_WaitForSlotEvent, CALL_GLOBAL)
/* clang-format on */

#define CALL_ID(name, traits) CALL_##name,
enum call_id { CALLS(CALL_ID) CALL_COUNT, CALL_ANY = -1 };
#undef CALL_ID

/* "C_Sign" */
const char *call_name(enum call_id id);
unsigned call_traits(enum call_id id);

/* False: no function is called so. */
bool call_find(const char *name, size_t length, enum call_id *id);

#endif
