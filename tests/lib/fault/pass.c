/* The functions that are passed on as they are: with the session's real handle, a hidden
 * mechanism refused, and a length lied of where that is asked for. */
#include "lib/fault/call.h"

#define BODY(name, parameters, arguments, mechanism, out, length)                                  \
    CK_RV name parameters                                                                          \
    {                                                                                              \
        struct call call;                                                                          \
        CK_RV rv = call_begin(&call, CALL_##name, &session);                                       \
        CK_ULONG *answer = length;                                                                 \
        CK_ULONG room = answer ? *answer : 0;                                                      \
                                                                                                   \
        if (rv == CKR_OK)                                                                          \
            rv = call_mechanism(&call, mechanism);                                                 \
        if (rv == CKR_OK)                                                                          \
            rv = real->name arguments;                                                             \
        if (rv == CKR_OK)                                                                          \
            call_lie(&call, out, answer, room, 0);                                                 \
        return call_end(&call, rv);                                                                \
    }

#define PASS(name, parameters, arguments) BODY(name, parameters, arguments, NULL, NULL, NULL)
#define PASS_MECHANISM(name, parameters, arguments)                                                \
    BODY(name, parameters, arguments, mechanism, NULL, NULL)
#define PASS_OUT(name, parameters, arguments) BODY(name, parameters, arguments, NULL, out, length)
#define PASS_BOTH(name, parameters, arguments)                                                     \
    BODY(name, parameters, arguments, mechanism, out, length)

PASS(C_GetSessionInfo, (CK_SESSION_HANDLE session, CK_SESSION_INFO *info), (session, info))
PASS_OUT(C_GetOperationState, (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length),
         (session, out, length))
PASS(C_SetOperationState,
     (CK_SESSION_HANDLE session, CK_BYTE *state, CK_ULONG length, CK_OBJECT_HANDLE encryption_key,
      CK_OBJECT_HANDLE authentication_key),
     (session, state, length, encryption_key, authentication_key))
PASS(C_Logout, (CK_SESSION_HANDLE session), (session))
PASS(C_CreateObject,
     (CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count,
      CK_OBJECT_HANDLE *object),
     (session, attributes, count, object))
PASS(C_CopyObject,
     (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count,
      CK_OBJECT_HANDLE *new_object),
     (session, object, attributes, count, new_object))
PASS(C_DestroyObject, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object), (session, object))
PASS(C_GetObjectSize, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ULONG *size),
     (session, object, size))
PASS(C_SetAttributeValue,
     (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count),
     (session, object, attributes, count))
PASS(C_FindObjectsInit, (CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count),
     (session, attributes, count))
PASS(C_FindObjectsFinal, (CK_SESSION_HANDLE session), (session))
PASS_MECHANISM(C_EncryptInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS_OUT(C_Encrypt,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, data, data_length, out, length))
PASS_OUT(C_EncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, part, part_length, out, length))
PASS_OUT(C_EncryptFinal, (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length),
         (session, out, length))
PASS_MECHANISM(C_DecryptInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS_OUT(C_Decrypt,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_data, CK_ULONG encrypted_data_length,
          CK_BYTE *out, CK_ULONG *length),
         (session, encrypted_data, encrypted_data_length, out, length))
PASS_OUT(C_DecryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_length,
          CK_BYTE *out, CK_ULONG *length),
         (session, encrypted_part, encrypted_part_length, out, length))
PASS_OUT(C_DecryptFinal, (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length),
         (session, out, length))
PASS_MECHANISM(C_DigestInit, (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism),
               (session, mechanism))
PASS_OUT(C_Digest,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, data, data_length, out, length))
PASS(C_DigestUpdate, (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length),
     (session, part, part_length))
PASS(C_DigestKey, (CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key), (session, key))
PASS_OUT(C_DigestFinal, (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length),
         (session, out, length))
PASS_MECHANISM(C_SignInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS_OUT(C_Sign,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, data, data_length, out, length))
PASS(C_SignUpdate, (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length),
     (session, part, part_length))
PASS_OUT(C_SignFinal, (CK_SESSION_HANDLE session, CK_BYTE *out, CK_ULONG *length),
         (session, out, length))
PASS_MECHANISM(C_SignRecoverInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS_OUT(C_SignRecover,
         (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, data, data_length, out, length))
PASS_MECHANISM(C_VerifyInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS(C_Verify,
     (CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
      CK_ULONG signature_length),
     (session, data, data_length, signature, signature_length))
PASS(C_VerifyUpdate, (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length),
     (session, part, part_length))
PASS(C_VerifyFinal, (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_length),
     (session, signature, signature_length))
PASS_MECHANISM(C_VerifyRecoverInit,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key),
               (session, mechanism, key))
PASS_OUT(C_VerifyRecover,
         (CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG signature_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, signature, signature_length, out, length))
PASS_OUT(C_DigestEncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, part, part_length, out, length))
PASS_OUT(C_DecryptDigestUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_length,
          CK_BYTE *out, CK_ULONG *length),
         (session, encrypted_part, encrypted_part_length, out, length))
PASS_OUT(C_SignEncryptUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *part, CK_ULONG part_length, CK_BYTE *out,
          CK_ULONG *length),
         (session, part, part_length, out, length))
PASS_OUT(C_DecryptVerifyUpdate,
         (CK_SESSION_HANDLE session, CK_BYTE *encrypted_part, CK_ULONG encrypted_part_length,
          CK_BYTE *out, CK_ULONG *length),
         (session, encrypted_part, encrypted_part_length, out, length))
PASS_MECHANISM(C_GenerateKey,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *attributes,
                CK_ULONG count, CK_OBJECT_HANDLE *key),
               (session, mechanism, attributes, count, key))
PASS_MECHANISM(C_GenerateKeyPair,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public,
                CK_ULONG public_count, CK_ATTRIBUTE *private, CK_ULONG private_count,
                CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key),
               (session, mechanism, public, public_count, private, private_count, public_key,
                private_key))
PASS_BOTH(C_WrapKey,
          (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE wrapping_key,
           CK_OBJECT_HANDLE key, CK_BYTE *out, CK_ULONG *length),
          (session, mechanism, wrapping_key, key, out, length))
PASS_MECHANISM(C_UnwrapKey,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE unwrapping_key,
                CK_BYTE *wrapped_key, CK_ULONG wrapped_key_length, CK_ATTRIBUTE *attributes,
                CK_ULONG count, CK_OBJECT_HANDLE *key),
               (session, mechanism, unwrapping_key, wrapped_key, wrapped_key_length, attributes,
                count, key))
PASS_MECHANISM(C_DeriveKey,
               (CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE base_key,
                CK_ATTRIBUTE *attributes, CK_ULONG count, CK_OBJECT_HANDLE *key),
               (session, mechanism, base_key, attributes, count, key))
PASS(C_SeedRandom, (CK_SESSION_HANDLE session, CK_BYTE *seed, CK_ULONG seed_length),
     (session, seed, seed_length))
PASS(C_GenerateRandom, (CK_SESSION_HANDLE session, CK_BYTE *random_data, CK_ULONG random_length),
     (session, random_data, random_length))
PASS(C_GetFunctionStatus, (CK_SESSION_HANDLE session), (session))
PASS(C_CancelFunction, (CK_SESSION_HANDLE session), (session))
