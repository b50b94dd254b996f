#include "token/worker_list.h"

#include "token/worker_calls.h"

#include <pthread.h>

static struct worker *holders[WORKER_LIMIT];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* PKCS#11 hands its functions nothing that says whose they are: so each of the
 * lists has functions of its own, which know their number. */
#define FUNCTION(n, function, parameters, arguments)                                               \
    static CK_RV function##_##n parameters                                                         \
    {                                                                                              \
        return worker_##function(holders[n], WORKER_PLAIN arguments);                              \
    }
#define ENTRY(n, function, parameters, arguments) .function = function##_##n,

/* clang-format off */
#define EACH_LIST(X)                                                                               \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)          \
    X(16) X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)
/* clang-format on */

#define FUNCTIONS(n) WORKER_FUNCTIONS(FUNCTION, n)
#define LIST(n)      {.version = {2, 40}, WORKER_FUNCTIONS(ENTRY, n)},

EACH_LIST(FUNCTIONS)

static CK_FUNCTION_LIST lists[WORKER_LIMIT] = {EACH_LIST(LIST)};

int worker_list_take(struct worker *worker)
{
    int number = 0;

    pthread_mutex_lock(&lock);
    while (number < WORKER_LIMIT && holders[number])
        number++;
    if (number < WORKER_LIMIT)
        holders[number] = worker;
    pthread_mutex_unlock(&lock);
    return number < WORKER_LIMIT ? number : -1;
}

void worker_list_give(int number)
{
    pthread_mutex_lock(&lock);
    holders[number] = NULL;
    pthread_mutex_unlock(&lock);
}

CK_FUNCTION_LIST *worker_list(int number)
{
    return &lists[number];
}
