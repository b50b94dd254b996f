/* The authority at work: certificates issued by REST over eight kept connections, audited
 * and on the disk before they are answered, and OCSP answered to wrk.
 *
 *   issue KUNCID */
#include "lib/bare.h"
#include "lib/measure.h"
#include "lib/place.h"
#include "lib/soft_signer.h"
#include "lib/softhsm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CLIENTS = 8,
    PERSONS = 4,
    EACH = 252,
    SIGNATURES = 3000,
    ANSWER_MAX = 1 << 16,
    OCSP_SECONDS = 3
};

#define LIMIT_ISSUED  400.0
#define LIMIT_OF_BARE 0.25
#define LIMIT_OCSP    10000.0
#define SUBJECT       "C=ID, O=Dinas Contoh, CN=Pejabat %d"

extern char **environ;

struct client {
    pthread_t thread;
    int number;
    SSL *tls;
    char session[PERSONS][65];
    char *requests[EACH];
};

static int port, public_port;
static SSL_CTX *context;
static pthread_barrier_t begin;
static pid_t server;

static void __attribute__((noreturn)) give_up(const char *what, const char *detail)
{
    fprintf(stderr, "issue: %s: %s\n", what, detail);
    if (server > 0)
        kill(server, SIGKILL);
    abort();
}

/* ---- the authority ---- */

static int free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        give_up("bind", "no port");
    close(fd);
    return ntohs(at.sin_port);
}

static void write_settings(const char *root)
{
    FILE *file = fopen("kunci.yaml", "we");

    port = free_port();
    public_port = free_port();
    if (!file)
        give_up("kunci.yaml", "cannot be written");
    fprintf(file,
            "module: %s\n"
            "procedures: %s/tests/lib/procedures\n"
            "ams:\n"
            "  store: ams.db\n"
            "  token: token-1\n"
            "  pin_file: pin\n"
            "  listen: 127.0.0.1:%d\n"
            "  url: https://127.0.0.1:%d\n"
            "  public: 127.0.0.1:%d\n"
            "  public_url: http://127.0.0.1:%d\n"
            "  rules: [\"issuance=terbit-otomatis\"]\n",
            SOFTHSM_MODULE, root, port, port, public_port, public_port);
    fclose(file);
    place_shell("echo %s >pin; echo rahasia-sekali >password", SOFTHSM_PIN);
}

static void make_authority(const char *kuncid, const char *root)
{
    int i;

    write_settings(root);
    place_shell("%s --config kunci.yaml ams init 'Otoritas Contoh' -o root.pem >said 2>&1", kuncid);
    for (i = 0; i < CLIENTS * PERSONS; i++) {
        place_shell("printf 'nik: \"62030115058000%02d\"\\nname: Pejabat\\n' >data.yaml", i + 1);
        place_shell("%s --config kunci.yaml -q ams user add pejabat%d --data data.yaml"
                    " --scope contoh --password-file password --subject '" SUBJECT "'",
                    kuncid, i, i);
    }
}

static void start_authority(const char *kuncid)
{
    const char *const argv[] = {kuncid, "ams", "--config", "kunci.yaml", NULL};
    posix_spawn_file_actions_t files;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 2, "log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (posix_spawn(&server, kuncid, &files, NULL, (char *const *)(uintptr_t)argv, environ) != 0)
        give_up(kuncid, "cannot be started");
    posix_spawn_file_actions_destroy(&files);
    place_shell("for i in $(seq 100); do curl -sf -o /dev/null http://127.0.0.1:%d/health && exit;"
                " sleep 0.1; done; exit 1",
                public_port);
}

/* ---- a client ---- */

static void connect_to(struct client *client)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) != 0)
        give_up("connect", "nobody there");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    client->tls = SSL_new(context);
    if (!client->tls || SSL_set_fd(client->tls, fd) != 1 || SSL_connect(client->tls) != 1)
        give_up("TLS", "no handshake");
}

/* The body of the answer, which has to have that status; it lives in `in`. */
static char *call(struct client *client, const char *request, const char *status,
                  char in[ANSWER_MAX])
{
    size_t len = 0, want = 0, got;
    char *body = NULL, *length;

    if (SSL_write_ex(client->tls, request, strlen(request), &got) != 1)
        give_up("write", "cut off");
    while (!body || len < want) {
        if (SSL_read_ex(client->tls, in + len, ANSWER_MAX - 1 - len, &got) != 1)
            give_up("read", "cut off");
        len += got;
        in[len] = '\0';
        if (!body && (body = strstr(in, "\r\n\r\n"))) {
            body += 4;
            length = strcasestr(in, "Content-Length: ");
            want = (size_t)(body - in) + (length ? strtoul(length + 16, NULL, 10) : 0);
        }
    }
    if (strncmp(in + 9, status, 3) != 0)
        give_up("answer", in);
    return body;
}

static char *write_request(const char *path, const char *session, const char *body)
{
    char *request = NULL;

    if (asprintf(&request,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                 "%s%s%sContent-Length: %zu\r\n\r\n%s",
                 path, session ? "Authorization: Bearer " : "", session ? session : "",
                 session ? "\r\n" : "", strlen(body), body) < 0)
        give_up("memory", path);
    return request;
}

static void log_in(struct client *client, int person)
{
    char body[128], in[ANSWER_MAX], *request, *session;

    snprintf(body, sizeof body, "{\"account\":\"pejabat%d\",\"password\":\"rahasia-sekali\"}",
             client->number * PERSONS + person);
    request = write_request("/v1/sessions", NULL, body);
    session = strstr(call(client, request, "201", in), "\"session\":\"");
    if (!session)
        give_up("session", in);
    snprintf(client->session[person], sizeof client->session[person], "%.64s", session + 11);
    free(request);
}

static char *make_request(const struct client *client, int number)
{
    static const unsigned char organisation[] = "Dinas Contoh";
    unsigned char *der = NULL, cn[32], text[4096];
    char body[8192];
    int person = number % PERSONS;
    EVP_PKEY *key = soft_key(KUNCI_KEY_P256);
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_REQ_get_subject_name(request);
    int len;

    snprintf((char *)cn, sizeof cn, "Pejabat %d", client->number * PERSONS + person);
    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_UTF8, (const unsigned char *)"ID", -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, organisation, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, cn, -1, -1, 0);
    if (X509_REQ_set_pubkey(request, key) != 1 || X509_REQ_sign(request, key, EVP_sha256()) <= 0 ||
        (len = i2d_X509_REQ(request, &der)) <= 0)
        give_up("request", "not made");
    EVP_EncodeBlock(text, der, len);
    snprintf(body, sizeof body,
             "{\"key\":\"%016x%016x\",\"kind\":\"issuance\",\"advance\":{\"csr\":\"%s\"}}",
             (unsigned)client->number, (unsigned)number, text);
    OPENSSL_free(der);
    X509_REQ_free(request);
    EVP_PKEY_free(key);
    return write_request("/v1/requests", client->session[person], body);
}

static void *issue(void *argument)
{
    struct client *client = argument;
    char in[ANSWER_MAX];
    int i;

    connect_to(client);
    for (i = 0; i < PERSONS; i++)
        log_in(client, i);
    for (i = 0; i < EACH; i++)
        client->requests[i] = make_request(client, i);
    pthread_barrier_wait(&begin);
    for (i = 0; i < EACH; i++)
        if (!strstr(call(client, client->requests[i], "201", in), "\"issued_der\":\"M"))
            give_up("issued", in);
    pthread_barrier_wait(&begin);
    for (i = 0; i < EACH; i++)
        free(client->requests[i]);
    close(SSL_get_fd(client->tls));
    SSL_free(client->tls);
    return NULL;
}

static double issue_all(void)
{
    struct client clients[CLIENTS];
    double from, until;
    int i;

    memset(clients, 0, sizeof clients);
    context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_load_verify_locations(context, "root.pem", NULL) != 1)
        give_up("root.pem", "cannot be read");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    pthread_barrier_init(&begin, NULL, CLIENTS + 1);
    for (i = 0; i < CLIENTS; i++) {
        clients[i].number = i;
        pthread_create(&clients[i].thread, NULL, issue, &clients[i]);
    }
    pthread_barrier_wait(&begin);
    from = measure_wall();
    pthread_barrier_wait(&begin);
    until = measure_wall();
    for (i = 0; i < CLIENTS; i++)
        pthread_join(clients[i].thread, NULL);
    pthread_barrier_destroy(&begin);
    SSL_CTX_free(context);
    return CLIENTS * EACH * 1000.0 / (until - from);
}

/* ---- what it is measured against ---- */

static double bare_rate(void)
{
    CK_FUNCTION_LIST *f = bare_load(SOFTHSM_MODULE);
    CK_SESSION_HANDLE session = bare_session(f, "token-1");
    CK_OBJECT_HANDLE key = bare_find(f, session, CKO_PRIVATE_KEY, "tte");
    unsigned char digest[32] = {1};
    double from = measure_wall();
    int i;

    for (i = 0; i < SIGNATURES; i++)
        bare_sign(f, session, key, CKM_ECDSA, digest, sizeof digest);
    return SIGNATURES * 1000.0 / (measure_wall() - from);
}

/* What follows "/ocsp/" to ask for the server's own certificate. */
static void write_ocsp_path(void)
{
    place_shell("curl -sf http://127.0.0.1:%d/ca/issuing.cer | openssl x509 -inform DER"
                " -out issuing.pem",
                public_port);
    place_shell("openssl s_client -connect 127.0.0.1:%d </dev/null 2>/dev/null | openssl x509"
                " -out tls.pem",
                port);
    place_shell("openssl ocsp -issuer issuing.pem -cert tls.pem -no_nonce -reqout ask.der");
    place_shell("base64 -w0 ask.der | sed 's/+/%%2B/g; s,/,%%2F,g; s/=/%%3D/g' >path");
    place_shell("curl -sf -o answer.der http://127.0.0.1:%d/ocsp/$(cat path)", public_port);
}

static double ocsp_rate(void)
{
    char line[64] = "";
    FILE *file;

    write_ocsp_path();
    place_shell("wrk -t1 -c32 -d%ds http://127.0.0.1:%d/ocsp/$(cat path) >wrk.out", OCSP_SECONDS,
                public_port);
    place_shell("! grep -q 'Non-2xx\\|Socket errors' wrk.out &&"
                " sed -n 's/^Requests.sec: *//p' wrk.out >rate");
    if (!(file = fopen("rate", "re")) || !fgets(line, sizeof line, file))
        give_up("wrk", "said nothing");
    fclose(file);
    return strtod(line, NULL);
}

int main(int argc, char **argv)
{
    struct softhsm *hsm = softhsm_up(1);
    struct kunci_key *key = softhsm_key(hsm, KUNCI_KEY_P256, "tte");
    struct measure issued = {.count = 0}, answered = {.count = 0};
    const char *root = place_up();
    double bare, floor, rate;
    int kept;

    if (argc != 2)
        return 2;
    kunci_key_free(&key);
    make_authority(argv[1], root);
    start_authority(argv[1]);
    rate = issue_all();
    measure_add(&answered, ocsp_rate(), LIMIT_OCSP);
    kill(server, SIGTERM);
    waitpid(server, NULL, 0);
    bare = bare_rate();
    floor = LIMIT_OF_BARE * bare < LIMIT_ISSUED ? LIMIT_OF_BARE * bare : LIMIT_ISSUED;
    measure_add(&issued, rate, floor);
    kept = measure_at_least("certificates by REST, the floor (a second)", &issued, 1.0);
    kept &= measure_at_least("OCSP from the cache, the floor (a second)", &answered, 1.0);
    place_down(NULL);
    softhsm_down(&hsm);
    return !kept;
}
