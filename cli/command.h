/* The command table, and one command as it was typed. The table feeds dispatch,
 * help and completion alike. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/opt.h"
#include "cli/out.h"

#include <kunci.h>

struct command;

/* Does the work. Under --json its answer is command->answer; for people it prints
 * to command->out. It prints no error: main() does. */
typedef enum kunci_rc command_run(struct command *command, struct kunci_err *err);

/* A row of the table. */
struct verb {
    const char *noun, *verb; /* the verb is "" where the noun is the whole command */
    const char *summary;     /* a sentence, marked by N_() */
    const char *argument;    /* as help shows it: "FILE", "[FILE]", "[FILE...]"; NULL: takes none */
    option_set options;      /* OPTION(...)s it takes beside the global ones */
    option_set required;     /* those of them that it cannot do without */
    command_run *run;        /* NULL: the authority's, which kuncid does */
};

struct noun {
    const char *name;
    const char *summary; /* marked by N_() */
};

extern const struct verb verbs[]; /* ends with a NULL noun */
extern const struct noun nouns[]; /* ends with a NULL name */

/* Look-ups; what is not there is KUNCI_USAGE_COMMAND with the nearest name. */
KUNCI_MUST_USE enum kunci_rc table_noun(const char *name, struct kunci_err *err);
/* The row of a noun that is a command by itself; NULL for all others. */
const struct verb *table_alone(const char *noun);
/* "token init", "sign". */
void table_spell(const struct verb *verb, char *to, size_t size);
KUNCI_MUST_USE enum kunci_rc table_verb(const char *noun, const char *name, const struct verb **out,
                                        struct kunci_err *err);

struct command {
    const struct verb *verb;
    const char *option[OPT_COUNT]; /* values as given; "" for a flag; NULL: not given */
    const char *argument;          /* the first; NULL: none */
    const char *const *arguments;  /* all of them */
    size_t argument_count;
    const struct command_line *line; /* for options that were repeated: opt_all() */
    struct kunci_config config;
    struct kunci_modules *modules; /* NULL until command_modules() */
    struct out out;
    json_t *answer; /* an object, empty at first */
    int exit_code;  /* of an answer: 1 where it is a bad one */
};

/* Opens the modules that --module or the settings name, once. */
KUNCI_MUST_USE enum kunci_rc command_modules(struct command *command,
                                             struct kunci_modules **modules, struct kunci_err *err);

/* Does what is the authority's: away.c hands it to kuncid, whose own is in kuncid.c. */
command_run command_served;
/* The verb that a noun by itself means in this program: "kuncid ams" serves. NULL: none. */
const char *command_usual(const char *noun);

/* The token that --token chooses, or the only one. blank: one that has not been
 * set up will do. */
KUNCI_MUST_USE enum kunci_rc command_token(struct command *command, enum kunci_blank blank,
                                           struct kunci_token **token, struct kunci_err *err);

/* Of the key that --key names on that token, or of the only one; by --alg, or the key's
 * usual way. */
KUNCI_MUST_USE enum kunci_rc command_signer(struct command *command, struct kunci_token *token,
                                            struct kunci_signer **signer, struct kunci_err *err);

command_run cmd_token_list, cmd_token_info, cmd_token_init, cmd_token_watch;
command_run cmd_pin_status, cmd_pin_set, cmd_pin_change, cmd_pin_reset;
command_run cmd_key_list, cmd_key_new, cmd_key_show, cmd_key_delete;
command_run cmd_cert_list, cmd_cert_show, cmd_cert_import, cmd_cert_export, cmd_cert_delete;
command_run cmd_cert_lint, cmd_cert_verify;
command_run cmd_csr_new, cmd_csr_show;
command_run cmd_sign, cmd_verify;
command_run cmd_renew, cmd_enrol, cmd_revoke;
command_run cmd_request_list, cmd_request_show, cmd_request_attach, cmd_request_withdraw;
command_run cmd_request_decide; /* for every decision: the verb names it */
command_run cmd_sop_list, cmd_sop_show, cmd_sop_check, cmd_sop_play, cmd_sop_report;
command_run cmd_lab_up, cmd_lab_down, cmd_lab_env, cmd_lab_run;
command_run cmd_completion_show; /* for every shell: the verb names it */

#endif
