/* pull COUNT DEADLINE DIR: a card is taken out COUNT times, in turn while it signs and
 * between two signatures, and put in again. Each time an error comes before the module's
 * deadline and some more, and the next signature works. In TAP, with figures. */
#include "base/clock.h"
#include "real/client.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    SLOW_MS = 150,   /* what each command takes the card while it is pulled out */
    LATEST_MS = 360, /* when the hand comes, at the latest: a signature is three commands */
    SLACK_MS = 3000, /* a new process, a card read anew */
    BACK_MS = 15000  /* how long the token may take to be found again */
};

static const char *dir;
static struct client client;
static struct kunci_key *key;
static struct kunci_signer *signer;
static int tests, failed;
/* What mid-sign pulls and those between were answered with, by error. */
static unsigned answers[2][KUNCI_RC_COUNT];
static int64_t longest[2], longest_back;

static int64_t now(void)
{
    return clock_system.steady_ms(NULL);
}

static void ok(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void ok(bool good, const char *format, ...)
{
    va_list args;

    failed += !good;
    printf("%sok %d - ", good ? "" : "not ", ++tests);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    puts("");
    fflush(stdout);
}

/* What a hand does to the card. */
static void hand(const char *command)
{
    char line[256];

    snprintf(line, sizeof line, "%s/card %s", dir, command);
    if (system(line) != 0) {
        printf("Bail out! %s\n", line);
        exit(1);
    }
}

static void slow(int ms)
{
    char command[32];

    snprintf(command, sizeof command, "slow %d", ms);
    hand(command);
}

struct signing {
    struct kunci_err err;
    bool signed_it;
    int64_t end;
};

static void *sign(void *context)
{
    struct signing *signing = context;

    signing->signed_it = client_sign(signer, &signing->err);
    signing->end = now();
    return NULL;
}

/* Pulls it out while it signs, or before. */
static void pull(int number, bool while_it_signs, struct signing *signing, int64_t *took)
{
    pthread_t thread;
    int64_t begin;

    *signing = (struct signing){.err = KUNCI_ERR_INIT};
    if (while_it_signs) {
        slow(SLOW_MS);
        if (pthread_create(&thread, NULL, sign, signing) != 0)
            exit(1);
        clock_system.sleep_ms(NULL, number * 37 % LATEST_MS);
        begin = now();
        hand("remove");
        pthread_join(thread, NULL);
        slow(0);
    } else {
        hand("remove");
        begin = now();
        sign(signing);
    }
    *took = signing->end - begin;
}

/* Signs again, by the same signer, as soon as the token is back. */
static bool back(struct kunci_err *err, int64_t *took)
{
    int64_t begin = now();

    do {
        *err = (struct kunci_err)KUNCI_ERR_INIT;
        if (client_sign(signer, err)) {
            *took = now() - begin;
            return true;
        }
        clock_system.sleep_ms(NULL, 50);
    } while (now() - begin < BACK_MS);
    *took = now() - begin;
    return false;
}

static void once(int number, int64_t most)
{
    bool while_it_signs = number % 2 == 1;
    struct kunci_err err;
    struct signing signing;
    int64_t took, took_back;
    unsigned asked;
    bool is_back;

    pull(number, while_it_signs, &signing, &took);
    if (took > longest[while_it_signs])
        longest[while_it_signs] = took;
    answers[while_it_signs][signing.err.rc]++;
    asked = client.asked;
    hand("insert");
    is_back = back(&err, &took_back);
    if (took_back > longest_back)
        longest_back = took_back;
    /* On a busy machine the hand may come when the signature is done: it is sound then. */
    ok((!signing.signed_it || while_it_signs) && took <= most && is_back && client.asked > asked,
       "pull %d, %s: %s after %lld ms (at most %lld); %s after %lld ms, PIN asked %u times", number,
       while_it_signs ? "while it signs" : "before it signs",
       signing.signed_it ? "signed" : kunci_err_name(signing.err.rc), (long long)took,
       (long long)most, is_back ? "signed again" : kunci_err_name(err.rc), (long long)took_back,
       client.asked - asked);
}

static void figures(bool while_it_signs, long long deadline)
{
    unsigned rc;

    printf("# %s:", while_it_signs ? "while it signed" : "before it signed");
    for (rc = 0; rc < KUNCI_RC_COUNT; rc++)
        if (answers[while_it_signs][rc])
            printf(" %s %u,", rc ? kunci_err_name(rc) : "signed", answers[while_it_signs][rc]);
    printf(" longest wait %lld ms, deadline %lld ms\n", (long long)longest[while_it_signs],
           deadline);
}

int main(int argc, char **argv)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    int count, deadline, i;

    if (argc != 4)
        return 2;
    count = atoi(argv[1]);
    deadline = atoi(argv[2]);
    dir = argv[3];
    client_open(&client, deadline);
    key = client_key(&client, &err);
    ok(key && kunci_key_signer(key, KUNCI_ALG_NONE, &signer, &err) == KUNCI_OK &&
           client_sign(signer, &err),
       "the card signs (%s)", kunci_err_name(err.rc));
    /* Looking for the token again may cost a second deadline. */
    for (i = 1; i <= count && signer; i++)
        once(i, 2 * deadline * 1000 + SLACK_MS);
    ok(answers[true][KUNCI_OK] <= (unsigned)count / 4, "most hands came in time");
    figures(true, deadline * 1000);
    figures(false, deadline * 1000);
    printf("# back in the same process after %lld ms at most\n", (long long)longest_back);
    printf("1..%d\n", tests);
    kunci_signer_free(&signer);
    kunci_key_free(&key);
    client_close(&client);
    return failed != 0;
}
