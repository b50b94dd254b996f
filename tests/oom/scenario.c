#include "oom/scenario.h"

#include "base/buf.h"
#include "base/config.h"
#include "base/error.h"
#include "base/yaml.h"
#include "enrol/record.h"
#include "flow/request_file.h"
#include "lib/signing_desk.h"
#include "token/uri.h"
#include "trust/tsa_reply.h"
#include "trust/tsa_token.h"
#include "x509/issue_extensions.h"
#include "x509/name.h"

#include <fcntl.h>
#include <kunci.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where its memory runs short, jansson takes some of what it reads for broken. */
static enum kunci_rc jansson_lacked(enum kunci_rc broken, enum kunci_rc rc, struct kunci_err *err)
{
    if (rc != broken)
        return rc;
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    return err_no_memory(err);
}

static enum kunci_rc use_buf(struct kunci_err *err)
{
    struct buf buf = {0};
    char *text;
    int i;

    for (i = 0; i < 200; i++)
        buf_printf(&buf, "line %d of some\n", i);
    text = buf_take(&buf);
    if (!text)
        return err_no_memory(err);
    free(text);
    return KUNCI_OK;
}

static enum kunci_rc use_yaml(struct kunci_err *err)
{
    static const char text[] = "a: {b: [1, 2, three], c: yes}\nd: \"text\"\n";
    struct json_document document;
    enum kunci_rc rc = yaml_read("settings", text, sizeof text - 1, &document, err);

    json_document_clear(&document);
    return rc;
}

static enum kunci_rc use_config(struct kunci_err *err)
{
    static const char text[] = "module: /usr/lib/x.so\nlang: id\nevp: libp11\n"
                               "trust: {anchors: [a, b], cache: c, revocation: soft}\n";
    struct kunci_config config;
    enum kunci_rc rc = config_read("settings", text, sizeof text - 1, &config, err);

    kunci_config_clear(&config);
    return rc;
}

static const char procedure[] =
    "version: \"1\"\nkind: revocation\ntitle: {id: J, en: T}\n"
    "header: {number: n, made: 2026-05-26, agency: A, warnings: [w, {id: a, en: b}],\n"
    "  revisions: [{date: 2026-05-26, text: t, by: b}]}\n"
    "lanes: [{role: op, title: O}]\ndocuments: {surat-tugas: S}\nreturn_to: a\n"
    "hours: {utc_offset: \"+07:00\", days: [mon], from: \"07:30\", to: \"16:00\",\n"
    "  holidays: [2026-08-17]}\n"
    "totals: [{minutes: 1, text: t, outcomes: {a: b}}]\n"
    "steps:\n"
    "  - {id: a, actor: op, act: verify, text: A, needs: [n], documents: [surat-tugas],\n"
    "     does: [revoke], calls: {procedure: p}, branches: [{outcome: b, to: b, text: t}],\n"
    "     reject: {to: a, text: t}, notices: [{to: op, message: m}]}\n"
    "  - {id: b, actor: op, act: approve, text: B, other_than: [a], next: a}\n";
static enum kunci_rc use_procedure(struct kunci_err *err)
{
    struct kunci_sop_book *book = NULL;
    struct kunci_sop *sop = NULL;
    enum kunci_rc rc = kunci_sop_book_new(&book, err);

    if (rc == KUNCI_OK)
        rc = kunci_sop_read("procedure", procedure, sizeof procedure - 1, &sop, err);
    if (rc == KUNCI_OK)
        rc = kunci_sop_book_add(book, &sop, err);
    kunci_sop_free(&sop);
    kunci_sop_book_free(&book);
    return rc;
}

/* With findings, whose sentences are kept. */
static enum kunci_rc use_check(struct kunci_err *err)
{
    static const char text[] = "{version: '1', kind: renewal, title: T, totals: [{minutes: 1}],\n"
                               "steps: [{id: a, actor: op, act: verify, text: A, next: a}]}\n";
    struct kunci_sop_findings found = {.count = 0};
    struct kunci_sop *sop;
    enum kunci_rc rc = kunci_sop_read("procedure", text, sizeof text - 1, &sop, err);

    if (rc == KUNCI_OK)
        rc = kunci_sop_check(sop, NULL, &found, err);
    kunci_sop_findings_clear(&found);
    kunci_sop_free(&sop);
    return rc;
}

static enum kunci_rc show_procedure(struct kunci_err *err)
{
    struct kunci_sop *sop = NULL;
    char *json = NULL, *text = NULL, *svg = NULL, *html = NULL;
    enum kunci_rc rc = kunci_sop_read("procedure", procedure, sizeof procedure - 1, &sop, err);

    if (rc == KUNCI_OK)
        rc = kunci_sop_json(sop, &json, err);
    if (rc == KUNCI_OK)
        rc = kunci_sop_text(sop, 80, &text, err);
    if (rc == KUNCI_OK)
        rc = kunci_sop_svg(sop, &svg, err);
    if (rc == KUNCI_OK)
        rc = kunci_sop_html(sop, &html, err);
    free(json);
    free(text);
    free(svg);
    free(html);
    kunci_sop_free(&sop);
    return rc;
}

static int64_t at_a_time(void *context)
{
    (void)context;
    return 1790000000;
}

static enum kunci_rc put_request_away(struct kunci_err *err)
{
    const struct kunci_request_begin begin = {
        .id = "1", .applicant = "budi", .institution = "contoh", .reason = "lost"};
    const struct kunci_flow_port port = {.now = at_a_time};
    struct kunci_request *request = NULL, *again = NULL;
    struct kunci_sop *sop = NULL;
    char *text = NULL;
    enum kunci_rc rc = kunci_sop_read("procedure", procedure, sizeof procedure - 1, &sop, err);

    if (rc == KUNCI_OK)
        rc = kunci_request_new(sop, &begin, &port, &request, err);
    if (rc == KUNCI_OK)
        rc = request_save(request, &text, err);
    if (rc == KUNCI_OK)
        rc = jansson_lacked(KUNCI_STORE_DAMAGED, request_load(sop, text, strlen(text), &again, err),
                            err);
    free(text);
    kunci_request_free(&request);
    kunci_request_free(&again);
    kunci_sop_free(&sop);
    return rc;
}

static enum kunci_rc use_secret(struct kunci_err *err)
{
    char bytes[] = "48151623";
    struct kunci_secret *secret = NULL;
    enum kunci_rc rc = kunci_secret_take(bytes, sizeof bytes - 1, &secret, err);

    kunci_secret_free(&secret);
    return rc;
}

static enum kunci_rc use_proc(struct kunci_err *err)
{
    static const char *const argv[] = {"cat", NULL}, *const env[] = {"A=b", NULL};
    const struct kunci_proc proc = {.argv = argv,
                                    .env = env,
                                    .input = "text",
                                    .input_len = 4,
                                    .timeout_ms = 10000,
                                    .max_output = 4096};
    struct kunci_proc_result result;
    enum kunci_rc rc = kunci_proc_run(&proc, &result, err);

    kunci_proc_result_clear(&result);
    return rc;
}

static enum kunci_rc use_uri(struct kunci_err *err)
{
    static const char text[] = "pkcs11:token=Budi%20Santoso;object=tte;id=%01%02;type=private"
                               "?pin-source=file:/etc/pin&module-path=/usr/lib/x.so";
    const CK_TOKEN_INFO token = {0};
    struct uri *uri = NULL;
    char *path = NULL, *printed = NULL;
    enum kunci_rc rc;

    if ((rc = uri_parse(text, &uri, err)) == KUNCI_OK &&
        (rc = uri_pin_source_path(uri_pin_source(uri), &path, err)) == KUNCI_OK)
        rc = uri_print_object(&token, CKO_PRIVATE_KEY, "\1\2", 2, "tte", 3, &printed, err);
    uri_free(&uri);
    free(path);
    free(printed);
    return rc;
}

static enum kunci_rc use_name(struct kunci_err *err)
{
    X509_NAME *name = NULL;
    char *printed = NULL;
    enum kunci_rc rc = name_parse("C=ID, O=Dinas Contoh, CN=Budi \\, Santoso", &name, err);

    if (rc == KUNCI_OK)
        rc = name_print(name, &printed, err);
    X509_NAME_free(name);
    free(printed);
    return rc;
}

/* Reads a file of the corpus, before anything fails. */
static size_t corpus(const char *name, unsigned char *to, size_t size)
{
    FILE *file = fopen(name, "rb");
    size_t len = file ? fread(to, 1, size, file) : 0;

    if (file)
        fclose(file);
    return len;
}

typedef enum kunci_rc read_document(const void *in, size_t in_len, unsigned char **der, size_t *len,
                                    struct kunci_err *err);
typedef enum kunci_rc describe_document(const unsigned char *der, size_t len,
                                        struct kunci_cert_info *out, struct kunci_err *err);

static enum kunci_rc use_document(const char *file, read_document *read,
                                  describe_document *describe, struct kunci_err *err)
{
    unsigned char in[8192], *der = NULL;
    struct kunci_cert_info info = {0};
    size_t in_len = corpus(file, in, sizeof in), len = 0;
    char *pem = NULL;
    enum kunci_rc rc;

    if ((rc = read(in, in_len, &der, &len, err)) == KUNCI_OK &&
        (rc = describe(der, len, &info, err)) == KUNCI_OK)
        rc = kunci_pem_write("CERTIFICATE", der, len, &pem, err);
    kunci_cert_info_clear(&info);
    free(der);
    free(pem);
    return rc;
}

static enum kunci_rc use_cert(struct kunci_err *err)
{
    return use_document("tests/fuzz/corpus/certificate/ed25519.pem", kunci_cert_read,
                        kunci_cert_describe, err);
}

static enum kunci_rc use_csr(struct kunci_err *err)
{
    return use_document("tests/fuzz/corpus/csr/ed25519.pem", kunci_csr_read, kunci_csr_describe,
                        err);
}

static enum kunci_rc use_lint(struct kunci_err *err)
{
    unsigned char in[8192];
    size_t in_len = corpus("tests/fuzz/corpus/lint/certificate", in, sizeof in);
    struct kunci_lint lint;
    enum kunci_rc rc =
        kunci_cert_lint(in + 1, in_len - 1, "pkcs11/x509/profiles/natural-person.yaml", &lint, err);

    kunci_lint_clear(&lint);
    return rc;
}

static enum kunci_rc use_issue(struct kunci_err *err)
{
    static const char *const fill[] = {"crl=http://c/", "ca_issuers=http://c/", "ocsp=http://c/",
                                       NULL};
    unsigned char in[8192];
    size_t in_len = corpus("tests/fuzz/corpus/lint/certificate", in, sizeof in);
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    struct profile profile = {.name = NULL};
    struct parts parts = {.len = 0};
    enum kunci_rc rc;

    if (!list)
        return err_no_memory(err);
    if (!parts_of_certificate(in + 1, in_len - 1, &parts))
        rc = err_openssl(err, "parts_of_certificate");
    else
        rc = profile_load("pkcs11/x509/profiles/natural-person.yaml", &profile, err);
    const struct issue what = {
        .profile = &profile, .spki = parts.spki, .spki_len = parts.spki_len, .fill = fill};
    const struct making making = {.issue = &what, .issuer = &parts, .to = list, .err = err};

    if (rc == KUNCI_OK)
        rc = issue_extensions(&making);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    profile_clear(&profile);
    parts_clear(&parts);
    return rc;
}

/* Nobody is trusted: all the rest is done. */
static enum kunci_rc judge_signature(const char *path, struct kunci_err *err)
{
    const struct kunci_trust_options options = {.offline = true,
                                                .revocation = KUNCI_REVOCATION_OFF};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct kunci_report *report = NULL;
    struct kunci_trust *trust = NULL;
    char *html = NULL;
    enum kunci_rc rc;

    if ((rc = kunci_trust_new(&options, &trust, err)) == KUNCI_OK &&
        (rc = kunci_verify_cms(trust, fd, -1, path, 1800000000, &report, err)) == KUNCI_OK)
        rc = kunci_report_html(&report, 1, &html, err);
    kunci_report_free(&report);
    kunci_trust_free(&trust);
    free(html);
    close(fd);
    return rc;
}

static enum kunci_rc use_signature(struct kunci_err *err)
{
    return judge_signature("tests/fuzz/corpus/cms/small", err);
}

static enum kunci_rc use_answers_within(struct kunci_err *err)
{
    return judge_signature("tests/fuzz/corpus/cms/ocsp", err);
}

static enum kunci_rc use_timestamp(struct kunci_err *err)
{
    unsigned char in[8192], *token = NULL;
    size_t len = corpus("tests/fuzz/corpus/timestamp/r-good", in, sizeof in), token_len = 0;
    const struct tsa_over over = {.bytes = "signature", .len = 9};
    struct tsa_token read = {0};
    enum kunci_rc rc;

    if ((rc = tsa_reply_read(in, len, &token, &token_len, err)) == KUNCI_OK &&
        (rc = tsa_token_read(token, token_len, &read, err)) == KUNCI_OK)
        rc = tsa_token_prove(&read, &over, err);
    tsa_token_clear(&read);
    free(token);
    return rc;
}

static struct desk *kept;

static void gone(void)
{
    desk_down(&kept);
}

/* Attached, then found signed. The signer in software does not bear failures of OpenSSL. */
static enum kunci_rc sign_file(struct kunci_err *err)
{
    struct kunci_sign_options options = {.attached = true, .force = true};
    enum kunci_signed how;
    enum kunci_rc rc;

    if (!kept) { /* before anything fails */
        kept = desk_up(KUNCI_KEY_ED25519, KUNCI_ED25519, NULL);
        desk_write(kept, "letter", 1000);
        atexit(gone);
    }
    rc = desk_sign(kept, &options, "letter", "letter.p7m", NULL, &how, err);
    options.resume = true;
    return rc == KUNCI_OK ? desk_sign(kept, &options, "letter", "letter.p7m", NULL, &how, err) : rc;
}

static enum kunci_rc use_report(struct kunci_err *err)
{
#define LINE(at, event, more)                                                                      \
    "{\"at\":" #at ",\"request\":\"r\",\"procedure\":\"p\",\"event\":\"" event "\"" more "}\n"
    static const char events[] = LINE(1, "arrived", ",\"step\":\"a\",\"planned\":9,\"role\":\"op\"")
        LINE(2, "rejected", ",\"step\":\"a\",\"reason\":\"x\",\"institution\":\"y\"")
            LINE(3, "arrived", ",\"step\":\"b\"") LINE(4, "done", ",\"step\":\"b\"")
                LINE(5, "closed", "") LINE(6, "arrived", ",\"step\":\"a\"");
#undef LINE
    static enum kunci_rc (*const forms[])(struct kunci_flow_report *, char **,
                                          struct kunci_err *) = {
        kunci_flow_report_text, kunci_flow_report_json, kunci_flow_report_csv,
        kunci_flow_report_html};
    const struct kunci_flow_report_options options = {.now = 2500};
    struct kunci_flow_report *report = NULL;
    enum kunci_rc rc;
    char *out;
    size_t i;

    if ((rc = kunci_flow_report_new(&options, &report, err)) == KUNCI_OK &&
        (rc = kunci_flow_report_add(report, "events", events, sizeof events - 1, err)) == KUNCI_OK)
        rc = kunci_flow_report_end(report, "events", err);
    rc = jansson_lacked(KUNCI_FLOW_EVENTS_INVALID, rc, err);
    for (i = 0; rc == KUNCI_OK && i < sizeof forms / sizeof *forms; i++)
        if ((rc = forms[i](report, &out, err)) == KUNCI_OK)
            free(out);
    kunci_flow_report_free(&report);
    return rc;
}

static enum kunci_rc use_identity(struct kunci_err *err)
{
    static const struct kunci_identity_field letter[] = {
        {"name", "H. Budi Santoso, S.Kom."}, {"nik", "3305"}, {"email", "budi@"}};
    static const struct kunci_identity_field card[] = {{"name", "BUDI"}, {"nik", "3306"}};
    struct kunci_identity *found = NULL;
    enum kunci_rc rc = kunci_identity_check(letter, 3, NULL, &found, err);

    kunci_identity_free(&found);
    if (rc == KUNCI_OK)
        rc = kunci_identity_compare(letter, 3, card, 2, &found, err);
    kunci_identity_free(&found);
    return rc;
}

static enum kunci_rc use_entry(struct kunci_err *err)
{
    const struct kunci_flow_entry entry = {
        .at = 1, .request = "r", .procedure = "p", .event = "done", .by = "budi"};
    char *line;
    enum kunci_rc rc = kunci_flow_entry_write(&entry, &line, err);

    if (rc == KUNCI_OK)
        free(line);
    return rc;
}

/* Two lines written and read again. */
static enum kunci_rc use_journal(struct kunci_err *err)
{
    static const char *const lines[] = {
        "{\"at\":\"2026\",\"flow\":\"0123456789abcdef0123456789abcdef\",\"event\":\"open\","
        "\"kind\":\"renewal\",\"old\":\"b2xk\"}",
        "{\"at\":\"2026\",\"flow\":\"0123456789abcdef0123456789abcdef\",\"event\":\"begin\","
        "\"arrow\":\"key\",\"label\":\"baru\"}",
    };
    struct records records = {.lines = 0};
    enum kunci_rc rc = KUNCI_OK;
    struct buf text = {0};
    bool unended;
    size_t i, sound;

    for (i = 0; i < 2; i++) {
        json_t *line = json_loads(lines[i], 0, NULL);

        if (line)
            record_line(&text, line);
        text.failed |= !line;
        json_decref(line);
    }
    rc = text.failed ? err_no_memory(err)
                     : records_read("j", text.data, text.len, &records, &sound, &unended, err);
    records_clear(&records);
    buf_clear(&text);
    return jansson_lacked(KUNCI_JOURNAL_DAMAGED, rc, err);
}

const struct scenario scenarios[] = {
    {"buffer", use_buf, false},
    {"YAML", use_yaml, false},
    {"settings", use_config, false},
    {"procedure", use_procedure, false},
    {"procedure checked", use_check, false},
    {"procedure shown", show_procedure, false},
    {"request put away", put_request_away, false},
    {"journal", use_journal, false},
    {"secret", use_secret, false},
    {"child process", use_proc, false},
    {"URI", use_uri, false},
    {"subject", use_name, false},
    {"certificate", use_cert, false},
    {"request", use_csr, false},
    {"rules", use_lint, false},
    {"issuing", use_issue, false},
    {"identity rules", use_identity, false},
    {"an event written", use_entry, false},
    {"events and their report", use_report, false},
    {"signature judged", use_signature, true},
    {"signature with OCSP answers judged", use_answers_within, true},
    {"timestamp", use_timestamp, false},
    {"listener", net_listen, false},
    {"answers of a listener", net_answer, false},
    {"a call to nobody", net_call, false},
    {"logging in", ams_log_in, false},
    {"token list", token_look_at, true},
    {"key list", token_list_keys, true},
    {"a request signed", token_sign, true},
    {"a file signed", sign_file, true},
    {"a file signed on a token", token_sign_file, true},
    {"key made", token_make_key, true},
    {"certificate list", token_list_certificates, true},
    {"certificate written", token_write_certificate, true},
    {"PIN changed", token_change_pin, true},
    {"OpenSSL key", token_give_evp, true},
    {"store", store_use_all, false},
    {"audit trail", store_audit, true},
    {"a certificate issued and revoked", token_issue, true},
    {"OCSP answers", token_tell_status, true},
    {"revocation lists", token_list_revoked, true},
    {NULL, NULL, false},
};
