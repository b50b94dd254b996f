#include "lib/bare.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int done, const char *what)
{
    if (done)
        return;
    fprintf(stderr, "bare: %s failed\n", what);
    exit(1);
}

CK_FUNCTION_LIST *bare_load(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CK_C_GetFunctionList get = NULL;
    CK_FUNCTION_LIST *f = NULL;
    CK_RV rv;

    must(module != NULL, "dlopen");
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    must(get && get(&f) == CKR_OK, "C_GetFunctionList");
    rv = f->C_Initialize(NULL);
    must(rv == CKR_OK || rv == CKR_CRYPTOKI_ALREADY_INITIALIZED, "C_Initialize");
    return f;
}

CK_SESSION_HANDLE bare_session(CK_FUNCTION_LIST *f, const char *label)
{
    CK_SESSION_HANDLE session;
    CK_SLOT_ID slots[64];
    CK_ULONG count = 64, i;
    CK_TOKEN_INFO info;

    must(f->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK, "C_GetSlotList");
    for (i = 0; i < count; i++)
        if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.label, label, strlen(label)) == 0)
            break;
    must(i < count, label);
    must(f->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &session) ==
             CKR_OK,
         "C_OpenSession");
    return session;
}

CK_OBJECT_HANDLE bare_find(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                           const char *label)
{
    char copy[256];
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, copy, strlen(label)}};
    CK_OBJECT_HANDLE object;
    CK_ULONG count = 0;

    memcpy(copy, label, strlen(label));
    must(f->C_FindObjectsInit(session, template, 2) == CKR_OK, "C_FindObjectsInit");
    must(f->C_FindObjects(session, &object, 1, &count) == CKR_OK && count == 1, label);
    must(f->C_FindObjectsFinal(session) == CKR_OK, "C_FindObjectsFinal");
    return object;
}

void bare_sign(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
               CK_MECHANISM_TYPE mechanism, unsigned char *in, CK_ULONG in_len)
{
    CK_MECHANISM how = {mechanism, NULL, 0};
    unsigned char sig[1024];
    CK_ULONG len = sizeof sig;

    must(f->C_SignInit(session, &how, key) == CKR_OK, "C_SignInit");
    must(f->C_Sign(session, in, in_len, sig, &len) == CKR_OK, "C_Sign");
}
