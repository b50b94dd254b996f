#include "base/buf.h"
#include "base/der.h"
#include "base/element.h"
#include "base/error.h"
#include "lib/authority.h"
#include "lib/judged.h"
#include "lib/ocsp.h"
#include "lib/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- signing ---- */

static char good[] = "good";

static void sign(const struct desk *desk, const char *out, bool attached, bool timestamped)
{
    struct kunci_sign_options options = {.attached = attached, .force = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_signed how;

    if (timestamped)
        options.timestamper = (struct kunci_timestamper){authority_stamp, good};
    if (desk_sign(desk, &options, "letter", out, NULL, &how, &err) != KUNCI_OK)
        fail_msg("%s: %s", kunci_err_name(err.rc), err.detail);
}

/* Both under the names "with" and "without" a timestamp. */
static struct desk *desk_with_signatures(void)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);

    desk_write(desk, "letter", 1000);
    sign(desk, "with", false, true);
    sign(desk, "without", false, false);
    return desk;
}

/* ---- what is signed ---- */

static void every_kind_of_key_is_judged(void **state)
{
    static const struct {
        enum kunci_key_type type;
        enum kunci_alg alg;
    } kinds[] = {
        {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256}, {KUNCI_KEY_RSA3072, KUNCI_PSS_SHA384},
        {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256},  {KUNCI_KEY_P384, KUNCI_ECDSA_SHA384},
        {KUNCI_KEY_P521, KUNCI_ECDSA_SHA512},  {KUNCI_KEY_ED25519, KUNCI_ED25519},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct desk *desk = desk_up(kinds[i].type, kinds[i].alg, NULL);
        struct kunci_trust *trust = judged_trust(desk, NULL);
        struct kunci_report *report;

        desk_write(desk, "letter", 100000);
        desk_write(desk, "other", 100000);
        sign(desk, "letter.p7s", false, false);
        report = judged(trust, desk, "letter.p7s", "letter", time(NULL));
        assert_int_equal(report->indication, KUNCI_PASSED);
        assert_int_equal(report->count, 1);
        assert_string_equal(report->signatures[0].level, "CAdES-B");
        assert_string_equal(report->signatures[0].algorithm, kunci_alg_name(kinds[i].alg));
        assert_int_equal(report->signatures[0].path->count, 3);
        kunci_report_free(&report);
        report = judged(trust, desk, "letter.p7s", "other", time(NULL));
        assert_int_equal(report->indication, KUNCI_FAILED);
        assert_int_equal(report->reason, KUNCI_HASH_FAILURE);
        kunci_report_free(&report);
        report = judged(trust, desk, "letter.p7s", NULL, time(NULL));
        assert_int_equal(report->reason, KUNCI_SIGNED_DATA_NOT_FOUND);
        kunci_report_free(&report);
        kunci_trust_free(&trust);
        desk_down(&desk);
    }
}

static void content_within_and_beside_must_be_the_same(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    struct kunci_trust *trust = judged_trust(desk, NULL);
    struct kunci_report *report;

    (void)state;
    desk_write(desk, "letter", 1000);
    desk_write(desk, "other", 1000);
    sign(desk, "letter.p7m", true, false);
    is_judged(trust, desk, "letter.p7m", time(NULL), KUNCI_PASSED, KUNCI_REASON_NONE);
    report = judged(trust, desk, "letter.p7m", NULL, time(NULL));
    assert_int_equal(report->indication, KUNCI_PASSED);
    kunci_report_free(&report);
    report = judged(trust, desk, "letter.p7m", "other", time(NULL));
    assert_int_equal(report->reason, KUNCI_HASH_FAILURE);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

static void what_is_no_signature_is_told(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    struct kunci_trust *trust = judged_trust(desk, NULL);
    struct kunci_report *report;

    (void)state;
    desk_write(desk, "letter", 1000);
    report = judged(trust, desk, "root.pem", "letter", time(NULL));
    assert_int_equal(report->indication, KUNCI_FAILED);
    assert_int_equal(report->reason, KUNCI_FORMAT_FAILURE);
    assert_int_equal(report->count, 0);
    assert_true(*report->detail);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* Two sign; one of them nobody believes: each is judged alone, and the whole is the worst. */
static void several_signers_are_judged_each(void **state)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);
    struct desk *stranger = desk_up(KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256, NULL);
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const struct kunci_sign_options options = {.force = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_report *report;
    enum kunci_signed how;
    size_t i, passed = 0;

    (void)state;
    desk_write(desk, "letter", 1000);
    sign(desk, "first", false, false);
    assert_int_equal(desk_sign(stranger, &options, desk_path(desk, "letter"),
                               desk_path(desk, "both"), desk_path(desk, "first"), &how, &err),
                     KUNCI_OK);
    report = judged(trust, desk, "both", "letter", time(NULL));
    assert_int_equal(report->count, 2);
    for (i = 0; i < 2; i++)
        passed += report->signatures[i].indication == KUNCI_PASSED;
    assert_int_equal(passed, 1);
    assert_int_equal(report->indication, KUNCI_INDETERMINATE);
    assert_int_equal(report->reason, KUNCI_NO_CERTIFICATE_CHAIN_FOUND);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&stranger);
    desk_down(&desk);
}

/* ---- time ---- */

enum { EXPIRED = 5400, LONG_EXPIRED = 30 * 86400 }; /* the certificate has an hour */

static void a_timestamp_outlives_the_certificate(void **state)
{
    struct desk *desk = desk_with_signatures();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    struct kunci_report *report;
    const int64_t now = time(NULL);

    (void)state;
    is_judged(trust, desk, "with", now, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "without", now, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "with", now + EXPIRED, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "with", now + LONG_EXPIRED, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "without", now + EXPIRED, KUNCI_INDETERMINATE,
              KUNCI_OUT_OF_BOUNDS_NO_POE);
    is_judged(trust, desk, "without", now - 86400, KUNCI_FAILED, KUNCI_NOT_YET_VALID);
    report = judged(trust, desk, "with", "letter", now + EXPIRED);
    assert_true(report->signatures[0].timestamped);
    assert_string_equal(report->signatures[0].level, "CAdES-T");
    assert_in_range(report->signatures[0].best_time, now - 60, now + 60);
    assert_int_equal(report->signatures[0].timestamp_count, 1);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

static void a_timestamp_outlives_a_later_revocation(void **state)
{
    struct desk *desk = desk_with_signatures();
    struct kunci_trust *trust;
    const int64_t now = time(NULL);

    (void)state;
    judged_revoke(desk, now + 600, now + 1200);
    trust = judged_trust(desk, desk_path(desk, "crl.pem"));
    is_judged(trust, desk, "with", now + 1500, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "without", now + 1500, KUNCI_INDETERMINATE, KUNCI_REVOKED_NO_POE);
    kunci_trust_free(&trust);
    judged_revoke(desk, now - 600, now - 300);
    trust = judged_trust(desk, desk_path(desk, "crl.pem"));
    is_judged(trust, desk, "with", now + 1500, KUNCI_INDETERMINATE, KUNCI_REVOKED_NO_POE);
    is_judged(trust, desk, "without", now + 1500, KUNCI_INDETERMINATE, KUNCI_REVOKED_NO_POE);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* ---- OCSP answers within (RFC 5940) ---- */

/* An answer of the certificate's issuer, as a RevocationInfoChoice. */
static void add_answer(struct buf *choices, X509 *cert, X509 *issuer, EVP_PKEY *key, int status)
{
    static const unsigned char name[] = {6, 8, 0x2b, 6, 1, 5, 5, 7, 16, 2};
    const struct ocsp_wish wish = {.cert = cert,
                                   .issuer = issuer,
                                   .signer = issuer,
                                   .key = key,
                                   .status = status,
                                   .reason = OCSP_REVOKED_STATUS_NOSTATUS,
                                   .revoked = time(NULL) - 60,
                                   .this_update = time(NULL) - 30,
                                   .next_update = time(NULL) + 3600};
    struct buf choice = {0};
    unsigned char *der;
    int len = ocsp_make(&wish, &der);

    buf_add(&choice, name, sizeof name);
    buf_add(&choice, der, (size_t)len);
    der_wrap(choices, DER_CONTEXT | 1, &choice);
    buf_clear(&choice);
    OPENSSL_free(der);
}

/* Writes the signature anew with these choices before its signers. */
static void put_choices(const struct desk *desk, const char *from, const char *to,
                        const struct buf *choices)
{
    struct buf data = {0}, body = {0}, whole = {0}, all = {0};
    struct element message, type, content, signed_data, part;
    struct elements parts;
    size_t len;
    unsigned char *bytes = desk_read(desk, from, &len);
    FILE *file = fopen(desk_path(desk, to), "wb");

    assert_true(element_head(bytes, len, &message));
    parts = element_inside(&message);
    assert_true(element_take(&parts, &type) && element_take(&parts, &content));
    parts = element_inside(&content);
    assert_true(element_expect(&parts, DER_SEQUENCE, &signed_data));
    parts = element_inside(&signed_data);
    while (element_take(&parts, &part)) {
        if (parts.next == parts.end)
            der_wrap(&data, DER_CONTEXT | 1, choices);
        buf_add(&data, part.start, element_whole_len(&part));
    }
    der_wrap(&body, DER_SEQUENCE, &data);
    buf_add(&whole, type.start, element_whole_len(&type));
    der_wrap(&whole, DER_CONTEXT, &body);
    der_wrap(&all, DER_SEQUENCE, &whole);
    assert_int_equal(fwrite(all.data, 1, all.len, file), all.len);
    assert_int_equal(fclose(file), 0);
    free(bytes);
    buf_clear(&data);
    buf_clear(&body);
    buf_clear(&whole);
    buf_clear(&all);
}

static void answers_within_are_evidence(void **state)
{
    static const unsigned char other[] = {0xa1, 6, 6, 2, 0x2a, 3, 5, 0},
                               no_answer[] = {0xa1, 15, 6, 8,    0x2b, 6, 1, 5, 5,
                                              7,    16, 2, 0x30, 3,    2, 1, 5};
    struct desk *desk = desk_with_signatures();
    const char *const anchors[] = {desk_path(desk, "root.pem"), NULL};
    const struct kunci_trust_options options = {.anchors = anchors, .offline = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf good_ones = {0}, revoked = {0}, damaged = {0};
    struct kunci_trust *trust;
    struct kunci_report *report;
    const int64_t now = time(NULL);

    (void)state;
    add_answer(&good_ones, desk->issuer, desk->root, desk->root_key, V_OCSP_CERTSTATUS_GOOD);
    buf_add(&revoked, good_ones.data, good_ones.len);
    buf_add(&damaged, good_ones.data, good_ones.len);
    buf_add(&damaged, no_answer, sizeof no_answer);
    buf_add(&good_ones, other, sizeof other); /* of a kind that is not known */
    add_answer(&good_ones, desk->cert, desk->issuer, desk->issuer_key, V_OCSP_CERTSTATUS_GOOD);
    add_answer(&revoked, desk->cert, desk->issuer, desk->issuer_key, V_OCSP_CERTSTATUS_REVOKED);
    put_choices(desk, "without", "good", &good_ones);
    put_choices(desk, "without", "revoked", &revoked);
    put_choices(desk, "without", "damaged", &damaged);

    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    is_judged(trust, desk, "without", now, KUNCI_INDETERMINATE, KUNCI_TRY_LATER);
    is_judged(trust, desk, "damaged", now, KUNCI_INDETERMINATE, KUNCI_TRY_LATER);
    report = judged(trust, desk, "damaged", "letter", now);
    assert_non_null(strstr(report->detail, "OCSP responder is damaged"));
    kunci_report_free(&report);
    is_judged(trust, desk, "revoked", now, KUNCI_INDETERMINATE, KUNCI_REVOKED_NO_POE);
    report = judged(trust, desk, "good", "letter", now);
    assert_int_equal(report->indication, KUNCI_PASSED);
    assert_string_equal(report->signatures[0].path->steps[0].source, "ocsp");
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    buf_clear(&good_ones);
    buf_clear(&revoked);
    buf_clear(&damaged);
    desk_down(&desk);
}

/* Another signature's timestamp proves nothing of this one. */
static void a_timestamp_nobody_believes_proves_nothing(void **state)
{
    struct desk *desk = desk_with_signatures();
    const char *const anchors[] = {desk_path(desk, "root.pem"), NULL};
    const struct kunci_trust_options options = {
        .anchors = anchors, .offline = true, .revocation = KUNCI_REVOCATION_OFF};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust;
    struct kunci_report *report;
    const int64_t now = time(NULL);

    (void)state;
    assert_int_equal(kunci_trust_new(&options, &trust, &err), KUNCI_OK);
    is_judged(trust, desk, "with", now, KUNCI_PASSED, KUNCI_REASON_NONE);
    is_judged(trust, desk, "with", now + EXPIRED, KUNCI_INDETERMINATE, KUNCI_OUT_OF_BOUNDS_NO_POE);
    report = judged(trust, desk, "with", "letter", now);
    assert_string_equal(report->signatures[0].level, "CAdES-B");
    assert_int_equal(report->signatures[0].timestamps[0].indication, KUNCI_INDETERMINATE);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* ---- every byte ---- */

/* Whoever reads the report of a changed signature reads the same, or that it does not hold.
 * Every byte is tried where messages and timestamps are read, each third one here. */
static void no_changed_byte_says_something_else(void **state)
{
    struct desk *desk = desk_with_signatures();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const int64_t now = time(NULL);
    struct kunci_report *right = judged(trust, desk, "with", "letter", now), *report;
    const struct kunci_signature_report *was = &right->signatures[0];
    size_t len, i;
    unsigned char *bytes = desk_read(desk, "with", &len);

    (void)state;
    for (i = 0; i < len; i += 3) {
        int fd = open(desk_path(desk, "with"), O_WRONLY);

        bytes[i] ^= 0x55;
        assert_int_equal(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
        report = judged(trust, desk, "with", "letter", now);
        if (report->indication == KUNCI_PASSED) {
            const struct kunci_signature_report *is = &report->signatures[0];

            assert_int_equal(report->count, 1);
            assert_int_equal(is->claimed_time, was->claimed_time);
            assert_string_equal(is->algorithm, was->algorithm);
            assert_true(!is->timestamped || is->best_time == was->best_time);
            assert_string_equal(is->path->steps[0].info.sha256, was->path->steps[0].info.sha256);
        }
        kunci_report_free(&report);
        bytes[i] ^= 0x55;
        assert_int_equal(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
        close(fd);
    }
    kunci_report_free(&right);
    kunci_trust_free(&trust);
    free(bytes);
    desk_down(&desk);
}

/* ---- the page ---- */

static void the_page_takes_nothing_for_markup(void **state)
{
    static const struct certified how = {"<script>alert(1)</script> & \"Budi\"", 0, 3600,
                                         "digitalSignature", NULL};
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, &how);
    struct kunci_trust *trust = judged_trust(desk, NULL);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_report *report;
    char *html;

    (void)state;
    desk_write(desk, "letter", 1000);
    sign(desk, "<b>.p7s", false, false);
    report = judged(trust, desk, "<b>.p7s", "letter", time(NULL));
    assert_int_equal(report->indication, KUNCI_PASSED);
    assert_int_equal(kunci_report_html(&report, 1, &html, &err), KUNCI_OK);
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "<b>"));
    assert_null(strstr(html, "http:"));
    assert_non_null(strstr(html, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;Budi&quot;"));
    assert_non_null(strstr(html, "&lt;b&gt;.p7s"));
    free(html);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* A name that is cut could read as another one. */
static void the_page_shows_names_whole(void **state)
{
    char name[2000] = "";
    struct kunci_report report = {.name = name}, *reports[] = {&report};
    struct kunci_err err = KUNCI_ERR_INIT;
    char *html;

    (void)state;
    memset(name, 'a', sizeof name - 1);
    memcpy(name + sizeof name - 6, ".p7s!", 5);
    assert_int_equal(kunci_report_html(reports, 1, &html, &err), KUNCI_OK);
    assert_non_null(strstr(html, ".p7s!"));
    free(html);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_key_is_judged),
        cmocka_unit_test(content_within_and_beside_must_be_the_same),
        cmocka_unit_test(what_is_no_signature_is_told),
        cmocka_unit_test(several_signers_are_judged_each),
        cmocka_unit_test(a_timestamp_outlives_the_certificate),
        cmocka_unit_test(a_timestamp_outlives_a_later_revocation),
        cmocka_unit_test(answers_within_are_evidence),
        cmocka_unit_test(a_timestamp_nobody_believes_proves_nothing),
        cmocka_unit_test(no_changed_byte_says_something_else),
        cmocka_unit_test(the_page_takes_nothing_for_markup),
        cmocka_unit_test(the_page_shows_names_whole),
    };

    return cmocka_run_group_tests(tests, authority_up, place_down);
}
