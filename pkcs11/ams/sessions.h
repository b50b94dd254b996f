/* Who is logged in: in memory alone, and of each session only the hash of its token, so
 * that nothing that is read here or left behind lets anybody in. For many threads. */
#ifndef AMS_SESSIONS_H
#define AMS_SESSIONS_H

#include "ams/ca.h"
#include "base/clock.h"

#include <kunci/error.h>
#include <stdbool.h>

enum {
    SESSION_TEXT = 64,          /* hexadecimal digits of a token */
    SESSION_IDLE_S = 15 * 60,   /* without a call */
    SESSION_LIFE_S = 12 * 3600, /* at all */
    SESSIONS_OF_ACCOUNT = 16,   /* beyond that the one that idled longest goes */
    SESSIONS_MAX = 4096
};

struct sessions;

/* The steady time of the clock counts, so that moving the calendar ends no session. */
KUNCI_MUST_USE enum kunci_rc sessions_new(const struct clock *clock, struct sessions **out,
                                          struct kunci_err *err);
void sessions_free(struct sessions **sessions);

/* serial: of the certificate that logged in; NULL: none. token: to be handed to whoever
 * logged in and kept nowhere. KUNCI_TOO_MANY where there are SESSIONS_MAX. */
KUNCI_MUST_USE enum kunci_rc sessions_begin(struct sessions *sessions, int64_t account,
                                            const char *serial, char token[SESSION_TEXT + 1],
                                            struct kunci_err *err);

/* Ends those that the certificate has begun: its key may be in others' hands. */
void sessions_end(struct sessions *sessions, const char *serial);

/* Whose it is, and that it is in use; KUNCI_SESSION_NONE for anything else. */
KUNCI_MUST_USE enum kunci_rc sessions_look(struct sessions *sessions, const char *token, size_t len,
                                           int64_t *account, struct kunci_err *err);

#endif
