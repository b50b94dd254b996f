/* The functions of a list, each with the worker that it belongs to. Those that
 * nothing in this room calls are not there. */
#ifndef TOKEN_WORKER_CALLS_H
#define TOKEN_WORKER_CALLS_H

#include "token/worker.h"

/* X(n, function, its parameters, the same without their types) for each. */
#define WORKER_FUNCTIONS(X, n)                                                                     \
    X(n, C_Initialize, (void *args), (args))                                                       \
    X(n, C_Finalize, (void *reserved), (reserved))                                                 \
    X(n, C_GetInfo, (CK_INFO * info), (info))                                                      \
    X(n, C_GetSlotList, (CK_BBOOL present, CK_SLOT_ID * list, CK_ULONG * count),                   \
      (present, list, count))                                                                      \
    X(n, C_GetSlotInfo, (CK_SLOT_ID slot, CK_SLOT_INFO * info), (slot, info))                      \
    X(n, C_GetTokenInfo, (CK_SLOT_ID slot, CK_TOKEN_INFO * info), (slot, info))                    \
    X(n, C_GetMechanismList, (CK_SLOT_ID slot, CK_MECHANISM_TYPE * list, CK_ULONG * count),        \
      (slot, list, count))                                                                         \
    X(n, C_GetMechanismInfo, (CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO * info),  \
      (slot, type, info))                                                                          \
    X(n, C_WaitForSlotEvent, (CK_FLAGS flags, CK_SLOT_ID * slot, void *reserved),                  \
      (flags, slot, reserved))                                                                     \
    X(n, C_InitToken, (CK_SLOT_ID slot, CK_UTF8CHAR * pin, CK_ULONG pin_len, CK_UTF8CHAR * label), \
      (slot, pin, pin_len, label))                                                                 \
    X(n, C_InitPIN, (CK_SESSION_HANDLE session, CK_UTF8CHAR * pin, CK_ULONG pin_len),              \
      (session, pin, pin_len))                                                                     \
    X(n, C_SetPIN,                                                                                 \
      (CK_SESSION_HANDLE session, CK_UTF8CHAR * old, CK_ULONG old_len, CK_UTF8CHAR * fresh,        \
       CK_ULONG fresh_len),                                                                        \
      (session, old, old_len, fresh, fresh_len))                                                   \
    X(n, C_OpenSession,                                                                            \
      (CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,                       \
       CK_SESSION_HANDLE *session),                                                                \
      (slot, flags, application, notify, session))                                                 \
    X(n, C_CloseSession, (CK_SESSION_HANDLE session), (session))                                   \
    X(n, C_CloseAllSessions, (CK_SLOT_ID slot), (slot))                                            \
    X(n, C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO * info), (session, info))   \
    X(n, C_Login,                                                                                  \
      (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR * pin, CK_ULONG pin_len),         \
      (session, user, pin, pin_len))                                                               \
    X(n, C_Logout, (CK_SESSION_HANDLE session), (session))                                         \
    X(n, C_FindObjectsInit,                                                                        \
      (CK_SESSION_HANDLE session, CK_ATTRIBUTE * attributes, CK_ULONG count),                      \
      (session, attributes, count))                                                                \
    X(n, C_FindObjects,                                                                            \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE * objects, CK_ULONG room, CK_ULONG * count),    \
      (session, objects, room, count))                                                             \
    X(n, C_FindObjectsFinal, (CK_SESSION_HANDLE session), (session))                               \
    X(n, C_GetAttributeValue,                                                                      \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE * attributes,              \
       CK_ULONG count),                                                                            \
      (session, object, attributes, count))                                                        \
    X(n, C_SetAttributeValue,                                                                      \
      (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE * attributes,              \
       CK_ULONG count),                                                                            \
      (session, object, attributes, count))                                                        \
    X(n, C_CreateObject,                                                                           \
      (CK_SESSION_HANDLE session, CK_ATTRIBUTE * attributes, CK_ULONG count,                       \
       CK_OBJECT_HANDLE * object),                                                                 \
      (session, attributes, count, object))                                                        \
    X(n, C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object)) \
    X(n, C_GenerateKeyPair,                                                                        \
      (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_ATTRIBUTE * public_half,            \
       CK_ULONG public_count, CK_ATTRIBUTE * private_half, CK_ULONG private_count,                 \
       CK_OBJECT_HANDLE * public_key, CK_OBJECT_HANDLE * private_key),                             \
      (session, mechanism, public_half, public_count, private_half, private_count, public_key,     \
       private_key))                                                                               \
    X(n, C_SignInit, (CK_SESSION_HANDLE session, CK_MECHANISM * mechanism, CK_OBJECT_HANDLE key),  \
      (session, mechanism, key))                                                                   \
    X(n, C_Sign,                                                                                   \
      (CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG data_len, unsigned char *sig,      \
       CK_ULONG *sig_len),                                                                         \
      (session, data, data_len, sig, sig_len))

#define WORKER_PLAIN(...) __VA_ARGS__
#define WORKER_DECLARE(n, function, parameters, arguments)                                         \
    CK_RV worker_##function(struct worker *worker, WORKER_PLAIN parameters);

WORKER_FUNCTIONS(WORKER_DECLARE, 0)

#endif
