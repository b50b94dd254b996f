/* The lab's CA: OpenSSL's own "ca", whose key is in a token and used through
 * the pkcs11 engine. It runs in the lab's folder, so that no name has to be
 * quoted in a URI or in its settings. */
#include "cli/lab.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPENSSL_TIME_MS = 20000, OPENSSL_OUTPUT = 1 << 16 };

static const char settings[] =
    "[req]\n"
    "distinguished_name = subject\n"
    "[subject]\n"
    "[root]\n"
    "basicConstraints = critical, CA:TRUE, pathlen:0\n"
    "keyUsage = critical, keyCertSign, cRLSign\n"
    "subjectKeyIdentifier = hash\n"
    "[ca]\n"
    "default_ca = lab\n"
    "[lab]\n"
    "database = ca/index.txt\n"
    "new_certs_dir = ca/issued\n"
    "certificate = " LAB_ROOT "\n"
    "rand_serial = yes\n"
    "default_md = sha256\n"
    "default_days = 365\n"
    "unique_subject = no\n" /* a renewal has the subject of the one before */
    "policy = subject_of_official\n"
    "x509_extensions = official\n"
    "[subject_of_official]\n"
    "countryName = optional\n"
    "organizationName = optional\n"
    "commonName = supplied\n"
    "[official]\n"
    "basicConstraints = critical, CA:FALSE\n"
    "keyUsage = critical, digitalSignature, nonRepudiation\n"
    "subjectKeyIdentifier = hash\n"
    "authorityKeyIdentifier = keyid\n";

/* The engine reads the PIN from its file: it is on no command line. */
static enum kunci_rc ca_key_uri(struct lab *lab, char **out, struct kunci_err *err)
{
    struct kunci_token *token;
    struct kunci_key *key = NULL;
    char *uri = NULL;
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = lab_token(lab, &lab_holders[LAB_CA], &token, err)) == KUNCI_OK &&
        (rc = kunci_key_find(token, NULL, &key, err)) == KUNCI_OK &&
        (rc = kunci_key_uri(key, &uri, err)) == KUNCI_OK &&
        asprintf(out, "%s?pin-source=file:pins/%s.pin", uri, lab_holders[LAB_CA].file) < 0) {
        *out = NULL;
        rc = fail_memory(err);
    }
    free(uri);
    kunci_key_free(&key);
    return rc;
}

/* Runs openssl and gives back what it printed, a certificate in PEM, as DER. */
static enum kunci_rc certificate_by(const struct lab *lab, const char *const *argv,
                                    struct lab_bytes *out, struct kunci_err *err)
{
    char *module = NULL;
    struct kunci_proc_result result = {0};
    enum kunci_rc rc;

    if (asprintf(&module, "PKCS11_MODULE_PATH=%s", lab->module) < 0)
        return fail_memory(err);
    const char *const env[] = {"SOFTHSM2_CONF=" LAB_SOFTHSM_CONF, module, NULL};
    const struct kunci_proc proc = {.argv = argv,
                                    .env = env,
                                    .dir = lab->dir,
                                    .timeout_ms = OPENSSL_TIME_MS,
                                    .max_output = OPENSSL_OUTPUT};

    rc = kunci_proc_run(&proc, &result, err);
    if (rc == KUNCI_OK)
        rc = kunci_cert_read(result.out, result.out_len, &out->data, &out->len, err);
    kunci_proc_result_clear(&result);
    free(module);
    return rc;
}

static enum kunci_rc write_pem(const struct lab *lab, const char *name, const char *kind,
                               const struct lab_bytes *der, struct kunci_err *err)
{
    char *pem = NULL;
    enum kunci_rc rc = kunci_pem_write(kind, der->data, der->len, &pem, err);

    if (rc == KUNCI_OK)
        rc = lab_write(lab, name, pem, strlen(pem), err);
    free(pem);
    return rc;
}

static enum kunci_rc make_key(struct lab *lab, struct kunci_token **token, struct kunci_err *err)
{
    struct kunci_key *key = NULL;
    enum kunci_rc rc = lab_token(lab, &lab_holders[LAB_CA], token, err);

    if (rc == KUNCI_OK)
        rc = kunci_key_new(*token, KUNCI_KEY_P256, lab_holders[LAB_CA].label, &key, err);
    kunci_key_free(&key);
    return rc;
}

static enum kunci_rc make_root(struct lab *lab, struct lab_bytes *root, struct kunci_err *err)
{
    char *uri = NULL;
    enum kunci_rc rc = ca_key_uri(lab, &uri, err);

    if (rc == KUNCI_OK) {
        const char *const argv[] = {"openssl",     "req",
                                    "-new",        "-x509",
                                    "-config",     "ca/openssl.cnf",
                                    "-engine",     "pkcs11",
                                    "-keyform",    "engine",
                                    "-key",        uri,
                                    "-subj",       "/C=ID/O=Lab kunci/CN=CA Lab",
                                    "-extensions", "root",
                                    "-days",       "3650",
                                    NULL};

        rc = certificate_by(lab, argv, root, err);
    }
    free(uri);
    return rc;
}

enum kunci_rc lab_ca_up(struct lab *lab, struct kunci_err *err)
{
    struct kunci_token *token;
    struct kunci_cert *cert = NULL;
    struct lab_bytes root = {0};
    enum kunci_rc rc;

    if ((rc = lab_mkdir(lab, "ca", err)) == KUNCI_OK &&
        (rc = lab_mkdir(lab, "ca/issued", err)) == KUNCI_OK &&
        (rc = lab_write(lab, "ca/index.txt", "", 0, err)) == KUNCI_OK &&
        (rc = lab_write(lab, "ca/openssl.cnf", settings, sizeof settings - 1, err)) == KUNCI_OK &&
        (rc = make_key(lab, &token, err)) == KUNCI_OK &&
        (rc = make_root(lab, &root, err)) == KUNCI_OK &&
        (rc = kunci_cert_import(token, root.data, root.len, &cert, err)) == KUNCI_OK)
        rc = write_pem(lab, LAB_ROOT, "CERTIFICATE", &root, err);
    kunci_cert_free(&cert);
    free(root.data);
    return rc;
}

enum kunci_rc lab_issue(struct lab *lab, struct kunci_err *err)
{
    char *uri = NULL;
    enum kunci_rc rc;

    if ((rc = write_pem(lab, "ca/request.pem", "CERTIFICATE REQUEST", &lab->request, err)) ==
            KUNCI_OK &&
        (rc = ca_key_uri(lab, &uri, err)) == KUNCI_OK) {
        const char *const argv[] = {"openssl", "ca",       "-config", "ca/openssl.cnf", "-engine",
                                    "pkcs11",  "-keyform", "engine",  "-keyfile",       uri,
                                    "-batch",  "-notext",  "-in",     "ca/request.pem", NULL};

        rc = certificate_by(lab, argv, &lab->certificate, err);
    }
    free(uri);
    return rc;
}
