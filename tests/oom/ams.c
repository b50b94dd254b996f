/* What the authority keeps of those who are logged in, without memory. */
#include "oom/scenario.h"

#include "ams/challenges.h"
#include "ams/sessions.h"
#include "ams/throttle.h"
#include "base/clock.h"

#include <string.h>

/* Of one who logs in. */
static enum kunci_rc begin(struct sessions *sessions, struct challenges *challenges,
                           struct kunci_err *err)
{
    char session[SESSION_TEXT + 1], challenge[CHALLENGE_TEXT + 1];
    int64_t account = 0;
    enum kunci_rc rc = challenges_give(challenges, challenge, err);

    if (rc == KUNCI_OK)
        rc = sessions_begin(sessions, 7, NULL, session, err);
    return rc == KUNCI_OK ? sessions_look(sessions, session, strlen(session), &account, err) : rc;
}

enum kunci_rc ams_log_in(struct kunci_err *err)
{
    struct challenges *challenges = NULL;
    struct sessions *sessions = NULL;
    struct throttle *throttle = NULL;
    enum kunci_rc rc = sessions_new(&clock_system, &sessions, err);

    if (rc == KUNCI_OK)
        rc = challenges_new(&clock_system, &challenges, err);
    if (rc == KUNCI_OK)
        rc = throttle_new(&clock_system, &throttle, err);
    if (rc == KUNCI_OK)
        rc = begin(sessions, challenges, err);
    sessions_free(&sessions);
    challenges_free(&challenges);
    throttle_free(&throttle);
    return rc;
}
