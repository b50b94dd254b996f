/* Evidence and decisions that do not hold: each is refused by its name, and nothing of it
 * is kept. */
#include "lib/office.h"
#include "lib/place.h"
#include "lib/soft_signer.h"

#include "ams/token_evidence.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct office_renewal one;

/* A renewal where the holder has said nothing of his key yet. */
static void begin_bare(void)
{
    office_renewal_time();
    one.key = soft_key(KUNCI_KEY_P256);
    snprintf(one.request_key, sizeof one.request_key, "%s", office_key());
    office_expect(
        office_begin(BUDI, json_pack("{ss ss s{s{ss}}}", "key", one.request_key, "kind", "renewal",
                                     "advance", "outcomes", "periksa", "right")));
    one.id = office_id();
    assert_string_equal(office_text("step"), "permohonan");
}

/* One that waits for its verification. */
static void begin_whole(void)
{
    office_renewal_time();
    office_renew(&one, "{\"periksa\":\"right\"}");
    assert_string_equal(office_text("step"), "verifikasi");
}

static int end(void **state)
{
    (void)state;
    office_renewal_drop(&one);
    one = (struct office_renewal){.id = 0};
    return 0;
}

static json_t *send_csr(json_t *csr)
{
    return office_event(BUDI, one.id, json_pack("{ss so}", "verb", "advance", "csr", csr));
}

static json_t *send_proof(const char *which, json_t *proof)
{
    return office_event(BUDI, one.id, json_pack("{ss so}", "verb", "advance", which, proof));
}

/* ---- files for the stock openssl ---- */

static void key_to(EVP_PKEY *key, const char *file)
{
    FILE *out = fopen(file, "w");

    assert_int_equal(PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(out);
}

static void bytes_to(const char *file, const unsigned char *bytes, size_t len)
{
    FILE *out = fopen(file, "wb");

    assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(out);
}

/* ---- requests for a certificate ---- */

static void requests_for_somebody_else(void **state)
{
    (void)state;
    begin_bare();
    office_refuse(send_csr(office_csr(officials[RINA].subject, one.key)), KUNCI_PROOF_INVALID,
                  "subject");
    office_refuse(send_csr(office_csr("C=ID, O=Dinas Contoh, CN=Budi Santoso", one.key)),
                  KUNCI_PROOF_INVALID, "subject");
}

static void keys_that_had_a_certificate(void **state)
{
    (void)state;
    begin_bare();
    office_refuse(send_csr(office_csr(officials[BUDI].subject, officials[BUDI].key)),
                  KUNCI_PROOF_INVALID, "new key");
    office_refuse(send_csr(office_csr(officials[BUDI].subject, officials[SITI].key)),
                  KUNCI_PROOF_INVALID, "new key");
}

static void damaged_requests(void **state)
{
    json_t *csr;
    unsigned char *der;
    size_t len;

    (void)state;
    begin_bare();
    csr = office_csr(officials[BUDI].subject, one.key);
    der = office_bytes(csr, &len);
    json_decref(csr);
    der[len - 3] ^= 1;
    office_refuse(send_csr(office_base64(der, len)), KUNCI_PROOF_INVALID, "signature");
    office_refuse(send_csr(office_base64(der, len / 2)), KUNCI_PROOF_INVALID, NULL);
    office_refuse(send_csr(json_string("no base64")), KUNCI_BODY_INVALID, "csr");
    free(der);
}

static void what_was_found_sound_ahead(void **state)
{
    unsigned char hash[32], unused[32], *der;
    json_t *csr;
    size_t len;

    (void)state;
    begin_bare();
    csr = office_csr(officials[BUDI].subject, one.key);
    der = office_bytes(csr, &len);
    json_decref(csr);
    assert_true(evidence_is_sound(der, len, hash));
    assert_false(evidence_is_sound(der, len / 2, unused));
    office.sound_csr = hash;
    der[len - 3] ^= 1;
    assert_false(evidence_is_sound(der, len, unused));
    office_refuse(send_csr(office_base64(der, len)), KUNCI_PROOF_INVALID, "signature");
    der[len - 3] ^= 1;
    SHA256(der, len, hash);
    office_expect(send_csr(office_base64(der, len)));
    office.sound_csr = NULL;
    free(der);
}

static void another_one_after_the_first(void **state)
{
    EVP_PKEY *other = soft_key(KUNCI_KEY_P256);

    (void)state;
    begin_whole();
    office_refuse(send_csr(office_csr(officials[BUDI].subject, other)), KUNCI_PROOF_INVALID,
                  "before");
    office_expect(send_csr(office_base64(one.csr, one.csr_len))); /* the same says nothing new */
    EVP_PKEY_free(other);
}

/* ---- proofs by keys ---- */

static void proofs_by_other_keys_and_over_other_things(void **state)
{
    EVP_PKEY *other = soft_key(KUNCI_KEY_P256);
    unsigned char *stranger;
    size_t len;

    (void)state;
    begin_bare();
    one.csr = small_ca_request(officials[BUDI].subject, one.key, &one.csr_len);
    stranger = small_ca_request(officials[BUDI].subject, other, &len);
    office_refuse(send_proof("proof_old", office_proof(officials[BUDI].key, "prove-old",
                                                       one.request_key, one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "not there yet");
    office_expect(send_csr(office_base64(one.csr, one.csr_len)));
    assert_string_equal(office_text("step"), "bukti-lama");
    office_refuse(send_proof("proof_old", office_proof(one.key, "prove-old", one.request_key,
                                                       one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "not made with that key");
    office_refuse(send_proof("proof_old", office_proof(officials[BUDI].key, "prove-old",
                                                       one.request_key, stranger, len)),
                  KUNCI_PROOF_INVALID, "not made with that key");
    office_refuse(send_proof("proof_old", office_proof(officials[BUDI].key, "prove-old",
                                                       office_key(), one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "not made with that key");
    office_refuse(send_proof("proof_old", office_proof(officials[BUDI].key, "prove-new",
                                                       one.request_key, one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "not made with that key");
    small_ca_revoke(officials[BUDI].serial, CA_KEY_COMPROMISE, office.now, 0);
    office_refuse(send_proof("proof_old", office_proof(officials[BUDI].key, "prove-old",
                                                       one.request_key, one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "revoked");
    free(stranger);
    EVP_PKEY_free(other);
}

static void new_certificates_proved_by_the_old_key(void **state)
{
    (void)state;
    begin_whole();
    office_refuse(send_proof("proof_new", office_proof(one.key, "prove-new", one.request_key,
                                                       one.csr, one.csr_len)),
                  KUNCI_PROOF_INVALID, "issued");
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_expect(office_decide(SITI, one.id, "done", NULL));
    office_refuse(office_prove(&one, officials[BUDI].key), KUNCI_PROOF_INVALID,
                  "not made with that key");
    office_expect(office_prove(&one, one.key));
}

/* ---- decisions ---- */

static json_t *decide_with(json_t *message)
{
    return office_event(
        SITI, one.id,
        json_pack("{ss ss so}", "verb", "do", "step", "verifikasi", "decision", message));
}

/* A decision that is right but for one member. */
static void refuse_member(const char *member, json_t *value, const char *words)
{
    json_t *decision = office_decision(SITI, one.id, "done", NULL);

    json_object_set_new(decision, member, value);
    office_refuse(decide_with(office_signed(SITI, decision)), KUNCI_DECISION_INVALID, words);
}

static void decisions_about_something_else(void **state)
{
    char digest[65];

    (void)state;
    begin_whole();
    memset(digest, '0', 64);
    digest[64] = '\0';
    refuse_member("request", json_integer(one.id + 1), "another request");
    refuse_member("step", json_string("setuju"), "another request or step");
    refuse_member("verdict", json_string("reject"), "something else");
    refuse_member("outcome", json_string("right"), "something else");
    refuse_member("reason", json_string("because"), "something else");
    refuse_member("account", json_string("agus"), "account");
    refuse_member("time", json_integer(office.now - 301), "5 minutes");
    refuse_member("time", json_integer(office.now + 301), "5 minutes");
    refuse_member("time", json_string("yesterday"), NULL);
    refuse_member("digest", json_string(digest), "not any more");
    refuse_member("more", json_true(), NULL);
    office_refuse(
        office_event(SITI, one.id, json_pack("{ss ss}", "verb", "do", "step", "verifikasi")),
        KUNCI_DECISION_INVALID, "signed decision");
    office_refuse(decide_with(json_string("AAAA")), KUNCI_DECISION_INVALID, NULL);
    assert_string_equal((office_show(SITI, one.id), office_text("step")), "verifikasi");
}

static json_t *signed_by_openssl(const json_t *decision, const char *cert, const char *key,
                                 const char *how)
{
    unsigned char *bytes;
    json_t *message;
    size_t len;

    assert_int_equal(json_dump_file(decision, "decision.json", JSON_COMPACT), 0);
    place_shell("openssl cms -sign %s -binary -in decision.json -signer %s -inkey %s -outform DER "
                "-out decision.der -md sha256",
                how, cert, key);
    bytes = place_file("decision.der", &len);
    message = office_base64(bytes, len);
    free(bytes);
    return message;
}

/* Somebody signed who may not. */
static void decisions_by_others(void **state)
{
    json_t *decision;

    (void)state;
    begin_whole();
    decision = office_decision(SITI, one.id, "done", NULL);
    office_refuse(decide_with(office_signed(AGUS, json_incref(decision))), KUNCI_DECISION_INVALID,
                  "another account");
    /* A certificate that this authority did not issue. */
    place_shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "
                "k.pem -out c.pem -days 2 -subj /C=ID/O=Lain/CN=Siti 2>/dev/null");
    office_refuse(decide_with(signed_by_openssl(decision, "c.pem", "k.pem", "-nodetach")),
                  KUNCI_DECISION_INVALID, "did not issue");
    small_ca_suspend(officials[SITI].serial, office.now);
    office_refuse(decide_with(office_signed(SITI, json_incref(decision))), KUNCI_DECISION_INVALID,
                  "suspended");
    small_ca_revoke(officials[SITI].serial, CA_KEY_COMPROMISE, office.now, 0);
    office_refuse(decide_with(office_signed(SITI, decision)), KUNCI_DECISION_INVALID, "revoked");
}

static void refuse_flipped(unsigned char *bytes, size_t len, size_t at)
{
    bytes[at] ^= 4;
    if (decide_with(office_base64(bytes, len)))
        fail_msg("byte %zu flipped, and taken", at);
    assert_int_equal(office_err.rc, KUNCI_DECISION_INVALID);
    bytes[at] ^= 4;
}

/* What the stock openssl signs is taken; detached, or with a byte of content or signature
 * flipped, it is not. */
static void decisions_by_the_stock_openssl(void **state)
{
    json_t *decision;
    unsigned char *bytes;
    size_t len, content, i;

    (void)state;
    begin_whole();
    decision = office_decision(SITI, one.id, "done", NULL);
    key_to(officials[SITI].key, "siti.key");
    bytes_to("siti.der", officials[SITI].der, officials[SITI].len);
    place_shell("openssl x509 -inform DER -in siti.der -out siti.pem");
    office_refuse(decide_with(signed_by_openssl(decision, "siti.pem", "siti.key", "")),
                  KUNCI_DECISION_INVALID, "content");
    json_decref(signed_by_openssl(decision, "siti.pem", "siti.key", "-nodetach"));
    bytes = place_file("decision.der", &len);
    content = (size_t)((unsigned char *)memmem(bytes, len, "{\"request\"", 10) - bytes);
    for (i = 0; i < 50; i++)
        refuse_flipped(bytes, len, i < 40 ? content + 5 * i : len - 5 * (i - 39));
    office_expect(decide_with(office_base64(bytes, len)));
    assert_string_equal(office_text("step"), "setuju");
    free(bytes);
    json_decref(decision);
}

static void decisions_sent_twice(void **state)
{
    json_t *message;

    (void)state;
    begin_whole();
    message = office_signed(SITI, office_decision(SITI, one.id, "done", NULL));
    office_expect(decide_with(json_incref(message)));
    office_refuse(decide_with(json_incref(message)), KUNCI_FLOW_NOT_POSSIBLE, NULL);
    office_expect(office_decide(AGUS, one.id, "reject", "Not yet."));
    office_expect(office_event(
        BUDI, one.id, json_pack("{ss s{ss}}", "verb", "advance", "outcomes", "periksa", "right")));
    assert_string_equal(office_text("step"), "verifikasi");
    office_refuse(decide_with(message), KUNCI_DECISION_INVALID, "not any more");
}

/* ---- bodies ---- */

static void bodies_that_are_none(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "[]",
        "{\"verb\":\"dance\"}",
        "{\"verb\":\"do\"}",
        "{\"verb\":\"do\",\"step\":1}",
        "{\"verb\":\"advance\",\"step\":\"kirim\"}",
        "{\"verb\":\"advance\",\"outcomes\":{\"periksa\":1}}",
        "{\"verb\":\"advance\",\"fields\":{\"shoes\":{}}}",
        "{\"verb\":\"advance\",\"fields\":{\"card\":{\"nik\":7}}}",
        "{\"verb\":\"advance\",\"proof_old\":{\"algorithm\":\"ROT13\",\"signature\":\"AAAA\"}}",
        "{\"verb\":\"advance\",\"proof_old\":{\"algorithm\":\"ECDSA-SHA256\",\"signature\":\"\"}}",
        "{\"verb\":\"ask\"}",
        "{\"verb\":\"reject\",\"step\":\"verifikasi\",\"reason\":\"r\"}",
    };
    size_t i;

    (void)state;
    begin_bare();
    for (i = 0; i < sizeof bodies / sizeof *bodies; i++)
        office_refuse(office_event(BUDI, one.id, json_loads(bodies[i], 0, NULL)),
                      KUNCI_BODY_INVALID, NULL);
    office_refuse(office_begin(BUDI, json_pack("{ss ss}", "key", "short", "kind", "renewal")),
                  KUNCI_BODY_INVALID, "key");
    office_refuse(office_event(BUDI, one.id,
                               json_loads("{\"verb\":\"advance\",\"fields\":"
                                          "{\"person\":{\"nik\":\"1\"}}}",
                                          0, NULL)),
                  KUNCI_FLOW_RULE, "data change");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, office_clean, end)
    const struct CMUnitTest tests[] = {
        TEST(requests_for_somebody_else),
        TEST(keys_that_had_a_certificate),
        TEST(damaged_requests),
        TEST(what_was_found_sound_ahead),
        TEST(another_one_after_the_first),
        TEST(proofs_by_other_keys_and_over_other_things),
        TEST(new_certificates_proved_by_the_old_key),
        TEST(decisions_about_something_else),
        TEST(decisions_by_others),
        TEST(decisions_by_the_stock_openssl),
        TEST(decisions_sent_twice),
        TEST(bodies_that_are_none),
    };

    return cmocka_run_group_tests(tests, office_up, office_down);
}
