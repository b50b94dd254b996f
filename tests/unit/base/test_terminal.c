/* A child asks for a PIN on a pseudo-terminal and tells through a pipe what it
 * got; the test types, and reads what the terminal shows. */
#include "base/secret.h"

#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#define PROMPT "PIN of Budi: "

struct answer {
    enum kunci_rc rc;
    bool restored;
    size_t len;
    char bytes[KUNCI_SECRET_MAX];
};

static void ask(int go, int tell)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct termios before, after;
    struct kunci_secret *secret;
    struct answer answer = {0};
    char byte;

    if (read(go, &byte, 1) != 1 || tcgetattr(STDIN_FILENO, &before) != 0)
        _exit(1);
    answer.rc = kunci_secret_from_terminal(PROMPT, &secret, &err);
    if (tcgetattr(STDIN_FILENO, &after) != 0)
        _exit(1);
    answer.restored =
        before.c_lflag == after.c_lflag && memcmp(before.c_cc, after.c_cc, sizeof after.c_cc) == 0;
    if (secret) {
        answer.len = kunci_secret_len(secret);
        memcpy(answer.bytes, secret_view(secret), answer.len);
    }
    if (write(tell, &answer, sizeof answer) != (ssize_t)sizeof answer)
        _exit(1);
    kunci_secret_free(&secret);
    _exit(0);
}

/* Reads what the terminal shows until stop stands there, or for want of it
 * until all is shown. */
static void watch(int terminal, const char *stop, char *shown, size_t size)
{
    struct pollfd polled = {.fd = terminal, .events = POLLIN};
    size_t len = 0;

    shown[0] = '\0';
    while (len + 1 < size && !(stop && strstr(shown, stop)) && poll(&polled, 1, 10000) == 1) {
        ssize_t got = read(terminal, shown + len, size - 1 - len);

        if (got <= 0)
            break;
        len += (size_t)got;
        shown[len] = '\0';
    }
}

static struct answer type(const char *early, const char *keys, char *shown, size_t size)
{
    int go[2], tell[2], terminal, status;
    struct answer answer;
    pid_t child;

    if (access("/dev/ptmx", R_OK | W_OK) != 0 || access("/dev/pts/ptmx", F_OK) != 0)
        skip(); /* a machine without terminals, a chroot for instance */
    assert_int_equal(pipe(go), 0);
    assert_int_equal(pipe(tell), 0);
    child = forkpty(&terminal, NULL, NULL, NULL);
    assert_true(child >= 0);
    if (child == 0)
        ask(go[0], tell[1]);
    assert_int_equal(write(terminal, early, strlen(early)), strlen(early));
    watch(terminal, early, shown, size); /* its echo: now it has arrived */
    assert_int_equal(write(go[1], "", 1), 1);
    watch(terminal, PROMPT, shown, size);
    assert_non_null(strstr(shown, PROMPT));
    assert_int_equal(write(terminal, keys, strlen(keys)), strlen(keys));
    assert_int_equal(read(tell[0], &answer, sizeof answer), sizeof answer);
    watch(terminal, "\n", shown, size);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(terminal);
    close(go[0]);
    close(go[1]);
    close(tell[0]);
    close(tell[1]);
    return answer;
}

static void keys_become_a_pin(void **state)
{
    static const struct {
        const char *keys;
        enum kunci_rc rc;
        const char *want;
    } cases[] = {
        {"4815\n", KUNCI_OK, "4815"},
        {"4815\r", KUNCI_OK, "4815"},
        {"4815\x04", KUNCI_OK, "4815"},
        {"4x\x7f"
         "815\n",
         KUNCI_OK, "4815"},
        {"4x\b815\n", KUNCI_OK, "4815"},
        {"\x7f\x7f"
         "4815\n",
         KUNCI_OK, "4815"},
        {"4\xc3\xa9\x7f"
         "815\n",
         KUNCI_OK, "4815"},
        {"4\xf0\x9f\x94\x91\x7f"
         "815\n",
         KUNCI_OK, "4815"},
        {"4\xc3\xa9\n", KUNCI_OK, "4\xc3\xa9"},
        {"9999\x15"
         "4815\n",
         KUNCI_OK, "4815"},
        {"4815\x03", KUNCI_INTERRUPTED, ""},
        {"\n", KUNCI_INTERRUPTED, ""},
        {"\x04", KUNCI_INTERRUPTED, ""},
        {"48\x7f\x7f\n", KUNCI_INTERRUPTED, ""},
        {"48\x1c\x1a\n", KUNCI_OK, "48\x1c\x1a"}, /* no key stops or ends us */
    };
    char shown[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct answer answer = type("", cases[i].keys, shown, sizeof shown);

        assert_int_equal(answer.rc, cases[i].rc);
        assert_int_equal(answer.len, strlen(cases[i].want));
        assert_memory_equal(answer.bytes, cases[i].want, answer.len);
        assert_true(answer.restored);
        assert_string_equal(shown, "\r\n"); /* nothing of what was typed */
    }
}

static void what_was_typed_before_is_no_pin(void **state)
{
    char shown[256];
    struct answer answer = type("9999", "4815\n", shown, sizeof shown);

    (void)state;
    assert_int_equal(answer.rc, KUNCI_OK);
    assert_int_equal(answer.len, 4);
    assert_memory_equal(answer.bytes, "4815", 4);
}

static void a_line_too_long_is_refused(void **state)
{
    char keys[KUNCI_SECRET_MAX + 2], shown[256];
    struct answer answer;

    (void)state;
    memset(keys, 'x', sizeof keys);
    keys[KUNCI_SECRET_MAX] = '\n';
    keys[KUNCI_SECRET_MAX + 1] = '\0';
    answer = type("", keys, shown, sizeof shown);
    assert_int_equal(answer.rc, KUNCI_OK);
    assert_int_equal(answer.len, KUNCI_SECRET_MAX);

    keys[KUNCI_SECRET_MAX] = 'x';
    answer = type("", keys, shown, sizeof shown);
    assert_int_equal(answer.rc, KUNCI_PIN_SOURCE);
    assert_true(answer.restored);
}

static void without_a_terminal_nobody_is_asked(void **state)
{
    pid_t child = fork();
    int status;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_secret *secret;

        setsid();
        _exit(kunci_secret_from_terminal(PROMPT, &secret, &err) == KUNCI_PIN_REQUIRED ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_become_a_pin),
        cmocka_unit_test(what_was_typed_before_is_no_pin),
        cmocka_unit_test(a_line_too_long_is_refused),
        cmocka_unit_test(without_a_terminal_nobody_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
