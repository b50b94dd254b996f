#include "cli/opt.h"

#include "cli/near.h"
#include "cli/words.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TYPES "rsa2048 rsa3072 rsa4096 p256 p384 p521 ed25519"
#define ALGS                                                                                       \
    "RSA-SHA256 RSA-SHA384 RSA-SHA512 PSS-SHA256 PSS-SHA384 PSS-SHA512 "                           \
    "ECDSA-SHA256 ECDSA-SHA384 ECDSA-SHA512 Ed25519"

const struct option_row options[OPT_COUNT] = {
    [OPT_LABEL] = {"label", 0, "LABEL", NULL, N_("the name it gets")},
    [OPT_ERASE] = {"erase", 0, NULL, NULL,
                   N_("erase all that is on a token that was set up before")},
    [OPT_TIMEOUT] = {"timeout", 0, "SECONDS", NULL, N_("stop after this time")},
    [OPT_SO] = {"so", 0, NULL, NULL, N_("the security officer's PIN, not the holder's")},
    [OPT_TYPE] = {"type", 0, "TYPE", TYPES, N_("what kind of key")},
    [OPT_KEY] = {"key", 0, "KEY", NULL, N_("the key, by label, id or URI")},
    [OPT_ATTEST] = {"attest", 0, NULL, NULL,
                    N_("check the device's word that the key was made in it")},
    [OPT_ROOTS] = {"roots", 0, "FILE", NULL,
                   N_("certificates of the device's maker, in PEM; with --attest")},
    [OPT_CERT] = {"cert", 0, "CERT", NULL, N_("the certificate, by label, id or URI")},
    [OPT_SUBJECT] = {"subject", 0, "NAME", NULL, N_("whom it is for: \"C=ID, O=Dinas, CN=Budi\"")},
    [OPT_LIKE] = {"like", 0, "CERT", NULL,
                  N_("ask for what this certificate has, a file or on the token")},
    [OPT_SAN] = {"san", 0, "NAME", NULL,
                 N_("an alternative name, like dns:www.contoh.go.id or email:budi@contoh.go.id; "
                    "one each time"),
                 true},
    [OPT_USAGE] = {"usage", 0, "USAGE", NULL,
                   N_("what the key is for, like nonRepudiation or clientAuth; one each time"),
                   true},
    [OPT_EXTENSION] = {"extension", 0, "OID=HEX", NULL,
                       N_("another extension, 1.2.3=0500 or 1.2.3=critical,0500; one each time"),
                       true},
    [OPT_REPLACE] = {"replace", 0, NULL, NULL,
                     N_("then delete the certificate in whose place it stands")},
    [OPT_CHAIN] = {"chain", 0, NULL, NULL, N_("its issuers too")},
    [OPT_ISSUERS] = {"issuers", 0, "PATH", NULL,
                     N_("where issuers are looked for beside the token: a file or a folder")},
    [OPT_PROFILE] = {"profile", 0, "PROFILE", NULL,
                     N_("the rules of a profile too: its name, or a file with a / in its path")},
    [OPT_ALG] = {"alg", 0, "ALGORITHM", ALGS, N_("how it is signed")},
    [OPT_FORMAT] = {"format", 0, "FORMAT", "cades raw", N_("what the signature is")},
    [OPT_LEVEL] = {"level", 0, "LEVEL", "b t", N_("b: the signature alone; t: with a timestamp")},
    [OPT_TSA] = {"tsa", 0, "URL", NULL,
                 N_("a timestamp authority to ask, before those of the settings; one each time"),
                 true},
    [OPT_ATTACHED] = {"attached", 0, NULL, NULL, N_("the file's content goes into the signature")},
    [OPT_JOIN] = {"join", 0, "FILE", NULL,
                  N_("a signature of the same file: it stays, one more signer is added")},
    [OPT_LIST] =
        {"list", 0, "FILE", NULL,
         N_("the names of further files, a line each or ended by NUL; - is standard input")},
    [OPT_OUTPUT] = {"output", 'o', "FILE", NULL, N_("where to write it; - is standard output")},
    [OPT_OUT_DIR] = {"out-dir", 0, "FOLDER", NULL, N_("the folder that signatures go to")},
    [OPT_DER] = {"der", 0, NULL, NULL, N_("write DER, not PEM")},
    [OPT_FORCE] = {"force", 0, NULL, NULL, N_("overwrite a file that exists")},
    [OPT_RESUME] = {"resume", 0, NULL, NULL,
                    N_("leave files that are signed already, sign the others")},
    [OPT_JOBS] = {"jobs", 0, "N", NULL, N_("how many files at a time; else one for each core")},
    [OPT_DIR] = {"dir", 0, "FOLDER", NULL, N_("the folder of the lab")},
    [OPT_WITH] = {"with", 0, "NAMES", NULL,
                  N_("tokens beside SoftHSM's: softhsm, opencryptoki, tpm2, opensc, ykcs11, "
                     "p11kit, nss")},
    [OPT_TRUST] = {"trust", 0, "FILE-OR-FOLDER", NULL, N_("authorities to believe, and no others")},
    [OPT_AT] = {"at", 0, "TIME", NULL, N_("the moment asked about: \"2026-11-21T02:37:36Z\"")},
    [OPT_OFFLINE] = {"offline", 0, NULL, NULL, N_("fetch nothing from the network")},
    [OPT_REVOCATION] = {"revocation", 0, "HOW", "hard soft off",
                        N_("what to do where nobody tells of revocation")},
    [OPT_POLICY] = {"policy", 0, "OID", NULL, N_("a certificate policy that must be allowed")},
    [OPT_CONTENT] = {"content", 0, "FILE", NULL, N_("the file that the signature was made of")},
    [OPT_REPORT] = {"report", 0, "FILE", NULL, N_("write the report as a page too, in HTML")},
    [OPT_SVG] = {"svg", 0, "FILE", NULL,
                 N_("write the flow chart as a picture; - is standard output")},
    [OPT_HTML] = {"html", 0, "FILE", NULL, N_("write it as a page that prints on A4")},
    [OPT_CSV] = {"csv", 0, "FILE", NULL, N_("write it as a table for a spreadsheet")},
    [OPT_SINCE] = {"since", 0, "TIME", NULL, N_("nothing from before: \"2026-11-01\"")},
    [OPT_UNTIL] = {"until", 0, "TIME", NULL, N_("nothing from then on")},
    [OPT_ROLE] = {"role", 0, "ROLE", NULL, N_("a role of the procedures, like op; one each time"),
                  true},
    [OPT_SCOPE] = {"scope", 0, "INSTITUTION", NULL,
                   N_("where: an institution and all below it, like kapuas/dinkes")},
    [OPT_DATA] = {"data", 0, "FILE", NULL, N_("the person's data, in YAML")},
    [OPT_CSR] = {"csr", 0, "FILE", NULL, N_("a certificate request, answered at once")},
    [OPT_ACCOUNT] = {"account", 0, "NAME", NULL, N_("log in to this account by its password")},
    [OPT_PASSWORD_FILE] = {"password-file", 0, "FILE", NULL,
                           N_("the password is the first line of this file")},
    [OPT_PASSWORD_FD] = {"password-fd", 0, "N", NULL,
                         N_("the password is the next line of this descriptor")},
    [OPT_ATTACH] = {"attach", 0, "NAME=FILE", NULL,
                    N_("a document that is asked for: surat-rekomendasi=surat.pdf; one each time"),
                    true},
    [OPT_AS] = {"as", 0, "NAME", NULL, N_("what the document is: surat-rekomendasi")},
    [OPT_FIELDS] = {"fields", 0, "FILE", NULL,
                    N_("what letter and identity card say, in YAML; - is standard input")},
    [OPT_REASON] = {"reason", 0, "REASON", NULL, N_("why")},
    [OPT_OUTCOME] = {"outcome", 0, "OUTCOME", NULL, N_("which way a step with several ends")},
    [OPT_NO_WAIT] = {"no-wait", 0, NULL, NULL,
                     N_("end where somebody else has to act; the same command goes on later")},
    [OPT_ALL] = {"all", 0, NULL, NULL, N_("those that are over, too")},
    [OPT_MINE] = {"mine", 0, NULL, NULL, N_("those that I have made")},
    [OPT_PIN_FILE] = {"pin-file", 0, "FILE", NULL, N_("the PIN is the first line of this file")},
    [OPT_PIN_FD] = {"pin-fd", 0, "N", NULL, N_("the PIN is the next line of this descriptor")},
    [OPT_SO_PIN_FILE] = {"so-pin-file", 0, "FILE", NULL,
                         N_("the security officer's PIN is the first line of this file")},
    [OPT_SO_PIN_FD] = {"so-pin-fd", 0, "N", NULL,
                       N_("the security officer's PIN is the next line of this descriptor")},
    [OPT_PUK_FILE] = {"puk-file", 0, "FILE", NULL, N_("the PUK is the first line of this file")},
    [OPT_PUK_FD] = {"puk-fd", 0, "N", NULL, N_("the PUK is the next line of this descriptor")},
    [OPT_NEW_PIN_FILE] = {"new-pin-file", 0, "FILE", NULL,
                          N_("the new PIN is the first line of this file")},
    [OPT_NEW_PIN_FD] = {"new-pin-fd", 0, "N", NULL,
                        N_("the new PIN is the next line of this descriptor")},
    [OPT_NEW_SO_PIN_FILE] = {"new-so-pin-file", 0, "FILE", NULL,
                             N_("the security officer's new PIN is the first line of this file")},
    [OPT_NEW_SO_PIN_FD] =
        {"new-so-pin-fd", 0, "N", NULL,
         N_("the security officer's new PIN is the next line of this descriptor")},
    [OPT_TOKEN] = {"token", 0, "TOKEN", NULL, N_("the token, by label, serial number or URI")},
    [OPT_MODULE] = {"module", 0, "FILE", NULL, N_("the PKCS#11 module to use, and no other")},
    [OPT_IN_PROCESS] = {"in-process", 0, NULL, NULL, N_("give no module a process of its own")},
    [OPT_JSON] = {"json", 0, NULL, NULL, N_("answer in JSON")},
    [OPT_LANG] = {"lang", 0, "LANGUAGE", "id en", N_("the language of what is said")},
    [OPT_CONFIG] = {"config", 0, "FILE", NULL,
                    N_("the settings file (else the one KUNCI_CONFIG names)")},
    [OPT_QUIET] = {"quiet", 'q', NULL, NULL, N_("no remarks beside the answer")},
    [OPT_VERBOSE] = {"verbose", 'v', NULL, NULL, N_("say on standard error what is being done")},
    [OPT_YES] = {"yes", 0, NULL, NULL, N_("do it without asking")},
    [OPT_LAST_TRY] = {"last-try", 0, NULL, NULL,
                      N_("try a PIN even where a wrong one could lock the token")},
    [OPT_HELP] = {"help", 0, NULL, NULL, N_("show help")},
    [OPT_VERSION] = {"version", 0, NULL, NULL, N_("show the version")},
};

bool option_is_global(enum option_id id)
{
    return id >= OPT_TOKEN;
}

bool option_in(option_set set, int id)
{
    return !option_is_global((enum option_id)id) && set >> id & 1;
}

/* getopt's numbers for options: past every letter, and past the 1 that stands
 * for what is no option. */
enum { FIRST = 256 };

static int option_of(int got)
{
    int id;

    if (got >= FIRST)
        return got - FIRST;
    for (id = 0; id < OPT_COUNT; id++)
        if (options[id].letter && options[id].letter == got)
            return id;
    return -1;
}

static void name_of(int id, char *to, size_t size)
{
    snprintf(to, size, "--%s", options[id].name);
}

/* From here to opt_parse() a mistake goes into err, which keeps the first, and the
 * reading goes on. */

/* A name that is no option; meant is the one it begins like, -1 where none. */
static void unknown(const char *typed, int meant, struct kunci_err *err)
{
    const char *best = meant >= 0 ? options[meant].name : NULL;
    char name[64], suggestion[32] = "";
    size_t distance = 0;
    int id;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(typed, "="), typed);
    for (id = 0; meant < 0 && id < OPT_COUNT && strncmp(name, "--", 2) == 0; id++)
        near_offer(name + 2, options[id].name, &best, &distance);
    if (best)
        snprintf(suggestion, sizeof suggestion, "--%s", best);
    fail(err, KUNCI_USAGE_OPTION, name, suggestion);
}

/* Whether text is one of the words in choices. */
static bool chosen(const char *choices, const char *text)
{
    size_t len = strlen(text);

    if (strchr(text, ' '))
        return false;
    while (choices) {
        if (strncasecmp(choices, text, len) == 0 && (choices[len] == ' ' || !choices[len]))
            return true;
        choices = strchr(choices, ' ');
        choices += choices ? 1 : 0;
    }
    return false;
}

static void take(int id, const char *value, struct command_line *out, struct kunci_err *err)
{
    const struct option_row *row = &options[id];
    char name[32], detail[256];

    name_of(id, name, sizeof name);
    if (out->option[id] && (!row->many || out->mores == MORE_MAX)) {
        fail(err, KUNCI_USAGE_REPEATED, name, NULL);
    } else if (row->value && !*value) {
        fail(err, KUNCI_USAGE_VALUE, name, _("it is empty"));
    } else if (row->choices && !chosen(row->choices, value)) {
        snprintf(detail, sizeof detail, _("it must be one of: %s"), row->choices);
        fail(err, KUNCI_USAGE_VALUE, name, detail);
    } else if (out->option[id]) {
        out->more[out->mores].id = id;
        out->more[out->mores++].value = value;
    } else {
        out->option[id] = value;
    }
}

/* What getopt calls '?' or ':': an unknown option, a value too many or too few. */
static void refuse(int got, const char *typed, struct kunci_err *err)
{
    char letter[3] = {'-', (char)optopt, '\0'}, name[32];
    int id = option_of(optopt);

    if (id < 0) {
        unknown(optopt ? letter : typed, -1, err);
        return;
    }
    name_of(id, name, sizeof name);
    fail(err, KUNCI_USAGE_VALUE, name, got == ':' ? _("it is missing") : _("it takes none"));
}

static void take_word(const char *word, struct command_line *out)
{
    out->word[out->words++] = word;
}

/* getopt takes "--lab" for "--label". We do not: a name that is added later must
 * not change what a script means. */
static bool abbreviated(int id, const char *typed)
{
    return strncmp(typed, "--", 2) == 0 &&
           strncmp(typed + 2, options[id].name, strcspn(typed + 2, "=")) == 0 &&
           strcspn(typed + 2, "=") != strlen(options[id].name);
}

enum { SHORT_MAX = 3 + 2 * OPT_COUNT };

/* "-" keeps words in their order whatever POSIXLY_CORRECT says, ":" tells a
 * missing value from an unknown option. */
static void prepare(struct option *longs, char *shorts)
{
    int id;

    *shorts++ = '-';
    *shorts++ = ':';
    for (id = 0; id < OPT_COUNT; id++) {
        longs[id] = (struct option){options[id].name, options[id].value ? required_argument : 0,
                                    NULL, FIRST + id};
        if (!options[id].letter)
            continue;
        *shorts++ = options[id].letter;
        if (options[id].value)
            *shorts++ = ':';
    }
    *shorts = '\0';
    longs[OPT_COUNT] = (struct option){0};
}

enum kunci_rc opt_parse(int argc, char **argv, struct command_line *out, struct kunci_err *err)
{
    struct option longs[OPT_COUNT + 1];
    char shorts[SHORT_MAX];
    int got;

    *out = (struct command_line){.argv = argv, .word = calloc((size_t)argc + 1, sizeof *out->word)};
    if (!out->word)
        return fail_memory(err);
    prepare(longs, shorts);
    opterr = 0;
    optind = 0; /* glibc: start anew */
    while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        int id = option_of(got);
        bool apart = optarg && optarg == argv[optind - 1];
        const char *typed = argv[optind - (apart ? 2 : 1)];

        if (got == 1)
            take_word(optarg, out);
        else if (got == '?' || got == ':')
            refuse(got, typed, err);
        else if (got >= FIRST && abbreviated(id, typed))
            unknown(typed, id, err);
        else
            take(id, optarg ? optarg : "", out, err);
    }
    for (; optind < argc; optind++)
        take_word(argv[optind], out);
    return err->rc;
}

void opt_clear(struct command_line *line)
{
    free(line->word);
    *line = (struct command_line){0};
}

enum kunci_rc opt_check(const struct command_line *line, const char *about, option_set takes,
                        option_set needs, struct kunci_err *err)
{
    char name[32];
    int id;

    for (id = 0; !option_is_global((enum option_id)id); id++) {
        name_of(id, name, sizeof name);
        if (line->option[id] && !option_in(takes, id))
            return fail(err, KUNCI_USAGE_MISPLACED, name, about);
    }
    for (id = 0; id < OPT_COUNT; id++) {
        name_of(id, name, sizeof name);
        if (option_in(needs, id) && !line->option[id])
            return fail(err, KUNCI_USAGE_MISSING, name, NULL);
    }
    return KUNCI_OK;
}

void opt_all(const struct command_line *line, enum option_id id, const char *to[MORE_MAX + 2])
{
    unsigned i;

    if (line->option[id])
        *to++ = line->option[id];
    for (i = 0; i < line->mores; i++)
        if (line->more[i].id == (int)id)
            *to++ = line->more[i].value;
    *to = NULL;
}

long opt_number(const char *text, long most)
{
    long number = 0;

    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
        if (number > most)
            return -1;
    }
    return number;
}
