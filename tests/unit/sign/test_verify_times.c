/* Several timestamps: over a signature, and over its content and signed with it. */
#include "lib/authority.h"
#include "lib/judged.h"
#include "lib/place.h"

#include <openssl/cms.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* The certificate has an hour, the times are seconds from now; 0: there is none. */
enum { EXPIRED = 5400 };

struct stamps {
    int64_t content[2], signature[2];
};

static void add_stamp(CMS_SignerInfo *signer, bool of_content, const void *bytes, size_t len,
                      int64_t when)
{
    size_t token_len;
    unsigned char *token = authority_token(bytes, len, when, &token_len);

    if (of_content)
        assert_int_equal(CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_ets_contentTimestamp,
                                                     V_ASN1_SEQUENCE, token, (int)token_len),
                         1);
    else
        assert_int_equal(CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken,
                                                       V_ASN1_SEQUENCE, token, (int)token_len),
                         1);
    OPENSSL_free(token);
}

/* What kunci does not write: signs the letter by OpenSSL, with these timestamps. */
static void sign(const struct desk *desk, const char *to, const struct stamps *stamps)
{
    const unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_PARTIAL;
    const int64_t now = time(NULL);
    size_t len, i;
    unsigned char *letter = desk_read(desk, "letter", &len);
    BIO *content = BIO_new_mem_buf(letter, (int)len), *out = BIO_new_file(desk_path(desk, to), "w");
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
    CMS_SignerInfo *signer =
        CMS_add1_signer(cms, desk->cert, desk->key, EVP_sha256(), flags | CMS_CADES);
    const ASN1_OCTET_STRING *value;

    assert_int_equal(CMS_add1_cert(cms, desk->issuer), 1);
    for (i = 0; i < 2 && stamps->content[i]; i++)
        add_stamp(signer, true, letter, len, now + stamps->content[i]);
    assert_int_equal(CMS_final(cms, content, NULL, flags), 1);
    value = CMS_SignerInfo_get0_signature(signer);
    for (i = 0; i < 2 && stamps->signature[i]; i++)
        add_stamp(signer, false, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value),
                  now + stamps->signature[i]);
    assert_int_equal(i2d_CMS_bio(out, cms), 1);
    CMS_ContentInfo_free(cms);
    BIO_free(content);
    BIO_free(out);
    free(letter);
}

static struct desk *desk_with_letter(void)
{
    struct desk *desk = desk_up(KUNCI_KEY_P256, KUNCI_ECDSA_SHA256, NULL);

    desk_write(desk, "letter", 1000);
    return desk;
}

/* ---- over the signature ---- */

static void the_earliest_timestamp_counts(void **state)
{
    static const struct stamps late_and_early = {.signature = {5000, 1000}},
                               late = {.signature = {5000}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const int64_t now = time(NULL);
    struct kunci_report *report;
    const struct kunci_signature_report *signature;

    (void)state;
    sign(desk, "both", &late_and_early);
    sign(desk, "late", &late);
    report = judged(trust, desk, "both", "letter", now + EXPIRED);
    signature = &report->signatures[0];
    assert_int_equal(report->indication, KUNCI_PASSED);
    assert_in_range(signature->best_time, now + 990, now + 1010);
    assert_int_equal(signature->timestamp_count, 2);
    assert_int_equal(signature->timestamps[0].indication, KUNCI_PASSED);
    assert_int_equal(signature->timestamps[1].indication, KUNCI_PASSED);
    assert_int_equal(signature->content_time, 0);
    kunci_report_free(&report);
    is_judged(trust, desk, "late", now + EXPIRED, KUNCI_INDETERMINATE, KUNCI_OUT_OF_BOUNDS_NO_POE);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* ---- over the content ---- */

static void the_last_timestamp_of_the_content_counts(void **state)
{
    static const struct stamps stamps = {.content = {100, 200}, .signature = {1000}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const int64_t now = time(NULL);
    struct kunci_report *report;
    const struct kunci_signature_report *signature;

    (void)state;
    sign(desk, "letter.p7s", &stamps);
    report = judged(trust, desk, "letter.p7s", "letter", now + 1500);
    signature = &report->signatures[0];
    assert_int_equal(report->indication, KUNCI_PASSED);
    assert_string_equal(signature->level, "CAdES-T");
    assert_in_range(signature->content_time, now + 190, now + 210);
    assert_in_range(signature->best_time, now + 990, now + 1010);
    assert_int_equal(signature->timestamp_count, 3);
    assert_true(signature->timestamps[0].of_content && signature->timestamps[1].of_content);
    assert_false(signature->timestamps[2].of_content);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* What was signed later than the certificate's end, or its revocation, does not hold. */
static void a_timestamp_of_the_content_settles_doubts(void **state)
{
    static const struct stamps early = {.content = {1000}}, late = {.content = {5000}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const int64_t now = time(NULL);

    (void)state;
    sign(desk, "early", &early);
    sign(desk, "late", &late);
    is_judged(trust, desk, "early", now + EXPIRED, KUNCI_INDETERMINATE, KUNCI_OUT_OF_BOUNDS_NO_POE);
    is_judged(trust, desk, "late", now + EXPIRED, KUNCI_FAILED, KUNCI_EXPIRED);
    kunci_trust_free(&trust);
    judged_revoke(desk, now + 600, now + 1200);
    trust = judged_trust(desk, desk_path(desk, "crl.pem"));
    is_judged(trust, desk, "early", now + 1500, KUNCI_FAILED, KUNCI_REVOKED);
    kunci_trust_free(&trust);
    judged_revoke(desk, now + 1100, now + 1200);
    trust = judged_trust(desk, desk_path(desk, "crl.pem"));
    is_judged(trust, desk, "early", now + 1500, KUNCI_INDETERMINATE, KUNCI_REVOKED_NO_POE);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

static void times_that_contradict_each_other_are_told(void **state)
{
    static const struct stamps wrong = {.content = {1000}, .signature = {100}},
                               by_clocks = {.content = {1000}, .signature = {900}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const int64_t now = time(NULL);

    (void)state;
    sign(desk, "wrong", &wrong);
    sign(desk, "by clocks", &by_clocks);
    is_judged(trust, desk, "wrong", now + 1500, KUNCI_INDETERMINATE, KUNCI_TIMESTAMP_ORDER_FAILURE);
    is_judged(trust, desk, "by clocks", now + 1500, KUNCI_PASSED, KUNCI_REASON_NONE);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* A changed content has no timestamp, and a content that is not there proves none. */
static void a_timestamp_of_another_content_proves_nothing(void **state)
{
    static const struct stamps stamps = {.content = {1000}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    const char *const contents[] = {"other", NULL};
    const enum kunci_reason reasons[] = {KUNCI_HASH_FAILURE, KUNCI_SIGNED_DATA_NOT_FOUND};
    size_t i;

    (void)state;
    sign(desk, "letter.p7s", &stamps);
    desk_write(desk, "other", 1000);
    for (i = 0; i < 2; i++) {
        struct kunci_report *report =
            judged(trust, desk, "letter.p7s", contents[i], time(NULL) + 1500);

        assert_int_equal(report->reason, reasons[i]);
        assert_int_equal(report->signatures[0].timestamps[0].reason, reasons[i]);
        assert_int_equal(report->signatures[0].content_time, 0);
        kunci_report_free(&report);
    }
    kunci_trust_free(&trust);
    desk_down(&desk);
}

/* ---- the page ---- */

static void the_page_tells_of_both_kinds(void **state)
{
    static const struct stamps stamps = {.content = {100}, .signature = {1000}};
    struct desk *desk = desk_with_letter();
    struct kunci_trust *trust = judged_trust(desk, NULL);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_report *report;
    char *html;

    (void)state;
    sign(desk, "letter.p7s", &stamps);
    report = judged(trust, desk, "letter.p7s", "letter", time(NULL) + 1500);
    assert_int_equal(kunci_report_html(&report, 1, &html, &err), KUNCI_OK);
    assert_non_null(strstr(html, "<dt>Made after</dt>"));
    assert_non_null(strstr(html, "<td>content</td>"));
    assert_non_null(strstr(html, "<td>signature</td>"));
    free(html);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    desk_down(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_earliest_timestamp_counts),
        cmocka_unit_test(the_last_timestamp_of_the_content_counts),
        cmocka_unit_test(a_timestamp_of_the_content_settles_doubts),
        cmocka_unit_test(times_that_contradict_each_other_are_told),
        cmocka_unit_test(a_timestamp_of_another_content_proves_nothing),
        cmocka_unit_test(the_page_tells_of_both_kinds),
    };

    return cmocka_run_group_tests(tests, authority_up, place_down);
}
