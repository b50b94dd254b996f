#include "x509/issue.h"

#include "base/buf.h"
#include "base/der.h"
#include "base/error.h"
#include "base/text.h"
#include "x509/algor.h"
#include "x509/document.h"
#include "x509/issue_extensions.h"
#include "x509/lint.h"
#include "x509/signed.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <time.h>

/* ---- the parts ---- */

/* 20 octets, the first of them from 0x40 to 0x7f: positive, and as long as can be. */
static enum kunci_rc write_serial(struct buf *to, struct kunci_err *err)
{
    unsigned char serial[20];

    if (RAND_bytes(serial, sizeof serial) != 1)
        return err_openssl(err, "RAND_bytes");
    serial[0] = (unsigned char)(0x40 | (serial[0] & 0x3f));
    der_put(to, V_ASN1_INTEGER, serial, sizeof serial);
    return KUNCI_OK;
}

static enum kunci_rc write_time(time_t when, struct buf *to, struct kunci_err *err)
{
    ASN1_TIME *time = ASN1_TIME_set(NULL, when); /* UTCTime until 2049 */

    if (!time)
        return err_openssl(err, "ASN1_TIME_set");
    der_put(to, (unsigned char)ASN1_STRING_type(time), ASN1_STRING_get0_data(time),
            (size_t)ASN1_STRING_length(time));
    ASN1_TIME_free(time);
    return KUNCI_OK;
}

/* Less a second, as both ends count. */
static bool end_of(const struct issue *issue, time_t *end)
{
    const struct profile *profile = issue->profile;
    time_t from = (time_t)issue->from;
    struct tm parts;

    if (!gmtime_r(&from, &parts))
        return false;
    parts.tm_year += (int)profile->validity.years;
    parts.tm_mday += (int)profile->validity.days;
    *end = timegm(&parts) - 1;
    return true;
}

/* X509_cmp_time() takes the same second for an earlier one. */
static bool ends_before(const ASN1_TIME *time, time_t end)
{
    time_t before = end - 1;

    return X509_cmp_time(time, &before) <= 0; /* 0: it is no time */
}

static enum kunci_rc write_validity(const struct issue *issue, const struct parts *issuer,
                                    struct buf *to, struct kunci_err *err)
{
    struct buf both = {0};
    enum kunci_rc rc;
    time_t end;

    if (!end_of(issue, &end))
        return err_set(err, KUNCI_PROFILE_REFUSED, issue->profile->name, _("no calendar has it"));
    if (issuer && ends_before(issuer->not_after, end))
        return err_set(err, KUNCI_PROFILE_REFUSED, issue->profile->name,
                       _("it would outlive its issuer's certificate"));
    if ((rc = write_time((time_t)issue->from, &both, err)) == KUNCI_OK &&
        (rc = write_time(end, &both, err)) == KUNCI_OK)
        der_wrap(to, DER_SEQUENCE, &both);
    buf_clear(&both);
    return rc;
}

static enum kunci_rc write_extensions(const struct making *making, struct buf *to)
{
    unsigned char *der = NULL;
    enum kunci_rc rc = issue_extensions(making);
    int len;

    if (rc != KUNCI_OK)
        return rc;
    len = i2d_X509_EXTENSIONS(making->to, &der);
    if (len < 0)
        return err_openssl(making->err, "i2d_X509_EXTENSIONS");
    der_put(to, DER_CONTEXT | 3, der, (size_t)len);
    OPENSSL_free(der);
    return KUNCI_OK;
}

/* ---- the whole ---- */

static enum kunci_rc write_issuer(const struct issue *issue, const struct parts *issuer,
                                  struct buf *to, struct kunci_err *err)
{
    const unsigned char *name = issue->subject;
    size_t len = issue->subject_len;

    if (issuer && !X509_NAME_get0_der(issuer->subject, &name, &len))
        return err_openssl(err, "X509_NAME_get0_der");
    buf_add(to, name, len);
    return KUNCI_OK;
}

/* TBSCertificate. */
static enum kunci_rc write_inner(const struct making *making, const struct kunci_signer *signer,
                                 struct buf *to)
{
    static const unsigned char version[] = {DER_CONTEXT, 3, V_ASN1_INTEGER, 1, 2};
    const struct issue *issue = making->issue;
    struct kunci_err *err = making->err;
    struct buf inner = {0};
    enum kunci_rc rc;

    buf_add(&inner, version, sizeof version);
    if ((rc = write_serial(&inner, err)) != KUNCI_OK ||
        (rc = algor_add(signer->alg, &inner, err)) != KUNCI_OK ||
        (rc = write_issuer(issue, making->issuer, &inner, err)) != KUNCI_OK ||
        (rc = write_validity(issue, making->issuer, &inner, err)) != KUNCI_OK)
        goto out;
    buf_add(&inner, issue->subject, issue->subject_len);
    buf_add(&inner, issue->spki, issue->spki_len);
    if ((rc = write_extensions(making, &inner)) != KUNCI_OK)
        goto out;
    der_wrap(to, DER_SEQUENCE, &inner);
    rc = to->failed ? err_no_memory(err) : KUNCI_OK;
out:
    buf_clear(&inner);
    return rc;
}

static enum kunci_rc read_issuer(const struct issue *issue, struct parts *out,
                                 struct kunci_err *err)
{
    if (!issue->issuer == !issue->profile->self_signed)
        return err_set(err, KUNCI_PROFILE_REFUSED, issue->profile->name,
                       issue->issuer ? _("such a certificate signs for itself")
                                     : _("such a certificate needs an issuer"));
    if (issue->issuer && !parts_of_certificate(issue->issuer, issue->issuer_len, out))
        return document_refuse(&document_certificate, _("it is damaged"), err);
    return KUNCI_OK;
}

enum kunci_rc issue_certificate(const struct issue *issue, struct kunci_signer *signer,
                                unsigned char **der, size_t *len, struct kunci_err *err)
{
    struct parts issuer = {.len = 0};
    struct making making = {.issue = issue, .issuer = issue->issuer ? &issuer : NULL, .err = err};
    struct buf inner = {0};
    enum kunci_rc rc;

    *der = NULL;
    *len = 0;
    if (!(making.to = sk_X509_EXTENSION_new_null()))
        return err_no_memory(err);
    if ((rc = read_issuer(issue, &issuer, err)) == KUNCI_OK &&
        (rc = write_inner(&making, signer, &inner)) == KUNCI_OK &&
        (rc = signed_make_by(signer, issue->issuer_key, &inner, der, len, err)) == KUNCI_OK &&
        (rc = lint_certificate(*der, *len, issue->profile, err)) != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    sk_X509_EXTENSION_pop_free(making.to, X509_EXTENSION_free);
    buf_clear(&inner);
    parts_clear(&issuer);
    return rc;
}

enum kunci_rc issue_for_request(const struct issue *issue, const unsigned char *request,
                                size_t request_len, struct kunci_signer *signer,
                                unsigned char **der, size_t *len, struct kunci_err *err)
{
    struct issue asked = *issue;
    struct parts parts;
    enum kunci_rc rc;
    int names;

    *der = NULL;
    if (!parts_of_request(request, request_len, &parts))
        return document_refuse(&document_request, _("it is damaged"), err);
    asked.spki = parts.spki;
    asked.spki_len = parts.spki_len;
    names = parts_extension_at(&parts, NID_subject_alt_name);
    if (names >= 0) {
        const ASN1_OCTET_STRING *value =
            X509_EXTENSION_get_data(X509v3_get_ext(parts.extensions, names));

        asked.names = ASN1_STRING_get0_data(value);
        asked.names_len = (size_t)ASN1_STRING_length(value);
    }
    rc = X509_NAME_get0_der(parts.subject, &asked.subject, &asked.subject_len)
             ? issue_certificate(&asked, signer, der, len, err)
             : err_openssl(err, "X509_NAME_get0_der");
    parts_clear(&parts);
    return rc;
}
