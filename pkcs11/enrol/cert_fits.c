/* Whether the certificate that was issued is the one that was asked for. */
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "enrol/walk.h"
#include "x509/lint.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* How far the clocks of two machines may be apart. */
enum { CLOCKS_APART_S = 300 };

static enum kunci_rc refuse(const char *what, struct kunci_err *err)
{
    return err_set(err, KUNCI_CERT_NOT_AS_ASKED, NULL, what);
}

/* ---- what it says ---- */

static enum kunci_rc fits_request(const struct walk *walk, const struct buf *cert,
                                  struct kunci_err *err)
{
    const struct buf *csr = &journal_now(walk->journal)->csr;
    struct parts issued = {.len = 0}, asked = {.len = 0};
    const unsigned char *spki = NULL;
    enum kunci_rc rc;
    size_t len = 0;

    if ((rc = kunci_key_spki(walk->key, &spki, &len, err)) != KUNCI_OK)
        return rc;
    if (!parts_of_certificate((const unsigned char *)cert->data, cert->len, &issued) ||
        !parts_of_request((const unsigned char *)csr->data, csr->len, &asked))
        rc = refuse(_("it cannot be read"), err);
    else if (issued.spki_len != len || memcmp(issued.spki, spki, len) != 0)
        rc = refuse(_("it is of another key"), err);
    else if (!name_same(issued.subject, asked.subject))
        rc = refuse(_("its subject is another one"), err);
    parts_clear(&issued);
    parts_clear(&asked);
    ERR_clear_error();
    return rc;
}

static enum kunci_rc fits_dates(const struct walk *walk, const struct kunci_cert_info *info,
                                struct kunci_err *err)
{
    int64_t now = clock_system.now(clock_system.context);
    struct kunci_cert_info before = {0};
    const unsigned char *der;
    enum kunci_rc rc = KUNCI_OK;
    size_t len;

    if (info->not_before > now + CLOCKS_APART_S)
        return refuse(_("it is not valid yet"), err);
    if (info->not_after <= now)
        return refuse(_("it has expired already"), err);
    if (!walk->old || strcmp(walk->kind, "renewal") != 0)
        return KUNCI_OK;
    der = kunci_cert_der(walk->old, &len);
    if ((rc = kunci_cert_describe(der, len, &before, err)) == KUNCI_OK &&
        info->not_after <= before.not_after)
        rc = refuse(_("it does not last longer than the old one"), err);
    kunci_cert_info_clear(&before);
    return rc;
}

/* ---- whose it is ---- */

static bool is_root(const struct buf *root, X509 *one)
{
    unsigned char *der = NULL;
    int len = i2d_X509(one, &der);
    bool same = len > 0 && (size_t)len == root->len && memcmp(der, root->data, root->len) == 0;

    OPENSSL_free(der);
    X509_free(one);
    return same;
}

/* PEM, one or several, or DER. */
static bool is_in_file(const char *path, const struct buf *root)
{
    BIO *file = BIO_new_file(path, "r");
    bool found = false;
    X509 *one;

    while (file && !found && (one = PEM_read_bio_X509(file, NULL, NULL, NULL)))
        found = is_root(root, one);
    if (file && !found && BIO_reset(file) == 0 && (one = d2i_X509_bio(file, NULL)))
        found = is_root(root, one);
    BIO_free(file);
    ERR_clear_error();
    return found;
}

static bool issued(const struct buf *cert, const struct buf *issuer)
{
    return kunci_cert_issued_by((const unsigned char *)cert->data, cert->len,
                                (const unsigned char *)issuer->data, issuer->len);
}

static enum kunci_rc fits_authority(const struct walk *walk, const struct buf *cert,
                                    struct kunci_err *err)
{
    const char *ca = walk->options->ca;

    if (!issued(cert, &walk->issuing))
        return refuse(_("it is not from this authority"), err);
    if (!issued(&walk->issuing, &walk->root) || (ca && !is_in_file(ca, &walk->root)))
        return refuse(_("its path does not lead to the root of the settings"), err);
    return KUNCI_OK;
}

/* ---- the rules ---- */

/* An official's, or an operator's. */
static enum kunci_rc fits_profile(const struct buf *cert, struct kunci_err *err)
{
    static const char *const profiles[] = {"operator", "holder"};
    struct kunci_lint lint;
    char rules[160] = "";
    enum kunci_rc rc;
    size_t i, j;

    for (i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        rc = kunci_cert_lint((const unsigned char *)cert->data, cert->len, profiles[i], &lint, err);
        if (rc != KUNCI_OK)
            return rc;
        rules[0] = '\0';
        for (j = 0; j < lint.count && !*rules; j++)
            if (lint.findings[j].is_error)
                snprintf(rules, sizeof rules, "%s", lint.findings[j].sentence);
        kunci_lint_clear(&lint);
        if (!*rules)
            return KUNCI_OK;
    }
    return refuse(rules, err);
}

enum kunci_rc cert_fits(const struct walk *walk, const struct buf *cert, struct kunci_err *err)
{
    struct kunci_cert_info info = {0};
    enum kunci_rc rc = fits_request(walk, cert, err);

    if (rc == KUNCI_OK)
        rc = kunci_cert_describe((const unsigned char *)cert->data, cert->len, &info, err);
    if (rc == KUNCI_OK && (rc = fits_dates(walk, &info, err)) == KUNCI_OK &&
        (rc = fits_authority(walk, cert, err)) == KUNCI_OK)
        rc = fits_profile(cert, err);
    kunci_cert_info_clear(&info);
    return rc;
}
