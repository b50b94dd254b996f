#include "net/client.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "net/transfer.h"

#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, TIMEOUT_MS = 60000, LARGEST = 16 << 20 };

struct client {
    const struct curl *curl;
    CURL *handle;
    char *url, *ca_file;
    unsigned connect_ms, timeout_ms;
    size_t largest;
};

/* A call's body as libcurl takes it. It cannot be taken twice: libcurl would send it again
 * by itself where a connection that was kept turns out to be dead, and nobody knows then
 * whether it was acted on. */
struct sending {
    const char *bytes;
    size_t len;
};

static size_t give_body(char *to, size_t one, size_t count, void *context)
{
    struct sending *sending = context;
    size_t len = one * count < sending->len ? one * count : sending->len;

    memcpy(to, sending->bytes, len);
    sending->bytes += len;
    sending->len -= len;
    return len;
}

/* The time at which the server's certificate is judged is that of the clock that everything
 * else goes by. */
static CURLcode set_time(CURL *handle, void *ssl, void *context)
{
    const struct client *client = context;

    (void)handle;
    X509_VERIFY_PARAM_set_time(client->curl->ssl_param(ssl), (time_t)clock_system.now(NULL));
    return CURLE_OK;
}

static bool set_server(const struct client *client)
{
    __typeof__(&curl_easy_setopt) set = client->curl->setopt;
    CURL *to = client->handle;

    return set(to, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           set(to, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           set(to, CURLOPT_CAINFO, client->ca_file) == CURLE_OK &&
           set(to, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           set(to, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           set(to, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           set(to, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK && /* each is judged anew */
           set(to, CURLOPT_SSL_CTX_FUNCTION, set_time) == CURLE_OK &&
           set(to, CURLOPT_SSL_CTX_DATA, client) == CURLE_OK &&
           set(to, CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_ms) == CURLE_OK;
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0 && url[8] && !strpbrk(url, "?# \t\r\n");
}

static enum kunci_rc check(const struct client_options *options, struct kunci_err *err)
{
    if (!is_https(options->url))
        return err_set(err, KUNCI_FETCH_FAILED, options->url,
                       _("an authority is spoken to over https:// alone"));
    if (access(options->ca_file, R_OK) != 0)
        return err_set(err, KUNCI_FETCH_FAILED, options->url,
                       _("the file of its root certificate cannot be read"));
    return KUNCI_OK;
}

static enum kunci_rc open_curl(struct client *client, struct kunci_err *err)
{
    if (curl_load(&client->curl, err) != KUNCI_OK)
        return err->rc;
    if (!client->curl->ssl_param)
        return err_set(err, KUNCI_FETCH_LIBRARY, "libcurl4", _("it was built without OpenSSL"));
    client->handle = client->curl->init();
    return client->handle ? KUNCI_OK : err_no_memory(err);
}

enum kunci_rc client_new(const struct client_options *options, struct client **out,
                         struct kunci_err *err)
{
    struct client *client = NULL;
    enum kunci_rc rc = check(options, err);
    size_t len;

    *out = NULL;
    if (rc != KUNCI_OK)
        return rc;
    client = calloc(1, sizeof *client);
    if (!client)
        return err_no_memory(err);
    client->connect_ms = options->connect_ms ? options->connect_ms : CONNECT_MS;
    client->timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS;
    client->largest = options->largest ? options->largest : LARGEST;
    client->url = strdup(options->url);
    client->ca_file = strdup(options->ca_file);
    rc = client->url && client->ca_file ? open_curl(client, err) : err_no_memory(err);
    if (rc != KUNCI_OK) {
        client_free(&client);
        return rc;
    }
    for (len = strlen(client->url); len && client->url[len - 1] == '/'; len--)
        client->url[len - 1] = '\0';
    *out = client;
    return KUNCI_OK;
}

void client_free(struct client **client)
{
    struct client *it = *client;

    if (!it)
        return;
    if (it->handle)
        it->curl->cleanup(it->handle);
    free(it->url);
    free(it->ca_file);
    free(it);
    *client = NULL;
}

/* ---- a call ---- */

static bool add_bearer(struct transfer *transfer, const struct kunci_secret *bearer)
{
    char value[sizeof "Bearer " + KUNCI_SECRET_MAX];
    size_t len = kunci_secret_len(bearer);
    bool added;

    memcpy(value, "Bearer ", 7);
    memcpy(value + 7, secret_view(bearer), len);
    value[7 + len] = '\0';
    added = transfer_header(transfer, "Authorization", value);
    OPENSSL_cleanse(value, sizeof value);
    return added;
}

static bool set_body(struct transfer *transfer, const struct client_request *request,
                     struct sending *sending)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;
    bool gets = strcmp(request->method, "GET") == 0;

    if (!request->type)
        return set(to, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
               (gets || (set(to, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK &&
                         (strcmp(request->method, "DELETE") == 0 ||
                          transfer_header(transfer, "Content-Length", "0"))));
    *sending = (struct sending){request->body, request->body_len};
    return transfer_header(transfer, "Content-Type", request->type) &&
           transfer_header(transfer, "Expect", "") && /* nobody waits for a 100 */
           set(to, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           set(to, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK &&
           set(to, CURLOPT_READFUNCTION, give_body) == CURLE_OK &&
           set(to, CURLOPT_READDATA, sending) == CURLE_OK &&
           set(to, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_len) == CURLE_OK;
}

static bool set_headers(struct transfer *transfer, const struct client_request *request)
{
    return (!request->bearer || add_bearer(transfer, request->bearer)) &&
           (!request->accept || transfer_header(transfer, "Accept", request->accept)) &&
           (!request->language || transfer_header(transfer, "Accept-Language", request->language));
}

/* An answer whose end nothing tells may have been cut anywhere. */
static bool has_end(const struct transfer *transfer, unsigned status)
{
    curl_off_t length = -1;

    transfer->curl->getinfo(transfer->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length >= 0 || transfer->chunked || status == 204 || status == 304;
}

static enum kunci_rc look_at(const struct transfer *transfer, const char *url,
                             struct client_answer *answer, struct kunci_err *err)
{
    const char *type = NULL;
    curl_off_t after = 0;
    long status = 0;

    transfer->curl->getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    transfer->curl->getinfo(transfer->handle, CURLINFO_CONTENT_TYPE, &type);
    transfer->curl->getinfo(transfer->handle, CURLINFO_RETRY_AFTER, &after);
    if (!has_end(transfer, (unsigned)status))
        return err_set(err, KUNCI_FETCH_FAILED, url, _("the answer does not say where it ends"));
    answer->status = (unsigned)status;
    text_printable(answer->type, sizeof answer->type, type ? type : "", type ? strlen(type) : 0);
    if (after > 0)
        answer->retry_after = after < 86400 ? (long)after : 86400;
    return KUNCI_OK;
}

/* libcurl keeps a copy of each header until the next call, the bearer's too. */
static enum kunci_rc perform(struct client *client, const struct client_request *request,
                             const char *url, struct client_answer *answer, struct kunci_err *err)
{
    const struct curl *curl = client->curl;
    struct transfer transfer = {
        .curl = curl, .handle = client->handle, .body = &answer->body, .largest = client->largest};
    struct sending sending = {0};
    enum kunci_rc rc;
    long sent = 0;

    curl->reset(client->handle);
    if (!transfer_set(&transfer, url, client->timeout_ms) || !set_server(client) ||
        !set_headers(&transfer, request) || !set_body(&transfer, request, &sending) ||
        !transfer_set_headers(&transfer)) {
        rc = err_no_memory(err);
    } else {
        rc = transfer_perform(&transfer, url, err);
        curl->getinfo(client->handle, CURLINFO_REQUEST_SIZE, &sent);
        answer->sent = sent > 0;
        if (rc == KUNCI_OK)
            rc = look_at(&transfer, url, answer, err);
    }
    curl->reset(client->handle); /* what it pointed to ends here; the connection stays */
    transfer_clear(&transfer);
    return rc;
}

enum kunci_rc client_call(struct client *client, const struct client_request *request,
                          struct client_answer *answer, struct kunci_err *err)
{
    struct buf url = {0};
    enum kunci_rc rc;

    *answer = (struct client_answer){.retry_after = -1};
    buf_text(&url, client->url);
    buf_text(&url, request->path);
    rc = url.failed ? err_no_memory(err) : perform(client, request, url.data, answer, err);
    if (rc != KUNCI_OK)
        buf_clear(&answer->body);
    buf_clear(&url);
    return rc;
}
