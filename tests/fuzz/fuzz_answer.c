/* What the process of a module answers: whatever it is, no caller's buffer is left,
 * and what is told as sound can be read. */
#include "token/worker_calls.h"
#include "token/worker_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A worker whose process is a socket that holds one answer already. Its other end, which
 * takes the question, is answered. */
static int pretend(struct worker *worker, enum wire_call call, const uint8_t *data, size_t size)
{
    struct wire_head head = {.version = WIRE_VERSION, .call = call, .length = sizeof head + size};
    static char path[] = "fuzz";
    unsigned char answer[WIRE_PACKET];
    int ends[2];

    memset(worker, 0, sizeof *worker);
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->given_back, NULL);
    worker->process = (struct worker_process)WORKER_PROCESS_NONE;
    worker->process.pid = 1; /* there is no pidfd: nothing is ever killed */
    worker->path = path;
    worker->deadline_ms = 1000;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0 ||
        !channel_open(&worker->places[0].channel, ends[0]))
        abort();
    worker->places[0].open = true;
    head.rv = size ? data[0] & 1 ? CKR_BUFFER_TOO_SMALL : CKR_OK : CKR_OK;
    memcpy(answer, &head, sizeof head);
    memcpy(answer + sizeof head, data, size);
    if (send(ends[1], answer, sizeof head + size, 0) < 0)
        abort();
    shutdown(ends[1], SHUT_WR);
    if (worker_sit(worker, 0, 7, 1) == 0)
        abort();
    return ends[1];
}

static void let_go(struct worker *worker, int end)
{
    close(end);
    if (worker->places[0].open)
        channel_close(&worker->places[0].channel);
    free(worker->seats);
    pthread_mutex_destroy(&worker->lock);
    pthread_cond_destroy(&worker->given_back);
}

/* The buffers are as long as is said, so that leaving them is seen. */
static void ask(struct worker *worker, enum wire_call call)
{
    CK_ULONG count = 2;
    CK_ULONG *numbers = malloc(2 * sizeof *numbers);
    unsigned char *bytes = malloc(16);
    CK_ATTRIBUTE attribute = {CKA_VALUE, bytes, 16};
    CK_INFO *info = malloc(sizeof *info);

    if (!numbers || !bytes || !info)
        abort();
    switch (call) {
    case WIRE_SLOTS:
        worker_C_GetSlotList(worker, CK_TRUE, numbers, &count);
        break;
    case WIRE_INFO:
        worker_C_GetInfo(worker, info);
        break;
    case WIRE_FIND:
        if (worker_C_FindObjects(worker, 1, numbers, 2, &count) == CKR_OK && count > 2)
            abort();
        break;
    case WIRE_READ:
        worker_C_GetAttributeValue(worker, 1, 1, &attribute, 1);
        break;
    case WIRE_GENERATE:
        worker_C_CreateObject(worker, 1, NULL, 0, numbers);
        break;
    default:
        count = 16;
        worker_C_Sign(worker, 1, bytes, 16, bytes, &count);
    }
    free(numbers);
    free(bytes);
    free(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum wire_call calls[] = {WIRE_SLOTS, WIRE_INFO,     WIRE_FIND,
                                           WIRE_READ,  WIRE_GENERATE, WIRE_SIGN};
    static struct worker worker;
    enum wire_call call;
    int end;

    if (size < 1 || size > 4096)
        return 0;
    call = calls[data[0] % (sizeof calls / sizeof *calls)];
    end = pretend(&worker, call, data + 1, size - 1);
    ask(&worker, call);
    let_go(&worker, end);
    return 0;
}
