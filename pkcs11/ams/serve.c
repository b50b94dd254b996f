#include "ams/serve_inside.h"

#include "audit/ledger.h"
#include "base/error.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GRACE_MS = 5000, OPENAPI_MAX = 1 << 20 };

/* ---- what handlers need of it ---- */

static void note_changed(void *context, const char *serial, bool issued)
{
    if (!issued) /* what is new nobody was told anything else of */
        call_changed(context, serial);
}

struct requests_desk serve_desk(struct call *call, struct store *store)
{
    return (struct requests_desk){.store = store,
                                  .ca = call->serve->ca,
                                  .book = call->serve->book,
                                  .settings = call->serve->settings,
                                  .now = call->now,
                                  .sound_csr = call->csr_sound ? call->csr_hash : NULL,
                                  .changed = note_changed,
                                  .context = call};
}

/* ---- answers made once ---- */

static enum kunci_rc make_constant(const char *type, const void *bytes, size_t len,
                                   struct listen_constant **out, struct kunci_err *err)
{
    const struct listen_answer answer = {
        .status = 200, .type = type, .bytes = bytes, .len = len, .cache = "max-age=3600"};

    return listen_constant_new(&answer, out, err);
}

/* Its description is a help, and no more: without it all else works. */
static enum kunci_rc load_openapi(struct serve *serve, struct kunci_err *err)
{
    char path[PATH_MAX], *bytes = malloc(OPENAPI_MAX);
    enum kunci_rc rc = KUNCI_OK;
    FILE *file = NULL;
    size_t len;

    if (!bytes)
        return err_no_memory(err);
    if (kunci_share_path("openapi.yaml", path, sizeof path) && (file = fopen(path, "re"))) {
        len = fread(bytes, 1, OPENAPI_MAX, file);
        rc = make_constant("application/yaml", bytes, len, &serve->openapi, err);
        fclose(file);
    }
    free(bytes);
    return rc;
}

static enum kunci_rc make_constants(struct serve *serve, struct kunci_err *err)
{
    static const enum ca_part parts[] = {CA_ROOT, CA_ISSUING};
    enum kunci_rc rc = load_openapi(serve, err);
    size_t i;

    for (i = 0; i < 2 && rc == KUNCI_OK; i++) {
        size_t len;
        const unsigned char *der = ca_certificate(serve->ca, parts[i], &len);

        rc = make_constant("application/pkix-cert", der, len, &serve->certificates[i], err);
    }
    return rc;
}

/* ---- begun ---- */

/* "ams.db" has its revocation lists in "ams.db.crl/". */
static enum kunci_rc make_folder(struct serve *serve, struct kunci_err *err)
{
    int len = snprintf(serve->folder, sizeof serve->folder, "%s.crl", serve->settings->store);

    if (len < 0 || (size_t)len >= sizeof serve->folder)
        return err_system(err, KUNCI_FILE_WRITE, serve->settings->store, ENAMETOOLONG);
    if (mkdir(serve->folder, 0755) != 0 && errno != EEXIST)
        return err_system(err, KUNCI_FILE_WRITE, serve->folder, errno);
    return KUNCI_OK;
}

static enum kunci_rc open_authority(struct serve *serve, struct kunci_err *err)
{
    struct store *store = NULL;
    enum kunci_rc rc = store_open(serve->settings->store, STORE_WRITE, &store, err);

    if (rc == KUNCI_OK)
        rc = store_check(store, err);
    if (rc == KUNCI_OK)
        rc = ca_open(store, serve->token, serve->settings->public_url, &serve->ca, err);
    store_close(&store);
    if (rc == KUNCI_OK)
        rc = ocspd_new(serve->ca, &serve->ocspd, err);
    return rc;
}

static enum kunci_rc open_rooms(struct serve *serve, struct kunci_err *err)
{
    enum kunci_rc rc = make_folder(serve, err);

    if (rc == KUNCI_OK)
        rc = open_authority(serve, err);
    if (rc == KUNCI_OK)
        rc = make_constants(serve, err);
    if (rc == KUNCI_OK)
        rc = sessions_new(&clock_system, &serve->sessions, err);
    if (rc == KUNCI_OK)
        rc = challenges_new(&clock_system, &serve->challenges, err);
    if (rc == KUNCI_OK)
        rc = throttle_new(&clock_system, &serve->throttle, err);
    if (rc == KUNCI_OK)
        rc = listen_tls_new(&serve->tls, err);
    return rc == KUNCI_OK ? workers_start(serve->settings->store, &serve->workers, err) : rc;
}

static enum kunci_rc note_act(void *context, struct store *store, struct kunci_err *err)
{
    const void *const *what = context;
    const struct serve *serve = what[0];
    const struct audit_act act = {.node = serve->settings->node,
                                  .at = clock_system.now(clock_system.context),
                                  .event = what[1]};

    return audit_add(store, &act, err);
}

static enum kunci_rc note(struct serve *serve, const char *event, struct kunci_err *err)
{
    const void *what[] = {serve, event};

    return workers_do(serve->workers, WORK_WRITE, note_act, what, err);
}

static enum kunci_rc listen_on(struct serve *serve, int i, struct kunci_err *err)
{
    struct listen_options options = {.address =
                                         i == 0 ? serve->settings->listen : serve->settings->public,
                                     .tls = i == 0 ? serve->tls : NULL};

    serve->ports[i] = (struct port){serve, i == 1};
    options.handler = call_handler(&serve->ports[i]);
    return listen_start(&options, &serve->listeners[i], err);
}

enum kunci_rc serve_start(const struct serve_options *options, struct serve **out,
                          struct kunci_err *err)
{
    struct serve *serve = calloc(1, sizeof *serve);
    enum kunci_rc rc;

    *out = serve;
    if (!serve)
        return err_no_memory(err);
    serve->config = options->config;
    serve->settings = &options->config->ams;
    serve->token = options->token;
    serve->book = options->book;
    pthread_mutex_init(&serve->health.lock, NULL);
    atomic_store(&serve->crl_dirty, true); /* a change may have been the last that was done */
    rc = open_rooms(serve, err);
    if (rc == KUNCI_OK)
        rc = note(serve, "authority.started", err);
    if (rc == KUNCI_OK)
        rc = keeper_start(serve, err);
    if (rc == KUNCI_OK)
        rc = listen_on(serve, 0, err);
    if (rc == KUNCI_OK)
        rc = listen_on(serve, 1, err);
    if (rc != KUNCI_OK)
        serve_stop(out);
    else
        log_event("ams.ready", "listen", serve_address(serve), "public",
                  serve_public_address(serve), NULL);
    return rc;
}

const char *serve_address(const struct serve *serve)
{
    return listen_address(serve->listeners[0]);
}

const char *serve_public_address(const struct serve *serve)
{
    return listen_address(serve->listeners[1]);
}

/* ---- and ended ---- */

void serve_stop(struct serve **serve)
{
    struct kunci_err unsaid = KUNCI_ERR_INIT;
    struct serve *gone = *serve;
    int i;

    if (!gone)
        return;
    for (i = 0; i < 2; i++)
        if (gone->listeners[i])
            listen_stop(&gone->listeners[i], GRACE_MS);
    if (gone->keeper && note(gone, "authority.stopped", &unsaid) != KUNCI_OK)
        log_event("ams.unsaid", "error", kunci_err_name(unsaid.rc), NULL);
    keeper_stop(gone);
    workers_stop(&gone->workers);
    for (i = 0; i < 2; i++)
        listen_constant_drop(&gone->certificates[i]);
    listen_constant_drop(&gone->openapi);
    listen_tls_free(&gone->tls);
    throttle_free(&gone->throttle);
    challenges_free(&gone->challenges);
    sessions_free(&gone->sessions);
    ocspd_free(&gone->ocspd);
    ca_close(&gone->ca);
    pthread_mutex_destroy(&gone->health.lock);
    free(gone);
    *serve = NULL;
    log_event("ams.stopped", NULL);
}
