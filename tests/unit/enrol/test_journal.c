/* The journal: what it keeps through cuts, flips, kills and full disks. */
#include "base/error.h"
#include "enrol/journal.h"
#include "lib/place.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct journal_of budi = {"state/kunci", "0001", "Budi", "https://ams.contoh.go.id"};

static struct journal *opened(const struct journal_of *of)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;

    if (journal_open(of, &journal, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", kunci_err_name(err.rc), err.about, err.detail);
    return journal;
}

static void must(enum kunci_rc rc)
{
    assert_int_equal(rc, KUNCI_OK);
}

static void fresh(void)
{
    place_shell("rm -rf state");
}

/* A flow as far as that. */
static void play(struct journal *journal, enum arrow far)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    must(journal_start(journal, "renewal", json_pack("{s:s}", "old", "b2xk"), &err));
    must(journal_begin(journal, ARROW_REQUEST, NULL, &err));
    must(journal_done(journal, ARROW_REQUEST, json_pack("{s:s}", "request", "7"), &err));
    if (far < ARROW_KEY)
        return;
    must(journal_begin(journal, ARROW_KEY,
                       json_pack("{s:s, s:s}", "label", "ttd-2026", "type", "p256"), &err));
    must(journal_done(journal, ARROW_KEY, NULL, &err));
    if (far < ARROW_FETCH)
        return;
    must(journal_begin(journal, ARROW_FETCH, NULL, &err));
    must(journal_done(journal, ARROW_FETCH, json_pack("{s:s}", "cert", "Y2VydA=="), &err));
}

static void test_kept(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;
    const struct record *now;
    struct stat status;

    (void)state;
    fresh();
    journal = opened(&budi);
    assert_false(journal_is_open(journal));
    play(journal, ARROW_KEY);
    assert_int_equal(stat(journal_path(journal), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    journal_free(&journal);

    journal = opened(&budi);
    now = journal_now(journal);
    assert_true(journal_is_open(journal));
    assert_int_equal(strlen(now->flow), 32);
    assert_string_equal(now->kind, "renewal");
    assert_string_equal(now->request, "7");
    assert_string_equal(now->label, "ttd-2026");
    assert_int_equal(now->old.len, 3);
    assert_memory_equal(now->old.data, "old", 3);
    assert_int_equal(now->ways[ARROW_KEY], WAY_DONE);
    assert_int_equal(now->ways[ARROW_CSR], WAY_AHEAD);
    must(journal_begin(journal, ARROW_CSR, NULL, &err));
    assert_int_equal(journal_now(journal)->ways[ARROW_CSR], WAY_BEGUN);
    must(journal_close(journal, "withdrawn", &err));
    assert_false(journal_is_open(journal));
    journal_free(&journal);
}

/* What ended without a certificate leaves its key to the next flow; with one, nothing. */
static void test_spare(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;

    (void)state;
    fresh();
    journal = opened(&budi);
    play(journal, ARROW_KEY);
    must(journal_close(journal, "withdrawn", &err));
    play(journal, ARROW_REQUEST);
    assert_string_equal(journal_spare(journal)->label, "ttd-2026");
    must(journal_close(journal, "withdrawn", &err));
    play(journal, ARROW_FETCH);
    assert_string_equal(journal_spare(journal)->label, "ttd-2026");
    must(journal_close(journal, "closed", &err));
    play(journal, ARROW_REQUEST);
    assert_null(journal_spare(journal)->label);
    journal_free(&journal);
}

static void test_apart(void **state)
{
    struct journal_of siti = budi, elsewhere = budi, other = budi;
    struct journal *one, *two;
    struct kunci_err err = KUNCI_ERR_INIT;
    char path[4096];

    (void)state;
    fresh();
    siti.serial = "0002";
    elsewhere.url = "https://ams.lain.go.id";
    other.serial = "000";
    other.label = "1Budi";
    one = opened(&budi);
    snprintf(path, sizeof path, "%s", journal_path(one));
    assert_int_equal(journal_open(&budi, &two, &err), KUNCI_JOURNAL_BUSY);
    assert_string_equal(err.about, "Budi");
    two = opened(&siti);
    assert_string_not_equal(journal_path(two), path);
    journal_free(&two);
    two = opened(&elsewhere);
    assert_string_not_equal(journal_path(two), path);
    journal_free(&two);
    two = opened(&other);
    assert_string_not_equal(journal_path(two), path);
    journal_free(&two);
    journal_free(&one);
    one = opened(&budi);
    journal_free(&one);
}

/* ---- damage ---- */

static char *written(size_t *len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;
    char *bytes;

    fresh();
    journal = opened(&budi);
    play(journal, ARROW_FETCH);
    must(journal_close(journal, "closed", &err));
    play(journal, ARROW_KEY);
    bytes = (char *)place_file(journal_path(journal), len);
    journal_free(&journal);
    return bytes;
}

/* Cut anywhere, the lines before the cut are all there, and no other. */
static void test_cut(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct records records;
    size_t len, cut, sound, lines = 0;
    char *bytes = written(&len);
    bool unended;

    (void)state;
    for (cut = 0; cut <= len; cut++) {
        bool whole = cut < len && bytes[cut] == '\n'; /* all but the line's end */

        must(records_read("j", bytes, cut, &records, &sound, &unended, &err));
        assert_int_equal(records.lines, lines + (whole ? 1 : 0));
        assert_int_equal(unended, whole);
        assert_true(sound <= cut);
        records_clear(&records);
        lines += whole ? 1 : 0;
    }
    free(bytes);
}

/* A bit that fell over is never taken for what was written, nor for less. */
static void test_flip(void **state)
{
    struct records records;
    size_t len, i, sound;
    char *bytes = written(&len);
    bool unended;
    int bit;

    (void)state;
    for (i = 0; i < len; i++)
        for (bit = 0; bit < 8; bit++) {
            struct kunci_err err = KUNCI_ERR_INIT;
            enum kunci_rc rc;

            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            rc = records_read("j", bytes, len, &records, &sound, &unended, &err);
            if (rc != KUNCI_JOURNAL_DAMAGED)
                fail_msg("byte %zu, bit %d: %s", i, bit, kunci_err_name(rc));
            records_clear(&records);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    free(bytes);
}

/* Lines that are sound by themselves, but taken away, doubled or moved. */
static void test_order(void **state)
{
    struct records records;
    size_t len, sound, i = 0;
    char *bytes = written(&len), *at;
    bool unended;

    (void)state;
    /* without its first line; then with the first one twice */
    at = strchr(bytes, '\n') + 1;
    for (i = 0; i < 2; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        size_t first = (size_t)(at - bytes);
        char *other = calloc(1, len + first + 1);
        size_t other_len = 0;

        if (i == 1) {
            memcpy(other, bytes, first);
            memcpy(other + first, bytes, len);
            other_len = len + first;
        } else {
            memcpy(other, at, len - first);
            other_len = len - first;
        }
        assert_int_equal(records_read("j", other, other_len, &records, &sound, &unended, &err),
                         KUNCI_JOURNAL_DAMAGED);
        records_clear(&records);
        free(other);
    }
    free(bytes);
}

/* What a killed run left behind its last line goes, and the next line stands alone. */
static void test_torn(void **state)
{
    static const char *const rests[] = {"{\"at\":\"2026", "",
                                        "{\"at\":\"2026-11-21T00:00:00Z\",\"flow", "x"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;
    char path[4096];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof rests / sizeof *rests; i++) {
        FILE *file;

        fresh();
        journal = opened(&budi);
        play(journal, ARROW_REQUEST);
        snprintf(path, sizeof path, "%s", journal_path(journal));
        journal_free(&journal);
        file = fopen(path, "a");
        assert_non_null(file);
        fputs(rests[i], file);
        fclose(file);
        journal = opened(&budi);
        must(journal_begin(journal, ARROW_KEY, json_pack("{s:s}", "label", "baru"), &err));
        journal_free(&journal);
        journal = opened(&budi);
        assert_string_equal(journal_now(journal)->label, "baru");
        journal_free(&journal);
    }
    /* all but the line's end */
    assert_int_equal(truncate(path, (off_t)({
                                  struct stat status;
                                  assert_int_equal(stat(path, &status), 0);
                                  status.st_size - 1;
                              })),
                     0);
    journal = opened(&budi);
    assert_string_equal(journal_now(journal)->label, "baru");
    must(journal_done(journal, ARROW_KEY, NULL, &err));
    journal_free(&journal);
    journal = opened(&budi);
    assert_int_equal(journal_now(journal)->ways[ARROW_KEY], WAY_DONE);
    journal_free(&journal);
}

static void test_damaged(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;
    char path[4096];
    int fd;

    (void)state;
    fresh();
    journal = opened(&budi);
    play(journal, ARROW_FETCH);
    snprintf(path, sizeof path, "%s", journal_path(journal));
    journal_free(&journal);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, "#", 1, 40), 1);
    close(fd);
    assert_int_equal(journal_open(&budi, &journal, &err), KUNCI_JOURNAL_DAMAGED);
    assert_null(journal);
    assert_string_equal(err.about, path);
}

/* ---- the disk ---- */

/* A line that the disk has no room for is not there at all, and the next one is. */
static void test_full(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT, later = KUNCI_ERR_INIT;
    struct rlimit before, little;
    struct journal *journal;
    struct stat status;

    (void)state;
    fresh();
    journal = opened(&budi);
    play(journal, ARROW_REQUEST);
    assert_int_equal(stat(journal_path(journal), &status), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    little = before;
    little.rlim_cur = (rlim_t)status.st_size + 20;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    assert_int_equal(journal_begin(journal, ARROW_KEY, NULL, &err), KUNCI_FILE_WRITE);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(journal_now(journal)->ways[ARROW_KEY], WAY_AHEAD);
    must(journal_begin(journal, ARROW_KEY, NULL, &later));
    journal_free(&journal);
    journal = opened(&budi);
    assert_int_equal(journal_now(journal)->ways[ARROW_KEY], WAY_BEGUN);
    journal_free(&journal);
}

static void test_nowhere(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal_of of = budi;
    struct journal *journal;
    char here[4096];

    (void)state;
    of.folder = "/proc/nowhere/kunci";
    assert_int_equal(journal_open(&of, &journal, &err), KUNCI_FILE_WRITE);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    of.folder = NULL;
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    assert_int_equal(journal_open(&of, &journal, &err), KUNCI_FILE_WRITE);
    assert_int_equal(setenv("HOME", getcwd(here, sizeof here), 1), 0);
    err = (struct kunci_err)KUNCI_ERR_INIT;
    must(journal_open(&of, &journal, &err));
    assert_non_null(strstr(journal_path(journal), "/.local/state/kunci/"));
    journal_free(&journal);
}

/* Finished flows are put aside when they are many; a key that waits is not. */
static void test_aside(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct journal *journal;
    struct stat status;
    char path[4096];
    int i;

    (void)state;
    fresh();
    journal = opened(&budi);
    for (i = 0; i < 400; i++) {
        play(journal, ARROW_FETCH);
        must(journal_close(journal, "closed", &err));
    }
    play(journal, ARROW_KEY);
    must(journal_close(journal, "withdrawn", &err));
    snprintf(path, sizeof path, "%s", journal_path(journal));
    journal_free(&journal);
    journal = opened(&budi);
    assert_non_null(journal_now(journal)->label);
    play(journal, ARROW_FETCH);
    must(journal_close(journal, "closed", &err));
    journal_free(&journal);
    journal = opened(&budi);
    assert_null(journal_now(journal)->flow);
    play(journal, ARROW_KEY);
    journal_free(&journal);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size < 4096);
    strcat(path, ".old");
    assert_int_equal(stat(path, &status), 0);
}

/* Killed at any moment: what was answered for is there, and no line is half. */
static void test_killed(void **state)
{
    int run;

    (void)state;
    for (run = 0; run < 20; run++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct journal *journal;
        int pipes[2], status, told = 0;
        char byte;
        pid_t child;

        fresh();
        assert_int_equal(pipe(pipes), 0);
        if ((child = fork()) == 0) {
            journal = opened(&budi);
            play(journal, ARROW_KEY);
            for (;;) {
                if (journal_begin(journal, ARROW_CSR, NULL, &err) != KUNCI_OK ||
                    write(pipes[1], "x", 1) != 1)
                    _exit(1);
            }
        }
        close(pipes[1]);
        while (told < 3 * run + 1 && read(pipes[0], &byte, 1) == 1)
            told++;
        kill(child, SIGKILL);
        while (read(pipes[0], &byte, 1) == 1)
            told++;
        close(pipes[0]);
        waitpid(child, &status, 0);
        journal = opened(&budi);
        assert_int_equal(journal_now(journal)->ways[ARROW_CSR], WAY_BEGUN);
        must(journal_done(journal, ARROW_CSR, NULL, &err));
        journal_free(&journal);
        {
            size_t len, sound, lines = 0;
            char path[4096];
            unsigned char *bytes;
            struct records records;
            bool unended;

            journal = opened(&budi);
            snprintf(path, sizeof path, "%s", journal_path(journal));
            bytes = place_file(path, &len);
            must(records_read("j", (char *)bytes, len, &records, &sound, &unended, &err));
            lines = records.lines;
            records_clear(&records);
            free(bytes);
            journal_free(&journal);
            assert_true(lines >= 5 + (size_t)told + 1);
        }
    }
}

static int up(void **state)
{
    (void)state;
    place_up();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),  cmocka_unit_test(test_spare),
        cmocka_unit_test(test_apart), cmocka_unit_test(test_cut),
        cmocka_unit_test(test_flip),  cmocka_unit_test(test_order),
        cmocka_unit_test(test_torn),  cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_full),  cmocka_unit_test(test_nowhere),
        cmocka_unit_test(test_aside), cmocka_unit_test(test_killed),
    };

    return cmocka_run_group_tests(tests, up, place_down);
}
