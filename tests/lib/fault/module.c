/* kunci-fault-module.so: a PKCS#11 module over another one, which fails on purpose. Its
 * manual page is kunci-fault-module(7). */
#include "lib/fault/call.h"
#include "lib/fault/lock.h"
#include "lib/fault/source.h"

#include <pthread.h>

#define EXPORTED __attribute__((visibility("default")))

static CK_FUNCTION_LIST functions = {.version = {2, 40},
#define CALL_ENTRY(name, traits) .name = name,
                                     CALLS(CALL_ENTRY)
#undef CALL_ENTRY
};

static void forked(void)
{
    call_forked();
    token_forked();
    source_forked();
    lock_forked();
}

static void __attribute__((constructor)) loaded(void)
{
    pthread_atfork(lock_take, lock_give, forked);
}

EXPORTED CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetFunctionList, NULL);

    if (rv == CKR_OK && !list)
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        *list = &functions;
    return call_end(&call, rv);
}

CK_RV C_Initialize(void *arguments)
{
    struct call call;
    bool good = source_start();
    CK_RV rv = call_begin(&call, CALL_C_Initialize, NULL);

    if (rv == CKR_OK && !good)
        rv = CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = call_load(&functions);
    if (rv == CKR_OK)
        rv = real->C_Initialize(arguments);
    if (rv == CKR_OK)
        token_start(source_out());
    else if (rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
        source_stop();
    return call_end(&call, rv);
}

CK_RV C_Finalize(void *reserved)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_Finalize, NULL);

    if (rv == CKR_OK && !reserved) {
        token_stop();
        source_stop();
    }
    if (rv == CKR_OK)
        rv = real->C_Finalize(reserved);
    return call_end(&call, rv);
}

CK_RV C_GetInfo(CK_INFO *info)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetInfo, NULL);

    if (rv == CKR_OK)
        rv = real->C_GetInfo(info);
    return call_end(&call, rv);
}
