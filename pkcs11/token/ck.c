#include "token/ck.h"
#include "token/worker.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>

#define NAMED(name, rc)                                                                            \
    {                                                                                              \
        name, #name, KUNCI_##rc                                                                    \
    }

/* What each answer means to a person. MODULE_FAILED: nothing better is known. */
static const struct meaning {
    CK_RV rv;
    const char *name;
    enum kunci_rc rc;
} meanings[] = {
    NAMED(CKR_CANCEL, INTERRUPTED),
    NAMED(CKR_HOST_MEMORY, NO_MEMORY),
    NAMED(CKR_SLOT_ID_INVALID, TOKEN_REMOVED),
    NAMED(CKR_GENERAL_ERROR, MODULE_FAILED),
    NAMED(CKR_FUNCTION_FAILED, MODULE_FAILED),
    NAMED(CKR_ARGUMENTS_BAD, MODULE_FAILED),
    NAMED(CKR_NO_EVENT, MODULE_FAILED),
    NAMED(CKR_NEED_TO_CREATE_THREADS, MODULE_FAILED),
    NAMED(CKR_CANT_LOCK, MODULE_FAILED),
    NAMED(CKR_ATTRIBUTE_READ_ONLY, TOKEN_UNABLE),
    NAMED(CKR_ATTRIBUTE_SENSITIVE, TOKEN_UNABLE),
    NAMED(CKR_ATTRIBUTE_TYPE_INVALID, TOKEN_UNABLE),
    NAMED(CKR_ATTRIBUTE_VALUE_INVALID, TOKEN_UNABLE),
    NAMED(CKR_DATA_INVALID, TOKEN_UNABLE),
    NAMED(CKR_DATA_LEN_RANGE, TOKEN_UNABLE),
    NAMED(CKR_DEVICE_ERROR, MODULE_FAILED),
    NAMED(CKR_DEVICE_MEMORY, TOKEN_FULL),
    NAMED(CKR_DEVICE_REMOVED, TOKEN_REMOVED),
    NAMED(CKR_FUNCTION_CANCELED, INTERRUPTED),
    NAMED(CKR_FUNCTION_NOT_PARALLEL, MODULE_FAILED),
    NAMED(CKR_FUNCTION_NOT_SUPPORTED, TOKEN_UNABLE),
    NAMED(CKR_KEY_HANDLE_INVALID, MODULE_FAILED),
    NAMED(CKR_KEY_SIZE_RANGE, TOKEN_UNABLE),
    NAMED(CKR_KEY_TYPE_INCONSISTENT, TOKEN_UNABLE),
    NAMED(CKR_KEY_FUNCTION_NOT_PERMITTED, TOKEN_UNABLE),
    NAMED(CKR_MECHANISM_INVALID, TOKEN_UNABLE),
    NAMED(CKR_MECHANISM_PARAM_INVALID, TOKEN_UNABLE),
    NAMED(CKR_OBJECT_HANDLE_INVALID, MODULE_FAILED),
    NAMED(CKR_OPERATION_ACTIVE, MODULE_FAILED),
    NAMED(CKR_OPERATION_NOT_INITIALIZED, MODULE_FAILED),
    NAMED(CKR_PIN_INCORRECT, PIN_INCORRECT),
    NAMED(CKR_PIN_INVALID, PIN_REFUSED),
    NAMED(CKR_PIN_LEN_RANGE, PIN_REFUSED),
    NAMED(CKR_PIN_EXPIRED, PIN_EXPIRED),
    NAMED(CKR_PIN_LOCKED, PIN_LOCKED),
    NAMED(CKR_SESSION_CLOSED, TOKEN_REMOVED),
    NAMED(CKR_SESSION_COUNT, SESSION_LIMIT),
    NAMED(CKR_SESSION_HANDLE_INVALID, TOKEN_REMOVED),
    NAMED(CKR_SESSION_PARALLEL_NOT_SUPPORTED, MODULE_FAILED),
    NAMED(CKR_SESSION_READ_ONLY, TOKEN_WRITE_PROTECTED),
    NAMED(CKR_SESSION_EXISTS, TOKEN_BUSY),
    NAMED(CKR_SESSION_READ_ONLY_EXISTS, TOKEN_BUSY),
    NAMED(CKR_SESSION_READ_WRITE_SO_EXISTS, TOKEN_BUSY),
    NAMED(CKR_SIGNATURE_INVALID, MODULE_FAILED),
    NAMED(CKR_SIGNATURE_LEN_RANGE, MODULE_FAILED),
    NAMED(CKR_TEMPLATE_INCOMPLETE, TOKEN_UNABLE),
    NAMED(CKR_TEMPLATE_INCONSISTENT, TOKEN_UNABLE),
    NAMED(CKR_TOKEN_NOT_PRESENT, TOKEN_REMOVED),
    NAMED(CKR_TOKEN_NOT_RECOGNIZED, TOKEN_REMOVED),
    NAMED(CKR_TOKEN_WRITE_PROTECTED, TOKEN_WRITE_PROTECTED),
    NAMED(CKR_USER_ALREADY_LOGGED_IN, TOKEN_BUSY),
    NAMED(CKR_USER_NOT_LOGGED_IN, PIN_REQUIRED),
    NAMED(CKR_USER_PIN_NOT_INITIALIZED, PIN_NOT_SET),
    NAMED(CKR_USER_TYPE_INVALID, TOKEN_UNABLE),
    NAMED(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, TOKEN_BUSY),
    NAMED(CKR_USER_TOO_MANY_TYPES, TOKEN_BUSY),
    NAMED(CKR_DOMAIN_PARAMS_INVALID, TOKEN_UNABLE),
    NAMED(CKR_BUFFER_TOO_SMALL, MODULE_FAILED),
    NAMED(CKR_CRYPTOKI_NOT_INITIALIZED, TOKEN_REMOVED),
    NAMED(CKR_CRYPTOKI_ALREADY_INITIALIZED, MODULE_FAILED),
    NAMED(CKR_FUNCTION_REJECTED, DECLINED),
    {CKR_WORKER_MEMORY, "CKR_HOST_MEMORY", KUNCI_MODULE_FAILED},
};

static const struct meaning *meaning_of(CK_RV rv)
{
    size_t i;

    for (i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].rv == rv)
            return &meanings[i];
    return NULL;
}

void ck_name(CK_RV rv, char *buf, size_t size)
{
    const struct meaning *meaning = meaning_of(rv);

    if (rv == CKR_OK)
        snprintf(buf, size, "CKR_OK");
    else if (meaning)
        snprintf(buf, size, "%s", meaning->name);
    else
        snprintf(buf, size, "CKR_0x%lx", rv);
}

static enum kunci_rc set(struct kunci_err *err, enum kunci_rc rc, CK_RV rv, const char *where,
                         const char *about)
{
    char name[sizeof err->answer];

    if (err->rc != KUNCI_OK)
        return err->rc;
    ck_name(rv, name, sizeof name);
    log_event("module.refused", "call", where, "answer", name, "about", about, NULL);
    err->ck_rv = rv;
    snprintf(err->answer, sizeof err->answer, "%s", name);
    snprintf(err->where, sizeof err->where, "%s", where);
    return err_setf(err, rc, about, "%s: %s", where, name);
}

enum kunci_rc err_ck(struct kunci_err *err, CK_RV rv, const char *where, const char *about)
{
    const struct meaning *meaning = meaning_of(rv);

    return set(err, meaning ? meaning->rc : KUNCI_MODULE_FAILED, rv, where, about);
}

enum kunci_rc err_ck_so(struct kunci_err *err, CK_RV rv, const char *where, const char *about)
{
    if (rv == CKR_PIN_INCORRECT)
        return set(err, KUNCI_SO_PIN_INCORRECT, rv, where, about);
    if (rv == CKR_PIN_LOCKED)
        return set(err, KUNCI_SO_PIN_LOCKED, rv, where, about);
    return err_ck(err, rv, where, about);
}
