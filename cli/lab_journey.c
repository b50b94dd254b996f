/* What an official's token goes through in the lab, from its key to a signature
 * that others can check. */
#include "cli/lab.h"
#include "cli/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char text[] = "Surat contoh dari lab: tidak berlaku.\n";

static enum kunci_rc official(struct lab *lab, struct kunci_token **token, struct kunci_err *err)
{
    return lab_token(lab, &lab_holders[LAB_OFFICIAL], token, err);
}

enum kunci_rc lab_key(struct lab *lab, struct kunci_err *err)
{
    struct kunci_token *token;

    if (official(lab, &token, err) != KUNCI_OK)
        return err->rc;
    return kunci_key_new(token, KUNCI_KEY_P256, LAB_KEY_LABEL, &lab->key, err);
}

enum kunci_rc lab_request(struct lab *lab, struct kunci_err *err)
{
    static const struct kunci_csr_options wanted = {.subject =
                                                        "C=ID, O=Lab kunci, CN=Budi Santoso"};
    struct kunci_signer *signer = NULL;
    enum kunci_rc rc = kunci_key_signer(lab->key, KUNCI_ALG_NONE, &signer, err);

    if (rc == KUNCI_OK)
        rc = kunci_csr_new(signer, &wanted, &lab->request.data, &lab->request.len, err);
    kunci_signer_free(&signer);
    return rc;
}

enum kunci_rc lab_import(struct lab *lab, struct kunci_err *err)
{
    struct kunci_cert *cert = NULL;
    struct kunci_token *token;
    enum kunci_rc rc = official(lab, &token, err);

    if (rc == KUNCI_OK)
        rc = kunci_cert_import(token, lab->certificate.data, lab->certificate.len, &cert, err);
    kunci_cert_free(&cert);
    return rc;
}

static enum kunci_rc path_of(const struct lab *lab, const char *name, char **out,
                             struct kunci_err *err)
{
    if (asprintf(out, "%s/%s", lab->dir, name) >= 0)
        return KUNCI_OK;
    *out = NULL;
    return fail_memory(err);
}

static enum kunci_rc sign_letter(struct lab *lab, struct kunci_signing *signing,
                                 struct kunci_err *err)
{
    char *letter = NULL, *signature = NULL;
    enum kunci_signed how;
    enum kunci_rc rc;

    if ((rc = lab_write(lab, LAB_LETTER, text, sizeof text - 1, err)) == KUNCI_OK &&
        (rc = path_of(lab, LAB_LETTER, &letter, err)) == KUNCI_OK &&
        (rc = path_of(lab, LAB_SIGNATURE, &signature, err)) == KUNCI_OK) {
        const struct kunci_sign_item item = {.in = letter, .out = signature};

        rc = kunci_sign_file(signing, &item, &how, err);
    }
    free(letter);
    free(signature);
    return rc;
}

/* The certificate goes into the signature as the token now shows it. */
enum kunci_rc lab_sign(struct lab *lab, struct kunci_err *err)
{
    struct kunci_sign_options options = {.format = KUNCI_FORMAT_CADES};
    struct kunci_signing *signing = NULL;
    struct kunci_signer *signer = NULL;
    struct kunci_token *token;
    unsigned char *certs = NULL;
    enum kunci_rc rc;

    if ((rc = official(lab, &token, err)) == KUNCI_OK &&
        (rc = kunci_certs_on(token, &certs, &options.certs_len, err)) == KUNCI_OK)
        rc = kunci_key_signer(lab->key, KUNCI_ALG_NONE, &signer, err);
    options.certs = certs;
    if (rc == KUNCI_OK && (rc = kunci_signing_new(signer, &options, &signing, err)) == KUNCI_OK)
        rc = sign_letter(lab, signing, err);
    kunci_signing_free(&signing);
    kunci_signer_free(&signer);
    free(certs);
    return rc;
}

static enum kunci_rc judge(const struct lab *lab, struct kunci_trust *trust, struct kunci_err *err)
{
    int signature = openat(lab->folder, LAB_SIGNATURE, O_RDONLY | O_CLOEXEC);
    int content = openat(lab->folder, LAB_LETTER, O_RDONLY | O_CLOEXEC);
    struct kunci_report *report = NULL;
    enum kunci_rc rc;

    if (signature < 0 || content < 0)
        rc = fail_system(err, KUNCI_FILE_READ, LAB_SIGNATURE, errno);
    else if ((rc = kunci_verify_cms(trust, signature, content, LAB_LETTER, kunci_now(), &report,
                                    err)) == KUNCI_OK &&
             report->indication != KUNCI_PASSED)
        rc = fail(err, KUNCI_LAB_FAILED, _("Signature checked with the certificate"),
                  kunci_reason_sentence(report->reason));
    kunci_report_free(&report);
    if (signature >= 0)
        close(signature);
    if (content >= 0)
        close(content);
    return rc;
}

/* Judged by the lab's root alone, whose CA tells of no revocations. */
enum kunci_rc lab_check(struct lab *lab, struct kunci_err *err)
{
    const char *anchors[] = {NULL, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .revocation = KUNCI_REVOCATION_OFF, .offline = true};
    struct kunci_trust *trust = NULL;
    char *root = NULL;
    enum kunci_rc rc = path_of(lab, LAB_ROOT, &root, err);

    anchors[0] = root;
    if (rc == KUNCI_OK && (rc = kunci_trust_new(&options, &trust, err)) == KUNCI_OK)
        rc = judge(lab, trust, err);
    kunci_trust_free(&trust);
    free(root);
    return rc;
}
