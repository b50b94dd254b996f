/* What the authority keeps in memory and reads, without memory. */
#include "oom/scenario.h"

#include "ams/body.h"
#include "ams/challenges.h"
#include "ams/enlist.h"
#include "ams/sessions.h"
#include "ams/throttle.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* Of one who logs in. */
static enum kunci_rc begin(struct sessions *sessions, struct challenges *challenges,
                           struct kunci_err *err)
{
    char session[SESSION_TEXT + 1], challenge[CHALLENGE_TEXT + 1];
    int64_t account = 0;
    enum kunci_rc rc = challenges_give(challenges, challenge, err);

    if (rc == KUNCI_OK)
        rc = sessions_begin(sessions, 7, session, err);
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

enum kunci_rc ams_read_login(struct kunci_err *err)
{
    static const char text[] = "{\"challenge\":\"00\",\"certificate\":\"MAA=\","
                               "\"algorithm\":\"Ed25519\",\"signature\":\"MAA=\"}";
    struct login login = {.account = NULL};
    json_t *body = NULL;
    enum kunci_rc rc = body_read(text, strlen(text), &body, err);

    if (rc == KUNCI_OK)
        rc = login_read(body, &login, err);
    login_clear(&login);
    json_decref(body);
    return rc;
}

enum kunci_rc ams_read_data(struct kunci_err *err)
{
    static const char text[] = "nik: \"6203011505800001\"\nname: Budi\n";
    char *json = NULL;
    enum kunci_rc rc = enlist_data("budi.yaml", text, strlen(text), NULL, &json, err);

    free(json);
    return rc;
}
