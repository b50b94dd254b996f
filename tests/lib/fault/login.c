/* The functions that take a PIN. */
#include "lib/fault/call.h"
#include "lib/fault/pins.h"

#include <string.h>

CK_RV C_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG length)
{
    struct call call;
    struct pin_typed typed;
    CK_RV rv = call_begin(&call, CALL_C_Login, &session);
    bool so = user == CKU_SO;

    call.who = so ? "so" : user == CKU_USER ? "user" : "context";
    if (rv == CKR_OK)
        rv = pins_refused(&call.plan, so);
    if (rv == CKR_OK)
        rv = pins_type(&call.plan, so ? PIN_SO : PIN_USER, &pin, &length, &typed);
    if (rv == CKR_OK) {
        rv = real->C_Login(session, user, pin, length);
        pins_tried(&call.plan, so, rv);
    }
    explicit_bzero(&typed, sizeof typed);
    return call_end(&call, rv);
}

/* The security officer, who is logged in, gives the user a PIN. */
CK_RV C_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG length)
{
    struct call call;
    struct pin_typed typed;
    CK_RV rv = call_begin(&call, CALL_C_InitPIN, &session);

    call.who = "user";
    if (rv == CKR_OK)
        rv = pins_type(&call.plan, PIN_NEW, &pin, &length, &typed);
    if (rv == CKR_OK)
        rv = real->C_InitPIN(session, pin, length);
    if (rv == CKR_OK)
        pins_reset(&call.plan);
    explicit_bzero(&typed, sizeof typed);
    return call_end(&call, rv);
}

static bool officer_is_in(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;

    return real->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RW_SO_FUNCTIONS;
}

CK_RV C_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin, CK_ULONG old_length,
               CK_UTF8CHAR *new_pin, CK_ULONG new_length)
{
    struct call call;
    struct pin_typed typed, typed_new;
    CK_RV rv = call_begin(&call, CALL_C_SetPIN, &session);
    bool so = rv == CKR_OK && officer_is_in(session);

    call.who = so ? "so" : "user";
    if (rv == CKR_OK)
        rv = pins_refused(&call.plan, so);
    if (rv == CKR_OK)
        rv = pins_type(&call.plan, so ? PIN_SO : PIN_USER, &old_pin, &old_length, &typed);
    if (rv == CKR_OK)
        rv = pins_type(&call.plan, PIN_NEW, &new_pin, &new_length, &typed_new);
    if (rv == CKR_OK) {
        rv = real->C_SetPIN(session, old_pin, old_length, new_pin, new_length);
        pins_tried(&call.plan, so, rv);
    }
    explicit_bzero(&typed, sizeof typed);
    explicit_bzero(&typed_new, sizeof typed_new);
    return call_end(&call, rv);
}

CK_RV C_InitToken(CK_SLOT_ID slot, CK_UTF8CHAR *pin, CK_ULONG length, CK_UTF8CHAR *label)
{
    struct call call;
    struct pin_typed typed;
    CK_RV rv = call_begin(&call, CALL_C_InitToken, NULL);

    call.who = "so";
    if (rv == CKR_OK)
        rv = pins_refused(&call.plan, true);
    if (rv == CKR_OK)
        rv = pins_type(&call.plan, PIN_SO, &pin, &length, &typed);
    if (rv == CKR_OK) {
        rv = real->C_InitToken(slot, pin, length, label);
        pins_tried(&call.plan, true, rv);
    }
    explicit_bzero(&typed, sizeof typed);
    return call_end(&call, rv);
}
