/* The lab: SoftHSM tokens with random PINs and a CA, all in one folder that is
 * taken away as a whole. */
#ifndef CLI_LAB_H
#define CLI_LAB_H

#include <jansson.h>
#include <kunci.h>

/* Who has a token in the lab. */
struct lab_holder {
    const char *label; /* the token's, and the person's name */
    const char *file;  /* pins/<file>.pin is the holder's PIN, pins/<file>.so the officer's; and
                        * the name of the account */
    const char *unit;  /* where he works */
};

enum { LAB_CA, LAB_OFFICIAL, LAB_OTHER_OFFICIAL, LAB_OPERATOR, LAB_HEAD, LAB_HOLDERS };
extern const struct lab_holder lab_holders[LAB_HOLDERS];

/* Files in the lab that others are told of. */
#define LAB_SOFTHSM_CONF "softhsm2.conf"
#define LAB_SETTINGS     "kunci.yaml"
#define LAB_PIN_FILE     "pins/budi.pin"
#define LAB_LETTER       "surat.txt"
#define LAB_SIGNATURE    "surat.txt.p7s"
#define LAB_CLOCK        "clock"
#define LAB_STATE        "state" /* for the journals of renewals */
#define LAB_CA_PIN       "pins/ca.pin"
#define LAB_STORE        "ams/store.db"
#define LAB_LOG          "ams/kuncid.log"
#define LAB_PID          "ams/kuncid.pid"
#define LAB_ROOT         "ca/root.pem"
#define LAB_READY        ".ready" /* written last: without it the lab is not finished */

struct lab_bytes {
    unsigned char *data;
    size_t len;
};

struct lab {
    char *dir;                      /* absolute */
    int folder;                     /* open on dir */
    const char *module, *lang;      /* lang NULL: as the environment has it */
    uint16_t port, public_port;     /* of the authority, with and without TLS */
    struct kunci_modules *modules;  /* NULL until lab_tokens_up() */
    const struct lab_holder *asked; /* whose PINs are given when one is asked for */

    /* What one step of the journey leaves to the next. */
    char request[32], label[64], serial[80];
};

#define LAB_INIT                                                                                   \
    {                                                                                              \
        .folder = -1                                                                               \
    }

/* ---- lab_folder.c ---- */

enum lab_maker { LAB_BY_UP, LAB_BY_RUN };

/* Makes the folder, or takes an empty one; NULL: the usual place. A lab that is
 * there already is refused; where both are LAB_BY_RUN it is replaced. */
KUNCI_MUST_USE enum kunci_rc lab_make(const char *dir, enum lab_maker maker, struct lab *out,
                                      struct kunci_err *err);
/* Opens the folder of a lab, finished or not. */
KUNCI_MUST_USE enum kunci_rc lab_open(const char *dir, struct lab *out, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc lab_finished(const struct lab *lab, struct kunci_err *err);
/* Removes what was made, and the folder where nothing else is left in it. */
KUNCI_MUST_USE enum kunci_rc lab_remove(const struct lab *lab, bool *folder_left,
                                        struct kunci_err *err);
void lab_close(struct lab *lab);

/* ---- lab_file.c: names are seen from the folder ---- */

/* A file not yet whole. */
#define LAB_PART ".part"

/* A file comes into being whole, with mode 0600. */
KUNCI_MUST_USE enum kunci_rc lab_write(const struct lab *lab, const char *name, const void *bytes,
                                       size_t len, struct kunci_err *err);
/* Reads up to size - 1 bytes of text. */
KUNCI_MUST_USE enum kunci_rc lab_read(const struct lab *lab, const char *name, char *buf,
                                      size_t size, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc lab_mkdir(const struct lab *lab, const char *name,
                                       struct kunci_err *err);
bool lab_has(const struct lab *lab, const char *name);
/* Removes a file, or a folder with all in it; answers like unlinkat(), and 0
 * where nothing was there. */
int lab_unlink(int folder, const char *name);

/* ---- lab_settings.c ---- */

/* Chooses the ports. */
KUNCI_MUST_USE enum kunci_rc lab_settings_write(struct lab *lab, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc lab_settings_read(struct lab *lab, struct kunci_err *err);
/* For all that run in the lab, now. */
KUNCI_MUST_USE enum kunci_rc lab_clock_set(const struct lab *lab, int64_t ahead,
                                           struct kunci_err *err);
/* For this process, too. */
KUNCI_MUST_USE enum kunci_rc lab_clock_follow(const struct lab *lab, struct kunci_err *err);

/* ---- lab_child.c ---- */

/* The path of this program, or of kuncid beside it. */
KUNCI_MUST_USE enum kunci_rc lab_program(char *path, size_t size, bool served,
                                         struct kunci_err *err);
#define LAB_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Runs kunci with these words, which end with NULL, in the lab's folder and with its settings;
 * out: what it answered, also of an error; may be NULL. */
KUNCI_MUST_USE enum kunci_rc lab_kunci(const struct lab *lab, const char *const *words,
                                       json_t **out, struct kunci_err *err);

/* ---- lab_process.c: the one process that the lab leaves running ---- */

KUNCI_MUST_USE enum kunci_rc lab_process_begin(const struct lab *lab, const char *const *argv,
                                               struct kunci_err *err);
/* Well too where it has ended already. */
KUNCI_MUST_USE enum kunci_rc lab_process_end(const struct lab *lab, struct kunci_err *err);
bool lab_process_runs(const struct lab *lab);

/* ---- lab_http.c ---- */

/* A port of 127.0.0.1 that nobody has at this moment. */
KUNCI_MUST_USE enum kunci_rc lab_free_port(uint16_t *out, struct kunci_err *err);
/* The status of what is answered, 0: nothing is; the body, to be freed, ends with a NUL that
 * its length does not count. */
int lab_get(uint16_t port, const char *path, struct lab_bytes *body);

/* ---- lab_with.c: tokens beside SoftHSM's, each with a folder in LAB_WITH ---- */

#define LAB_WITH "with"

/* Refuses names, separated by commas, that no token has. */
KUNCI_MUST_USE enum kunci_rc lab_with_check(const char *names, struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc lab_with_up(const struct lab *lab, const char *names,
                                         struct kunci_err *err);
/* Ends what they are running; their folders go, too. */
KUNCI_MUST_USE enum kunci_rc lab_with_down(const struct lab *lab, struct kunci_err *err);

typedef enum kunci_rc lab_with_each(const struct lab *lab, const char *name, void *context,
                                    struct kunci_err *err);

/* Calls each for every one, in the order of their names. */
KUNCI_MUST_USE enum kunci_rc lab_with_list(const struct lab *lab, lab_with_each *each,
                                           void *context, struct kunci_err *err);
/* Its PKCS#11 module. */
KUNCI_MUST_USE enum kunci_rc lab_with_module(const struct lab *lab, const char *name, char *module,
                                             size_t size, struct kunci_err *err);

/* ---- lab_authority.c ---- */

/* Until kuncid answers that all is well. */
KUNCI_MUST_USE enum kunci_rc lab_ready(const struct lab *lab, struct kunci_err *err);

/* ---- the steps, in their order ---- */

typedef enum kunci_rc lab_step(struct lab *lab, struct kunci_err *err);

lab_step lab_tokens_up, lab_pins_set;                   /* lab_tokens.c */
lab_step lab_authority_up, lab_people_up, lab_serve_up; /* lab_authority.c */
lab_step lab_enrol, lab_enrol_decided, lab_enrolled;    /* lab_journey.c */
lab_step lab_signed, lab_days, lab_noticed, lab_renew, lab_renew_decided, lab_renewed;
lab_step lab_signed_again, lab_revoked, lab_told, lab_audited;

KUNCI_MUST_USE enum kunci_rc lab_token(struct lab *lab, const struct lab_holder *holder,
                                       struct kunci_token **token, struct kunci_err *err);
/* A random password of a person's account. */
KUNCI_MUST_USE enum kunci_rc lab_password(const struct lab *lab, const struct lab_holder *holder,
                                          struct kunci_err *err);

#endif
