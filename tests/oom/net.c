/* Listener and client without memory. Answers are made in the thread that gives them. */
#include "base/error.h"
#include "net/client.h"
#include "net/listen_inside.h"
#include "oom/scenario.h"

static size_t head(void *context, struct exchange *exchange, const struct listen_request *request)
{
    (void)context;
    (void)exchange;
    (void)request;
    return 0;
}

static void whole(void *context, struct exchange *exchange, const struct listen_request *request)
{
    const struct listen_answer answer = {.status = 200, .bytes = "", .len = 0};

    (void)context;
    (void)request;
    listen_answer(exchange, &answer);
}

enum kunci_rc net_listen(struct kunci_err *err)
{
    struct listen_options options = {
        .address = "127.0.0.1:0", .limits = {.threads = 1}, .handler = {head, whole, NULL}};
    struct listener *listener = NULL;
    enum kunci_rc rc = listen_tls_new(&options.tls, err);

    if (rc == KUNCI_OK)
        rc = listen_start(&options, &listener, err);
    listen_stop(&listener, 0);
    listen_tls_free(&options.tls);
    return rc;
}

enum kunci_rc net_answer(struct kunci_err *err)
{
    struct buf body = {0};
    struct listen_answer answer = {.status = 200, .type = "text/plain", .bytes = "a", .len = 1};
    struct listen_constant *constant = NULL, *refusal = NULL, *made = NULL;
    enum kunci_rc rc = listen_constant_new(&answer, &constant, err);

    if (rc == KUNCI_OK && !(refusal = listen_refusal(429, KUNCI_TOO_MANY, "/", "1")))
        rc = err_no_memory(err);
    buf_text(&body, "hello");
    answer.body = &body;
    if (rc == KUNCI_OK && !(made = listen_made(&answer, true)))
        rc = err_no_memory(err);
    buf_clear(&body);
    listen_constant_drop(&constant);
    listen_constant_drop(&refusal);
    listen_constant_drop(&made);
    return rc;
}

/* Nobody listens there: a call goes as far as it can. */
enum kunci_rc net_call(struct kunci_err *err)
{
    const struct client_options options = {.url = "https://127.0.0.1:1",
                                           .ca_file = "/etc/ssl/openssl.cnf"};
    char token[] = "token";
    struct client_request request = {
        .method = "POST", .path = "/v1/me", .type = "text/plain", .body = "a", .body_len = 1};
    struct kunci_secret *bearer = NULL;
    struct client *client = NULL;
    struct client_answer answer;
    enum kunci_rc rc = client_new(&options, &client, err);

    if (rc == KUNCI_OK)
        rc = kunci_secret_take(token, 5, &bearer, err);
    request.bearer = bearer;
    if (rc == KUNCI_OK)
        rc = client_call(client, &request, &answer, err);
    if (rc == KUNCI_FETCH_FAILED && !answer.sent) {
        *err = (struct kunci_err)KUNCI_ERR_INIT;
        rc = KUNCI_OK;
    }
    client_free(&client);
    kunci_secret_free(&bearer);
    return rc;
}
