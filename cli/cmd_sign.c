/* kunci sign: files signed by a key on the token. */
#include "cli/answer.h"
#include "cli/pool.h"
#include "cli/progress.h"
#include "cli/sign_level.h"
#include "cli/sign_plan.h"
#include "cli/words.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- who signs ---- */

/* The signer, and what its certificates are chosen from. */
struct signer {
    struct kunci_signer *signer;
    struct kunci_cert *cert; /* that --cert chose */
    unsigned char *certs;    /* DER, one after the other */
    size_t certs_len;
};

static void signer_clear(struct signer *signer)
{
    kunci_signer_free(&signer->signer);
    kunci_cert_free(&signer->cert);
    free(signer->certs);
}

/* Behind those of the token. */
static enum kunci_rc add_issuers(struct signer *signer, const char *path, struct kunci_err *err)
{
    struct pool pool = {NULL, 0};
    enum kunci_rc rc = pool_add_path(&pool, path, err);

    if (rc == KUNCI_OK)
        rc = pool_append(&pool, &signer->certs, &signer->certs_len, err);
    pool_clear(&pool);
    return rc;
}

static enum kunci_rc choose_cert(const struct command *command, struct signer *signer,
                                 struct kunci_token *token, struct kunci_err *err)
{
    const char *chosen = command->option[OPT_CERT], *issuers = command->option[OPT_ISSUERS];
    enum kunci_rc rc = KUNCI_OK;

    if (chosen && (rc = kunci_cert_find(token, chosen, &signer->cert, err)) == KUNCI_OK)
        signer->signer->cert = kunci_cert_der(signer->cert, &signer->signer->cert_len);
    if (rc == KUNCI_OK)
        rc = kunci_certs_on(token, &signer->certs, &signer->certs_len, err);
    return rc == KUNCI_OK && issuers ? add_issuers(signer, issuers, err) : rc;
}

static enum kunci_rc find_signer(struct command *command, bool certified, struct signer *out,
                                 struct kunci_err *err)
{
    struct kunci_token *token;
    enum kunci_rc rc;

    if ((rc = command_token(command, KUNCI_BLANK_NEVER, &token, err)) == KUNCI_OK &&
        (rc = command_signer(command, token, &out->signer, err)) == KUNCI_OK && certified)
        rc = choose_cert(command, out, token, err);
    return rc;
}

/* ---- one ---- */

static enum kunci_rc answer_one(struct command *command, const struct kunci_sign_item *item,
                                enum kunci_signed how, struct kunci_err *err)
{
    char shown[PATH_MAX];

    if (!item->out)
        return KUNCI_OK;
    words_printable(shown, sizeof shown, item->out);
    if (how == KUNCI_SIGNED_BEFORE)
        out_note(&command->out, _("%s is there already, and is right."), shown);
    else
        out_note(&command->out, _("Written to %s."), shown);
    if (out_put(command->answer, "file", json_string(shown), err) != KUNCI_OK)
        return err->rc;
    return out_put(command->answer, "result",
                   json_string(how == KUNCI_SIGNED ? "signed" : "signed_before"), err);
}

static enum kunci_rc sign_one(struct command *command, struct kunci_signing *signing,
                              const struct kunci_sign_item *item, struct kunci_err *err)
{
    enum kunci_signed how;
    enum kunci_rc rc = kunci_sign_file(signing, item, &how, err);

    return rc == KUNCI_OK ? answer_one(command, item, how, err) : rc;
}

/* ---- many ---- */

static volatile int stop;

static void on_interrupt(int number)
{
    (void)number;
    stop = 1;
}

/* The first one lets what was begun be finished; the second one is not waited for. */
static void stop_on_interrupt(void)
{
    const struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

struct many {
    struct command *command;
    const struct sign_plan *plan;
    struct progress progress;
};

static void print_item(struct many *many, const struct kunci_sign_item *item, enum kunci_signed how,
                       const struct kunci_err *err)
{
    static const char *const names[] = {[KUNCI_NOT_SIGNED] = "failed",
                                        [KUNCI_SIGNED] = "signed",
                                        [KUNCI_SIGNED_BEFORE] = "signed_before"};
    struct out *out = &many->command->out;
    char in[PATH_MAX], to[PATH_MAX], sentence[1024];
    json_t *line;

    kunci_err_sentence(err, sentence, sizeof sentence);
    if (out->json) {
        words_printable(in, sizeof in, item->in ? item->in : "-");
        words_printable(to, sizeof to, item->out ? item->out : "-");
        line = json_pack("{s:s, s:s, s:s, s:o}", "file", in, "signature", to, "result", names[how],
                         "error", answer_error(err));
        if (line)
            out_json(out, line);
        json_decref(line);
    } else if (how == KUNCI_NOT_SIGNED) {
        words_printable(in, sizeof in, item->in ? item->in : "-");
        progress_hide(&many->progress);
        fprintf(out->notes, "%s: %s\n", in, sentence);
    }
}

static void item_done(void *context, size_t item, enum kunci_signed how,
                      const struct kunci_err *err)
{
    struct many *many = context;

    print_item(many, &many->plan->items[item], how, err);
    progress_step(&many->progress);
}

static void print_summary(struct many *many, const struct kunci_sign_counts *counts)
{
    struct out *out = &many->command->out;
    json_t *summary;

    progress_hide(&many->progress);
    out_printf(out, _("Signed now: %zu. Signed before: %zu. Failed: %zu. Not come to: %zu."),
               counts->signed_now, counts->signed_before, counts->failed, counts->left);
    out_printf(out, "\n");
    summary = json_pack("{s:{s:I, s:I, s:I, s:I, s:b}}", "summary", "signed",
                        (json_int_t)counts->signed_now, "signed_before",
                        (json_int_t)counts->signed_before, "failed", (json_int_t)counts->failed,
                        "left", (json_int_t)counts->left, "interrupted", stop);
    if (out->json && summary)
        out_json(out, summary);
    json_decref(summary);
}

static enum kunci_rc sign_many(struct command *command, struct kunci_signing *signing,
                               const struct sign_plan *plan, struct kunci_err *err)
{
    const char *jobs = command->option[OPT_JOBS];
    struct many many = {.command = command, .plan = plan};
    const struct kunci_sign_batch batch = {
        .items = plan->items,
        .count = plan->count,
        .jobs = jobs ? (unsigned)opt_number(jobs, UINT_MAX) : 0,
        .done = item_done,
        .context = &many,
        .stop = &stop,
    };
    struct kunci_sign_counts counts;
    enum kunci_rc rc;

    stop_on_interrupt();
    progress_begin(&many.progress, &command->out, plan->count);
    rc = kunci_sign_all(signing, &batch, &counts, err);
    print_summary(&many, &counts);
    return rc;
}

/* ---- the command ---- */

enum kunci_rc cmd_sign(struct command *command, struct kunci_err *err)
{
    struct kunci_sign_options wanted = {
        .format = sign_is_raw(command) ? KUNCI_FORMAT_RAW : KUNCI_FORMAT_CADES,
        .attached = command->option[OPT_ATTACHED] != NULL,
        .force = command->option[OPT_FORCE] != NULL,
        .resume = command->option[OPT_RESUME] != NULL,
    };
    struct kunci_signing *signing = NULL;
    struct signer signer = {0};
    const char **urls = NULL;
    struct sign_plan plan;
    enum kunci_rc rc;

    if ((rc = sign_level(command, &urls, err)) != KUNCI_OK ||
        (rc = sign_plan_make(command, &plan, err)) != KUNCI_OK) {
        free(urls);
        return rc;
    }
    if (urls)
        wanted.timestamper = kunci_timestamper_at(urls);
    rc = find_signer(command, wanted.format == KUNCI_FORMAT_CADES, &signer, err);
    wanted.certs = signer.certs;
    wanted.certs_len = signer.certs_len;
    if (rc == KUNCI_OK &&
        (rc = kunci_signing_new(signer.signer, &wanted, &signing, err)) == KUNCI_OK)
        rc = plan.many ? sign_many(command, signing, &plan, err)
                       : sign_one(command, signing, &plan.items[0], err);
    kunci_signing_free(&signing);
    signer_clear(&signer);
    sign_plan_clear(&plan);
    free(urls);
    return rc;
}
