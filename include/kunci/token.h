/* Modules, the tokens seen through them, and their PINs. */
#ifndef KUNCI_TOKEN_H
#define KUNCI_TOKEN_H

#include <kunci/error.h>
#include <kunci/secret.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kunci_modules; /* the modules in use, and every token seen through them */
struct kunci_token;   /* one token; belongs to its kunci_modules, lives as long */

/* ---- asking for PINs ---- */

enum kunci_pin_kind {
    KUNCI_PIN_USER,     /* the holder's PIN */
    KUNCI_PIN_SO,       /* the security officer's */
    KUNCI_PIN_NEW_USER, /* a new one for the holder, to be typed twice */
    KUNCI_PIN_NEW_SO,   /* a new one for the security officer */
    KUNCI_PIN_AGAIN,    /* the holder's, once more: the key asks at each use */
    KUNCI_PIN_PUK       /* what resets the holder's on some cards */
};

struct kunci_pin_ask {
    enum kunci_pin_kind kind;
    const char *token;         /* its label, made printable */
    size_t min_len, max_len;   /* what the token takes */
    bool count_low, final_try; /* a wrong PIN was given before; one try is left */
    const char *pin_source;    /* pin-source of the URI in use; NULL where none */
};

/* Where PINs come from. ask() is never called for a token with its own pinpad
 * and never twice for one login. Meanwhile other threads go on; only logging in
 * to the same token waits. */
struct kunci_pin_source {
    enum kunci_rc (*ask)(void *context, const struct kunci_pin_ask *what, struct kunci_secret **out,
                         struct kunci_err *err);
    /* Called before the person has to act on the token's own pinpad; may be NULL. */
    void (*pinpad)(void *context, const struct kunci_pin_ask *what);
    void *context;
    bool last_try; /* go on where a wrong PIN could lock the token */
};

/* ---- modules ---- */

/* Where a module's code runs. */
enum kunci_isolation {
    KUNCI_ISOLATION_USUAL,   /* SoftHSM in this process, all others in one of their own */
    KUNCI_ISOLATION_PROCESS, /* in a process of its own: it may hang or crash */
    KUNCI_ISOLATION_NONE     /* in this process */
};

/* How a forgotten PIN is replaced. */
enum kunci_pin_reset {
    KUNCI_PIN_RESET_SO,  /* by the security officer's PIN */
    KUNCI_PIN_RESET_PUK, /* by the PUK */
    KUNCI_PIN_RESET_TOOL /* not through the module */
};

/* How one module is run. */
struct kunci_module_setting {
    char *module; /* its file, with or without the folder */
    enum kunci_isolation isolation;
    bool serial;                /* in its process one call at a time: it cannot bear threads */
    int64_t deadline_s;         /* how long a call may take in its process; 0: 15 seconds */
    char *initialise;           /* a text that its C_Initialize needs; NULL: none */
    enum kunci_pin_reset reset; /* KUNCI_PIN_RESET_PUK where it is set up for that */
};

struct kunci_modules_options {
    const char *path;               /* one module; NULL: all that p11-kit's configuration names */
    enum kunci_isolation isolation; /* of modules whose setting says nothing else */
    const struct kunci_module_setting *settings;
    size_t setting_count;
    struct kunci_pin_source source; /* ask is NULL where nobody can be asked */
};

/* Opens modules. With NULL as options: those of p11-kit's configuration, and nobody
 * can be asked. Stores of trusted certificates are left out. A module that cannot be
 * used is listed as broken and never hides the others; with a path it is the error. */
KUNCI_MUST_USE enum kunci_rc kunci_modules_open(const struct kunci_modules_options *options,
                                                struct kunci_modules **out, struct kunci_err *err);
void kunci_modules_free(struct kunci_modules **modules);

/* Modules that could not be used: 0 where i is past the last. */
bool kunci_modules_broken(const struct kunci_modules *modules, size_t i, const char **name,
                          const char **why);

/* Looks at every slot anew. kunci_modules_open() did it once. */
KUNCI_MUST_USE enum kunci_rc kunci_modules_scan(struct kunci_modules *modules,
                                                struct kunci_err *err);

/* The tokens present at the last scan, each once however many modules show it. */
size_t kunci_token_count(const struct kunci_modules *modules);
struct kunci_token *kunci_token_at(const struct kunci_modules *modules, size_t i);

/* Whether a token that is not set up can be meant where nothing says which. */
enum kunci_blank {
    KUNCI_BLANK_NEVER,
    KUNCI_BLANK_LAST, /* where no other is there */
    KUNCI_BLANK_FIRST /* rather than one that is set up */
};

/* Chooses by label, serial number or RFC 7512 URI; NULL: the only one. Several
 * that fit are an error that names them: nothing is guessed. */
KUNCI_MUST_USE enum kunci_rc kunci_token_find(struct kunci_modules *modules, const char *select,
                                              enum kunci_blank blank, struct kunci_token **out,
                                              struct kunci_err *err);

/* ---- tokens ---- */

struct kunci_token_info {
    char label[33], manufacturer[33], model[17], serial[17]; /* printable UTF-8 */
    char slot[65];                                           /* the reader's description */
    unsigned long slot_id; /* to be shown; a slot's number is no name, it changes */
    char module[256];      /* the module's file or name */
    char hardware[8], firmware[8];
    bool initialised, write_protected, pinpad, login_required;
    bool removable, hardware_slot, rng, clock;
    unsigned long flags; /* CK_TOKEN_INFO.flags as they are */
    bool user_pin_set;
    bool user_count_low, user_final_try, user_locked, user_to_change;
    bool so_count_low, so_final_try, so_locked, so_to_change;
    bool tries_untold; /* the token never tells that a wrong PIN was given */
    size_t pin_min, pin_max;
    enum kunci_pin_reset pin_reset;
    bool keys_by_so; /* the security officer makes keys and writes certificates; the token
                      * names the keys */
    /* Programs for what the module cannot do, or "". */
    char pin_reset_tool[64], key_tool[64], key_delete_tool[64];
};

/* Asks the token anew. */
KUNCI_MUST_USE enum kunci_rc kunci_token_info(struct kunci_token *token,
                                              struct kunci_token_info *out, struct kunci_err *err);

/* Its URI, "pkcs11:model=...". To be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_token_uri(struct kunci_token *token, char **out,
                                             struct kunci_err *err);

/* Which key types the token can make, as bits of enum kunci_key_type. */
KUNCI_MUST_USE enum kunci_rc kunci_token_key_types(struct kunci_token *token, unsigned *types,
                                                   struct kunci_err *err);

/* Sets a token up: wipes it, gives it a label and a security officer's PIN.
 * On a token that was set up before, the present SO PIN is asked and must be
 * right, and everything on it is erased: only with erase. */
KUNCI_MUST_USE enum kunci_rc kunci_token_init(struct kunci_token *token, const char *label,
                                              bool erase, struct kunci_err *err);

/* Waits up to timeout_ms (negative: for ever) for a token to come or go and
 * tells which. Modules that cannot wait are asked at intervals. Answers
 * KUNCI_OK with *token NULL when the time is over. */
enum kunci_token_event { KUNCI_TOKEN_IN, KUNCI_TOKEN_OUT };
KUNCI_MUST_USE enum kunci_rc kunci_token_watch(struct kunci_modules *modules, int timeout_ms,
                                               struct kunci_token **token,
                                               enum kunci_token_event *event,
                                               struct kunci_err *err);

/* ---- login ---- */

/* Logs the holder in. With pin NULL the source is asked; a token with its own
 * pinpad asks there, whatever pin is. A PIN offered while the token is open is
 * compared with the one that opened it; NULL leaves it open. A PIN the token refused once is never
 * sent to it again; where a wrong one could lock the token nothing is sent unless the source says
 * last_try. Nothing is ever tried twice. A PIN that another program has changed
 * meanwhile counts from the next login on. */
KUNCI_MUST_USE enum kunci_rc
kunci_token_login(struct kunci_token *token, const struct kunci_secret *pin, struct kunci_err *err);
void kunci_token_logout(struct kunci_token *token);
bool kunci_token_logged_in(struct kunci_token *token);

/* The holder's first PIN, by the security officer; refused where one is set. */
KUNCI_MUST_USE enum kunci_rc kunci_pin_set(struct kunci_token *token, struct kunci_err *err);
/* A new one by the holder, who knows the old. */
KUNCI_MUST_USE enum kunci_rc kunci_pin_change(struct kunci_token *token, struct kunci_err *err);
/* A new one by the security officer's PIN; keys and certificates stay. */
KUNCI_MUST_USE enum kunci_rc kunci_pin_reset(struct kunci_token *token, struct kunci_err *err);
/* The security officer's own. */
KUNCI_MUST_USE enum kunci_rc kunci_pin_change_so(struct kunci_token *token, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
