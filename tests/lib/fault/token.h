/* The token's presence: sessions under handles of our own, so that those of before a
 * removal are never good again, and what C_WaitForSlotEvent tells. */
#ifndef LIB_FAULT_TOKEN_H
#define LIB_FAULT_TOKEN_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

/* The module below; NULL until call_load(). */
extern CK_FUNCTION_LIST *real;

/* C_Initialize went well: no sessions, and nothing to tell. */
void token_start(bool out);

/* Before C_Finalize: whoever waits for a slot is sent home, and gone. */
void token_stop(void);

/* Told at each call whether the token is out. When it goes, all sessions of the real
 * module are closed, once calls that are in it have come back. */
void token_notice(bool out);
bool token_is_out(void);

/* A call that goes into the real module: translates the handle of its session, or is
 * refused. What was let in has to leave. */
CK_RV token_enter(void);
CK_RV token_enter_slot(void);
CK_RV token_enter_session(CK_SESSION_HANDLE *session);
void token_leave(void);

/* A session was opened. Answers CKR_HOST_MEMORY, and has closed it, when there is no
 * room. */
CK_RV token_opened(CK_SLOT_ID slot, CK_SESSION_HANDLE *session);

/* The real session was closed, or all of a slot. */
void token_closed(CK_SESSION_HANDLE session);
void token_closed_all(CK_SLOT_ID slot);

unsigned long token_sessions(void);

/* The real module's slots; to be freed. NULL: there are none. */
CK_SLOT_ID *token_slots(CK_BBOOL present, CK_ULONG *count);

/* Until a token came or went, or with CKF_DONT_BLOCK whether one did. */
CK_RV token_wait(CK_FLAGS flags, CK_SLOT_ID *slot);

/* In a child: nothing is in the real module, and nobody waits. */
void token_forked(void);

#endif
