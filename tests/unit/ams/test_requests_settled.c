/* What was decided upon stays what it was, and what stood behind it has to hold still when
 * the certificate is issued. */
#include "lib/office.h"
#include "lib/place.h"
#include "lib/soft_signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LETTER "surat-rekomendasi"

static struct office_renewal one;
static EVP_PKEY *rinas;

static void run_sql(const char *sql)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(store_do(small_ca_store, sql, NO_VALUES, &err), KUNCI_OK);
}

static int end(void **state)
{
    (void)state;
    office_renewal_drop(&one);
    one = (struct office_renewal){.id = 0};
    EVP_PKEY_free(rinas);
    rinas = NULL;
    run_sql("UPDATE accounts SET state = 'active'");
    return 0;
}

static json_t *advance(enum who who, const char *fields)
{
    return office_event(who, one.id,
                        json_pack("{ss so*}", "verb", "advance", "fields",
                                  fields ? json_loads(fields, 0, NULL) : NULL));
}

/* RINA's first certificate, up to its verification. */
static void hand_in(void)
{
    static const char said[] =
        "{\"letter\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"},"
        "\"card\":{\"nik\":\"9901011708850001\",\"name\":\"Budi Santoso\"}}";

    rinas = soft_key(KUNCI_KEY_P256);
    office_expect(
        office_begin(RINA, json_pack("{ss ss s{so so}}", "key", office_key(), "kind", "issuance",
                                     "advance", "fields", json_loads(said, 0, NULL), "csr",
                                     office_csr(officials[RINA].subject, rinas))));
    one.id = office_id();
    office_expect(office_attach(RINA, one.id, LETTER, "a letter"));
    office_expect(advance(RINA, NULL));
    assert_string_equal(office_text("step"), "verifikasi");
}

static void expect_letter(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *bytes;
    size_t len;

    assert_int_equal(
        requests_document(&office, &officials[RINA].actor, one.id, LETTER, &bytes, &len, &err),
        KUNCI_OK);
    assert_int_equal(len, strlen(text));
    assert_memory_equal(bytes, text, len);
    free(bytes);
}

/* ---- what was decided upon ---- */

static void letters_after_the_certificate(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(office_decide(AGUS, one.id, "done", NULL));
    assert_string_equal(office_text("step"), "tulis");
    office_refuse(office_attach(RINA, one.id, LETTER, "another letter"), KUNCI_FLOW_CONDITION,
                  NULL);
    expect_letter("a letter");
    office_expect(office_attach(RINA, one.id, LETTER, "a letter")); /* a run that goes on */
}

static void letters_between_two_decisions(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(
        office_event(AGUS, one.id, json_pack("{ss ss}", "verb", "ask", "role", "pemohon")));
    office_refuse(office_attach(RINA, one.id, LETTER, "another letter"), KUNCI_FLOW_CONDITION,
                  NULL);
    office_refuse(advance(RINA, "{\"letter\":{\"name\":\"Rina Wijaya\"}}"), KUNCI_FLOW_CONDITION,
                  NULL);
    office_expect(advance(RINA, "{\"letter\":{\"name\":\"Budi Santoso\"}}"));
    expect_letter("a letter");
}

static void letters_after_a_rejection(void **state)
{
    (void)state;
    hand_in();
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(office_decide(AGUS, one.id, "reject", "It is not signed."));
    office_expect(office_attach(RINA, one.id, LETTER, "another letter"));
    expect_letter("another letter");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, office_clean, end)
    const struct CMUnitTest tests[] = {
        TEST(letters_after_the_certificate),
        TEST(letters_between_two_decisions),
        TEST(letters_after_a_rejection),
    };

    return cmocka_run_group_tests(tests, office_up, office_down);
}
