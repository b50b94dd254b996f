#include "trust/path_judge.h"

#include "base/text.h"
#include "trust/moment.h"
#include "x509/name.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

enum { STRENGTH = 112 }; /* bits: RSA 2048, SHA-224 */

static bool doubt(struct judgement *out, enum kunci_reason reason, const X509 *cert,
                  const char *sentence)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    char *subject = NULL;

    if (cert && name_print(X509_get_subject_name(cert), &subject, &unsaid) != KUNCI_OK)
        subject = NULL;
    judgement_doubt(out, reason, subject && *subject ? subject : NULL, sentence);
    free(subject);
    return false;
}

/* ---- what OpenSSL finds ---- */

static const struct finding {
    int code;
    enum kunci_reason reason;
    const char *sentence;
} findings[] = {
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE,
     N_("it was not signed by the key of its issuer")},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE,
     N_("the public key in it cannot be used")},
    {X509_V_ERR_INVALID_CA, KUNCI_CHAIN_CONSTRAINTS_FAILURE, N_("it may not issue certificates")},
    {X509_V_ERR_PATH_LENGTH_EXCEEDED, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("there are more authorities below it than it may have")},
    {X509_V_ERR_INVALID_PURPOSE, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("it may not be used for this")},
    {X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("it has a critical extension that is not known")},
    {X509_V_ERR_INVALID_EXTENSION, KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE,
     N_("one of its extensions is damaged")},
    {X509_V_ERR_PERMITTED_VIOLATION, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its name is not among those that its authority may certify")},
    {X509_V_ERR_EXCLUDED_VIOLATION, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its name is among those that its authority may not certify")},
    {X509_V_ERR_SUBTREE_MINMAX, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its authority's name constraints are of a kind that is not known")},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its authority's name constraints are of a kind that is not known")},
    {X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its authority's name constraints are damaged")},
    {X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its name is damaged")},
    {X509_V_ERR_NO_EXPLICIT_POLICY, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("no policy that is asked for is allowed all along the way")},
    {X509_V_ERR_INVALID_POLICY_EXTENSION, KUNCI_CHAIN_CONSTRAINTS_FAILURE,
     N_("its policies are damaged")},
};

static bool explain(X509_STORE_CTX *context, struct judgement *out)
{
    int code = X509_STORE_CTX_get_error(context);
    X509 *cert = X509_STORE_CTX_get_current_cert(context);
    char sentence[128], text[MOMENT_TEXT];
    size_t i;

    if (code == X509_V_ERR_CERT_HAS_EXPIRED) {
        snprintf(sentence, sizeof sentence, _("it expired at %s"),
                 moment_print(moment_of(X509_get0_notAfter(cert)), text));
        return doubt(out, KUNCI_OUT_OF_BOUNDS_NO_POE, cert, sentence);
    }
    if (code == X509_V_ERR_CERT_NOT_YET_VALID) {
        snprintf(sentence, sizeof sentence, _("it is valid from %s"),
                 moment_print(moment_of(X509_get0_notBefore(cert)), text));
        return doubt(out, KUNCI_OUT_OF_BOUNDS_NO_POE, cert, sentence);
    }
    for (i = 0; i < sizeof findings / sizeof *findings; i++)
        if (findings[i].code == code)
            return doubt(out, findings[i].reason, cert, _(findings[i].sentence));
    return doubt(out, KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE, cert,
                 X509_verify_cert_error_string(code));
}

/* A certificate may demand a policy where none was asked for: then any will do, which
 * OpenSSL has to be told. */
static bool set_policies(X509_VERIFY_PARAM *param, const STACK_OF(ASN1_OBJECT) * policies)
{
    if (!policies)
        return X509_VERIFY_PARAM_add0_policy(param, OBJ_nid2obj(NID_any_policy)) == 1;
    return X509_VERIFY_PARAM_set1_policies(param, (STACK_OF(ASN1_OBJECT) *)(uintptr_t)policies) ==
               1 &&
           X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_EXPLICIT_POLICY) == 1;
}

/* Not X509_V_FLAG_X509_STRICT: it wants key identifiers above all, which help to find a
 * path and prove nothing. An anchor need not have signed itself. */
static bool set_up(X509_STORE_CTX *context, const struct kunci_trust *trust,
                   enum kunci_purpose purpose, int64_t at, STACK_OF(X509) * path,
                   STACK_OF(X509) * anchor)
{
    X509_VERIFY_PARAM *param;

    if (X509_STORE_CTX_init(context, NULL, sk_X509_value(path, 0), path) != 1)
        return false;
    X509_STORE_CTX_set0_trusted_stack(context, anchor);
    param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    return X509_VERIFY_PARAM_set_flags(param,
                                       X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_POLICY_CHECK) == 1 &&
           set_policies(param, trust->policies) &&
           (purpose != KUNCI_PURPOSE_TIMESTAMP ||
            X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_TIMESTAMP_SIGN) == 1);
}

static bool is_valid(const struct kunci_trust *trust, enum kunci_purpose purpose, int64_t at,
                     STACK_OF(X509) * path, struct judgement *out)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *anchor = sk_X509_new_null();
    bool valid = false;

    if (!context || !anchor || !sk_X509_push(anchor, sk_X509_value(path, sk_X509_num(path) - 1)) ||
        !set_up(context, trust, purpose, at, path, anchor))
        doubt(out, KUNCI_CERTIFICATE_CHAIN_GENERAL_FAILURE, NULL, "OpenSSL");
    else if (X509_verify_cert(context) == 1)
        valid = true;
    else
        explain(context, out);
    X509_STORE_CTX_free(context);
    sk_X509_free(anchor);
    ERR_clear_error();
    return valid;
}

/* ---- what it leaves to us ---- */

/* OpenSSL would not have taken it for an issuer, and said no more. */
static bool may_issue(X509 *cert, struct judgement *out)
{
    if (X509_get_extension_flags(cert) & EXFLAG_KUSAGE &&
        !(X509_get_key_usage(cert) & KU_KEY_CERT_SIGN))
        return doubt(out, KUNCI_CHAIN_CONSTRAINTS_FAILURE, cert,
                     _("its key may not sign certificates"));
    return true;
}

/* What signs an anchor is not looked at: it is believed without. */
static bool is_strong(X509 *cert, bool anchor, struct judgement *out)
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    int bits = 0;

    if (!key || EVP_PKEY_get_security_bits(key) < STRENGTH)
        return doubt(out, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, cert, _("its key is too weak"));
    if (!anchor && (X509_get_signature_info(cert, NULL, NULL, &bits, NULL) != 1 || bits < STRENGTH))
        return doubt(out, KUNCI_CRYPTO_CONSTRAINTS_FAILURE, cert,
                     _("it is signed by too weak an algorithm"));
    return true;
}

static bool fits_purpose(X509 *cert, enum kunci_purpose purpose, struct judgement *out)
{
    uint32_t flags = X509_get_extension_flags(cert), usage = X509_get_key_usage(cert);

    if ((purpose == KUNCI_PURPOSE_SIGN && flags & EXFLAG_KUSAGE &&
         !(usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION))) ||
        (purpose == KUNCI_PURPOSE_OCSP &&
         (!(flags & EXFLAG_XKUSAGE) || !(X509_get_extended_key_usage(cert) & XKU_OCSP_SIGN))))
        return doubt(out, KUNCI_CHAIN_CONSTRAINTS_FAILURE, cert, _("it may not be used for this"));
    return true;
}

bool path_judge(const struct kunci_trust *trust, enum kunci_purpose purpose, int64_t at,
                STACK_OF(X509) * path, struct judgement *out)
{
    int i, last = sk_X509_num(path) - 1;

    *out = (struct judgement){.indication = KUNCI_PASSED};
    for (i = 1; i <= last; i++)
        if (!may_issue(sk_X509_value(path, i), out))
            return false;
    if (!fits_purpose(sk_X509_value(path, 0), purpose, out) ||
        !is_valid(trust, purpose, at, path, out))
        return false;
    for (i = 0; i <= last; i++)
        if (!is_strong(sk_X509_value(path, i), i == last, out))
            return false;
    return true;
}
