/* A child process with limits: its time, its output, its memory. */
#ifndef KUNCI_PROC_H
#define KUNCI_PROC_H

#include <kunci/error.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kunci_proc {
    const char *const *argv; /* argv[0] is looked up in PATH; ends with NULL */
    const char *const *env;  /* "NAME=value" added to a bare environment; may be NULL */
    const char *dir;         /* working directory; NULL: ours */
    const void *input;       /* its standard input; NULL: empty */
    size_t input_len;
    int timeout_ms;    /* its whole group is killed then */
    size_t max_output; /* of standard output, and of standard error */
    size_t max_memory; /* address space in bytes; 0: ours */
};

struct kunci_proc_result {
    int exit_code;   /* 128 + signal where it was killed */
    char *out, *err; /* ended with a NUL that out_len does not count */
    size_t out_len, err_len;
};

/* Runs it and waits. A non-zero exit is KUNCI_PROC_FAILED with the last line
 * of its standard error as the detail; the result is filled in all the same. */
KUNCI_MUST_USE enum kunci_rc kunci_proc_run(const struct kunci_proc *proc,
                                            struct kunci_proc_result *result,
                                            struct kunci_err *err);
void kunci_proc_result_clear(struct kunci_proc_result *result);

#ifdef __cplusplus
}
#endif
#endif
