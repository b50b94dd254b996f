/* What every function does before and after the real one. */
#ifndef LIB_FAULT_CALL_H
#define LIB_FAULT_CALL_H

#include "lib/fault/plan.h"
#include "lib/fault/token.h"

struct call {
    enum call_id id;
    unsigned long nth; /* which call of this function in this process */
    struct plan plan;  /* the faults in force when it began */
    const char *who;   /* for the log: whose PIN */
    bool inside;
};

/* Counts the call and does the faults that come before it. CKR_OK: the real one is to be
 * called, with the session's handle that stands in *session now. */
CK_RV call_begin(struct call *call, enum call_id id, CK_SESSION_HANDLE *session);

/* Does the faults that come after, and answers what is to be answered. */
CK_RV call_end(struct call *call, CK_RV rv);

/* CKR_MECHANISM_INVALID where it is hidden. */
CK_RV call_mechanism(const struct call *call, const CK_MECHANISM *mechanism);

/* After the real call: lies of the length or count, where that is asked for. Room is what
 * stood there before; out is NULL where the length alone was wanted, which is "asked"
 * then. */
void call_lie(const struct call *call, const void *out, CK_ULONG *length, CK_ULONG room,
              CK_ULONG asked);

/* Whether this call lies. */
bool call_lies(const struct call *call);

/* Loads the real module, once. */
CK_RV call_load(const CK_FUNCTION_LIST *self);

/* In a child: counts begin anew. */
void call_forked(void);

#endif
