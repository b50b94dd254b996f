/* What a certificate's key signs to log in. A challenge carries its time and a code under a
 * key of this process, so that giving one out takes no memory, however many are asked for;
 * only those that were used are remembered, until their time is over. For many threads. */
#ifndef AMS_CHALLENGES_H
#define AMS_CHALLENGES_H

#include "base/clock.h"

#include <kunci/error.h>
#include <stdbool.h>

enum { CHALLENGE_TEXT = 64, CHALLENGE_LIFE_S = 60, CHALLENGES_USED_MAX = 4096 };

struct challenges;

KUNCI_MUST_USE enum kunci_rc challenges_new(const struct clock *clock, struct challenges **out,
                                            struct kunci_err *err);
void challenges_free(struct challenges **challenges);

KUNCI_MUST_USE enum kunci_rc challenges_give(struct challenges *challenges,
                                             char to[CHALLENGE_TEXT + 1], struct kunci_err *err);

/* True once for each that was given and is not too old. To be asked after the signature was
 * found to be right: only then is room taken. */
bool challenges_use(struct challenges *challenges, const char *text);

#endif
