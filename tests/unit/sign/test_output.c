/* Outputs where the file system knows no files without a name, as some of containers and
 * networks: the kernel is told to refuse them. */
#include "sign/output.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/kunci-output.XXXXXX";

/* openat() with O_TMPFILE's own bit answers "not supported", for good. */
static bool refuse_nameless(void)
{
    enum { NAMELESS = O_TMPFILE & ~O_DIRECTORY };
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMELESS, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Writes a word to a file, or where the path is NULL to a descriptor. */
static bool write_word(const char *path, int fd)
{
    const struct kunci_sign_item item = {.out = path, .out_fd = fd};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct output output;
    bool good = output_open(&item, false, &output, &err) == KUNCI_OK &&
                output_put(&output, 0, "word", 4, &err) == KUNCI_OK &&
                output_finish(&output, 4, &err) == KUNCI_OK;

    if (!good)
        fprintf(stderr, "%s: %s\n", err.about, err.detail);
    output_close(&output);
    return good;
}

static bool in_child(const char *path, int fd)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(refuse_nameless() && write_word(path, fd) ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void a_file_is_written(void **state)
{
    char path[64], word[8] = "";
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "%s/word", folder);
    assert_true(in_child(path, -1));
    file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(word, 1, sizeof word, file), 4);
    fclose(file);
    assert_string_equal(word, "word");
    assert_int_equal(unlink(path), 0);
}

static void a_descriptor_is_written_to(void **state)
{
    char word[8] = "";
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(in_child(NULL, ends[1]));
    assert_int_equal(read(ends[0], word, sizeof word), 4);
    assert_string_equal(word, "word");
    close(ends[0]);
    close(ends[1]);
}

static int start(void **state)
{
    (void)state;
    return mkdtemp(folder) && setenv("TMPDIR", folder, 1) == 0 ? 0 : -1;
}

/* Fails where something was left in it. */
static int stop(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_written),
        cmocka_unit_test(a_descriptor_is_written_to),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
