#include "net/listen_inside.h"

#include "base/error.h"
#include "base/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_headers(struct MHD_Response *response, const struct listen_answer *answer, bool tls)
{
    size_t i;

    for (i = 0; i < LISTEN_HEADERS && answer->headers[i].name; i++)
        if (!add(response, answer->headers[i].name, answer->headers[i].value))
            return false;
    return add(response, MHD_HTTP_HEADER_CACHE_CONTROL,
               answer->cache ? answer->cache : "no-store") &&
           add(response, "X-Content-Type-Options", "nosniff") &&
           (!answer->type || add(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type)) &&
           (!tls || add(response, "Strict-Transport-Security", "max-age=31536000"));
}

static struct MHD_Response *of_file(int fd, uint64_t *len)
{
    struct MHD_Response *response = NULL;
    struct stat stat;

    if (fstat(fd, &stat) == 0) {
        *len = (uint64_t)stat.st_size;
        response = MHD_create_response_from_fd64(*len, fd);
    }
    if (!response)
        close(fd);
    return response;
}

static struct MHD_Response *of_buf(struct buf *body, uint64_t *len)
{
    struct MHD_Response *response = NULL;

    if (!body->failed) {
        *len = body->len;
        response = MHD_create_response_from_buffer_with_free_callback(body->len, body->data, free);
    }
    if (response)
        *body = (struct buf){0};
    buf_clear(body);
    return response;
}

static struct MHD_Response *of_bytes(const void *bytes, size_t len)
{
    return MHD_create_response_from_buffer(len, (void *)(uintptr_t)bytes, MHD_RESPMEM_MUST_COPY);
}

struct listen_constant *listen_made(const struct listen_answer *answer, bool tls)
{
    struct listen_constant *made;
    struct MHD_Response *response;
    uint64_t len = answer->len;

    response = answer->body     ? of_buf(answer->body, &len)
               : answer->fd > 0 ? of_file(answer->fd, &len)
                                : of_bytes(answer->bytes, answer->len);
    if (!response)
        return NULL;
    made = add_headers(response, answer, tls) ? malloc(sizeof *made) : NULL;
    if (!made) {
        MHD_destroy_response(response);
        return NULL;
    }
    made->status = answer->status;
    made->len = len;
    made->response = response;
    atomic_init(&made->refs, 1);
    return made;
}

enum kunci_rc listen_constant_new(const struct listen_answer *answer, struct listen_constant **out,
                                  struct kunci_err *err)
{
    *out = listen_made(answer, false);
    return *out ? KUNCI_OK : err_no_memory(err);
}

void listen_constant_drop(struct listen_constant **constant)
{
    struct listen_constant *it = *constant;

    *constant = NULL;
    if (!it || atomic_fetch_sub(&it->refs, 1) != 1)
        return;
    MHD_destroy_response(it->response);
    free(it);
}

static bool write_json(const json_t *json, struct buf *body)
{
    char *text = json_write(json, JSON_COMPACT);

    if (!text)
        return false;
    buf_text(body, text);
    buf_text(body, "\n");
    free(text);
    return !body->failed;
}

struct listen_constant *listen_refusal(unsigned status, enum kunci_rc rc, const char *about,
                                       const char *detail)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char sentence[512], next[512];
    struct buf body = {0};
    struct listen_answer answer = {.status = status, .type = "application/json", .body = &body};
    struct listen_constant *made = NULL;
    json_t *json;

    rc = err_set(&err, rc, about, detail);
    json = json_pack("{s:{s:s,s:s,s:s,s:s,s:s}}", "error", "name", kunci_err_name(rc), "about",
                     err.about, "detail", err.detail, "message",
                     kunci_err_sentence(&err, sentence, sizeof sentence), "next",
                     kunci_err_next(&err, next, sizeof next));
    if (rc == KUNCI_TOO_MANY)
        answer.headers[0] = (struct listen_header){MHD_HTTP_HEADER_RETRY_AFTER, detail};
    if (json && write_json(json, &body))
        made = listen_made(&answer, false);
    json_decref(json);
    buf_clear(&body);
    return made;
}
