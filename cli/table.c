/* Every command of the program. */
#include "cli/command.h"
#include "cli/near.h"
#include "cli/words.h"

#include <stdio.h>
#include <string.h>

#define PIN        (OPTION(PIN_FILE) | OPTION(PIN_FD))
#define SO_PIN     (OPTION(SO_PIN_FILE) | OPTION(SO_PIN_FD))
#define PUK        (OPTION(PUK_FILE) | OPTION(PUK_FD))
#define NEW_PIN    (OPTION(NEW_PIN_FILE) | OPTION(NEW_PIN_FD))
#define NEW_SO_PIN (OPTION(NEW_SO_PIN_FILE) | OPTION(NEW_SO_PIN_FD))
#define JUDGING    (OPTION(TRUST) | OPTION(AT) | OPTION(OFFLINE) | OPTION(REVOCATION) | OPTION(POLICY))
#define ACCOUNT    (OPTION(ACCOUNT) | OPTION(PASSWORD_FILE) | OPTION(PASSWORD_FD))
#define HANDED_IN  (OPTION(ATTACH) | OPTION(FIELDS) | OPTION(NO_WAIT))
#define TO_FILE    (OPTION(OUTPUT) | OPTION(DER) | OPTION(FORCE))

const struct noun nouns[] = {
    {"token", N_("The tokens that are plugged in.")},
    {"pin", N_("The PINs of a token.")},
    {"key", N_("The keys on a token.")},
    {"cert", N_("The certificates on a token.")},
    {"csr", N_("Requests for certificates.")},
    {"sign", N_("Signs files.")},
    {"verify", N_("Judges signatures of files.")},
    {"renew", N_("Renews the certificate on the token.")},
    {"enrol", N_("Gets a first certificate onto a token.")},
    {"revoke", N_("Has a certificate revoked.")},
    {"request", N_("Requests at the authority.")},
    {"sop", N_("The procedures that requests follow.")},
    {"ams", N_("The authority: accounts, certificates, requests.")},
    {"audit", N_("The authority's audit trail.")},
    {"lab", N_("A place to try everything out, with tokens that are software.")},
    {"completion", N_("Completion of commands by the shell.")},
    {"help", N_("Help: \"kunci help NOUN VERB\".")},
    {NULL, NULL},
};

/* noun, verb, what it does, argument, options, those required, function */
const struct verb verbs[] = {
    {"token", "list", N_("Lists the tokens."), NULL, 0, 0, cmd_token_list},
    {"token", "info", N_("Shows all that a token says of itself."), NULL, 0, 0, cmd_token_info},
    {"token", "init",
     N_("Sets a token up: wipes it, names it, gives it the security officer's PIN."), NULL,
     OPTION(LABEL) | OPTION(ERASE) | SO_PIN | NEW_SO_PIN, OPTION(LABEL), cmd_token_init},
    {"token", "watch", N_("Says when a token comes or goes, a line each time."), NULL,
     OPTION(TIMEOUT), 0, cmd_token_watch},

    {"pin", "status", N_("Shows the state of a token's PINs."), NULL, 0, 0, cmd_pin_status},
    {"pin", "set", N_("Gives the holder his first PIN, by the security officer's PIN."), NULL,
     SO_PIN | NEW_PIN, 0, cmd_pin_set},
    {"pin", "change", N_("Changes a PIN that is known."), NULL,
     OPTION(SO) | PIN | NEW_PIN | SO_PIN | NEW_SO_PIN, 0, cmd_pin_change},
    {"pin", "reset", N_("Gives the holder a new PIN, by the security officer's PIN or the PUK."),
     NULL, SO_PIN | PUK | NEW_PIN, 0, cmd_pin_reset},

    {"key", "list", N_("Lists the keys."), NULL, PIN, 0, cmd_key_list},
    {"key", "new", N_("Makes a key pair on the token."), NULL,
     OPTION(TYPE) | OPTION(LABEL) | PIN | SO_PIN, OPTION(TYPE) | OPTION(LABEL), cmd_key_new},
    {"key", "show", N_("Shows a key and its public half."), NULL,
     OPTION(KEY) | OPTION(ATTEST) | OPTION(ROOTS) | PIN, 0, cmd_key_show},
    {"key", "delete", N_("Deletes a key pair."), NULL, OPTION(KEY) | PIN, 0, cmd_key_delete},

    {"cert", "list", N_("Lists the certificates."), NULL, PIN, 0, cmd_cert_list},
    {"cert", "show", N_("Shows a certificate on the token, or in a file."), "[FILE]",
     OPTION(CERT) | PIN, 0, cmd_cert_show},
    {"cert", "import", N_("Writes a certificate beside its key."), "FILE",
     OPTION(REPLACE) | OPTION(CERT) | PIN | SO_PIN, 0, cmd_cert_import},
    {"cert", "export", N_("Copies a certificate out of the token."), NULL,
     OPTION(CERT) | OPTION(CHAIN) | OPTION(ISSUERS) | TO_FILE | PIN, 0, cmd_cert_export},
    {"cert", "lint", N_("Tries a certificate on the token, or in a file, by the rules."), "[FILE]",
     OPTION(CERT) | OPTION(PROFILE) | PIN, 0, cmd_cert_lint},
    {"cert", "delete", N_("Deletes a certificate."), NULL, OPTION(CERT) | PIN | SO_PIN, 0,
     cmd_cert_delete},
    {"cert", "verify", N_("Judges whether a certificate can be trusted."), "[FILE]",
     OPTION(CERT) | JUDGING | PIN, 0, cmd_cert_verify},

    {"csr", "new", N_("Makes a request for a certificate, signed by its key."), NULL,
     OPTION(KEY) | OPTION(SUBJECT) | OPTION(LIKE) | OPTION(SAN) | OPTION(USAGE) |
         OPTION(EXTENSION) | OPTION(ALG) | TO_FILE | PIN,
     0, cmd_csr_new},
    {"csr", "show", N_("Shows a request after checking its signature."), "FILE", 0, 0,
     cmd_csr_show},

    {"sign", "", N_("Signs files with a key on the token, one or many."), "[FILE...]",
     OPTION(KEY) | OPTION(CERT) | OPTION(ALG) | OPTION(FORMAT) | OPTION(LEVEL) | OPTION(TSA) |
         OPTION(ATTACHED) | OPTION(ISSUERS) | OPTION(JOIN) | OPTION(LIST) | OPTION(OUTPUT) |
         OPTION(OUT_DIR) | OPTION(FORCE) | OPTION(RESUME) | OPTION(JOBS) | PIN,
     0, cmd_sign},

    {"verify", "", N_("Judges signatures: by whom, when, of what, and whether they hold."),
     "FILE...", JUDGING | OPTION(CONTENT) | OPTION(REPORT) | OPTION(FORCE), 0, cmd_verify},

    {"renew", "",
     N_("Renews the certificate on the token: new key, request, approval, new certificate."), NULL,
     OPTION(CERT) | OPTION(TYPE) | HANDED_IN | PIN, 0, cmd_renew},
    {"enrol", "", N_("Gets a first certificate onto a token, which is set up where it is blank."),
     NULL, OPTION(LABEL) | OPTION(TYPE) | ACCOUNT | HANDED_IN | PIN | NEW_PIN | SO_PIN | NEW_SO_PIN,
     OPTION(ACCOUNT), cmd_enrol},
    {"revoke", "", N_("Has a certificate revoked, the one on the token or one of the account."),
     NULL, OPTION(REASON) | OPTION(CERT) | ACCOUNT | HANDED_IN | PIN, OPTION(REASON), cmd_revoke},

    {"request", "list", N_("Lists the requests that wait for you, or your own."), NULL,
     OPTION(MINE) | OPTION(ALL) | OPTION(CERT) | ACCOUNT | PIN, 0, cmd_request_list},
    {"request", "show", N_("Shows a request and what is decided upon."), "N",
     OPTION(CERT) | ACCOUNT | PIN, 0, cmd_request_show},
    {"request", "verify", N_("Declares a request to be checked, signed by your token."), "N",
     OPTION(OUTCOME) | OPTION(CERT) | PIN, 0, cmd_request_decide},
    {"request", "approve", N_("Approves a request, signed by your token."), "N",
     OPTION(OUTCOME) | OPTION(CERT) | PIN, 0, cmd_request_decide},
    {"request", "dispose", N_("Passes a request on, signed by your token."), "N",
     OPTION(OUTCOME) | OPTION(CERT) | PIN, 0, cmd_request_decide},
    {"request", "reject", N_("Rejects a request with a reason, signed by your token."), "N",
     OPTION(REASON) | OPTION(CERT) | PIN, OPTION(REASON), cmd_request_decide},
    {"request", "attach", N_("Attaches a document to a request of yours."), "N FILE...",
     OPTION(AS) | OPTION(CERT) | ACCOUNT | PIN, OPTION(AS), cmd_request_attach},
    {"request", "withdraw", N_("Withdraws a request of yours."), "N",
     OPTION(REASON) | OPTION(CERT) | ACCOUNT | PIN, 0, cmd_request_withdraw},

    {"sop", "list", N_("Lists the procedures."), NULL, 0, 0, cmd_sop_list},
    {"sop", "show", N_("Shows a procedure as its paper has it."), "NAME",
     OPTION(SVG) | OPTION(HTML) | OPTION(FORCE), 0, cmd_sop_show},
    {"sop", "check", N_("Looks for faults in procedures."), "NAME...", 0, 0, cmd_sop_check},
    {"sop", "play", N_("Plays a procedure, event by event, without any consequence."),
     "NAME [FILE]...", OPTION(AT), 0, cmd_sop_play},
    {"sop", "report", N_("Compares service times planned and used, from events."), "FILE...",
     OPTION(SINCE) | OPTION(UNTIL) | OPTION(AT) | OPTION(HTML) | OPTION(CSV) | OPTION(FORCE), 0,
     cmd_sop_report},

    {"ams", "init", N_("Makes the authority: its keys on the token, its certificates, its store."),
     "ORGANIZATION", TO_FILE | PIN, 0, NULL},
    {"ams", "ca", N_("Shows the authority's own certificates, or writes its revocation lists."),
     "show|crl", TO_FILE | PIN, 0, NULL},
    {"ams", "serve", N_("Serves: REST, OCSP, revocation lists, until it is ended."), NULL, PIN, 0,
     NULL},
    {"ams", "user",
     N_("Accounts: add and list them, give and take roles, disable and activate them."),
     "add|list|role|disable|activate [NAME]...",
     OPTION(ROLE) | OPTION(SCOPE) | OPTION(UNTIL) | OPTION(SUBJECT) | OPTION(DATA) | OPTION(CSR) |
         OPTION(PASSWORD_FILE) | TO_FILE | PIN,
     0, NULL},
    {"ams", "backup", N_("Copies the store into a file while it is in use."), "FILE", 0, 0, NULL},

    {"audit", "show", N_("Shows what was done last, and by whom."), NULL,
     OPTION(SINCE) | OPTION(UNTIL), 0, NULL},
    {"audit", "verify", N_("Looks the audit trail through, or an export of it."), "[FILE]",
     OPTION(TRUST), 0, NULL},
    {"audit", "export", N_("Writes the audit trail into a file that anybody can check."), NULL,
     OPTION(OUTPUT) | PIN, OPTION(OUTPUT), NULL},

    {"lab", "up", N_("Makes the lab: tokens, and an authority at work."), NULL,
     OPTION(DIR) | OPTION(WITH), 0, cmd_lab_up},
    {"lab", "down", N_("Takes the lab away."), NULL, OPTION(DIR), 0, cmd_lab_down},
    {"lab", "env", N_("Prints what another shell needs to use the lab."), NULL, OPTION(DIR), 0,
     cmd_lab_env},
    {"lab", "run",
     N_("Plays the life of a certificate in the lab, from its request to its revocation."), NULL,
     OPTION(DIR), 0, cmd_lab_run},

    {"completion", "bash", N_("Prints the script for bash."), NULL, 0, 0, cmd_completion_show},
    {"completion", "zsh", N_("Prints the script for zsh."), NULL, 0, 0, cmd_completion_show},
    {"completion", "fish", N_("Prints the script for fish."), NULL, 0, 0, cmd_completion_show},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

enum kunci_rc table_noun(const char *name, struct kunci_err *err)
{
    const char *best = NULL;
    size_t distance = 0;
    const struct noun *noun;

    for (noun = nouns; noun->name; noun++) {
        if (strcmp(noun->name, name) == 0)
            return KUNCI_OK;
        near_offer(name, noun->name, &best, &distance);
    }
    return fail(err, KUNCI_USAGE_COMMAND, name, best);
}

const struct verb *table_alone(const char *noun)
{
    const struct verb *verb;

    for (verb = verbs; verb->noun; verb++)
        if (!*verb->verb && strcmp(verb->noun, noun) == 0)
            return verb;
    return NULL;
}

void table_spell(const struct verb *verb, char *to, size_t size)
{
    snprintf(to, size, "%s%s%s", verb->noun, *verb->verb ? " " : "", verb->verb);
}

enum kunci_rc table_verb(const char *noun, const char *name, const struct verb **out,
                         struct kunci_err *err)
{
    char about[128], meant[64];
    const char *best = NULL;
    size_t distance = 0;
    const struct verb *verb;
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = table_noun(noun, err)) != KUNCI_OK)
        return rc;
    for (verb = verbs; verb->noun; verb++) {
        if (strcmp(verb->noun, noun) != 0)
            continue;
        if (strcmp(verb->verb, name) == 0) {
            *out = verb;
            return KUNCI_OK;
        }
        near_offer(name, verb->verb, &best, &distance);
    }
    snprintf(about, sizeof about, "%s %s", noun, name);
    if (best)
        snprintf(meant, sizeof meant, "%s %s", noun, best);
    return fail(err, KUNCI_USAGE_COMMAND, about, best ? meant : NULL);
}
