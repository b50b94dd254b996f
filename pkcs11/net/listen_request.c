/* What a request says, copied out of libmicrohttpd's memory and looked at. */
#include "net/listen_inside.h"

#include "base/text.h"
#include "net/listen_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What may stand there once. */
static const struct {
    const char *name;
    size_t offset; /* of the member of struct listen_request; 0: it is not kept */
} known[] = {
    {"Authorization", offsetof(struct listen_request, authorization)},
    {"Accept", offsetof(struct listen_request, accept)},
    {"Accept-Language", offsetof(struct listen_request, accept_language)},
    {"Content-Type", offsetof(struct listen_request, content_type)},
    {"Content-Length", 0},
    {"Transfer-Encoding", 0},
    {"Host", 0},
};
enum { KNOWN = sizeof known / sizeof *known, LENGTH = 4, ENCODING = 5 };

struct found {
    const char *headers[KNOWN];
    bool twice;
    size_t queries, room; /* of all texts that are kept */
    struct listen_header query[LISTEN_QUERIES];
};

static enum MHD_Result find_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    struct found *found = context;
    size_t i;

    (void)kind;
    for (i = 0; i < KNOWN; i++) {
        if (strcasecmp(name, known[i].name) != 0)
            continue;
        /* A list that may stand in several lines. */
        found->twice |= found->headers[i] && known[i].offset != known[1].offset &&
                        known[i].offset != known[2].offset;
        found->headers[i] = value ? value : "";
        if (known[i].offset)
            found->room += strlen(found->headers[i]) + 1;
    }
    return MHD_YES;
}

static enum MHD_Result find_query(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct found *found = context;
    size_t i;

    (void)kind;
    for (i = 0; i < found->queries; i++)
        found->twice |= strcmp(found->query[i].name, name) == 0;
    if (found->queries == LISTEN_QUERIES) {
        found->twice = true;
        return MHD_NO;
    }
    found->query[found->queries++] = (struct listen_header){name, value ? value : ""};
    found->room += strlen(name) + strlen(value ? value : "") + 2;
    return MHD_YES;
}

static char *keep(char **to, const char *text)
{
    size_t size = strlen(text) + 1;
    char *kept = memcpy(*to, text, size);

    *to += size;
    return kept;
}

/* False where an escape is none. */
static bool copy(struct exchange *exchange, const struct found *found, const char *url,
                 const char *method)
{
    char *to = exchange->text, *path, *name, *value;
    size_t i;

    exchange->request.method = keep(&to, method);
    exchange->request.path = path = keep(&to, url);
    for (i = 0; i < KNOWN; i++)
        if (known[i].offset && found->headers[i]) {
            const char *kept = keep(&to, found->headers[i]);

            memcpy((char *)&exchange->request + known[i].offset, &kept, sizeof kept);
        }
    exchange->queries = (unsigned)found->queries;
    for (i = 0; i < found->queries; i++) {
        exchange->query[i].name = name = keep(&to, found->query[i].name);
        exchange->query[i].value = value = keep(&to, found->query[i].value);
        if (!listen_text_undo(name) || !listen_text_undo(value))
            return false;
    }
    return listen_text_undo(path) && *path == '/';
}

/* Where it is not known how long the body is, nothing behind the head can be read. */
static unsigned judge(const struct found *found, struct exchange *exchange, bool copied,
                      const char *version, const char **why)
{
    uint64_t *length = &exchange->request.length;

    if (found->headers[ENCODING]) {
        *length = UINT64_MAX;
        return *why = N_("the length of the body has to be announced"), 411;
    }
    if (found->headers[LENGTH] && !listen_text_length(found->headers[LENGTH], length)) {
        *length = UINT64_MAX;
        return *why = N_("the length that is announced is no number"), 400;
    }
    if (strcmp(version, MHD_HTTP_VERSION_1_1) != 0 && strcmp(version, MHD_HTTP_VERSION_1_0) != 0)
        return *why = N_("only HTTP/1.1 and HTTP/1.0 are spoken here"), 505;
    if (!copied)
        return *why = N_("the address holds what may not stand there"), 400;
    if (found->twice)
        return *why = N_("a header or an argument stands there twice"), 400;
    return 0;
}

struct exchange *exchange_new(struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, unsigned *refusal,
                              const char **why)
{
    struct found found = {.room = strlen(url) + strlen(method) + 2};
    struct exchange *exchange;
    bool copied;

    MHD_get_connection_values(connection, MHD_HEADER_KIND, find_header, &found);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, find_query, &found);
    exchange = calloc(1, sizeof *exchange + found.room);
    if (!exchange)
        return NULL;
    pthread_mutex_init(&exchange->lock, NULL);
    exchange->attached = true;
    exchange->connection = connection;
    exchange->request.peer = exchange->peer;
    copied = copy(exchange, &found, url, method);
    *refusal = judge(&found, exchange, copied, version, why);
    return exchange;
}

/* A body, or what stands in a header, may have been a password. */
void exchange_free(struct exchange *exchange)
{
    if (exchange->body)
        explicit_bzero(exchange->body, exchange->request.body_len);
    free(exchange->body);
    listen_constant_drop(&exchange->answer);
    pthread_mutex_destroy(&exchange->lock);
    free(exchange);
}

const char *listen_query(const struct exchange *exchange, const char *name)
{
    unsigned i;

    for (i = 0; i < exchange->queries; i++)
        if (strcmp(exchange->query[i].name, name) == 0)
            return exchange->query[i].value;
    return NULL;
}

void listen_note(struct exchange *exchange, const void *note)
{
    exchange->note = note;
}

const void *listen_noted(const struct exchange *exchange)
{
    return exchange->note;
}
