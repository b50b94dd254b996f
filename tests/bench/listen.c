/* A constant answer over plain HTTP, ours and libmicrohttpd's own, asked for by wrk.
 *
 *   listen                        measures both in turn
 *   listen serve ours|bare BYTES  tells its address, and serves until it is ended
 */
#include "net/listen.h"
#include "lib/measure.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 7, BYTES = 2048 };

static struct MHD_Response *bare;
static struct listen_constant *constant;

static void must(int done, const char *what)
{
    if (done)
        return;
    perror(what);
    exit(2);
}

/* ---- the two servers ---- */

static size_t head(void *context, struct exchange *exchange, const struct listen_request *request)
{
    (void)context;
    (void)exchange;
    (void)request;
    return 0;
}

static void whole(void *context, struct exchange *exchange, const struct listen_request *request)
{
    (void)context;
    (void)request;
    listen_answer_constant(exchange, constant);
}

static void serve_ours(const char *bytes, size_t len)
{
    const struct listen_answer answer = {
        .status = 200, .type = "application/ocsp-response", .bytes = bytes, .len = len};
    const struct listen_options options = {
        .address = "127.0.0.1:0", .limits = {.threads = 1}, .handler = {head, whole, NULL}};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct listener *listener;

    must(listen_constant_new(&answer, &constant, &err) == KUNCI_OK &&
             listen_start(&options, &listener, &err) == KUNCI_OK,
         "listen_start");
    printf("%s\n", listen_address(listener));
}

static enum MHD_Result answer_bare(void *context, struct MHD_Connection *connection,
                                   const char *url, const char *method, const char *version,
                                   const char *upload, size_t *len, void **state)
{
    (void)context;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)len;
    if (!*state) {
        *state = &bare;
        return MHD_YES;
    }
    return MHD_queue_response(connection, 200, bare);
}

static void serve_bare(char *bytes, size_t len)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct MHD_Daemon *daemon;

    bare = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(bare, "Content-Type", "application/ocsp-response");
    MHD_add_response_header(bare, "Cache-Control", "no-store");
    MHD_add_response_header(bare, "X-Content-Type-Options", "nosniff");
    daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer_bare, NULL,
                              MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_END);
    must(daemon != NULL, "MHD_start_daemon");
    printf("127.0.0.1:%u\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
}

static __attribute__((noreturn)) void serve(const char *which, size_t len)
{
    char *bytes = calloc(1, len + 1);

    must(bytes != NULL, "calloc");
    if (strcmp(which, "ours") == 0)
        serve_ours(bytes, len);
    else
        serve_bare(bytes, len);
    fflush(stdout);
    for (;;)
        pause();
}

/* ---- measured ---- */

struct side {
    pid_t pid;
    char address[64];
};

static void begin(struct side *side, const char *which)
{
    int ends[2];
    FILE *from;

    must(pipe(ends) == 0 && (side->pid = fork()) >= 0, "fork");
    if (side->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(ends[1], 1);
        serve(which, BYTES);
    }
    close(ends[1]);
    from = fdopen(ends[0], "r");
    must(from && fscanf(from, "%63s", side->address) == 1, "address");
    fclose(from);
}

static double cpu_of(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    must(clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &used) == 0, "clock");
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* Answers a second, and microseconds of the server's CPU for each. */
static double ask(const struct side *side, double *cpu)
{
    double before = cpu_of(side->pid), rate = 0;
    char line[256];
    FILE *wrk;
    long answers = 0;

    snprintf(line, sizeof line, "wrk -t1 -c32 -d1s http://%s/", side->address);
    wrk = popen(line, "r");
    must(wrk != NULL, "wrk");
    while (fgets(line, sizeof line, wrk)) {
        sscanf(line, " %ld requests in", &answers);
        sscanf(line, "Requests/sec: %lf", &rate);
    }
    must(pclose(wrk) == 0 && answers > 0, "wrk");
    *cpu = (cpu_of(side->pid) - before) / (double)answers;
    return rate;
}

static int compare(void)
{
    static struct measure rate, cpu;
    struct side ours, theirs;
    int i, kept;

    begin(&ours, "ours");
    begin(&theirs, "bare");
    for (i = 0; i < ROUNDS; i++) {
        double our_cpu, their_cpu, our_rate = ask(&ours, &our_cpu),
                                   their_rate = ask(&theirs, &their_cpu);

        measure_add(&rate, our_rate, their_rate);
        measure_add(&cpu, our_cpu, their_cpu);
    }
    kept = measure_at_least("answers over HTTP a second, libmicrohttpd", &rate, 0.85);
    kept &= measure_at_most("  CPU us for each, libmicrohttpd", &cpu, 1.25);
    kill(ours.pid, SIGKILL);
    kill(theirs.pid, SIGKILL);
    while (wait(NULL) > 0)
        ;
    return !kept;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "serve") == 0)
        serve(argv[2], strtoul(argv[3], NULL, 10));
    return compare();
}
