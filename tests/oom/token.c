/* What is tried on a token. Each run opens the module anew. */
#include "oom/scenario.h"

#include "ams/crld.h"
#include "ams/ocspd.h"
#include "lib/small_ca.h"
#include "lib/softhsm.h"

#include <kunci.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

static struct softhsm *hsm;
static unsigned char *certificate;
static int certificate_len;
static unsigned char *request; /* for a certificate */
static size_t request_len;

static enum kunci_rc open_token(struct kunci_modules **modules, struct kunci_token **token,
                                struct kunci_err *err)
{
    const struct kunci_modules_options how = {
        .path = SOFTHSM_MODULE, .isolation = hsm->isolation, .source = softhsm_pins(hsm)};
    enum kunci_rc rc = kunci_modules_open(&how, modules, err);

    return rc != KUNCI_OK ? rc
                          : kunci_token_find(*modules, "token-1", KUNCI_BLANK_NEVER, token, err);
}

/* Signed by a key of this process: nobody checks that here. */
static void make_certificate(struct kunci_key *key)
{
    EVP_PKEY *pkey = NULL, *issuer = EVP_EC_gen("P-256");
    struct kunci_err err = KUNCI_ERR_INIT;
    X509 *made = X509_new();

    if (!issuer || !made || kunci_key_evp(key, KUNCI_EVP_PROVIDER, &pkey, &err) != KUNCI_OK ||
        X509_set_pubkey(made, pkey) != 1 ||
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                                   (const unsigned char *)"Budi", -1, -1, 0) != 1 ||
        !X509_gmtime_adj(X509_getm_notBefore(made), 0) ||
        !X509_gmtime_adj(X509_getm_notAfter(made), 3600) ||
        X509_sign(made, issuer, EVP_sha256()) == 0)
        abort();
    certificate_len = i2d_X509(made, &certificate);
    X509_free(made);
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(issuer);
}

static void in_folder(const char *name, char *to, size_t size)
{
    snprintf(to, size, "%s/%s", hsm->dir, name);
}

/* On the second token. */
static void make_authority(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct store *store;
    const struct ca_plan plan = {.token = softhsm_token(hsm, 2),
                                 .organisation = "Contoh",
                                 .public_url = "http://ams.contoh.go.id"};
    char path[128];

    in_folder("ams.db", path, sizeof path);
    request = small_ca_request("C=ID, O=Contoh, CN=Budi", NULL, &request_len);
    if (store_open(path, STORE_CREATE, &store, &err) != KUNCI_OK ||
        ca_make(store, &plan, &err) != KUNCI_OK)
        abort();
    store_close(&store);
}

void token_up(void)
{
    struct kunci_key *key;

    hsm = softhsm_up(2);
    key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    make_certificate(key);
    kunci_key_free(&key);
    make_authority();
    kunci_modules_free(&hsm->modules);
    hsm->pin[KUNCI_PIN_NEW_USER] = SOFTHSM_PIN; /* changed to what it was */
}

void token_down(void)
{
    OPENSSL_free(certificate);
    free(request);
    softhsm_down(&hsm);
}

enum kunci_rc token_look_at(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_token_info info;
    struct kunci_token *token;
    char *uri = NULL;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK && (rc = kunci_token_info(token, &info, err)) == KUNCI_OK)
        rc = kunci_token_uri(token, &uri, err);
    free(uri);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_list_keys(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_key_list *list = NULL;
    struct kunci_key_info info;
    struct kunci_token *token;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK && (rc = kunci_key_list(token, &list, err)) == KUNCI_OK)
        rc = kunci_key_info(kunci_key_list_at(list, 0), &info, err);
    kunci_key_list_free(&list);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_sign(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_signer *signer = NULL;
    struct kunci_key *key = NULL;
    struct kunci_token *token;
    static const char *const names[] = {"email:budi@contoh.go.id", "dirname:C=ID", "rid:1.2.3",
                                        "upn:budi@contoh.go.id", NULL};
    static const char *const usages[] = {"nonRepudiation", "emailProtection", NULL};
    static const char *const extensions[] = {"1.2.3=0500", NULL};
    static const struct kunci_csr_options wanted = {
        .subject = "CN=Budi", .names = names, .usages = usages, .extensions = extensions};
    unsigned char *der = NULL;
    size_t len;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK && (rc = kunci_key_find(token, "tte", &key, err)) == KUNCI_OK &&
        (rc = kunci_key_signer(key, KUNCI_ALG_NONE, &signer, err)) == KUNCI_OK)
        rc = kunci_csr_new(signer, &wanted, &der, &len, err);
    free(der);
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_sign_file(struct kunci_err *err)
{
    struct kunci_sign_options options = {.force = true};
    struct kunci_modules *modules = NULL;
    struct kunci_signing *signing = NULL;
    struct kunci_signer *signer = NULL;
    struct kunci_key *key = NULL;
    struct kunci_token *token;
    unsigned char *certs = NULL;
    enum kunci_signed how;
    char out[128];
    const struct kunci_sign_item item = {.in = "/etc/hostname", .out = out};
    enum kunci_rc rc = open_token(&modules, &token, err);

    snprintf(out, sizeof out, "%s/out.p7s", hsm->dir);
    if (rc == KUNCI_OK && (rc = kunci_key_find(token, "tte", &key, err)) == KUNCI_OK &&
        (rc = kunci_key_signer(key, KUNCI_ALG_NONE, &signer, err)) == KUNCI_OK &&
        (rc = kunci_certs_on(token, &certs, &options.certs_len, err)) == KUNCI_OK) {
        options.format = certs && options.certs_len ? KUNCI_FORMAT_CADES : KUNCI_FORMAT_RAW;
        options.certs = certs;
        rc = kunci_signing_new(signer, &options, &signing, err);
    }
    if (rc == KUNCI_OK)
        rc = kunci_sign_file(signing, &item, &how, err);
    kunci_signing_free(&signing);
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    kunci_modules_free(&modules);
    free(certs);
    return rc;
}

enum kunci_rc token_make_key(struct kunci_err *err)
{
    static unsigned made;
    struct kunci_modules *modules = NULL;
    struct kunci_key *key = NULL;
    struct kunci_token *token;
    char label[32];
    enum kunci_rc rc = open_token(&modules, &token, err);

    snprintf(label, sizeof label, "key %u", made++);
    if (rc == KUNCI_OK && (rc = kunci_key_new(token, KUNCI_KEY_P256, label, &key, err)) == KUNCI_OK)
        rc = kunci_key_delete(key, err);
    kunci_key_free(&key);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_list_certificates(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_cert_list *list = NULL;
    struct kunci_token *token;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK)
        rc = kunci_cert_list(token, &list, err);
    kunci_cert_list_free(&list);
    kunci_modules_free(&modules);
    return rc;
}

/* One that was written before memory ran out is deleted by the next run. */
enum kunci_rc token_write_certificate(struct kunci_err *err)
{
    struct kunci_err absent = KUNCI_ERR_INIT;
    struct kunci_modules *modules = NULL;
    struct kunci_cert *cert = NULL, *old = NULL;
    struct kunci_token *token;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK && (rc = kunci_cert_find(token, "tte", &old, &absent)) == KUNCI_OK)
        rc = kunci_cert_delete(old, err);
    else if (rc == KUNCI_CERT_NOT_FOUND)
        rc = KUNCI_OK;
    if (rc == KUNCI_OK)
        rc = kunci_cert_import(token, certificate, (size_t)certificate_len, &cert, err);
    kunci_cert_free(&old);
    kunci_cert_free(&cert);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_change_pin(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_token *token;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK)
        rc = kunci_pin_change(token, err);
    kunci_modules_free(&modules);
    return rc;
}

enum kunci_rc token_give_evp(struct kunci_err *err)
{
    struct kunci_modules *modules = NULL;
    struct kunci_key *key = NULL;
    struct kunci_token *token;
    EVP_PKEY *pkey = NULL;
    enum kunci_rc rc = open_token(&modules, &token, err);

    if (rc == KUNCI_OK && (rc = kunci_key_find(token, "tte", &key, err)) == KUNCI_OK)
        rc = kunci_key_evp(key, KUNCI_EVP_PROVIDER, &pkey, err);
    EVP_PKEY_free(pkey);
    kunci_key_free(&key);
    kunci_modules_free(&modules);
    return rc;
}

/* ---- the authority ---- */

struct authority {
    struct kunci_modules *modules;
    struct store *store;
    struct ca *ca;
};

static enum kunci_rc open_authority(struct authority *authority, struct kunci_err *err)
{
    const struct kunci_modules_options how = {
        .path = SOFTHSM_MODULE, .isolation = hsm->isolation, .source = softhsm_pins(hsm)};
    struct kunci_token *token;
    char path[128];
    enum kunci_rc rc;

    in_folder("ams.db", path, sizeof path);
    if ((rc = kunci_modules_open(&how, &authority->modules, err)) != KUNCI_OK ||
        (rc = kunci_token_find(authority->modules, "token-2", KUNCI_BLANK_NEVER, &token, err)) !=
            KUNCI_OK ||
        (rc = store_open(path, STORE_WRITE, &authority->store, err)) != KUNCI_OK)
        return rc;
    return ca_open(authority->store, token, "http://ams.contoh.go.id", &authority->ca, err);
}

static void close_authority(struct authority *authority)
{
    ca_close(&authority->ca);
    store_close(&authority->store);
    kunci_modules_free(&authority->modules);
}

/* Issued, revoked, looked up, and none of it is kept. */
static enum kunci_rc live_through(const struct authority *authority, struct kunci_err *err)
{
    const struct ca_order order = {
        .profile = "holder", .csr = request, .csr_len = request_len, .now = 1795219200};
    struct store *store = authority->store;
    struct ca_issued issued = {.der = NULL};
    struct ca_row row = {.der = NULL};
    enum kunci_rc rc;

    if ((rc = store_begin(store, err)) == KUNCI_OK &&
        (rc = ca_issue(authority->ca, store, &order, &issued, err)) == KUNCI_OK &&
        (rc = ca_suspend(store, issued.serial, 1795219200, err)) == KUNCI_OK &&
        (rc = ca_resume(store, issued.serial, err)) == KUNCI_OK &&
        (rc = ca_revoke(store, issued.serial, 1, 1795219200, 1, err)) == KUNCI_OK)
        rc = ca_find(store, issued.serial, &row, err);
    store_rollback(store);
    ca_row_clear(&row);
    free(issued.der);
    return rc;
}

enum kunci_rc token_issue(struct kunci_err *err)
{
    struct authority authority = {.ca = NULL};
    enum kunci_rc rc = open_authority(&authority, err);

    if (rc == KUNCI_OK)
        rc = live_through(&authority, err);
    close_authority(&authority);
    return rc;
}

enum kunci_rc token_tell_status(struct kunci_err *err)
{
    struct authority authority = {.ca = NULL};
    struct ocspd *ocspd = NULL;
    enum kunci_rc rc;
    size_t done;

    if ((rc = open_authority(&authority, err)) == KUNCI_OK &&
        (rc = ocspd_new(authority.ca, &ocspd, err)) == KUNCI_OK &&
        (rc = ocspd_ahead(ocspd, authority.store, 1795219200, 10, &done, err)) == KUNCI_OK)
        rc = ocspd_changed(ocspd, authority.store, "4a", 1795219200, err);
    ocspd_free(&ocspd);
    close_authority(&authority);
    return rc;
}

enum kunci_rc token_list_revoked(struct kunci_err *err)
{
    struct authority authority = {.ca = NULL};
    enum kunci_rc rc = open_authority(&authority, err);

    if (rc == KUNCI_OK)
        rc = crld_make(authority.ca, authority.store, CRLD_ROOT, 0, hsm->dir, NULL, err);
    if (rc == KUNCI_OK)
        rc = crld_make(authority.ca, authority.store, CRLD_ISSUING, 0, hsm->dir, NULL, err);
    close_authority(&authority);
    return rc;
}
