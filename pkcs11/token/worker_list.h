/* The functions of a list know their worker by the list they stand in. */
#ifndef TOKEN_WORKER_LIST_H
#define TOKEN_WORKER_LIST_H

#include "token/worker.h"

/* The number of a list that nobody has; -1: all are taken. */
int worker_list_take(struct worker *worker);
void worker_list_give(int number);
CK_FUNCTION_LIST *worker_list(int number);

#endif
