/* Paths after NIST's list, each judged by kunci and by the command openssl verify. */
#include "lib/pki.h"

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
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "unit/trust/cases.h"

enum { COUNT = sizeof cases / sizeof *cases, BLOBS = 40, A_DAY = 86400 };

static char folder[] = "/tmp/kunci-cases.XXXXXX";
static int64_t now;

static void path_of(const char *name, char *to, size_t size)
{
    snprintf(to, size, "%s/%s", folder, name);
}

static void write_certs(const struct pki *pki, int from, int to, const char *name)
{
    char path[64];
    FILE *file;

    path_of(name, path, sizeof path);
    assert_non_null(file = fopen(path, "w"));
    for (; from < to; from++)
        PEM_write_X509(file, pki_cert_at(pki, from));
    fclose(file);
}

static int write_crls(const struct pki *pki)
{
    char path[64];
    FILE *file;
    int i;

    path_of("crls.pem", path, sizeof path);
    assert_non_null(file = fopen(path, "w"));
    for (i = 0; pki_crl_at(pki, i); i++)
        PEM_write_X509_CRL(file, pki_crl_at(pki, i));
    fclose(file);
    return i;
}

static int last_of(const struct pki *pki)
{
    int last = 0;

    while (pki_cert_at(pki, last + 1))
        last++;
    return last;
}

/* ---- openssl verify ---- */

static bool ask_openssl(const struct path_case *one, const struct pki *pki)
{
    char command[512], policy[64] = "-policy anyPolicy";
    int last = last_of(pki), lists = write_crls(pki);

    write_certs(pki, 0, 1, "root.pem");
    write_certs(pki, 1, last, "others.pem");
    write_certs(pki, last, last + 1, "ee.pem");
    if (one->policy)
        snprintf(policy, sizeof policy, "-policy %s -explicit_policy", one->policy);
    snprintf(command, sizeof command,
             "cd %s && openssl verify -attime %lld -auth_level 2 -policy_check %s %s %s "
             "-no-CApath -no-CAstore -CAfile root.pem ee.pem >said 2>&1",
             folder, (long long)(now + (int64_t)one->at * A_DAY), policy,
             last > 1 ? "-untrusted others.pem" : "",
             lists ? "-crl_check_all -extended_crl -use_deltas -CRLfile crls.pem" : "");
    return system(command) == 0;
}

/* ---- kunci ---- */

static struct kunci_blob der_of(int (*encode)(const void *, unsigned char **), const void *what)
{
    unsigned char *der = NULL;
    int len = encode(what, &der);

    assert_true(len > 0);
    return (struct kunci_blob){der, (size_t)len};
}

static int encode_cert(const void *cert, unsigned char **der)
{
    return i2d_X509(cert, der);
}

static int encode_crl(const void *crl, unsigned char **der)
{
    return i2d_X509_CRL(crl, der);
}

static void free_blobs(const struct kunci_blob *blobs, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        OPENSSL_free((void *)(uintptr_t)blobs[i].data);
}

static struct kunci_trust *trust_of(const struct path_case *one, bool lists)
{
    char root[64];
    const char *const anchors[] = {root, NULL}, *const policies[] = {one->policy, NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors,
        .policies = one->policy ? policies : NULL,
        .offline = true,
        .revocation = lists ? KUNCI_REVOCATION_HARD : KUNCI_REVOCATION_OFF,
    };
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;

    path_of("root.pem", root, sizeof root);
    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    return trust;
}

static struct kunci_path *ask_kunci(const struct path_case *one, const struct pki *pki)
{
    struct kunci_blob certs[BLOBS], crls[BLOBS], cert;
    struct kunci_path_request request = {.certs = certs,
                                         .crls = crls,
                                         .at = now + (int64_t)one->at * A_DAY,
                                         .now = one->at > 0 ? now + (int64_t)one->at * A_DAY : now};
    struct kunci_trust *trust = trust_of(one, pki_crl_at(pki, 0));
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path;
    int last = last_of(pki), i;

    for (i = 1; i < last; i++)
        certs[request.cert_count++] = der_of(encode_cert, pki_cert_at(pki, i));
    for (i = 0; pki_crl_at(pki, i); i++)
        crls[request.crl_count++] = der_of(encode_crl, pki_crl_at(pki, i));
    request.cert = cert = der_of(encode_cert, pki_cert_at(pki, last));
    assert_int_equal(kunci_path_check(trust, &request, &path, &err), KUNCI_OK);
    free_blobs(certs, request.cert_count);
    free_blobs(crls, request.crl_count);
    free_blobs(&cert, 1);
    kunci_trust_free(&trust);
    return path;
}

static void test_case(void **state)
{
    const struct path_case *one = *state;
    struct pki *pki = pki_make(one->text, now);
    bool theirs = ask_openssl(one, pki), ours;
    struct kunci_path *path = ask_kunci(one, pki);

    if (path->reason != one->reason)
        print_error("# it is %s, %s\n", kunci_reason_name(path->reason), path->detail);
    assert_int_equal(path->reason, one->reason);
    ours = path->indication == KUNCI_PASSED;
    assert_int_equal(ours, one->reason == KUNCI_REASON_NONE);
    if (theirs != (one->differs ? !ours : ours))
        print_error("# openssl says %s\n", theirs ? "yes" : "no");
    assert_int_equal(theirs, one->differs ? !ours : ours);
    kunci_path_free(&path);
    pki_free(&pki);
}

int main(void)
{
    static struct CMUnitTest tests[COUNT];
    char command[64];
    int i, failed;

    now = time(NULL);
    if (!mkdtemp(folder))
        return 1;
    for (i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = cases[i].name,
                                       .test_func = test_case,
                                       .initial_state = (void *)(uintptr_t)&cases[i]};
    failed = cmocka_run_group_tests_name("cases", tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? failed : 1;
}
