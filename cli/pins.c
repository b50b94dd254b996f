#include "cli/pins.h"

#include "cli/opt.h"
#include "cli/words.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The options that give each kind of PIN. */
static const struct from {
    enum option_id file, fd;
} from[] = {
    [KUNCI_PIN_USER] = {OPT_PIN_FILE, OPT_PIN_FD},
    [KUNCI_PIN_SO] = {OPT_SO_PIN_FILE, OPT_SO_PIN_FD},
    [KUNCI_PIN_NEW_USER] = {OPT_NEW_PIN_FILE, OPT_NEW_PIN_FD},
    [KUNCI_PIN_NEW_SO] = {OPT_NEW_SO_PIN_FILE, OPT_NEW_SO_PIN_FD},
    [KUNCI_PIN_AGAIN] = {OPT_PIN_FILE, OPT_PIN_FD},
    [KUNCI_PIN_PUK] = {OPT_PUK_FILE, OPT_PUK_FD},
};

enum { KINDS = sizeof from / sizeof *from };

enum kunci_rc pins_check(const char *const *option, struct kunci_err *err)
{
    char name[32], detail[256];
    size_t kind;

    for (kind = 0; kind < KINDS; kind++) {
        const char *fd = option[from[kind].fd];

        snprintf(name, sizeof name, "--%s", options[from[kind].fd].name);
        if (fd && opt_number(fd, INT_MAX) < 0)
            return fail(err, KUNCI_USAGE_VALUE, name, _("it must be the number of a descriptor"));
        if (fd && option[from[kind].file]) {
            snprintf(detail, sizeof detail, _("--%s is given too"), options[from[kind].file].name);
            return fail(err, KUNCI_USAGE_VALUE, name, detail);
        }
    }
    return KUNCI_OK;
}

static bool is_new(const struct kunci_pin_ask *what)
{
    return what->kind == KUNCI_PIN_NEW_USER || what->kind == KUNCI_PIN_NEW_SO;
}

/* What stands on the lines above the prompt. The source is asked at all in these
 * states only with --last-try. */
static const char *warning(const struct kunci_pin_ask *what)
{
    if (is_new(what))
        return "";
    if (what->final_try)
        return _("This is the last try: a wrong PIN locks the token.\n");
    if (what->count_low)
        return _("A wrong PIN was given before: another one could lock the token.\n");
    return "";
}

static void question(const struct kunci_pin_ask *what, char *to, size_t size)
{
    const char *token = what->token;
    size_t min = what->min_len, max = what->max_len;

    switch (what->kind) {
    case KUNCI_PIN_USER:
        snprintf(to, size, _("PIN of %s (%zu to %zu characters): "), token, min, max);
        break;
    case KUNCI_PIN_SO:
        snprintf(to, size, _("Security officer's PIN of %s (%zu to %zu characters): "), token, min,
                 max);
        break;
    case KUNCI_PIN_NEW_USER:
        snprintf(to, size, _("New PIN of %s (%zu to %zu characters): "), token, min, max);
        break;
    case KUNCI_PIN_NEW_SO:
        snprintf(to, size, _("New security officer's PIN of %s (%zu to %zu characters): "), token,
                 min, max);
        break;
    case KUNCI_PIN_PUK:
        snprintf(to, size, _("PUK of %s (%zu to %zu characters): "), token, min, max);
        break;
    case KUNCI_PIN_AGAIN:
        snprintf(to, size, _("PIN of %s once more, for this signature (%zu to %zu characters): "),
                 token, min, max);
        break;
    }
}

/* A PIN of the wrong length is wrong for certain: sending it would only cost a try. */
static enum kunci_rc check_length(const struct kunci_pin_ask *what,
                                  const struct kunci_secret *secret, struct kunci_err *err)
{
    size_t len = kunci_secret_len(secret);
    char limits[64];

    if (len >= what->min_len && (what->max_len == 0 || len <= what->max_len))
        return KUNCI_OK;
    snprintf(limits, sizeof limits, _("%zu to %zu"), what->min_len, what->max_len);
    return fail(err, KUNCI_PIN_LENGTH, what->token, limits);
}

static enum kunci_rc from_terminal(const struct kunci_pin_ask *what, struct kunci_secret **out,
                                   struct kunci_err *err)
{
    struct kunci_secret *again = NULL;
    char line[256], prompt[512];
    enum kunci_rc rc;

    question(what, line, sizeof line);
    snprintf(prompt, sizeof prompt, "%s%s", warning(what), line);
    rc = kunci_secret_from_terminal(prompt, out, err);
    if (rc == KUNCI_PIN_REQUIRED) /* it knows no token */
        snprintf(err->about, sizeof err->about, "%s", what->token);
    if (rc != KUNCI_OK || !is_new(what))
        return rc;

    rc = check_length(what, *out, err);
    if (rc == KUNCI_OK)
        rc = kunci_secret_from_terminal(_("The same once more: "), &again, err);
    if (rc == KUNCI_OK && !kunci_secret_equal(*out, again))
        rc = fail(err, KUNCI_PIN_MISMATCH, what->token, NULL);
    kunci_secret_free(&again);
    return rc;
}

static enum kunci_rc ask(void *context, const struct kunci_pin_ask *what, struct kunci_secret **out,
                         struct kunci_err *err)
{
    const char **option = context;
    const char *file = option[from[what->kind].file], *fd = option[from[what->kind].fd];
    enum kunci_rc rc;

    *out = NULL;
    if (!file && !fd && (what->kind == KUNCI_PIN_USER || what->kind == KUNCI_PIN_AGAIN))
        file = what->pin_source;
    if (fd)
        rc = kunci_secret_from_fd((int)opt_number(fd, INT_MAX), out, err);
    else if (file)
        rc = kunci_secret_from_file(file, out, err);
    else
        rc = from_terminal(what, out, err);
    if (rc == KUNCI_OK)
        rc = check_length(what, *out, err);
    if (rc != KUNCI_OK)
        kunci_secret_free(out);
    return rc;
}

/* The person has to look at the reader now: said even with -q and --json. */
static void pinpad(void *context, const struct kunci_pin_ask *what)
{
    (void)context;
    fprintf(stderr, "%s", warning(what));
    switch (what->kind) {
    case KUNCI_PIN_USER:
    case KUNCI_PIN_AGAIN:
        fprintf(stderr, _("Type the PIN of %s on its own keypad.\n"), what->token);
        break;
    case KUNCI_PIN_SO:
        fprintf(stderr, _("Type the security officer's PIN of %s on its own keypad.\n"),
                what->token);
        break;
    case KUNCI_PIN_PUK:
        fprintf(stderr, _("Type the PUK of %s on its own keypad.\n"), what->token);
        break;
    case KUNCI_PIN_NEW_USER:
        fprintf(stderr, _("Type the new PIN of %s on its own keypad.\n"), what->token);
        break;
    case KUNCI_PIN_NEW_SO:
        fprintf(stderr, _("Type the security officer's new PIN of %s on its own keypad.\n"),
                what->token);
        break;
    }
}

struct kunci_pin_source pins_source(const char **option)
{
    struct kunci_pin_source source = {
        .ask = ask,
        .pinpad = pinpad,
        .context = option,
        .last_try = option[OPT_LAST_TRY] != NULL,
    };

    return source;
}
