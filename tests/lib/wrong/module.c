/* Modules that were built wrongly, one with each of these defined: WRONG_no_list,
 * WRONG_refuses, WRONG_null_list, WRONG_holes, WRONG_half, WRONG_aborts, WRONG_hangs,
 * WRONG_undefined. */
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef WRONG_aborts
static void __attribute__((constructor)) begin(void)
{
    fputs("the licence has expired\n", stderr);
    abort();
}
#endif

#ifdef WRONG_hangs
static void __attribute__((constructor)) begin(void)
{
    while (1)
        pause();
}
#endif

#ifdef WRONG_undefined
CK_RV kunci_is_nowhere(void);
#endif

#ifndef WRONG_no_list

#ifdef WRONG_half
static CK_RV initialize(void *args)
{
    (void)args;
    return CKR_OK;
}
static CK_FUNCTION_LIST list = {.version = {2, 40}, .C_Initialize = initialize};
#else
static CK_FUNCTION_LIST list = {.version = {2, 40}};
#endif

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    *out = &list;
#ifdef WRONG_refuses
    return CKR_DEVICE_ERROR;
#endif
#ifdef WRONG_null_list
    *out = NULL;
#endif
#ifdef WRONG_undefined
    return kunci_is_nowhere();
#endif
    return CKR_OK;
}
#endif
