#include "lib/office.h"

#include "base/base64.h"
#include "base/text.h"
#include "cms/message.h"
#include "lib/place.h"
#include "lib/soft_signer.h"
#include "lib/sops.h"
#include "x509/name.h"

#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct official officials[PEOPLE] = {
    [BUDI] = {.name = "budi",
              .institution = "kapuas/dinkes",
              .subject = "C=ID, O=Dinas Contoh, CN=Budi Santoso, serialNumber=123"},
    [RINA] = {.name = "rina",
              .institution = "kapuas/dinkes",
              .subject = "C=ID, O=Dinas Contoh, CN=Rina Wati, serialNumber=124"},
    [SITI] = {.name = "siti",
              .institution = "kapuas",
              .subject = "C=ID, O=Dinas Contoh, OU=Operator, CN=Siti Aminah, serialNumber=125",
              .grant = {"op", "kapuas", NULL, 0, 0}},
    [AGUS] = {.name = "agus",
              .institution = "kapuas",
              .subject = "C=ID, O=Dinas Contoh, OU=Operator, CN=Agus Salim, serialNumber=126",
              .grant = {"op", "", NULL, 0, 0}},
    [DEWI] = {.name = "dewi",
              .institution = "mamuju",
              .subject = "C=ID, O=Dinas Contoh, OU=Operator, CN=Dewi Lestari, serialNumber=127",
              .grant = {"op", "mamuju", NULL, 0, 0}},
};

static char *domains[] = {(char[]){"contoh.go.id"}, NULL};
struct kunci_config_ams office_settings = {.domains = domains, .renewal_days = 30};
struct requests_desk office;
struct kunci_err office_err;
unsigned office_changed;
static json_t *document;

static const char data[] =
    "{\"nik\":\"9901011708850001\",\"nip\":\"198508172010011002\",\"name\":\"Budi Santoso\","
    "\"email\":\"budi@contoh.go.id\",\"post\":\"Kepala Seksi\",\"unit\":\"Seksi Contoh\"}";

static void must(enum kunci_rc rc, const char *what, const struct kunci_err *err)
{
    char sentence[512];

    if (rc != KUNCI_OK)
        fail_msg("%s: %s", what, kunci_err_sentence(err, sentence, sizeof sentence));
}

/* ---- people ---- */

static void make_account(struct official *one)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct rows rows;

    must(store_query(small_ca_store,
                     "INSERT INTO accounts (name, institution, data, subject, made_at)"
                     " VALUES ($1, $2, $3, $4, $5) RETURNING id",
                     VALUES(OF_TEXT(one->name), OF_TEXT(one->institution), OF_TEXT(data),
                            OF_TEXT(one->subject), OF_INT(office.now)),
                     &rows, &err),
         one->name, &err);
    assert_true(rows_next(&rows, &err));
    one->actor.account = rows_int(&rows, 0);
    rows_end(&rows);
    one->actor.institution = one->institution;
    one->actor.flow = (struct kunci_flow_actor){one->name, &one->grant, one->grant.role != NULL};
    one->key = soft_key(KUNCI_KEY_P256);
}

void office_certify(struct official *one, const char *profile)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_order order = {.profile = profile, .account = one->actor.account, .now = office.now};
    struct ca_issued issued;
    unsigned char *csr = small_ca_request(one->subject, one->key, &order.csr_len);

    order.csr = csr;
    must(store_begin(small_ca_store, &err), one->name, &err);
    must(ca_issue(small_ca, small_ca_store, &order, &issued, &err), one->name, &err);
    must(store_commit(small_ca_store, &err), one->name, &err);
    memcpy(one->serial, issued.serial, CA_SERIAL);
    free(one->der);
    one->der = issued.der;
    one->len = issued.len;
    free(csr);
}

static void changed(void *context, const char *serial, bool issued)
{
    (void)context;
    (void)issued;
    assert_true(*serial);
    office_changed++;
}

static void add_test_procedures(struct kunci_sop_book *book)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *text = sops_text("tests/lib/procedures", "otomatis");
    struct kunci_sop *sop = sops_read("otomatis", text);

    must(kunci_sop_book_add(book, &sop, &err), "otomatis", &err);
    free(text);
}

int office_up(void **state)
{
    struct kunci_sop_book *book = sops_book("pkcs11/flow/sop");
    int i;

    add_test_procedures(book);
    small_ca_up(state);
    office = (struct requests_desk){.store = small_ca_store,
                                    .ca = small_ca,
                                    .book = book,
                                    .settings = &office_settings,
                                    .now = small_ca_now(),
                                    .changed = changed};
    for (i = 0; i < PEOPLE; i++)
        make_account(&officials[i]);
    return 0;
}

int office_down(void **state)
{
    struct kunci_sop_book *book = (struct kunci_sop_book *)(uintptr_t)office.book;
    int i;

    json_decref(document);
    document = NULL;
    for (i = 0; i < PEOPLE; i++) {
        EVP_PKEY_free(officials[i].key);
        free(officials[i].der);
        officials[i].der = NULL;
    }
    kunci_sop_book_free(&book);
    return small_ca_down(state);
}

static void renew_key(struct official *one)
{
    EVP_PKEY_free(one->key);
    one->key = soft_key(KUNCI_KEY_P256);
}

int office_clean(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    must(
        store_do(small_ca_store, "UPDATE requests SET role = NULL, due_at = NULL", NO_VALUES, &err),
        "clean", &err);
    must(store_do(small_ca_store,
                  "UPDATE certificates SET account = NULL WHERE account IS NOT NULL", NO_VALUES,
                  &err),
         "clean", &err);
    office_settings.rules = NULL;
    office.now = small_ca_now();
    renew_key(&officials[BUDI]);
    renew_key(&officials[SITI]);
    renew_key(&officials[AGUS]);
    renew_key(&officials[DEWI]);
    office_certify(&officials[BUDI], "holder");
    office_certify(&officials[SITI], "operator");
    office_certify(&officials[AGUS], "operator");
    office_certify(&officials[DEWI], "operator");
    office_changed = 0;
    return 0;
}

void office_renewal_time(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_row row;

    must(ca_find(small_ca_store, officials[BUDI].serial, &row, &err), "budi", &err);
    office.now = row.not_after - 10 * 86400;
    ca_row_clear(&row);
    renew_key(&officials[SITI]);
    renew_key(&officials[AGUS]);
    office_certify(&officials[SITI], "operator");
    office_certify(&officials[AGUS], "operator");
}

/* ---- calls ---- */

static void begin(void)
{
    office_err = (struct kunci_err)KUNCI_ERR_INIT;
    must(store_begin(small_ca_store, &office_err), "begin", &office_err);
}

static json_t *end(enum kunci_rc rc, json_t *out)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    assert_int_equal(rc, office_err.rc);
    json_decref(document);
    document = out;
    if (rc == KUNCI_OK)
        must(store_commit(small_ca_store, &err), "commit", &err);
    else
        store_rollback(small_ca_store);
    return document;
}

json_t *office_begin(enum who who, json_t *body)
{
    json_t *out;
    bool created;
    enum kunci_rc rc;

    begin();
    rc = requests_begin(&office, &officials[who].actor, body, &created, &out, &office_err);
    json_decref(body);
    return end(rc, out);
}

json_t *office_event(enum who who, int64_t id, json_t *event)
{
    json_t *out;
    enum kunci_rc rc;

    assert_non_null(event);
    begin();
    rc = requests_event(&office, &officials[who].actor, id, event, &out, &office_err);
    json_decref(event);
    return end(rc, out);
}

json_t *office_attach(enum who who, int64_t id, const char *name, const char *text)
{
    json_t *out;
    enum kunci_rc rc;

    begin();
    rc = requests_attach(&office, &officials[who].actor, id, name, text, strlen(text), &out,
                         &office_err);
    return end(rc, out);
}

json_t *office_show(enum who who, int64_t id)
{
    json_t *out;
    enum kunci_rc rc;

    begin();
    rc = requests_show(&office, &officials[who].actor, id, &out, &office_err);
    return end(rc, out);
}

const char *office_text(const char *member)
{
    const char *text = json_string_value(json_object_get(document, member));

    return text ? text : "";
}

int64_t office_id(void)
{
    return json_integer_value(json_object_get(document, "id"));
}

/* ---- signed ---- */

static void hash_text(const char *text, char hex[65])
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256((const unsigned char *)text, strlen(text), hash);
    text_hex(hex, hash, sizeof hash);
}

json_t *office_decision(enum who who, int64_t id, const char *verdict, const char *reason)
{
    char digest[65];

    assert_non_null(office_show(who, id));
    hash_text(office_text("content"), digest);
    return json_pack("{sI ss ss ss* ss ss sI}", "request", (json_int_t)id, "step",
                     office_text("step"), "verdict", verdict, "reason", reason, "account",
                     officials[who].name, "digest", digest, "time", (json_int_t)office.now);
}

json_t *office_base64(const void *bytes, size_t len)
{
    struct buf text = {0};
    json_t *value;

    base64_add(&text, bytes, len);
    value = json_string(text.data);
    buf_clear(&text);
    return value;
}

json_t *office_signed(enum who who, json_t *decision)
{
    struct kunci_signer *signer = soft_signer(officials[who].key, KUNCI_ECDSA_SHA256);
    char *text = json_dumps(decision, JSON_COMPACT);
    const struct message message = {.content = text, .len = strlen(text), .attached = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf out = {0};
    json_t *value;

    signer->cert = officials[who].der;
    signer->cert_len = officials[who].len;
    must(message_sign(signer, &message, &out, &err), "message_sign", &err);
    value = office_base64(out.data, out.len);
    signer->cert = NULL;
    kunci_signer_free(&signer);
    buf_clear(&out);
    free(text);
    json_decref(decision);
    return value;
}

json_t *office_decide(enum who who, int64_t id, const char *verdict, const char *reason)
{
    bool rejects = strcmp(verdict, "reject") == 0;
    json_t *decision = office_decision(who, id, verdict, reason);
    char step[64];

    snprintf(step, sizeof step, "%s", office_text("step"));
    return office_event(who, id,
                        json_pack("{ss ss ss* so}", "verb", rejects ? "reject" : "do", "step", step,
                                  "reason", reason, "decision", office_signed(who, decision)));
}

json_t *office_csr(const char *subject, EVP_PKEY *key)
{
    size_t len;
    unsigned char *der = small_ca_request(subject, key, &len);
    json_t *value = office_base64(der, len);

    free(der);
    return value;
}

json_t *office_proof(EVP_PKEY *key, const char *what, const char *request_key,
                     const unsigned char *der, size_t len)
{
    struct kunci_signer *signer = soft_signer(key, KUNCI_ECDSA_SHA256);
    unsigned char hash[SHA256_DIGEST_LENGTH], sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    char hex[65], text[256];
    size_t sig_len;

    SHA256(der, len, hash);
    text_hex(hex, hash, sizeof hash);
    snprintf(text, sizeof text, "kunci %s\n%s\n%s\n", what, request_key, hex);
    must(kunci_sign_message(signer, text, strlen(text), sig, &sig_len, &err), what, &err);
    kunci_signer_free(&signer);
    return json_pack("{ss so}", "algorithm", "ECDSA-SHA256", "signature",
                     office_base64(sig, sig_len));
}

unsigned char *office_bytes(const json_t *text, size_t *len)
{
    struct buf bytes = {0};

    assert_true(base64_read(json_string_value(text), json_string_length(text), &bytes));
    *len = bytes.len;
    return (unsigned char *)buf_take(&bytes);
}

/* ---- a renewal ---- */

void office_expect(const json_t *done)
{
    if (!done)
        must(office_err.rc, "the call before", &office_err);
}

void office_refuse(const json_t *done, enum kunci_rc rc, const char *words)
{
    if (done)
        fail_msg("taken, though it should be %s", kunci_err_name(rc));
    if (office_err.rc != rc || (words && !strstr(office_err.detail, words)))
        fail_msg("%s: %s, %s", kunci_err_name(office_err.rc), office_err.about, office_err.detail);
}

const char *office_key(void)
{
    static unsigned beginnings;
    static char key[33];

    snprintf(key, sizeof key, "%032x", ++beginnings);
    return key;
}

void office_renew(struct office_renewal *out, const char *outcomes)
{
    json_t *csr;

    out->key = soft_key(KUNCI_KEY_P256);
    snprintf(out->request_key, sizeof out->request_key, "%s", office_key());
    csr = office_csr(officials[BUDI].subject, out->key);
    out->csr = office_bytes(csr, &out->csr_len);
    office_expect(
        office_begin(BUDI, json_pack("{ss ss s{so so so}}", "key", out->request_key, "kind",
                                     "renewal", "advance", "outcomes",
                                     json_loads(outcomes, 0, NULL), "csr", csr, "proof_old",
                                     office_proof(officials[BUDI].key, "prove-old",
                                                  out->request_key, out->csr, out->csr_len))));
    out->id = office_id();
}

json_t *office_prove(const struct office_renewal *renewal, EVP_PKEY *key)
{
    json_t *der = json_object_get(office_show(BUDI, renewal->id), "issued_der");
    size_t len;
    unsigned char *bytes = office_bytes(der, &len);
    json_t *done =
        office_event(BUDI, renewal->id,
                     json_pack("{ss so}", "verb", "advance", "proof_new",
                               office_proof(key, "prove-new", renewal->request_key, bytes, len)));

    free(bytes);
    return done;
}

void office_renewal_drop(struct office_renewal *renewal)
{
    EVP_PKEY_free(renewal->key);
    free(renewal->csr);
}
