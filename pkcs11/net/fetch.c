#include "net/fetch.h"

#include "base/error.h"
#include "base/text.h"
#include "net/curl.h"

#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REDIRECTIONS = 5, HEADERS = 64 << 10 };

/* What the callbacks share with fetch_get(). */
struct transfer {
    const struct curl *curl;
    CURL *handle;
    struct curl_slist *headers;
    struct buf *body;
    size_t largest, header_bytes;
    bool too_large, endless; /* why a callback ended it */
};

static size_t take_body(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;

    len *= one;
    if (len > transfer->largest - transfer->body->len) {
        transfer->too_large = true;
        return 0;
    }
    buf_add(transfer->body, bytes, len);
    return transfer->body->failed ? 0 : len;
}

/* Those of redirections count too, and their bodies do not. */
static size_t take_header(char *bytes, size_t one, size_t len, void *context)
{
    struct transfer *transfer = context;

    (void)bytes;
    len *= one;
    transfer->header_bytes += len;
    transfer->endless = transfer->header_bytes > HEADERS;
    return transfer->endless ? 0 : len;
}

/* The authorities of https are those of OpenSSL: its variable names others. */
static const char *authorities(void)
{
    const char *file = secure_getenv(X509_get_default_cert_file_env());

    return file && *file ? file : NULL;
}

static bool add_header(struct transfer *transfer, const char *name, const char *value)
{
    struct curl_slist *longer = NULL;
    struct buf line = {0};

    buf_printf(&line, "%s:%s%s", name, *value ? " " : "", value);
    if (!line.failed)
        longer = transfer->curl->append(transfer->headers, line.data);
    buf_clear(&line);
    if (longer)
        transfer->headers = longer;
    return longer;
}

/* Nothing of the person's own takes part: no proxy of the environment, no netrc, no
 * cookies, no password in the URL. */
static bool set_limits(const struct transfer *transfer, const struct fetch *fetch)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return set(to, CURLOPT_URL, fetch->url) == CURLE_OK &&
           set(to, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set(to, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set(to, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           set(to, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           set(to, CURLOPT_MAXREDIRS, (long)REDIRECTIONS) == CURLE_OK &&
           set(to, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL) == CURLE_OK &&
           set(to, CURLOPT_PROXY, "") == CURLE_OK &&
           set(to, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           set(to, CURLOPT_TIMEOUT_MS, (long)fetch->timeout_ms) == CURLE_OK &&
           set(to, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)fetch->largest) == CURLE_OK &&
           set(to, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           set(to, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (!authorities() || set(to, CURLOPT_CAINFO, authorities()) == CURLE_OK);
}

static bool set_talk(struct transfer *transfer, const struct fetch *fetch)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return set(to, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           set(to, CURLOPT_USERAGENT, "kunci/" KUNCI_VERSION) == CURLE_OK &&
           set(to, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           set(to, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           set(to, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           set(to, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           (!fetch->accept || add_header(transfer, "Accept", fetch->accept)) &&
           (!fetch->type ||
            (add_header(transfer, "Content-Type", fetch->type) &&
             add_header(transfer, "Expect", "") && /* nobody waits for a 100 */
             set(to, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body_len) == CURLE_OK &&
             set(to, CURLOPT_POSTFIELDS, fetch->body) == CURLE_OK)) &&
           (!transfer->headers || set(to, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK);
}

/* What people can do something about is said in their words, the rest in libcurl's. */
static const char *trouble(const struct transfer *transfer, CURLcode code)
{
    static const struct {
        CURLcode code;
        const char *sentence;
    } troubles[] = {
        {CURLE_URL_MALFORMAT, N_("the address is wrong")},
        {CURLE_UNSUPPORTED_PROTOCOL, N_("it is neither http nor https")},
        {CURLE_LOGIN_DENIED, N_("the address holds a name or a password")},
        {CURLE_COULDNT_RESOLVE_HOST, N_("its host is not known")},
        {CURLE_COULDNT_CONNECT, N_("nobody listens there")},
        {CURLE_TOO_MANY_REDIRECTS, N_("it was sent from place to place too often")},
        {CURLE_PEER_FAILED_VERIFICATION, N_("its TLS certificate is not to be trusted")},
        {CURLE_PARTIAL_FILE, N_("the answer was cut short")},
        {CURLE_GOT_NOTHING, N_("there was no answer")},
        /* said of a line of more than 100 KiB too */
        {CURLE_OUT_OF_MEMORY, N_("a header is longer than it may be")},
        {CURLE_RECV_ERROR, N_("the connection broke")},
    };
    size_t i;

    if (transfer->endless)
        return _("the answer has too many headers");
    for (i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].code == code)
            return _(troubles[i].sentence);
    return transfer->curl->strerror(code);
}

/* Compared without parameters: "application/ocsp-response; charset=...". */
static bool is_type(const char *type, const char *wanted)
{
    size_t len = strlen(wanted);

    return type && strncasecmp(type, wanted, len) == 0 && strchr("; \t", type[len]);
}

static enum kunci_rc judge(const struct transfer *transfer, const struct fetch *fetch,
                           CURLcode code, struct kunci_err *err)
{
    const char *type = NULL;
    long status = 0;

    if (transfer->body->failed)
        return err_no_memory(err);
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return err_set(err, KUNCI_FETCH_TOO_LARGE, fetch->url, NULL);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(err, KUNCI_FETCH_LATE, fetch->url, NULL);
    if (code != CURLE_OK)
        return err_set(err, KUNCI_FETCH_FAILED, fetch->url, trouble(transfer, code));
    transfer->curl->getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    transfer->curl->getinfo(transfer->handle, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200)
        return err_setf(err, KUNCI_FETCH_FAILED, fetch->url, _("the server answered %ld"), status);
    if (fetch->accept && !is_type(type, fetch->accept))
        return err_set(err, KUNCI_FETCH_FAILED, fetch->url,
                       _("the answer is of another kind than was asked for"));
    buf_add(transfer->body, "", 0); /* an empty one has its NUL too */
    return transfer->body->failed ? err_no_memory(err) : KUNCI_OK;
}

enum kunci_rc fetch_get(const struct fetch *fetch, struct buf *out, struct kunci_err *err)
{
    struct transfer transfer = {.body = out, .largest = fetch->largest};
    enum kunci_rc rc = curl_load(&transfer.curl, err);

    if (rc != KUNCI_OK)
        return rc;
    transfer.handle = transfer.curl->init();
    if (!transfer.handle || !set_limits(&transfer, fetch) || !set_talk(&transfer, fetch))
        rc = err_no_memory(err);
    else
        rc = judge(&transfer, fetch, transfer.curl->perform(transfer.handle), err);
    transfer.curl->free_all(transfer.headers);
    transfer.curl->cleanup(transfer.handle);
    if (rc != KUNCI_OK)
        buf_clear(out);
    return rc;
}
