#include "lib/judged.h"

#include "base/error.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct kunci_trust *judged_trust(const struct desk *desk, const char *crl)
{
    const char *const anchors[] = {desk_path(desk, "root.pem"), "tsa/root.pem", NULL};
    const char *const others[] = {crl, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors,
        .others = others,
        .offline = true,
        .revocation = crl ? KUNCI_REVOCATION_SOFT : KUNCI_REVOCATION_OFF,
    };
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;

    if (kunci_trust_new(&options, &trust, &err) != KUNCI_OK)
        fail_msg("%s: %s", err.about, err.detail);
    return trust;
}

struct kunci_report *judged(struct kunci_trust *trust, const struct desk *desk,
                            const char *signature, const char *content, int64_t now)
{
    int fd = open(desk_path(desk, signature), O_RDONLY);
    int other = content ? open(desk_path(desk, content), O_RDONLY) : -1;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_report *report = NULL;

    if (kunci_verify_cms(trust, fd, other, signature, now, &report, &err) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
    close(fd);
    if (other >= 0)
        close(other);
    return report;
}

void is_judged(struct kunci_trust *trust, const struct desk *desk, const char *signature,
               int64_t now, enum kunci_indication indication, enum kunci_reason reason)
{
    struct kunci_report *report = judged(trust, desk, signature, "letter", now);

    if (report->indication != indication || report->reason != reason)
        fail_msg("%s: %s %s %s", signature, kunci_indication_name(report->indication),
                 kunci_reason_name(report->reason), report->detail);
    kunci_report_free(&report);
}

void judged_revoke(const struct desk *desk, int64_t revoked_at, int64_t issued_at)
{
    ASN1_TIME *revoked = ASN1_TIME_set(NULL, revoked_at), *last = ASN1_TIME_set(NULL, issued_at),
              *next = ASN1_TIME_set(NULL, issued_at + 86400);
    ASN1_INTEGER *serial = ASN1_INTEGER_dup(X509_get0_serialNumber(desk->cert));
    X509_REVOKED *entry = X509_REVOKED_new();
    X509_CRL *crl = X509_CRL_new();
    FILE *file = fopen(desk_path(desk, "crl.pem"), "w");

    X509_REVOKED_set_serialNumber(entry, serial);
    X509_REVOKED_set_revocationDate(entry, revoked);
    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(desk->issuer));
    X509_CRL_set1_lastUpdate(crl, last);
    X509_CRL_set1_nextUpdate(crl, next);
    assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
    assert_true(X509_CRL_sign(crl, desk->issuer_key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509_CRL(file, crl), 1);
    fclose(file);
    X509_CRL_free(crl);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(last);
    ASN1_TIME_free(next);
}
