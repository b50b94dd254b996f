#include "sign/chain.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/spki.h"
#include "x509/name.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* No way to a root is longer. */
enum { PATH_MOST = 16 };

/* Those that cannot be read are passed over, as a token may hold anything. */
static bool next_cert(struct elements *in, struct outline *out)
{
    while (in->next < in->end) {
        const unsigned char *before = in->next;

        if (outline_take(in, out))
            return true;
        if (in->next == before) /* not even an element */
            return false;
    }
    return false;
}

static struct elements all_of(const unsigned char *certs, size_t len)
{
    return (struct elements){certs, certs ? certs + len : NULL};
}

/* ---- the signer's own ---- */

static char *subject_of(const struct outline *cert, struct kunci_err *err)
{
    const unsigned char *p = cert->subject.start;
    X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)element_whole_len(&cert->subject));
    char *printed = NULL;

    if (!name)
        err_openssl(err, "d2i_X509_NAME");
    else if (name_print(name, &printed, err) != KUNCI_OK)
        printed = NULL;
    X509_NAME_free(name);
    return printed;
}

static enum kunci_rc refuse(const struct outline *cert, enum kunci_rc rc, int64_t when,
                            struct kunci_err *err)
{
    char text[32] = "-", *subject = subject_of(cert, err);
    time_t seconds = (time_t)when;
    struct tm parts;

    if (gmtime_r(&seconds, &parts))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    err_set(err, rc, subject, text);
    free(subject);
    return err->rc;
}

static enum kunci_rc check(const struct outline *cert, int64_t now, struct kunci_err *err)
{
    if (now > cert->not_after)
        return refuse(cert, KUNCI_SIGN_CERT_EXPIRED, cert->not_after, err);
    if (now < cert->not_before)
        return refuse(cert, KUNCI_SIGN_CERT_EARLY, cert->not_before, err);
    return cert->may_sign ? KUNCI_OK : refuse(cert, KUNCI_SIGN_CERT_USAGE, 0, err);
}

static enum kunci_rc ambiguous(const struct outline *one, const struct outline *other,
                               struct kunci_err *err)
{
    char *first = subject_of(one, err), *second = subject_of(other, err);

    if (first && second)
        err_setf(err, KUNCI_CERT_AMBIGUOUS, NULL, "%s; %s", first, second);
    free(first);
    free(second);
    return err->rc;
}

static bool is_same(const struct outline *one, const struct outline *other)
{
    return element_is(&one->whole, other->whole.start, element_whole_len(&other->whole));
}

static bool has_key(const struct outline *cert, const struct spki *spki)
{
    size_t len = (size_t)ASN1_STRING_length(spki->key);

    /* The first byte tells of unused bits, of which no key has any. */
    return cert->key.len == len + 1 &&
           memcmp(cert->key.value + 1, ASN1_STRING_get0_data(spki->key), len) == 0;
}

/* Of several with this key the one that may sign now; where none may, the trouble of the
 * first is told. */
static enum kunci_rc choose_own(struct elements all, const struct spki *spki, struct outline *own,
                                struct kunci_err *err)
{
    int64_t now = clock_system.now(NULL);
    struct kunci_err why = KUNCI_ERR_INIT;
    struct outline cert;

    *own = (struct outline){.may_sign = false};
    while (next_cert(&all, &cert)) {
        if (!has_key(&cert, spki) || check(&cert, now, &why) != KUNCI_OK)
            continue;
        if (own->whole.start && !is_same(own, &cert))
            return ambiguous(own, &cert, err);
        *own = cert;
    }
    if (own->whole.start)
        return KUNCI_OK;
    if (why.rc == KUNCI_OK)
        return err_set(err, KUNCI_SIGN_NO_CERT, NULL, NULL);
    *err = why;
    return err->rc;
}

/* ---- its issuers ---- */

static void add(const struct outline *cert, struct buf *to)
{
    buf_add(to, cert->whole.start, element_whole_len(&cert->whole));
}

/* All of that name, as an authority may have had several keys. A root is left out: it is
 * believed for other reasons than that it came along. Of those the last leads on. */
static bool add_issuers(struct outline *cert, struct elements all, struct buf *to)
{
    struct outline issuer, found = {.may_sign = false};

    while (next_cert(&all, &issuer))
        if (outline_issued(&issuer, cert) && !outline_is_root(&issuer)) {
            add(&issuer, to);
            found = issuer;
        }
    *cert = found;
    return found.whole.start;
}

enum kunci_rc chain_choose(const struct kunci_signer *signer, const unsigned char *certs,
                           size_t certs_len, struct buf *all, struct outline *own,
                           struct kunci_err *err)
{
    struct elements others = all_of(certs, certs_len), at;
    struct spki *spki = spki_read(signer->spki, signer->spki_len);
    struct outline cert;
    enum kunci_rc rc;
    int left = PATH_MOST;

    if (!spki)
        return err_openssl(err, "SubjectPublicKeyInfo");
    rc = choose_own(signer->cert ? all_of(signer->cert, signer->cert_len) : others, spki, &cert,
                    err);
    spki_free(&spki);
    if (rc != KUNCI_OK)
        return rc;
    add(&cert, all);
    while (!outline_is_root(&cert) && left-- > 0 && add_issuers(&cert, others, all))
        ;
    at = (struct elements){(const unsigned char *)all->data,
                           (const unsigned char *)all->data + all->len};
    return all->failed || !outline_take(&at, own) ? err_no_memory(err) : KUNCI_OK;
}
