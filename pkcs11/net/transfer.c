#include "net/transfer.h"

#include "base/error.h"
#include "base/text.h"

#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

enum { HEADERS = 64 << 10 };

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

/* Those of redirections count too, and their bodies do not. A head that is cut short
 * libcurl takes for a whole one. */
static size_t take_header(char *bytes, size_t one, size_t len, void *context)
{
    static const char chunked[] = "transfer-encoding: chunked";
    struct transfer *transfer = context;

    len *= one;
    if (len > 5 && memcmp(bytes, "HTTP/", 5) == 0)
        transfer->whole_head = transfer->chunked = false;
    transfer->whole_head |= len > 0 && (*bytes == '\r' || *bytes == '\n');
    transfer->chunked |=
        len >= sizeof chunked - 1 && strncasecmp(bytes, chunked, sizeof chunked - 1) == 0;
    transfer->header_bytes += len;
    transfer->endless = transfer->header_bytes > HEADERS;
    return transfer->endless ? 0 : len;
}

bool transfer_header(struct transfer *transfer, const char *name, const char *value)
{
    struct curl_slist *longer = NULL;
    struct buf line = {0};

    buf_printf(&line, "%s:%s%s", name, *value ? " " : "", value);
    if (!line.failed)
        longer = transfer->curl->append(transfer->headers, line.data);
    if (line.data)
        OPENSSL_cleanse(line.data, line.len);
    buf_clear(&line);
    if (longer)
        transfer->headers = longer;
    return longer;
}

bool transfer_set_headers(const struct transfer *transfer)
{
    return !transfer->headers || transfer->curl->setopt(transfer->handle, CURLOPT_HTTPHEADER,
                                                        transfer->headers) == CURLE_OK;
}

void transfer_clear(struct transfer *transfer)
{
    struct curl_slist *header;

    for (header = transfer->headers; header; header = header->next)
        OPENSSL_cleanse(header->data, strlen(header->data));
    transfer->curl->free_all(transfer->headers);
    transfer->headers = NULL;
}

/* Nothing of the person's own takes part: no proxy of the environment, no netrc, no
 * cookies, no password in the URL. */
static bool set_limits(const struct transfer *transfer, const char *url, unsigned timeout_ms)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return set(to, CURLOPT_URL, url) == CURLE_OK &&
           set(to, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set(to, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == CURLE_OK &&
           set(to, CURLOPT_PROXY, "") == CURLE_OK &&
           set(to, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
           set(to, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
           set(to, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)transfer->largest) == CURLE_OK &&
           set(to, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           set(to, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
}

bool transfer_set(struct transfer *transfer, const char *url, unsigned timeout_ms)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return set_limits(transfer, url, timeout_ms) &&
           set(to, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           set(to, CURLOPT_USERAGENT, "kunci/" KUNCI_VERSION) == CURLE_OK &&
           set(to, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           set(to, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           set(to, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           set(to, CURLOPT_HEADERDATA, transfer) == CURLE_OK;
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
        {CURLE_SSL_CONNECT_ERROR, N_("TLS with it did not come about")},
        {CURLE_PARTIAL_FILE, N_("the answer was cut short")},
        {CURLE_GOT_NOTHING, N_("there was no answer")},
        /* said of a line of more than 100 KiB too */
        {CURLE_OUT_OF_MEMORY, N_("a header is longer than it may be")},
        {CURLE_SEND_ERROR, N_("the connection broke")},
        {CURLE_RECV_ERROR, N_("the connection broke")},
        {CURLE_SEND_FAIL_REWIND, N_("the connection broke")},
    };
    size_t i;

    if (transfer->endless)
        return _("the answer has too many headers");
    for (i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].code == code)
            return _(troubles[i].sentence);
    return transfer->curl->strerror(code);
}

enum kunci_rc transfer_perform(struct transfer *transfer, const char *url, struct kunci_err *err)
{
    CURLcode code = transfer->curl->perform(transfer->handle);

    if (transfer->body->failed)
        return err_no_memory(err);
    if (transfer->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return err_set(err, KUNCI_FETCH_TOO_LARGE, url, NULL);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return err_set(err, KUNCI_FETCH_LATE, url, NULL);
    if (code != CURLE_OK)
        return err_set(err, KUNCI_FETCH_FAILED, url, trouble(transfer, code));
    if (!transfer->whole_head)
        return err_set(err, KUNCI_FETCH_FAILED, url, trouble(transfer, CURLE_PARTIAL_FILE));
    buf_add(transfer->body, "", 0); /* an empty one has its NUL too */
    return transfer->body->failed ? err_no_memory(err) : KUNCI_OK;
}
