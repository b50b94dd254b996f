#include "net/fetch.h"

#include "base/error.h"
#include "base/text.h"
#include "net/transfer.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { REDIRECTIONS = 5 };

/* The authorities of https are those of OpenSSL: its variable names others. */
static const char *authorities(void)
{
    const char *file = secure_getenv(X509_get_default_cert_file_env());

    return file && *file ? file : NULL;
}

/* It may be anywhere, as long as it is http: or https:. */
static bool set_places(const struct transfer *transfer)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return set(to, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           set(to, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK &&
           set(to, CURLOPT_MAXREDIRS, (long)REDIRECTIONS) == CURLE_OK &&
           set(to, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL) == CURLE_OK &&
           (!authorities() || set(to, CURLOPT_CAINFO, authorities()) == CURLE_OK);
}

static bool set_talk(struct transfer *transfer, const struct fetch *fetch)
{
    __typeof__(&curl_easy_setopt) set = transfer->curl->setopt;
    CURL *to = transfer->handle;

    return (!fetch->accept || transfer_header(transfer, "Accept", fetch->accept)) &&
           (!fetch->type ||
            (transfer_header(transfer, "Content-Type", fetch->type) &&
             transfer_header(transfer, "Expect", "") && /* nobody waits for a 100 */
             set(to, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body_len) == CURLE_OK &&
             set(to, CURLOPT_POSTFIELDS, fetch->body) == CURLE_OK)) &&
           transfer_set_headers(transfer);
}

/* Compared without parameters: "application/ocsp-response; charset=...". */
static bool is_type(const char *type, const char *wanted)
{
    size_t len = strlen(wanted);

    return type && strncasecmp(type, wanted, len) == 0 && strchr("; \t", type[len]);
}

static enum kunci_rc judge(const struct transfer *transfer, const struct fetch *fetch,
                           struct kunci_err *err)
{
    const char *type = NULL;
    long status = 0;

    transfer->curl->getinfo(transfer->handle, CURLINFO_RESPONSE_CODE, &status);
    transfer->curl->getinfo(transfer->handle, CURLINFO_CONTENT_TYPE, &type);
    if (status != 200)
        return err_setf(err, KUNCI_FETCH_FAILED, fetch->url, _("the server answered %ld"), status);
    if (fetch->accept && !is_type(type, fetch->accept))
        return err_set(err, KUNCI_FETCH_FAILED, fetch->url,
                       _("the answer is of another kind than was asked for"));
    return KUNCI_OK;
}

enum kunci_rc fetch_get(const struct fetch *fetch, struct buf *out, struct kunci_err *err)
{
    struct transfer transfer = {.body = out, .largest = fetch->largest};
    enum kunci_rc rc = curl_load(&transfer.curl, err);

    if (rc != KUNCI_OK)
        return rc;
    transfer.handle = transfer.curl->init();
    if (!transfer.handle || !transfer_set(&transfer, fetch->url, fetch->timeout_ms) ||
        !set_places(&transfer) || !set_talk(&transfer, fetch))
        rc = err_no_memory(err);
    else
        rc = transfer_perform(&transfer, fetch->url, err);
    if (rc == KUNCI_OK)
        rc = judge(&transfer, fetch, err);
    transfer_clear(&transfer);
    transfer.curl->cleanup(transfer.handle);
    if (rc != KUNCI_OK)
        buf_clear(out);
    return rc;
}
