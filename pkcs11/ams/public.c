/* What anybody may ask: OCSP, revocation lists, the authority's certificates, its health. */
#include "ams/body.h"
#include "ams/handlers.h"
#include "ams/serve_inside.h"
#include "base/base64.h"
#include "base/error.h"
#include "trust/moment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- OCSP ---- */

static enum kunci_rc answer_ocsp(struct call *call, struct store *store,
                                 const unsigned char *request, size_t len, struct kunci_err *err)
{
    struct ocspd *ocspd = call->serve->ocspd;

    if (store)
        return ocspd_sign(ocspd, store, request, len, call->now, &call->ocsp, err);
    call->ocsp = ocspd_find(ocspd, request, len, call->now);
    call->again = call->ocsp == NULL;
    return KUNCI_OK;
}

enum kunci_rc handle_ocsp(struct call *call, struct store *store, struct kunci_err *err)
{
    const struct listen_request *request = &call->request;
    unsigned char bytes[OCSPD_REQUEST_MAX];
    enum kunci_rc rc;
    size_t len;

    if (call->found.rest && !ocspd_path_read(call->found.rest, bytes, &len))
        call->ocsp = ocspd_refusal(OCSPD_MALFORMED);
    if (call->ocsp)
        return KUNCI_OK;
    if (call->found.rest)
        rc = answer_ocsp(call, store, bytes, len, err);
    else
        rc = answer_ocsp(call, store, (const unsigned char *)request->body, request->body_len, err);
    if (rc == KUNCI_OK)
        return KUNCI_OK;
    /* Who asks by OCSP understands OCSP. The token may come back. */
    *err = (struct kunci_err)KUNCI_ERR_INIT;
    call->ocsp = ocspd_refusal(OCSPD_TRY_LATER);
    return KUNCI_OK;
}

/* ---- files ---- */

enum kunci_rc handle_crl(struct call *call, struct store *store, struct kunci_err *err)
{
    char path[PATH_MAX + 32];
    int list;

    (void)store;
    for (list = 0; list < CRLD_LISTS; list++)
        if (strcmp(call->found.part[0], crld_file((enum crld_list)list)) == 0)
            break;
    if (list == CRLD_LISTS)
        return err_set(err, KUNCI_CALL_UNKNOWN, call->request.path, NULL);
    snprintf(path, sizeof path, "%s/%s", call->serve->folder, crld_file((enum crld_list)list));
    call->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (call->fd < 0) {
        call->fd = 0;
        return err_system(err, KUNCI_FILE_READ, path, errno);
    }
    call->type = "application/pkix-crl";
    return KUNCI_OK;
}

enum kunci_rc handle_ca(struct call *call, struct store *store, struct kunci_err *err)
{
    static const char *const names[] = {[CA_ROOT] = "root.cer", [CA_ISSUING] = "issuing.cer"};
    size_t i;

    (void)store;
    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(call->found.part[0], names[i]) == 0) {
            call->constant = call->serve->certificates[i];
            return KUNCI_OK;
        }
    return err_set(err, KUNCI_CALL_UNKNOWN, call->request.path, NULL);
}

enum kunci_rc handle_openapi(struct call *call, struct store *store, struct kunci_err *err)
{
    (void)store;
    if (!call->serve->openapi)
        return err_set(err, KUNCI_CALL_UNKNOWN, call->request.path, NULL);
    call->constant = call->serve->openapi;
    return KUNCI_OK;
}

/* ---- what it is ---- */

enum kunci_rc handle_health(struct call *call, struct store *store, struct kunci_err *err)
{
    struct health *health = &call->serve->health;
    bool well;

    (void)store;
    pthread_mutex_lock(&health->lock);
    well = strcmp(health->store, "ok") == 0 && strcmp(health->token, "ok") == 0 &&
           strcmp(health->crl, "ok") == 0 && strcmp(health->clock, "ok") == 0;
    call->json = json_pack("{s:s, s:s, s:s, s:s}", "store", health->store, "token", health->token,
                           "crl", health->crl, "clock", health->clock);
    pthread_mutex_unlock(&health->lock);
    call->status = well ? 200 : 503;
    return call->json ? KUNCI_OK : err_no_memory(err);
}

static json_t *certificate_text(const struct ca *ca, enum ca_part part)
{
    struct buf text = {0};
    json_t *out = NULL;
    size_t len;
    const unsigned char *der = ca_certificate(ca, part, &len);

    base64_add(&text, der, len);
    if (!text.failed)
        out = json_stringn(text.data, text.len);
    buf_clear(&text);
    return out;
}

enum kunci_rc handle_authority(struct call *call, struct store *store, struct kunci_err *err)
{
    struct requests_desk desk = serve_desk(call, store);
    const struct ca *ca = call->serve->ca;
    char now[MOMENT_TEXT];
    json_t *rules = NULL;
    enum kunci_rc rc = requests_rules(&desk, &rules, err);

    if (rc != KUNCI_OK)
        return rc;
    call->json =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:I, s:o}", "name", ca_name(ca), "url",
                  call->serve->settings->url, "time", moment_print(call->now, now), "root",
                  certificate_text(ca, CA_ROOT), "issuing", certificate_text(ca, CA_ISSUING),
                  "renewal_days", (json_int_t)call->serve->settings->renewal_days, "rules", rules);
    return call->json ? KUNCI_OK : err_no_memory(err);
}
