#include "cli/sign_plan.h"

#include "cli/file.h"
#include "cli/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { LIST_LIMIT = 16 << 20 };

bool sign_is_raw(const struct command *command)
{
    const char *format = command->option[OPT_FORMAT];

    return format && strcasecmp(format, "raw") == 0;
}

/* ---- the files ---- */

static bool is_standard(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* Each name ends with a NUL then. One file may hold either; no name holds a NUL. */
static void end_names(char *list, size_t len)
{
    char *at;

    if (memchr(list, '\0', len))
        return;
    for (at = list; (at = memchr(at, '\n', len - (size_t)(at - list))); at++)
        *at = '\0';
}

/* The next name that is not empty; NULL at the end. */
static char *next_name(char **at, const char *end)
{
    char *name;

    while (*at < end && !**at)
        ++*at;
    name = *at < end ? *at : NULL;
    if (name)
        *at += strlen(name);
    return name;
}

static enum kunci_rc read_list(const char *path, struct sign_plan *plan, size_t *len,
                               struct kunci_err *err)
{
    char *whole;
    enum kunci_rc rc = file_read(path, LIST_LIMIT, &plan->list, len, err);

    if (rc != KUNCI_OK)
        return rc;
    whole = realloc(plan->list, *len + 1);
    if (whole)
        plan->list = whole;
    plan->list[*len] = '\0';
    end_names(plan->list, *len);
    return KUNCI_OK;
}

static bool add_file(struct sign_plan *plan, const char *name)
{
    size_t count = plan->count;
    struct kunci_sign_item *grown;

    if ((count & (count - 1)) == 0) { /* a power of two, or none: it is full */
        grown = realloc(plan->items, (count ? 2 * count : 1) * sizeof *grown);
        if (!grown)
            return false;
        plan->items = grown;
    }
    plan->items[plan->count++] = (struct kunci_sign_item){
        .in = is_standard(name) ? NULL : name, .in_fd = STDIN_FILENO, .out_fd = STDOUT_FILENO};
    return true;
}

static enum kunci_rc collect(const struct command *command, struct sign_plan *plan,
                             struct kunci_err *err)
{
    const char *list = command->option[OPT_LIST];
    bool good = true;
    size_t i, len = 0;
    char *at, *name;

    if (list && read_list(list, plan, &len, err) != KUNCI_OK)
        return err->rc;
    for (i = 0; good && i < command->argument_count; i++)
        good = add_file(plan, command->arguments[i]);
    at = plan->list;
    while (good && list && (name = next_name(&at, plan->list + len)))
        good = add_file(plan, name);
    plan->many = list || plan->count > 1;
    return good ? KUNCI_OK : fail_memory(err);
}

/* ---- where the signatures go ---- */

static const char *suffix_of(const struct command *command)
{
    if (sign_is_raw(command))
        return ".sig";
    return command->option[OPT_ATTACHED] ? ".p7m" : ".p7s";
}

static char *default_name(const struct command *command, const char *in)
{
    const char *dir = command->option[OPT_OUT_DIR], *slash = strrchr(in, '/');
    const char *base = dir && slash ? slash + 1 : in;
    char *name = NULL;

    if (asprintf(&name, "%s%s%s%s", dir ? dir : "", dir ? "/" : "", base, suffix_of(command)) < 0)
        return NULL;
    return name;
}

/* Every name is the plan's own; NULL stands for standard output. */
static enum kunci_rc name_outputs(const struct command *command, struct sign_plan *plan,
                                  struct kunci_err *err)
{
    const char *one = command->option[OPT_OUTPUT];
    size_t i;

    for (i = 0; i < plan->count; i++) {
        struct kunci_sign_item *item = &plan->items[i];

        item->join = command->option[OPT_JOIN];
        if (one ? is_standard(one) : !item->in)
            continue;
        item->out = one ? strdup(one) : default_name(command, item->in);
        if (!item->out)
            return fail_memory(err);
    }
    return KUNCI_OK;
}

static int compare(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;

    return strcmp(*left, *right);
}

/* In one batch the second would find the first one's signature in its place. */
static enum kunci_rc check_names(const struct sign_plan *plan, struct kunci_err *err)
{
    const char **names = calloc(plan->count + 1, sizeof *names);
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    if (!names)
        return fail_memory(err);
    for (i = 0; i < plan->count; i++)
        names[i] = plan->items[i].out ? plan->items[i].out : "-";
    qsort(names, plan->count, sizeof *names, compare);
    for (i = 1; i < plan->count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            rc = fail(err, KUNCI_SIGN_SAME_OUTPUT, names[i], NULL);
    free(names);
    return rc;
}

/* ---- the whole ---- */

static enum kunci_rc check_options(const struct command *command, const struct sign_plan *plan,
                                   struct kunci_err *err)
{
    const char *const *option = command->option;
    bool raw = sign_is_raw(command);

    if (plan->count == 0)
        return fail(err, KUNCI_USAGE_MISSING, "FILE", NULL);
    if (plan->many && option[OPT_OUTPUT])
        return fail(err, KUNCI_USAGE_VALUE, "--output", _("it is for one file; use --out-dir"));
    if (plan->many && option[OPT_JOIN])
        return fail(err, KUNCI_USAGE_VALUE, "--join", _("it is for one file"));
    if (option[OPT_OUTPUT] && option[OPT_OUT_DIR])
        return fail(err, KUNCI_USAGE_VALUE, "--out-dir", _("--output is given too"));
    if (option[OPT_JOIN] && option[OPT_RESUME])
        return fail(err, KUNCI_USAGE_VALUE, "--resume", _("--join is given too"));
    if (raw && option[OPT_ATTACHED])
        return fail(err, KUNCI_USAGE_VALUE, "--attached", _("a bare signature holds no content"));
    if (raw && option[OPT_JOIN])
        return fail(err, KUNCI_USAGE_VALUE, "--join", _("a bare signature has one signer"));
    if (option[OPT_JOBS] && opt_number(option[OPT_JOBS], 256) < 1)
        return fail(err, KUNCI_USAGE_VALUE, "--jobs", _("it must be a number from 1 to 256"));
    return KUNCI_OK;
}

enum kunci_rc sign_plan_make(const struct command *command, struct sign_plan *out,
                             struct kunci_err *err)
{
    enum kunci_rc rc;

    *out = (struct sign_plan){0};
    if ((rc = collect(command, out, err)) == KUNCI_OK &&
        (rc = check_options(command, out, err)) == KUNCI_OK &&
        (rc = name_outputs(command, out, err)) == KUNCI_OK)
        rc = check_names(out, err);
    if (rc == KUNCI_OK && !out->items[0].out && command->out.json)
        rc = fail(err, KUNCI_USAGE_MISSING, "--output", NULL); /* a signature is no JSON */
    if (rc != KUNCI_OK)
        sign_plan_clear(out);
    return rc;
}

void sign_plan_clear(struct sign_plan *plan)
{
    size_t i;

    for (i = 0; i < plan->count; i++)
        free((void *)(uintptr_t)plan->items[i].out);
    free(plan->items);
    free(plan->list);
    *plan = (struct sign_plan){0};
}
