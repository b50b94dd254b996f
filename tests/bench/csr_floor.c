/* The least that "kunci csr new" has to do, in a program for this one thing: load the
 * module, log in, find the key, have it sign a request, write that. P-256 only.
 *
 *   csr_floor MODULE TOKEN PIN-FILE KEY OUT */
#include <dlfcn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MUST(what)                                                                                 \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "csr_floor: %s\n", #what);                                             \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

static CK_FUNCTION_LIST *load(const char *path)
{
    CK_C_GetFunctionList get;
    CK_FUNCTION_LIST *f;
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    MUST(module);
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    MUST(get && get(&f) == CKR_OK && f->C_Initialize(NULL) == CKR_OK);
    return f;
}

static CK_SLOT_ID slot_of(CK_FUNCTION_LIST *f, const char *label)
{
    CK_SLOT_ID slots[64];
    CK_ULONG count = 64, i;
    CK_TOKEN_INFO info;

    MUST(f->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK);
    for (i = 0; i < count; i++)
        if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
            memcmp(info.label, label, strlen(label)) == 0)
            return slots[i];
    MUST(!"the token is there");
    return 0;
}

static CK_SESSION_HANDLE log_in(CK_FUNCTION_LIST *f, CK_SLOT_ID slot, const char *pin_file)
{
    CK_SESSION_HANDLE session;
    char pin[64] = "";
    FILE *file = fopen(pin_file, "re");

    MUST(file && fgets(pin, sizeof pin, file));
    fclose(file);
    pin[strcspn(pin, "\n")] = '\0';
    MUST(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK);
    MUST(f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)) == CKR_OK);
    return session;
}

static CK_OBJECT_HANDLE find(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_CLASS class,
                             char *label)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class},
                               {CKA_LABEL, label, strlen(label)}};
    CK_OBJECT_HANDLE object;
    CK_ULONG count = 0;

    MUST(f->C_FindObjectsInit(session, template, 2) == CKR_OK);
    MUST(f->C_FindObjects(session, &object, 1, &count) == CKR_OK && count == 1);
    MUST(f->C_FindObjectsFinal(session) == CKR_OK);
    return object;
}

static X509_PUBKEY *public_key(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, char *label)
{
    unsigned char point[128], *copy;
    CK_ATTRIBUTE attribute = {CKA_EC_POINT, point, sizeof point};
    X509_PUBKEY *key = X509_PUBKEY_new();

    MUST(f->C_GetAttributeValue(session, find(f, session, CKO_PUBLIC_KEY, label), &attribute, 1) ==
         CKR_OK);
    copy = OPENSSL_memdup(point + 2, attribute.ulValueLen - 2);
    MUST(key && X509_PUBKEY_set0_param(key, OBJ_nid2obj(NID_X9_62_id_ecPublicKey), V_ASN1_OBJECT,
                                       OBJ_nid2obj(NID_X9_62_prime256v1), copy,
                                       (int)attribute.ulValueLen - 2) == 1);
    return key;
}

static X509_REQ *request(X509_PUBKEY *key)
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_REQ_get_subject_name(request);
    X509_PUBKEY *place = X509_REQ_get_X509_PUBKEY(request);
    const unsigned char *in;
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(key, &der);

    MUST(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"ID", -1, -1,
                                    0) == 1);
    MUST(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Dinas Contoh",
                                    -1, -1, 0) == 1);
    MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                    (const unsigned char *)"Budi Santoso", -1, -1, 0) == 1);
    in = der;
    MUST(d2i_X509_PUBKEY(&place, &in, len));
    OPENSSL_free(der);
    return request;
}

static void sign(CK_FUNCTION_LIST *f, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
                 X509_REQ *request)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_BIT_STRING *signature = ASN1_BIT_STRING_new();
    ECDSA_SIG *both = ECDSA_SIG_new();
    unsigned char digest[32], raw[64], *tbs = NULL, *der = NULL;
    CK_ULONG raw_len = sizeof raw;
    int len;

    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF, NULL);
    MUST(X509_REQ_set1_signature_algo(request, algorithm) == 1);
    len = i2d_re_X509_REQ_tbs(request, &tbs);
    MUST(len > 0 && EVP_Digest(tbs, (size_t)len, digest, NULL, EVP_sha256(), NULL) == 1);
    MUST(f->C_SignInit(session, &mechanism, key) == CKR_OK);
    MUST(f->C_Sign(session, digest, sizeof digest, raw, &raw_len) == CKR_OK && raw_len == 64);
    ECDSA_SIG_set0(both, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
    len = i2d_ECDSA_SIG(both, &der);
    ASN1_BIT_STRING_set(signature, der, len);
    signature->flags = ASN1_STRING_FLAG_BITS_LEFT;
    X509_REQ_set0_signature(request, signature);
    X509_ALGOR_free(algorithm);
    ECDSA_SIG_free(both);
    OPENSSL_free(tbs);
    OPENSSL_free(der);
}

int main(int argc, char **argv)
{
    CK_SESSION_HANDLE session;
    CK_FUNCTION_LIST *f;
    X509_PUBKEY *key;
    X509_REQ *made;
    FILE *out;

    MUST(argc == 6);
    f = load(argv[1]);
    session = log_in(f, slot_of(f, argv[2]), argv[3]);
    key = public_key(f, session, argv[4]);
    made = request(key);
    sign(f, session, find(f, session, CKO_PRIVATE_KEY, argv[4]), made);
    MUST((out = fopen(argv[5], "we")) && PEM_write_X509_REQ(out, made) == 1 && fclose(out) == 0);
    X509_REQ_free(made);
    X509_PUBKEY_free(key);
    f->C_Finalize(NULL);
    return 0;
}
