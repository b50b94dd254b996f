#include "sign/chain.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/name.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- what there is ---- */

/* Those that cannot be read are passed over, as a token may hold anything. */
static enum kunci_rc read_all(const unsigned char *in, size_t len, STACK_OF(X509) * to,
                              struct kunci_err *err)
{
    const unsigned char *end = in ? in + len : NULL;

    while (in && in < end) {
        const unsigned char *next = in;
        long content;
        int tag, class;
        X509 *cert;

        if (ASN1_get_object(&next, &content, &tag, &class, end - in) & 0x80)
            break;
        next += content;
        cert = d2i_X509(NULL, &in, next - in);
        if (cert && sk_X509_push(to, cert) == 0) {
            X509_free(cert);
            return err_no_memory(err);
        }
        in = next;
    }
    ERR_clear_error();
    return KUNCI_OK;
}

static bool has_key(X509 *cert, const struct spki *spki)
{
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(cert);

    return key && ASN1_STRING_cmp(key, spki->key) == 0;
}

/* ---- the signer's own ---- */

static int64_t seconds_of(const ASN1_TIME *time)
{
    struct tm parts;

    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static enum kunci_rc refuse_date(X509 *cert, enum kunci_rc rc, const ASN1_TIME *time,
                                 struct kunci_err *err)
{
    time_t when = (time_t)seconds_of(time);
    char text[32] = "-", *subject = NULL;
    struct tm parts;

    if (name_print(X509_get_subject_name(cert), &subject, err) != KUNCI_OK)
        return err->rc;
    if (gmtime_r(&when, &parts))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    err_set(err, rc, subject, text);
    free(subject);
    return rc;
}

/* A certificate that states no usage may be used for all. */
static enum kunci_rc check_usage(X509 *cert, struct kunci_err *err)
{
    char *subject = NULL;

    if (X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION))
        return KUNCI_OK;
    if (name_print(X509_get_subject_name(cert), &subject, err) == KUNCI_OK)
        err_set(err, KUNCI_SIGN_CERT_USAGE, subject, NULL);
    free(subject);
    return err->rc;
}

static enum kunci_rc check(X509 *cert, int64_t now, struct kunci_err *err)
{
    if (now > seconds_of(X509_get0_notAfter(cert)))
        return refuse_date(cert, KUNCI_SIGN_CERT_EXPIRED, X509_get0_notAfter(cert), err);
    if (now < seconds_of(X509_get0_notBefore(cert)))
        return refuse_date(cert, KUNCI_SIGN_CERT_EARLY, X509_get0_notBefore(cert), err);
    return check_usage(cert, err);
}

static enum kunci_rc ambiguous(X509 *one, X509 *other, struct kunci_err *err)
{
    char *first = i2s_ASN1_INTEGER(NULL, X509_get0_serialNumber(one));
    char *second = i2s_ASN1_INTEGER(NULL, X509_get0_serialNumber(other));

    err_setf(err, KUNCI_CERT_AMBIGUOUS, NULL, "%s, %s", first ? first : "-", second ? second : "-");
    OPENSSL_free(first);
    OPENSSL_free(second);
    return err->rc;
}

/* Of several with this key the one that may sign now; the trouble of the first is told
 * where none may. */
static enum kunci_rc choose_own(STACK_OF(X509) * all, const struct spki *spki, X509 **own,
                                struct kunci_err *err)
{
    int64_t now = clock_system.now(NULL);
    struct kunci_err why = KUNCI_ERR_INIT;
    int i;

    *own = NULL;
    for (i = 0; i < sk_X509_num(all); i++) {
        X509 *cert = sk_X509_value(all, i);

        if (!has_key(cert, spki) || check(cert, now, &why) != KUNCI_OK)
            continue;
        if (*own && X509_cmp(*own, cert) != 0)
            return ambiguous(*own, cert, err);
        *own = cert;
    }
    if (*own)
        return KUNCI_OK;
    if (why.rc == KUNCI_OK)
        return err_set(err, KUNCI_SIGN_NO_CERT, NULL, NULL);
    *err = why;
    return err->rc;
}

/* ---- its issuers ---- */

static bool add(X509 *cert, struct buf *to)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    if (len > 0)
        buf_add(to, der, (size_t)len);
    OPENSSL_free(der);
    return len > 0 && !to->failed;
}

static X509 *issuer_of(X509 *cert, STACK_OF(X509) * all)
{
    int i;

    for (i = 0; i < sk_X509_num(all); i++)
        if (X509_check_issued(sk_X509_value(all, i), cert) == X509_V_OK)
            return sk_X509_value(all, i);
    return NULL;
}

/* A root is believed for other reasons than that it came along. No path is longer than
 * there are certificates, even where they issue each other. */
static enum kunci_rc add_path(X509 *own, STACK_OF(X509) * all, struct buf *to,
                              struct kunci_err *err)
{
    X509 *cert = own;
    int left = sk_X509_num(all);

    while (cert && left-- > 0) {
        if (!add(cert, to))
            return err_no_memory(err);
        cert = X509_check_issued(cert, cert) == X509_V_OK ? NULL : issuer_of(cert, all);
        if (cert && X509_check_issued(cert, cert) == X509_V_OK)
            cert = NULL;
    }
    return KUNCI_OK;
}

enum kunci_rc chain_choose(const struct kunci_signer *signer, const unsigned char *certs,
                           size_t certs_len, X509 **own, struct buf *all, struct kunci_err *err)
{
    struct spki *spki = spki_read(signer->spki, signer->spki_len);
    STACK_OF(X509) *found = sk_X509_new_null();
    X509 *chosen = NULL;
    enum kunci_rc rc;

    *own = NULL;
    if (!spki || !found)
        rc = err_openssl(err, "SubjectPublicKeyInfo");
    else if ((rc = read_all(signer->cert, signer->cert_len, found, err)) == KUNCI_OK &&
             (sk_X509_num(found) || (rc = read_all(certs, certs_len, found, err)) == KUNCI_OK))
        rc = choose_own(found, spki, &chosen, err);
    if (rc == KUNCI_OK && signer->cert)
        rc = read_all(certs, certs_len, found, err);
    if (rc == KUNCI_OK && (rc = add_path(chosen, found, all, err)) == KUNCI_OK &&
        X509_up_ref(chosen) == 1)
        *own = chosen;
    sk_X509_pop_free(found, X509_free);
    spki_free(&spki);
    return rc;
}
