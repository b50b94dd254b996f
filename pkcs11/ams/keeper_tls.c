/* The certificate that the server shows: for a key in memory, issued by its own authority,
 * renewed by itself. */
#include "ams/keeper.h"

#include "base/error.h"
#include "base/log.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RENEW_AT_LEFT = 10 * 24 * 60 * 60, TLS_AGAIN_MS = 2000 };

struct certifying {
    struct serve *serve;
    char name[300];
    int64_t now;
    struct ca_issued issued;
};

/* "ip:127.0.0.1" or "dns:ams.contoh.go.id" out of "https://NAME:8443/". */
static bool name_of(const char *url, char *to, size_t size)
{
    const char *host = strstr(url, "://"), *end;
    unsigned char address[16];
    char text[256];

    if (!host)
        return false;
    host += 3;
    end = *host == '[' ? strchr(host, ']') : host + strcspn(host, ":/");
    if (!end)
        return false;
    host += *host == '[';
    if (end == host || (size_t)(end - host) >= sizeof text)
        return false;
    snprintf(text, sizeof text, "%.*s", (int)(end - host), host);
    snprintf(to, size, "%s:%s",
             inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1
                 ? "ip"
                 : "dns",
             text);
    return true;
}

static enum kunci_rc issue(void *context, struct store *store, struct kunci_err *err)
{
    struct certifying *this = context;
    const char *const names[] = {this->name, NULL};
    struct kunci_blob spki = listen_tls_spki(this->serve->tls);

    return ca_issue_server(this->serve->ca, store, spki.data, spki.len, names, this->now,
                           &this->issued, err);
}

enum kunci_rc keeper_certify(struct serve *serve, struct kunci_err *err)
{
    struct certifying this = {.serve = serve, .now = serve->keeper->now};
    struct kunci_blob chain[2];
    struct ca_row row = {.account = 0};
    enum kunci_rc rc;

    if (!name_of(serve->settings->url, this.name, sizeof this.name))
        return err_set(err, KUNCI_CONFIG_INVALID, serve->settings->url,
                       "https://ams.contoh.go.id:8443");
    rc = workers_do(serve->workers, WORK_WRITE, issue, &this, err);
    if (rc == KUNCI_OK) {
        chain[0] = (struct kunci_blob){this.issued.der, this.issued.len};
        chain[1].data = ca_certificate(serve->ca, CA_ISSUING, &chain[1].len);
        rc = listen_tls_chain(serve->tls, chain, 2, err);
    }
    if (rc == KUNCI_OK)
        rc = ca_find(serve->keeper->store, this.issued.serial, &row, err);
    if (rc == KUNCI_OK) {
        serve->keeper->tls_until = row.not_after;
        log_event("tls.certificate", "serial", this.issued.serial, NULL);
    }
    ca_row_clear(&row);
    free(this.issued.der);
    return rc;
}

void duty_certificate(struct keeper *keeper)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    if (keeper->tls_until - keeper->now > RENEW_AT_LEFT || keeper->steady_ms < keeper->tls_wait_ms)
        return;
    if (keeper_certify(keeper->serve, &err) == KUNCI_OK)
        return;
    keeper->tls_wait_ms = keeper->steady_ms + TLS_AGAIN_MS;
    log_event("tls.failed", "error", kunci_err_name(err.rc), "detail", err.detail, NULL);
}
