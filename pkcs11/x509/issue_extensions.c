#include "x509/issue_extensions.h"

#include "base/error.h"
#include "base/spki.h"
#include "x509/extension.h"
#include "x509/usage.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

/* ---- kinds of key and use ---- */

static enum kunci_rc add_basic(const struct making *making)
{
    const struct profile *profile = making->issue->profile;
    BASIC_CONSTRAINTS *basic = BASIC_CONSTRAINTS_new();
    enum kunci_rc rc = KUNCI_OK;

    if (!basic)
        return err_no_memory(making->err);
    basic->ca = profile->basic.is_authority ? 0xff : 0;
    if (profile->basic.is_authority && profile->basic.path_length >= 0 &&
        (!(basic->pathlen = ASN1_INTEGER_new()) ||
         ASN1_INTEGER_set_int64(basic->pathlen, profile->basic.path_length) != 1))
        rc = err_no_memory(making->err);
    if (rc == KUNCI_OK)
        rc = extension_add(making->to, NID_basic_constraints, true, basic, making->err);
    BASIC_CONSTRAINTS_free(basic);
    return rc;
}

static enum kunci_rc add_usage(const struct making *making)
{
    const struct profile *profile = making->issue->profile;
    ASN1_BIT_STRING *usage = usage_new(profile->usage);
    EXTENDED_KEY_USAGE *purposes = NULL;
    unsigned bits;
    enum kunci_rc rc = usage ? extension_add(making->to, NID_key_usage, true, usage, making->err)
                             : err_no_memory(making->err);

    if (rc == KUNCI_OK && profile->purposes && *profile->purposes &&
        (rc = usage_read((const char *const *)profile->purposes, &bits, &purposes, making->err)) ==
            KUNCI_OK)
        rc = extension_add(making->to, NID_ext_key_usage, profile->purposes_critical, purposes,
                           making->err);
    ASN1_BIT_STRING_free(usage);
    EXTENDED_KEY_USAGE_free(purposes);
    return rc;
}

/* ---- which key, whose ---- */

/* RFC 5280 4.2.1.2 (1): the SHA-1 of the BIT STRING. */
static enum kunci_rc key_identifier(const unsigned char *der, size_t len, ASN1_OCTET_STRING **out,
                                    struct kunci_err *err)
{
    struct spki *spki = spki_read(der, len);
    unsigned char digest[SHA_DIGEST_LENGTH];

    *out = ASN1_OCTET_STRING_new();
    if (spki && *out &&
        EVP_Digest(ASN1_STRING_get0_data(spki->key), (size_t)ASN1_STRING_length(spki->key), digest,
                   NULL, EVP_sha1(), NULL) == 1 &&
        ASN1_OCTET_STRING_set(*out, digest, sizeof digest) == 1) {
        spki_free(&spki);
        return KUNCI_OK;
    }
    spki_free(&spki);
    ASN1_OCTET_STRING_free(*out);
    *out = NULL;
    return err_openssl(err, "SubjectPublicKeyInfo");
}

static enum kunci_rc add_subject_key(const struct making *making)
{
    ASN1_OCTET_STRING *id;
    enum kunci_rc rc =
        key_identifier(making->issue->spki, making->issue->spki_len, &id, making->err);

    if (rc == KUNCI_OK)
        rc = extension_add(making->to, NID_subject_key_identifier, false, id, making->err);
    ASN1_OCTET_STRING_free(id);
    return rc;
}

/* As the issuer's own certificate has it, whatever it was made of. */
static enum kunci_rc add_authority_key(const struct making *making)
{
    AUTHORITY_KEYID *key = AUTHORITY_KEYID_new();
    enum kunci_rc rc = KUNCI_OK;

    if (!key)
        return err_no_memory(making->err);
    if (making->issuer)
        key->keyid = parts_extension(making->issuer, NID_subject_key_identifier);
    if (!key->keyid && making->issuer)
        rc = key_identifier(making->issuer->spki, making->issuer->spki_len, &key->keyid,
                            making->err);
    else if (!key->keyid)
        rc = key_identifier(making->issue->spki, making->issue->spki_len, &key->keyid, making->err);
    if (rc == KUNCI_OK)
        rc = extension_add(making->to, NID_authority_key_identifier, false, key, making->err);
    AUTHORITY_KEYID_free(key);
    return rc;
}

/* ---- the rest ---- */

static enum kunci_rc add_names(const struct making *making)
{
    const struct issue *issue = making->issue;
    const unsigned char *in = issue->subject;
    X509_NAME *subject;
    bool alone;

    if (!issue->names)
        return KUNCI_OK;
    subject = d2i_X509_NAME(NULL, &in, (long)issue->subject_len);
    alone = subject && X509_NAME_entry_count(subject) == 0;
    X509_NAME_free(subject);
    return extension_add_der(making->to, OBJ_nid2obj(NID_subject_alt_name), alone, issue->names,
                             issue->names_len, making->err);
}

static enum kunci_rc add_nocheck(const struct making *making)
{
    static const unsigned char null[] = {V_ASN1_NULL, 0};

    if (!making->issue->profile->ocsp_nocheck)
        return KUNCI_OK;
    return extension_add_der(making->to, OBJ_nid2obj(NID_id_pkix_OCSP_noCheck), false, null,
                             sizeof null, making->err);
}

enum kunci_rc issue_extensions(const struct making *making)
{
    static enum kunci_rc (*const steps[])(const struct making *making) = {
        add_authority_key, add_subject_key, add_basic,    add_usage,        issue_policies,
        add_names,         issue_crl,       issue_access, issue_statements, add_nocheck,
    };
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < sizeof steps / sizeof *steps; i++)
        rc = steps[i](making);
    return rc;
}
