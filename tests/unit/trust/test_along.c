/* What comes along with a question, in all forms that a stranger may give it. */
#include "lib/ocsp.h"
#include "lib/pki.h"
#include "trust/evidence.h"

#include <kunci.h>

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { A_DAY = 86400 };

static const char description[] =
    "root root ca\n"
    "leaf root ee\n"
    "other other ca\n"
    "weak root ee extendedKeyUsage=OCSPSigning noCheck=x key:rsa1024\n"
    "by-rsa root ee extendedKeyUsage=OCSPSigning noCheck=x key:rsa2048\n"
    "rogue root ca subject:/CN=root sign:rogue authorityKeyIdentifier=-\n"
    "renewed root ca subject:/CN=root\n"
    "crl root revoke:leaf\n"
    "crl other\n"
    "crl rogue key:rogue\n"
    "crl root key:renewed this:-2\n";

enum { REVOKES_LEAF, OF_OTHER, OF_ROGUE, BY_RENEWED };

static char root_path[] = "/tmp/kunci-along.XXXXXX";
static struct pki *pki;
static int64_t now;

static struct kunci_trust *trust_new(enum kunci_revocation revocation, const char *other)
{
    const char *const anchors[] = {root_path, NULL}, *const others[] = {other, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .others = others, .offline = true, .revocation = revocation};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;

    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    return trust;
}

/* Judges "leaf" with what comes along, told by the request but for the certificate. */
static struct kunci_path *judge(struct kunci_trust *trust, struct kunci_path_request request,
                                int64_t at)
{
    struct kunci_blob leaf = pki_cert_blob(pki, "leaf");
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path;

    request.cert = leaf;
    request.at = at;
    request.now = now;
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    pki_drop(&leaf);
    return path;
}

/* What more an answer may say, and be signed with. */
static void test_answers(void **state)
{
    const struct ocsp_wish good = {.status = V_OCSP_CERTSTATUS_GOOD, .reason = -1},
                           since = {.status = V_OCSP_CERTSTATUS_REVOKED,
                                    .reason = 1,
                                    .revoked = now - 5 * (int64_t)A_DAY,
                                    .invalid = now - 10 * (int64_t)A_DAY},
                           odd = {.reason = -1, .critical = "1.2.3.4"},
                           by_pss = {.reason = -1, .pss = true},
                           by_sha1 = {.reason = -1, .pss = true, .hash = EVP_sha1()};
    const struct {
        const char *name, *signer, *key;
        const struct ocsp_wish *wish;
        int at;
        enum kunci_reason want;
    } rows[] = {
        {"as usual", "root", "root", &good, 0, KUNCI_REASON_NONE},
        {"unsafe before it was revoked", "root", "root", &since, -6, KUNCI_REVOKED_NO_POE},
        {"safe still", "root", "root", &since, -11, KUNCI_REASON_NONE},
        {"critical and not known", "root", "root", &odd, 0, KUNCI_TRY_LATER},
        {"delegated, a weak key", "weak", "rsa1024", &good, 0, KUNCI_TRY_LATER},
        {"PSS", "by-rsa", "rsa2048", &by_pss, 0, KUNCI_REASON_NONE},
        {"SHA-1 in PSS", "by-rsa", "rsa2048", &by_sha1, 0, KUNCI_TRY_LATER},
    };
    struct kunci_trust *trust = trust_new(KUNCI_REVOCATION_HARD, NULL);
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ocsp_wish wish = *rows[i].wish;
        struct kunci_path *path;
        unsigned char *der;
        struct kunci_blob ocsp;

        wish.cert = pki_cert(pki, "leaf");
        wish.issuer = pki_cert(pki, "root");
        wish.signer = pki_cert(pki, rows[i].signer);
        wish.key = pki_key(rows[i].key);
        wish.this_update = now - A_DAY;
        wish.next_update = now + A_DAY;
        ocsp.len = (size_t)ocsp_make(&wish, &der);
        ocsp.data = der;
        path = judge(trust, (struct kunci_path_request){.ocsps = &ocsp, .ocsp_count = 1},
                     now + (int64_t)rows[i].at * A_DAY);
        if (path->reason != rows[i].want)
            fail_msg("%s: %s, %s", rows[i].name, kunci_reason_name(path->reason), path->detail);
        kunci_path_free(&path);
        pki_drop(&ocsp);
    }
    kunci_trust_free(&trust);
}

/* RFC 5280, 5.1.1.2: the algorithm stands in a list twice, and is the same. */
static void test_crl_algorithm_twice(void **state)
{
    struct kunci_trust *trust = trust_new(KUNCI_REVOCATION_HARD, NULL);
    X509_CRL *crl = X509_CRL_dup(pki_crl_at(pki, REVOKES_LEAF));
    struct kunci_blob blob;
    const X509_ALGOR *algorithm;
    unsigned char *der = NULL;
    struct kunci_path *path;

    (void)state;
    X509_CRL_get0_signature(crl, NULL, &algorithm);
    assert_int_equal(X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)algorithm,
                                     OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_NULL, NULL),
                     1);
    blob.len = (size_t)i2d_X509_CRL(crl, &der);
    blob.data = der;
    path = judge(trust, (struct kunci_path_request){.crls = &blob, .crl_count = 1}, now);
    assert_int_equal(path->reason, KUNCI_TRY_LATER);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    X509_CRL_free(crl);
    pki_drop(&blob);
}

/* An error that the caller's struct held before is none of this question's. */
static void test_older_error(void **state)
{
    struct kunci_trust *trust = trust_new(KUNCI_REVOCATION_OFF, NULL);
    struct kunci_err err = {.rc = KUNCI_FILE_READ};
    struct kunci_blob leaf = pki_cert_blob(pki, "leaf");
    const struct kunci_path_request request = {.cert = leaf, .at = now, .now = now};
    struct kunci_path *path;

    (void)state;
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    assert_int_equal(path->indication, KUNCI_PASSED);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    pki_drop(&leaf);
}

/* Lists that somebody sends along do not keep us from looking at our own, of which there
 * may be many, also where what cannot be found out is let pass. */
static void test_many_lists(void **state)
{
    enum { MANY = 300 };
    char own_path[] = "/tmp/kunci-along.XXXXXX";
    FILE *file = fdopen(mkstemp(own_path), "w");
    struct kunci_blob other = pki_crl_blob(pki, OF_OTHER), crls[MANY];
    struct kunci_trust *trust;
    struct kunci_path *path;
    size_t i;

    (void)state;
    for (i = 0; i < MANY; i++)
        assert_int_equal(PEM_write_X509_CRL(file, pki_crl_at(pki, OF_OTHER)), 1);
    assert_int_equal(PEM_write_X509_CRL(file, pki_crl_at(pki, REVOKES_LEAF)), 1);
    fclose(file);
    for (i = 0; i < MANY; i++)
        crls[i] = other;
    trust = trust_new(KUNCI_REVOCATION_SOFT, own_path);
    path = judge(trust, (struct kunci_path_request){.crls = crls, .crl_count = MANY}, now);
    assert_string_equal(kunci_reason_name(path->reason), "REVOKED_NO_POE");
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    unlink(own_path);
    pki_drop(&other);
}

/* A list by the authority's new key, behind many by somebody who took its name: that is
 * asked about once. */
static void test_many_signers(void **state)
{
    enum { MANY = 200 };
    struct kunci_trust *trust = trust_new(KUNCI_REVOCATION_HARD, NULL);
    struct kunci_blob rogue = pki_crl_blob(pki, OF_ROGUE), right = pki_crl_blob(pki, BY_RENEWED),
                      certs[] = {pki_cert_blob(pki, "rogue"), pki_cert_blob(pki, "renewed")},
                      crls[MANY];
    const struct kunci_path_request request = {
        .certs = certs, .cert_count = 2, .crls = crls, .crl_count = MANY};
    struct kunci_path *path;
    size_t i;

    (void)state;
    for (i = 0; i < MANY; i++)
        crls[i] = rogue;
    path = judge(trust, request, now);
    assert_int_equal(path->reason, KUNCI_TRY_LATER);
    kunci_path_free(&path);
    crls[MANY - 1] = right;
    path = judge(trust, request, now);
    assert_int_equal(path->reason, KUNCI_REASON_NONE);
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    pki_drop(&rogue);
    pki_drop(&right);
    pki_drop(&certs[0]);
    pki_drop(&certs[1]);
}

/* Half a character would be no UTF-8, and so no JSON. */
static void test_trouble_cut(void **state)
{
    char sentence[601];
    int i;

    (void)state;
    for (i = 0; i + 1 < (int)sizeof sentence - 1; i += 2)
        memcpy(sentence + i, "\303\251", 3);
    for (i = 0; i < 2; i++) {
        struct evidence evidence = {.status = KUNCI_NOT_CHECKED};

        evidence_trouble(&evidence, sentence);
        assert_int_equal(strlen(evidence.trouble), 254);
        evidence = (struct evidence){.status = KUNCI_NOT_CHECKED};
        memmove(sentence + 1, sentence, sizeof sentence - 2);
        sentence[0] = 'x';
        evidence_trouble(&evidence, sentence);
        assert_int_equal(strlen(evidence.trouble), 255);
        memmove(sentence, sentence + 1, sizeof sentence - 1);
    }
}

static int start(void **state)
{
    int fd = mkstemp(root_path);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

    (void)state;
    now = time(NULL);
    pki = pki_make(description, now);
    if (!file || PEM_write_X509(file, pki_cert(pki, "root")) != 1)
        return -1;
    return fclose(file);
}

static int stop(void **state)
{
    (void)state;
    pki_free(&pki);
    return unlink(root_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_crl_algorithm_twice),
        cmocka_unit_test(test_older_error),  cmocka_unit_test(test_many_lists),
        cmocka_unit_test(test_many_signers), cmocka_unit_test(test_trouble_cut),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
