#include "lib/fault/plan.h"

#include "lib/fault/names.h"

#include <p11-kit/pkcs11.h>
#include <string.h>

enum { WORDS = 6 };

struct word {
    const char *text;
    size_t length;
};

struct words {
    struct word word[WORDS];
    unsigned count, at;
};

enum amount { NOTHING, NUMBER, ANSWER, MECHANISM };
enum place { NOWHERE, MAYBE, SOMEWHERE }; /* whether F [N] follows */

static const struct row {
    const char *name, *second;
    enum fault_kind kind;
    enum amount amount;
    enum place place;
    bool file;
} rows[] = {
    {"clear", NULL, FAULT_CLEAR, NOTHING, NOWHERE, false},
    {"removed", "during", FAULT_REMOVED_DURING, NOTHING, SOMEWHERE, false},
    {"removed", NULL, FAULT_REMOVED, NOTHING, NOWHERE, false},
    {"inserted", NULL, FAULT_INSERTED, NOTHING, NOWHERE, false},
    {"locked", NULL, FAULT_LOCKED, NOTHING, NOWHERE, false},
    {"so-locked", NULL, FAULT_SO_LOCKED, NOTHING, NOWHERE, false},
    {"final-try", NULL, FAULT_FINAL_TRY, NOTHING, NOWHERE, false},
    {"count-low", NULL, FAULT_COUNT_LOW, NOTHING, NOWHERE, false},
    {"lock", "after", FAULT_LOCK_AFTER, NUMBER, NOWHERE, true},
    {"pinpad", NULL, FAULT_PINPAD, NOTHING, NOWHERE, true},
    {"write-protected", NULL, FAULT_WRITE_PROTECTED, NOTHING, NOWHERE, false},
    {"slow", NULL, FAULT_SLOW, NUMBER, MAYBE, false},
    {"hang", NULL, FAULT_HANG, NOTHING, MAYBE, false},
    {"crash", NULL, FAULT_CRASH, NOTHING, MAYBE, false},
    {"abort", NULL, FAULT_ABORT, NOTHING, MAYBE, false},
    {"exit", NULL, FAULT_EXIT, NOTHING, MAYBE, false},
    {"sessions", NULL, FAULT_SESSIONS, NUMBER, NOWHERE, false},
    {"no-mechanism", NULL, FAULT_NO_MECHANISM, MECHANISM, NOWHERE, false},
    {"no-ed25519", NULL, FAULT_NO_ED25519, NOTHING, NOWHERE, false},
    {"wrong-length", NULL, FAULT_WRONG_LENGTH, NOTHING, SOMEWHERE, false},
    {"error", NULL, FAULT_ERROR, ANSWER, SOMEWHERE, false},
    {"error-after", NULL, FAULT_ERROR_AFTER, ANSWER, SOMEWHERE, false},
    {"chatter", NULL, FAULT_CHATTER, NUMBER, SOMEWHERE, false},
    {"threads", NULL, FAULT_THREADS, NUMBER, SOMEWHERE, false},
};

static bool is(const struct word *word, const char *name)
{
    return word->length == strlen(name) && memcmp(word->text, name, word->length) == 0;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool split(struct words *words, const char *line, size_t length)
{
    size_t i = 0, begin;

    words->count = words->at = 0;
    while (true) {
        while (i < length && blank(line[i]))
            i++;
        if (i == length || line[i] == '#')
            return true;
        if (words->count == WORDS)
            return false;
        for (begin = i; i < length && !blank(line[i]); i++)
            ;
        words->word[words->count++] = (struct word){line + begin, i - begin};
    }
}

static const struct word *next(struct words *words)
{
    return words->at < words->count ? &words->word[words->at++] : NULL;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* So few digits that nothing overflows. */
static bool read_digits(const char *text, size_t length, int base, size_t most, unsigned long *out)
{
    size_t i;

    *out = 0;
    for (i = 0; i < length; i++) {
        if (digit(text[i]) >= base)
            return false;
        *out = *out * (unsigned long)base + (unsigned long)digit(text[i]);
    }
    return length > 0 && length <= most;
}

static bool read_number(const struct word *word, unsigned long *out)
{
    return word && read_digits(word->text, word->length, 10, 9, out);
}

static bool read_hex(const struct word *word, unsigned long *out)
{
    return word->length > 2 && memcmp(word->text, "0x", 2) == 0 &&
           read_digits(word->text + 2, word->length - 2, 16, 8, out);
}

static const char *read_amount(enum amount kind, struct words *words, unsigned long *out)
{
    const struct word *word;

    if (kind == NOTHING)
        return NULL;
    word = next(words);
    if (kind == NUMBER)
        return read_number(word, out) ? NULL : "a number is needed";
    if (kind == ANSWER)
        return word && (name_answer(word->text, word->length, out) || read_hex(word, out))
                   ? NULL
                   : "the name of an answer is needed, or 0x and its number";
    return word && (name_mechanism(word->text, word->length, out) || read_hex(word, out))
               ? NULL
               : "the name of a mechanism is needed, or 0x and its number";
}

static const char *read_place(const struct row *row, struct words *words, struct fault *fault)
{
    const struct word *word = row->place == NOWHERE ? NULL : next(words);

    if (!word)
        return row->place == SOMEWHERE ? "a function is needed" : NULL;
    if (!call_find(word->text, word->length, &fault->call))
        return "no function is called so";
    if (row->kind == FAULT_WRONG_LENGTH && !(call_traits(fault->call) & CALL_LENGTH))
        return "that function answers no length";
    word = next(words);
    if (word && (!read_number(word, &fault->nth) || fault->nth == 0))
        return "after the function comes which call of it, 1 or more";
    return NULL;
}

static const char *read_file(const struct row *row, struct words *words, char path[PLAN_PATH])
{
    const struct word *word = row->file ? next(words) : NULL;

    path[0] = '\0';
    if (!word)
        return NULL;
    if (word->length >= PLAN_PATH || memchr(word->text, '\0', word->length))
        return "the name of the file is too long";
    memcpy(path, word->text, word->length);
    path[word->length] = '\0';
    return NULL;
}

static const struct row *find_row(struct words *words)
{
    const struct row *row;

    for (row = rows; row < rows + sizeof rows / sizeof rows[0]; row++) {
        if (!is(&words->word[0], row->name))
            continue;
        words->at = row->second ? 2 : 1;
        if (!row->second || (words->count > 1 && is(&words->word[1], row->second)))
            return row;
    }
    return NULL;
}

static const char *apply(struct plan *plan, const struct fault *fault, const char *path)
{
    if (fault->kind == FAULT_CLEAR) {
        memset(plan, 0, sizeof *plan);
        return NULL;
    }
    if (fault->kind == FAULT_REMOVED || fault->kind == FAULT_INSERTED) {
        plan->out = fault->kind == FAULT_REMOVED;
        return NULL;
    }
    if (plan->count == PLAN_FAULTS)
        return "there are too many faults";
    if (fault->kind == FAULT_PINPAD)
        strcpy(plan->pinpad, path);
    if (fault->kind == FAULT_LOCK_AFTER)
        strcpy(plan->tries, path);
    plan->faults[plan->count++] = *fault;
    return NULL;
}

const char *plan_add(struct plan *plan, const char *line, size_t length)
{
    struct fault fault = {.call = CALL_ANY};
    char path[PLAN_PATH];
    const struct row *row;
    struct words words;
    const char *wrong;

    if (!split(&words, line, length))
        return "there are too many words";
    if (words.count == 0)
        return NULL;
    row = find_row(&words);
    if (!row)
        return "no fault is called so";
    fault.kind = row->kind;
    wrong = read_amount(row->amount, &words, &fault.amount);
    if (!wrong)
        wrong = read_place(row, &words, &fault);
    if (!wrong)
        wrong = read_file(row, &words, path);
    if (!wrong && words.at < words.count)
        wrong = "there are too many words";
    return wrong ? wrong : apply(plan, &fault, path);
}

unsigned plan_read(struct plan *plan, const void *bytes, size_t size, plan_complain *complain,
                   void *context)
{
    const char *at = bytes, *end = at + size, *stop, *wrong;
    unsigned line = 0, bad = 0;

    while (at < end) {
        line++;
        stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            stop = end;
        wrong = plan_add(plan, at, (size_t)(stop - at));
        if (wrong) {
            complain(context, line, wrong);
            bad++;
        }
        at = stop < end ? stop + 1 : end;
    }
    return bad;
}

bool fault_meets(const struct fault *fault, enum call_id call, unsigned long nth)
{
    return (fault->call == CALL_ANY || fault->call == call) &&
           (fault->nth == 0 || fault->nth == nth);
}

const struct fault *plan_meets(const struct plan *plan, enum fault_kind kind, enum call_id call,
                               unsigned long nth)
{
    unsigned i;

    for (i = 0; i < plan->count; i++)
        if (plan->faults[i].kind == kind && fault_meets(&plan->faults[i], call, nth))
            return &plan->faults[i];
    return NULL;
}

const struct fault *plan_holds(const struct plan *plan, enum fault_kind kind)
{
    unsigned i;

    for (i = plan->count; i > 0; i--)
        if (plan->faults[i - 1].kind == kind)
            return &plan->faults[i - 1];
    return NULL;
}

bool plan_hides(const struct plan *plan, unsigned long mechanism)
{
    unsigned i;

    for (i = 0; i < plan->count; i++)
        if (plan->faults[i].kind == FAULT_NO_MECHANISM && plan->faults[i].amount == mechanism)
            return true;
    return (mechanism == CKM_EDDSA || mechanism == CKM_EC_EDWARDS_KEY_PAIR_GEN) &&
           plan_holds(plan, FAULT_NO_ED25519);
}
