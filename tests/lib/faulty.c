#include "lib/faulty.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

CK_FUNCTION_LIST *faulty;
struct softhsm *faulty_hsm;

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "faulty: %s\n", what);
    abort();
}

const char *faulty_file(const char *name, const char *text)
{
    static char path[PATH_MAX];
    char new_path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", faulty_hsm->dir, name);
    if (!text)
        return path;
    snprintf(new_path, sizeof new_path, "%s/%s.new", faulty_hsm->dir, name);
    file = fopen(new_path, "w");
    must(file && fputs(text, file) >= 0 && fclose(file) == 0, new_path);
    must(rename(new_path, path) == 0, path);
    return path;
}

void faulty_plan(const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    faulty_file("faults", text);
}

unsigned faulty_logged(const char *words)
{
    FILE *file = fopen(faulty_file("log", NULL), "r");
    char line[256];
    unsigned count = 0;

    while (file && fgets(line, sizeof line, file))
        count += strstr(line, words) != NULL;
    if (file)
        fclose(file);
    return count;
}

CK_RV faulty_begin(void)
{
    CK_C_INITIALIZE_ARGS threads = {.flags = CKF_OS_LOCKING_OK};

    return faulty->C_Initialize(&threads);
}

const char *faulty_prepare(void)
{
    faulty_hsm = softhsm_up(1);
    must(setenv("KUNCI_FAULT_MODULE", SOFTHSM_MODULE, 1) == 0, "setenv");
    must(setenv("KUNCI_FAULT_FILE", faulty_file("faults", NULL), 1) == 0, "setenv");
    must(setenv("KUNCI_FAULT_LOG", faulty_file("log", NULL), 1) == 0, "setenv");
    return FAULT_MODULE;
}

void faulty_up(void)
{
    CK_C_GetFunctionList get;
    void *module = dlopen(faulty_prepare(), RTLD_NOW | RTLD_LOCAL);

    must(module, FAULT_MODULE);
    get = (CK_C_GetFunctionList)dlsym(module, "C_GetFunctionList");
    must(get && get(&faulty) == CKR_OK, "C_GetFunctionList");
    must(faulty_begin() == CKR_OK, "C_Initialize");
}

void faulty_down(void)
{
    faulty_plan("clear\n");
    faulty->C_Finalize(NULL);
    softhsm_down(&faulty_hsm);
}

/* The blank one comes last. */
CK_SLOT_ID faulty_slot(void)
{
    CK_ULONG count = 8;
    CK_SLOT_ID slots[8];

    must(faulty->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK && count == 2, "no slot");
    return slots[0];
}

CK_SESSION_HANDLE faulty_session(void)
{
    CK_SESSION_HANDLE session;

    must(faulty->C_OpenSession(faulty_slot(), CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                               &session) == CKR_OK,
         "no session");
    return session;
}

CK_RV faulty_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *pin)
{
    char copy[64] = "";

    if (pin)
        snprintf(copy, sizeof copy, "%s", pin);
    return faulty->C_Login(session, user, pin ? (CK_UTF8CHAR *)copy : NULL, strlen(copy));
}

CK_OBJECT_HANDLE faulty_key(CK_SESSION_HANDLE session)
{
    CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_MECHANISM make = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE curve = {CKA_EC_PARAMS, p256, sizeof p256};
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE signs = {CKA_SIGN, &yes, sizeof yes};
    CK_OBJECT_HANDLE public, private;

    must(faulty->C_GenerateKeyPair(session, &make, &curve, 1, &signs, 1, &public, &private) ==
             CKR_OK,
         "no key");
    return private;
}
