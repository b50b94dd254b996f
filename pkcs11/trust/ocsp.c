#include "trust/ocsp.h"

#include "base/text.h"
#include "trust/crl_judge.h"
#include "trust/moment.h"
#include "x509/algor.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { STRENGTH = 112 };

/* "successful" around a BasicOCSPResponse, or that alone, as signatures carry it. */
static OCSP_BASICRESP *decode(const void *der, size_t len, struct evidence *evidence)
{
    const unsigned char *p = der;
    OCSP_RESPONSE *whole = len <= LONG_MAX ? d2i_OCSP_RESPONSE(NULL, &p, (long)len) : NULL;
    OCSP_BASICRESP *basic = NULL;

    if (whole && OCSP_response_status(whole) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        evidence_trouble(evidence, _("The OCSP responder refused to answer."));
    else if (whole)
        basic = OCSP_response_get1_basic(whole);
    p = der;
    if (!whole)
        basic = d2i_OCSP_BASICRESP(NULL, &p, (long)len);
    if (!basic)
        evidence_trouble(evidence, _("The answer of the OCSP responder is damaged."));
    OCSP_RESPONSE_free(whole);
    return basic;
}

/* ---- who may answer ---- */

static bool is_responder(const OCSP_BASICRESP *basic, X509 *cert)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    const ASN1_OCTET_STRING *id;
    const X509_NAME *name;
    unsigned len;

    if (OCSP_resp_get0_id(basic, &id, &name) != 1)
        return false;
    if (name)
        return X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
    return X509_pubkey_digest(cert, EVP_sha1(), digest, &len) == 1 &&
           ASN1_STRING_length(id) == (int)len &&
           memcmp(ASN1_STRING_get0_data(id), digest, len) == 0;
}

/* A certificate that is not weak, at the moment the answer was given. */
static bool is_sound(X509 *cert, int64_t when)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    int bits = 0;

    return X509_get_signature_info(cert, NULL, NULL, &bits, NULL) == 1 && bits >= STRENGTH && key &&
           EVP_PKEY_get_security_bits(key) >= STRENGTH &&
           moment_of(X509_get0_notBefore(cert)) <= when + EVIDENCE_SKEW &&
           moment_of(X509_get0_notAfter(cert)) >= when;
}

/* By the issuer itself, to answer in its place. A responder that is not marked as one
 * nobody asks about has to be good by a CRL. */
static bool is_delegated(const struct question *question, X509 *cert, int64_t when,
                         struct evidence *evidence)
{
    struct question about = *question;
    struct evidence own = {.status = KUNCI_NOT_CHECKED};

    if (X509_check_issued(question->issuer, cert) != X509_V_OK || !is_sound(cert, when) ||
        X509_verify(cert, X509_get0_pubkey(question->issuer)) != 1)
        return false;
    if (!(X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) ||
        !(X509_get_extended_key_usage(cert) & XKU_OCSP_SIGN)) {
        evidence_trouble(evidence, _("Who answered is not allowed to answer OCSP questions."));
        return false;
    }
    if (X509_get_ext_by_NID(cert, NID_id_pkix_OCSP_noCheck, -1) >= 0)
        return true;
    about.cert = cert;
    about.at = when;
    crl_judge(&about, &own);
    if (own.status != KUNCI_GOOD)
        evidence_trouble(evidence, _("The OCSP responder's own certificate could not be checked."));
    return own.status == KUNCI_GOOD;
}

/* The certificate that the answer is signed with; shared. NULL: nobody who may. */
static X509 *signer_of(const struct question *question, const OCSP_BASICRESP *basic, int64_t when,
                       struct evidence *evidence)
{
    const STACK_OF(X509) * stacks[] = {OCSP_resp_get0_certs(basic), question->stock->certs};
    size_t s;
    int i;

    if (is_responder(basic, question->issuer))
        return question->issuer;
    for (s = 0; s < 2; s++)
        for (i = 0; stacks[s] && i < sk_X509_num(stacks[s]); i++) {
            X509 *cert = sk_X509_value(stacks[s], i);

            if (is_responder(basic, cert) && is_delegated(question, cert, when, evidence))
                return cert;
        }
    return NULL;
}

static bool is_signed(const struct question *question, OCSP_BASICRESP *basic, int64_t when,
                      struct evidence *evidence)
{
    X509 *signer = signer_of(question, basic, when, evidence);
    STACK_OF(X509) *alone = sk_X509_new_null();
    bool proven = signer && alone && sk_X509_push(alone, signer) &&
                  algor_is_strong(OCSP_resp_get0_tbs_sigalg(basic)) &&
                  OCSP_basic_verify(basic, alone, NULL, OCSP_NOINTERN | OCSP_TRUSTOTHER) == 1;

    sk_X509_free(alone);
    if (!proven)
        evidence_trouble(evidence, _("The answer of the OCSP responder is not signed by anybody "
                                     "who may."));
    return proven;
}

/* ---- what is answered ---- */

/* The hash of a certificate's id is the responder's choice. */
static bool is_about(const struct question *question, const OCSP_SINGLERESP *single)
{
    ASN1_OBJECT *algorithm;
    const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
    OCSP_CERTID *ours;
    const EVP_MD *md;
    bool same;

    OCSP_id_get0_info(NULL, &algorithm, NULL, NULL, (OCSP_CERTID *)(uintptr_t)id);
    md = EVP_get_digestbyobj(algorithm);
    ours = md ? OCSP_cert_to_id(md, question->cert, question->issuer) : NULL;
    same = ours && OCSP_id_cmp(ours, id) == 0;
    OCSP_CERTID_free(ours);
    return same;
}

static int64_t archive_cutoff(OCSP_SINGLERESP *single)
{
    ASN1_GENERALIZEDTIME *since =
        OCSP_SINGLERESP_get1_ext_d2i(single, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
    int64_t moment = moment_of(since);

    ASN1_GENERALIZEDTIME_free(since);
    return moment;
}

/* Where the key is known to have been in others' hands before, that date counts. */
static int64_t revoked_since(OCSP_SINGLERESP *single, const ASN1_GENERALIZEDTIME *revoked)
{
    ASN1_GENERALIZEDTIME *invalid =
        OCSP_SINGLERESP_get1_ext_d2i(single, NID_invalidity_date, NULL, NULL);
    int64_t date = moment_of(revoked), earlier = moment_of(invalid);

    ASN1_GENERALIZEDTIME_free(invalid);
    return earlier && earlier < date ? earlier : date;
}

static struct evidence read_single(OCSP_SINGLERESP *single)
{
    ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
    struct evidence read = {.source = "ocsp", .revoked_why = -1};
    int why = -1,
        status = OCSP_single_get0_status(single, &why, &revoked, &this_update, &next_update);

    read.this_update = moment_of(this_update);
    read.next_update = moment_of(next_update);
    read.keeps_expired = archive_cutoff(single);
    read.status = status == V_OCSP_CERTSTATUS_GOOD      ? KUNCI_GOOD
                  : status == V_OCSP_CERTSTATUS_REVOKED ? KUNCI_IS_REVOKED
                                                        : KUNCI_UNKNOWN;
    if (read.status == KUNCI_IS_REVOKED) {
        read.revoked_at = revoked_since(single, revoked);
        read.revoked_why = why;
    }
    return read;
}

/* Something was learned that is newer than what is known; "unknown" is better than nothing. */
static void take(const struct question *question, const struct evidence *read,
                 struct evidence *evidence)
{
    if (!evidence_is_current(question, evidence, read->this_update, read->next_update))
        return;
    if (read->status == KUNCI_GOOD && !evidence_covers_expiry(question, read)) {
        evidence_trouble(evidence, _("The certificate had expired when its state was told."));
        return;
    }
    if (evidence->status != KUNCI_NOT_CHECKED && evidence->status != KUNCI_UNKNOWN &&
        (read->status == KUNCI_UNKNOWN || evidence->this_update >= read->this_update))
        return;
    *evidence = *read;
    if (read->status == KUNCI_UNKNOWN)
        evidence_trouble(evidence, _("The OCSP responder does not know the certificate."));
}

/* A responder may leave the nonce out, not change it. */
static bool is_fresh(OCSP_BASICRESP *basic, const ASN1_OCTET_STRING *nonce)
{
    int at = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);

    return !nonce || at < 0 ||
           ASN1_OCTET_STRING_cmp(X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, at)),
                                 nonce) == 0;
}

/* RFC 6960, 4.4: what is critical has to be understood. Of those that are marked so where
 * they need not be, we know these. */
static bool is_known(X509_EXTENSION *extension)
{
    static const int known[] = {NID_id_pkix_OCSP_Nonce, NID_id_pkix_OCSP_archiveCutoff,
                                NID_crl_reason, NID_invalidity_date};
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i] == nid)
            return true;
    return false;
}

static bool has_unknown(OCSP_BASICRESP *basic)
{
    int at = -1;

    while ((at = OCSP_BASICRESP_get_ext_by_critical(basic, 1, at)) >= 0)
        if (!is_known(OCSP_BASICRESP_get_ext(basic, at)))
            return true;
    return false;
}

static bool single_has_unknown(OCSP_SINGLERESP *single)
{
    int at = -1;

    while ((at = OCSP_SINGLERESP_get_ext_by_critical(single, 1, at)) >= 0)
        if (!is_known(OCSP_SINGLERESP_get_ext(single, at)))
            return true;
    return false;
}

void ocsp_judge(const struct question *question, const void *der, size_t len,
                const ASN1_OCTET_STRING *nonce, struct evidence *evidence)
{
    OCSP_BASICRESP *basic = decode(der, len, evidence);
    bool is_proven = false;
    int i;

    if (basic && !is_fresh(basic, nonce)) {
        evidence_trouble(evidence,
                         _("The answer of the OCSP responder is one to another question."));
        goto out;
    }
    if (basic && has_unknown(basic)) {
        evidence_trouble(evidence, _("The answer of the OCSP responder cannot be understood."));
        goto out;
    }
    for (i = 0; basic && i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
        struct evidence read;

        if (!is_about(question, single) || single_has_unknown(single))
            continue;
        read = read_single(single);
        /* Once: what is not about this certificate is not worth a proof. */
        if (!is_proven &&
            !(is_proven = is_signed(question, basic, moment_of(OCSP_resp_get0_produced_at(basic)),
                                    evidence)))
            break;
        take(question, &read, evidence);
    }
out:
    OCSP_BASICRESP_free(basic);
    ERR_clear_error();
}
