/* Every option of the program, in one table. */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order in which help shows them. */
enum option_id {
    OPT_LABEL,
    OPT_ERASE,
    OPT_TIMEOUT,
    OPT_SO,
    OPT_TYPE,
    OPT_KEY,
    OPT_ATTEST,
    OPT_ROOTS,
    OPT_CERT,
    OPT_SUBJECT,
    OPT_LIKE,
    OPT_SAN,
    OPT_USAGE,
    OPT_EXTENSION,
    OPT_REPLACE,
    OPT_CHAIN,
    OPT_ISSUERS,
    OPT_PROFILE,
    OPT_ALG,
    OPT_FORMAT,
    OPT_LEVEL,
    OPT_TSA,
    OPT_ATTACHED,
    OPT_JOIN,
    OPT_LIST,
    OPT_OUTPUT,
    OPT_OUT_DIR,
    OPT_DER,
    OPT_FORCE,
    OPT_RESUME,
    OPT_JOBS,
    OPT_DIR,
    OPT_WITH,
    OPT_TRUST,
    OPT_AT,
    OPT_OFFLINE,
    OPT_REVOCATION,
    OPT_POLICY,
    OPT_CONTENT,
    OPT_REPORT,
    OPT_SVG,
    OPT_HTML,
    OPT_CSV,
    OPT_SINCE,
    OPT_UNTIL,
    OPT_ROLE,
    OPT_SCOPE,
    OPT_DATA,
    OPT_CSR,
    OPT_ACCOUNT,
    OPT_PASSWORD_FILE,
    OPT_PASSWORD_FD,
    OPT_ATTACH,
    OPT_AS,
    OPT_FIELDS,
    OPT_REASON,
    OPT_OUTCOME,
    OPT_NO_WAIT,
    OPT_ALL,
    OPT_MINE,
    OPT_PIN_FILE,
    OPT_PIN_FD,
    OPT_SO_PIN_FILE,
    OPT_SO_PIN_FD,
    OPT_PUK_FILE,
    OPT_PUK_FD,
    OPT_NEW_PIN_FILE,
    OPT_NEW_PIN_FD,
    OPT_NEW_SO_PIN_FILE,
    OPT_NEW_SO_PIN_FD,
    /* the global ones */
    OPT_TOKEN,
    OPT_MODULE,
    OPT_IN_PROCESS,
    OPT_JSON,
    OPT_LANG,
    OPT_CONFIG,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_YES,
    OPT_LAST_TRY,
    OPT_HELP,
    OPT_VERSION,
    OPT_COUNT
};

/* A command's own; the global ones need no bit. */
typedef unsigned __int128 option_set;
#define OPTION(id) ((option_set)1 << OPT_##id)
_Static_assert(OPT_TOKEN <= 128, "each option of a command is a bit");

struct option_row {
    const char *name;    /* "label" */
    char letter;         /* of the short form; 0: none */
    const char *value;   /* what help calls the value; NULL: a flag */
    const char *choices; /* the only values, separated by blanks; NULL: any */
    const char *summary; /* marked by N_() */
    bool many;           /* it may be given more than once */
};

extern const struct option_row options[OPT_COUNT];

bool option_is_global(enum option_id id);
/* Whether an option is in a set of OPTION()s; a global one never is. */
bool option_in(option_set set, int id);

enum { MORE_MAX = 32 };

/* The command line taken apart, before anything is known of its command. */
struct command_line {
    char **argv;                   /* as it came */
    const char *option[OPT_COUNT]; /* values as given; "" for a flag; NULL: not given */
    const char **word;             /* what is no option, in order */
    size_t words;
    struct {
        int id;
        const char *value;
    } more[MORE_MAX]; /* further values of options that may be repeated, in order */
    unsigned mores;
};

/* Reads all of argv, whatever is wrong with it: --json and --lang are heeded
 * wherever they stand. The line is to be cleared in any case. */
KUNCI_MUST_USE enum kunci_rc opt_parse(int argc, char **argv, struct command_line *out,
                                       struct kunci_err *err);
void opt_clear(struct command_line *line);

/* Refuses options that are not in takes, and the lack of those in needs. The
 * command they were given to is named by about, "token init". */
KUNCI_MUST_USE enum kunci_rc opt_check(const struct command_line *line, const char *about,
                                       option_set takes, option_set needs, struct kunci_err *err);

/* All values of an option that may be repeated, ended by NULL. */
void opt_all(const struct command_line *line, enum option_id id, const char *to[MORE_MAX + 2]);

/* A whole number from 0 to most; -1 for anything else. */
long opt_number(const char *text, long most);

#endif
