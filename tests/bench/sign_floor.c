/* The least that signing files takes, in a program for this one thing: load the module,
 * log in, find the key; then read each file, hash it with SHA-256, have the digest signed
 * once, write as many bytes as a signature has beside it, and give them their name.
 *
 *   sign_floor MODULE TOKEN PIN-FILE KEY p256|rsa2048 BYTES JOBS FILE... */
#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "sign_floor: %s\n", #what);                                            \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

enum { CHUNK = 65536, BYTES_MAX = 65536, JOBS_MAX = 16 };

static CK_FUNCTION_LIST *f;
static CK_SLOT_ID slot;
static char *label, **files;
static bool rsa;
static size_t bytes;
static int count;
static atomic_int next;

static void load(const char *path)
{
    CK_C_INITIALIZE_ARGS threads = {.flags = CKF_OS_LOCKING_OK};
    CK_C_GetFunctionList get;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    MUST(module);
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    MUST(get && get(&f) == CKR_OK && f->C_Initialize(&threads) == CKR_OK);
}

static void find_slot(const char *token)
{
    CK_SLOT_ID slots[64];
    CK_ULONG slot_count = 64, i;
    CK_TOKEN_INFO info;

    MUST(f->C_GetSlotList(CK_TRUE, slots, &slot_count) == CKR_OK);
    for (i = 0; i < slot_count; i++)
        if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.label, token, strlen(token)) == 0) {
            slot = slots[i];
            return;
        }
    MUST(!"the token is there");
}

static CK_SESSION_HANDLE open_session(void)
{
    CK_SESSION_HANDLE session;

    MUST(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
    return session;
}

static void log_in(const char *pin_file)
{
    char pin[64] = "";
    FILE *file = fopen(pin_file, "re");

    MUST(file && fgets(pin, sizeof pin, file));
    fclose(file);
    pin[strcspn(pin, "\n")] = '\0';
    MUST(f->C_Login(open_session(), CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)) == CKR_OK);
}

static CK_OBJECT_HANDLE find(CK_SESSION_HANDLE session)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, label, strlen(label)}};
    CK_OBJECT_HANDLE object;
    CK_ULONG found = 0;

    MUST(f->C_FindObjectsInit(session, template, 2) == CKR_OK);
    MUST(f->C_FindObjects(session, &object, 1, &found) == CKR_OK && found == 1);
    MUST(f->C_FindObjectsFinal(session) == CKR_OK);
    return object;
}

static void hash(const char *name, EVP_MD_CTX *context, unsigned char *digest)
{
    unsigned char chunk[CHUNK];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    MUST(fd >= 0 && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1);
    while ((got = read(fd, chunk, sizeof chunk)) > 0)
        MUST(EVP_DigestUpdate(context, chunk, (size_t)got) == 1);
    MUST(got == 0 && EVP_DigestFinal_ex(context, digest, NULL) == 1);
    close(fd);
}

static void sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, const unsigned char *digest,
                 unsigned char *to)
{
    static const unsigned char info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                         0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
    CK_MECHANISM mechanism = {rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
    unsigned char in[sizeof info + 32];
    size_t skip = rsa ? 0 : sizeof info;
    CK_ULONG len = BYTES_MAX;

    memcpy(in, info, sizeof info);
    memcpy(in + sizeof info, digest, 32);
    MUST(f->C_SignInit(session, &mechanism, key) == CKR_OK);
    MUST(f->C_Sign(session, in + skip, sizeof in - skip, to, &len) == CKR_OK);
}

static void write_out(const char *name, const unsigned char *from)
{
    char path[512], temporary[600];
    int fd;

    snprintf(path, sizeof path, "%s.floor", name);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    MUST(fd >= 0 && write(fd, from, bytes) == (ssize_t)bytes && close(fd) == 0);
    MUST(rename(temporary, path) == 0);
}

static void *work(void *context)
{
    CK_SESSION_HANDLE session = open_session();
    CK_OBJECT_HANDLE key = find(session);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char digest[32], *out = calloc(1, BYTES_MAX);
    int i;

    MUST(md && out);
    while ((i = atomic_fetch_add(&next, 1)) < count) {
        hash(files[i], md, digest);
        sign(session, key, digest, out);
        write_out(files[i], out);
    }
    EVP_MD_CTX_free(md);
    free(out);
    return context;
}

int main(int argc, char **argv)
{
    pthread_t threads[JOBS_MAX];
    int jobs, i;

    MUST(argc > 8);
    label = argv[4];
    rsa = strcmp(argv[5], "rsa2048") == 0;
    bytes = (size_t)atol(argv[6]);
    jobs = atoi(argv[7]);
    files = argv + 8;
    count = argc - 8;
    MUST(bytes <= BYTES_MAX && jobs > 0 && jobs <= JOBS_MAX);
    load(argv[1]);
    find_slot(argv[2]);
    log_in(argv[3]);
    for (i = 1; i < jobs; i++)
        MUST(pthread_create(&threads[i], NULL, work, NULL) == 0);
    work(NULL);
    for (i = 1; i < jobs; i++)
        pthread_join(threads[i], NULL);
    f->C_Finalize(NULL);
    return 0;
}
