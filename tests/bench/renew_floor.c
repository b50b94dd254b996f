/* The token's part of a renewal and what is put on the disk for it, in a program for this
 * one thing: log in, find the pair, sign the login, make the new pair, sign the request,
 * sign the proof by the old key, write the certificate, sign with the new key; and so many
 * small appends, each on the disk before the next.
 *
 *   renew_floor TOKEN PIN-FILE OLD-KEY CERTIFICATE FILE FSYNCS */
#include "lib/bare.h"
#include "lib/softhsm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "renew_floor: %s\n", #what);                                           \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum { CERTIFICATE_MAX = 8192 };

static void log_in(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, const char *pin_file)
{
    char pin[64] = "";
    FILE *file = fopen(pin_file, "re");

    MUST(file && fgets(pin, sizeof pin, file));
    fclose(file);
    pin[strcspn(pin, "\n")] = '\0';
    MUST(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)) == CKR_OK);
}

/* The usual attributes, and the id set once the public key is known. */
static CK_OBJECT_HANDLE make_pair(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, char *label)
{
    static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    static unsigned char p256[] = {6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, id[20];
    CK_ATTRIBUTE public[] = {{CKA_TOKEN, &yes, 1},
                             {CKA_VERIFY, &yes, 1},
                             {CKA_EC_PARAMS, p256, sizeof p256},
                             {CKA_LABEL, label, strlen(label)}};
    CK_ATTRIBUTE private[] = {{CKA_TOKEN, &yes, 1},       {CKA_PRIVATE, &yes, 1},
                              {CKA_SENSITIVE, &yes, 1},   {CKA_EXTRACTABLE, &no, 1},
                              {CKA_SIGN, &yes, 1},        {CKA_DECRYPT, &no, 1},
                              {CKA_UNWRAP, &no, 1},       {CKA_DERIVE, &no, 1},
                              {CKA_SIGN_RECOVER, &no, 1}, {CKA_LABEL, label, strlen(label)}};
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    unsigned char point[128];
    CK_ATTRIBUTE read = {CKA_EC_POINT, point, sizeof point}, named = {CKA_ID, id, sizeof id};
    CK_OBJECT_HANDLE half, key;

    MUST(f->C_GenerateKeyPair(session, &mechanism, public, 4, private, 10, &half, &key) == CKR_OK);
    MUST(f->C_GetAttributeValue(session, half, &read, 1) == CKR_OK);
    memcpy(id, point + 3, sizeof id);
    MUST(f->C_SetAttributeValue(session, half, &named, 1) == CKR_OK);
    MUST(f->C_SetAttributeValue(session, key, &named, 1) == CKR_OK);
    return key;
}

static void write_certificate(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, const char *path)
{
    static CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    static CK_CERTIFICATE_TYPE type = CKC_X_509;
    static CK_BBOOL yes = CK_TRUE;
    unsigned char der[CERTIFICATE_MAX];
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(der, 1, sizeof der, file) : 0;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_CERTIFICATE_TYPE, &type, sizeof type},
                               {CKA_TOKEN, &yes, 1},
                               {CKA_SUBJECT, der, 16}, /* of the length that matters */
                               {CKA_VALUE, der, len}};
    CK_OBJECT_HANDLE written;

    MUST(len > 0);
    fclose(file);
    MUST(f->C_CreateObject(session, template, 5, &written) == CKR_OK);
}

static void append(const char *path, long times)
{
    static const char line[200] = "{\"arrow\":\"as long as a line of the journal is\"}";
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    MUST(fd >= 0);
    while (times-- > 0)
        MUST(write(fd, line, sizeof line) == sizeof line && fsync(fd) == 0);
    close(fd);
}

int main(int argc, char **argv)
{
    unsigned char digest[32] = "what is signed";
    CK_FUNCTION_LIST *f;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE old, new;
    char label[64];

    if (argc != 7)
        return 2;
    f = bare_load(SOFTHSM_MODULE);
    session = bare_session(f, argv[1]);
    log_in(f, session, argv[2]);
    old = bare_find(f, session, CKO_PRIVATE_KEY, argv[3]);
    bare_sign(f, session, old, CKM_ECDSA, digest, sizeof digest);
    snprintf(label, sizeof label, "floor-%d", getpid());
    new = make_pair(f, session, label);
    bare_sign(f, session, new, CKM_ECDSA, digest, sizeof digest);
    bare_sign(f, session, old, CKM_ECDSA, digest, sizeof digest);
    write_certificate(f, session, argv[4]);
    bare_sign(f, session, new, CKM_ECDSA, digest, sizeof digest);
    append(argv[5], strtol(argv[6], NULL, 10));
    return 0;
}
