/* What a module's answers mean to a person. */
#include "token/ck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    CK_RV rv;
    const char *name;
    enum kunci_rc rc, of_the_officer;
} answers[] = {
    {CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", KUNCI_PIN_INCORRECT, KUNCI_SO_PIN_INCORRECT},
    {CKR_PIN_LOCKED, "CKR_PIN_LOCKED", KUNCI_PIN_LOCKED, KUNCI_SO_PIN_LOCKED},
    {CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", KUNCI_PIN_EXPIRED, KUNCI_PIN_EXPIRED},
    {CKR_PIN_INVALID, "CKR_PIN_INVALID", KUNCI_PIN_REFUSED, KUNCI_PIN_REFUSED},
    {CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", KUNCI_PIN_REFUSED, KUNCI_PIN_REFUSED},
    {CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", KUNCI_PIN_NOT_SET,
     KUNCI_PIN_NOT_SET},
    {CKR_DEVICE_MEMORY, "CKR_DEVICE_MEMORY", KUNCI_TOKEN_FULL, KUNCI_TOKEN_FULL},
    {CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", KUNCI_TOKEN_REMOVED, KUNCI_TOKEN_REMOVED},
    {CKR_TOKEN_WRITE_PROTECTED, "CKR_TOKEN_WRITE_PROTECTED", KUNCI_TOKEN_WRITE_PROTECTED,
     KUNCI_TOKEN_WRITE_PROTECTED},
    {CKR_SESSION_COUNT, "CKR_SESSION_COUNT", KUNCI_SESSION_LIMIT, KUNCI_SESSION_LIMIT},
    {CKR_SESSION_EXISTS, "CKR_SESSION_EXISTS", KUNCI_TOKEN_BUSY, KUNCI_TOKEN_BUSY},
    {CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED", KUNCI_TOKEN_UNABLE,
     KUNCI_TOKEN_UNABLE},
    {CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", KUNCI_TOKEN_UNABLE, KUNCI_TOKEN_UNABLE},
    {CKR_HOST_MEMORY, "CKR_HOST_MEMORY", KUNCI_NO_MEMORY, KUNCI_NO_MEMORY},
    {CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", KUNCI_MODULE_FAILED, KUNCI_MODULE_FAILED},
    {CKR_VENDOR_DEFINED | 7, "CKR_0x80000007", KUNCI_MODULE_FAILED, KUNCI_MODULE_FAILED},
};

enum { ANSWERS = sizeof answers / sizeof *answers };

static void answers_mean_what_they_should(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < ANSWERS; i++) {
        struct kunci_err err = KUNCI_ERR_INIT, officer = KUNCI_ERR_INIT;

        assert_int_equal(err_ck(&err, answers[i].rv, "C_Login", "budi"), answers[i].rc);
        assert_string_equal(err.answer, answers[i].name);
        assert_string_equal(err.where, "C_Login");
        assert_string_equal(err.about, "budi");
        assert_int_equal(err.ck_rv, answers[i].rv);
        assert_int_equal(err_ck_so(&officer, answers[i].rv, "C_Login", "budi"),
                         answers[i].of_the_officer);
    }
}

static void the_first_cause_wins(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    assert_int_equal(err_ck(&err, CKR_PIN_LOCKED, "C_Login", "budi"), KUNCI_PIN_LOCKED);
    assert_int_equal(err_ck(&err, CKR_DEVICE_ERROR, "C_Logout", "siti"), KUNCI_PIN_LOCKED);
    assert_string_equal(err.where, "C_Login");
    assert_string_equal(err.about, "budi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_mean_what_they_should),
        cmocka_unit_test(the_first_cause_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
