/* kunci ams serve: the authority at work. */
#include "cli/kuncid.h"
#include "cli/sop_book.h"
#include "cli/words.h"

#include "ams/serve.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Bodies that were read may have held a password, and the reader keeps pieces of them. */
static void wipe_and_free(void *memory)
{
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static void log_line(void *context, const char *line)
{
    fprintf(context, "%s\n", line);
}

/* Whoever ends the authority ends it cleanly; all threads begun later leave these alone. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    pthread_sigmask(SIG_BLOCK, set, NULL);
}

/* As many as both ports take at most, and what else is open: the usual limit is 1,024. */
static void want_files(void)
{
    enum { FILES = 8192 };
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES)
        return;
    files.rlim_cur = files.rlim_max < FILES ? files.rlim_max : FILES;
    setrlimit(RLIMIT_NOFILE, &files);
}

/* The token may go and come back, and be logged in to anew: by a file, as nobody sits at a
 * terminal then, and a descriptor holds one PIN only. */
static void ask_nobody(struct command *command)
{
    command->option[OPT_PIN_FD] = NULL;
    if (!command->option[OPT_PIN_FILE])
        command->option[OPT_PIN_FILE] = "/nonexistent";
}

static enum kunci_rc serve(struct command *command, struct kunci_token *token,
                           const struct sop_book *book, struct kunci_err *err)
{
    const struct serve_options how = {&command->config, token, book->book};
    struct serve *serve = NULL;
    sigset_t set;
    enum kunci_rc rc;
    int got;

    block_signals(&set);
    want_files();
    if ((rc = serve_start(&how, &serve, err)) != KUNCI_OK)
        return rc;
    ask_nobody(command);
    out_note(&command->out, _("The authority listens on %s, and on %s without TLS."),
             serve_address(serve), serve_public_address(serve));
    while (sigwait(&set, &got) != 0)
        ;
    serve_stop(&serve);
    return KUNCI_OK;
}

enum kunci_rc kuncid_serve(struct command *command, struct kunci_err *err)
{
    struct sop_book book = {NULL, NULL};
    struct kunci_token *token = NULL;
    enum kunci_rc rc;

    json_set_alloc_funcs(malloc, wipe_and_free);
    kunci_log_to(log_line, stderr);
    rc = kuncid_token(command, &token, err);
    if (rc == KUNCI_OK)
        rc = sop_book_open(command, &book, err);
    if (rc == KUNCI_OK)
        rc = serve(command, token, &book, err);
    sop_book_close(&book);
    kunci_log_to(NULL, NULL);
    return rc;
}
