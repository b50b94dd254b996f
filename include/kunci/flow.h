/* Procedures (SOP): read from YAML, checked, shown as the paper has them, and run. */
#ifndef KUNCI_FLOW_H
#define KUNCI_FLOW_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one procedure ---- */

struct kunci_sop;

/* name stands in errors, and is what other procedures call it by: the file's name
 * without its folder and ".yaml". Nothing of bytes is kept. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_read(const char *name, const void *bytes, size_t len,
                                            struct kunci_sop **out, struct kunci_err *err);
void kunci_sop_free(struct kunci_sop **sop);

const char *kunci_sop_name(const struct kunci_sop *sop);
const char *kunci_sop_version(const struct kunci_sop *sop);
const char *kunci_sop_kind(const struct kunci_sop *sop);  /* "renewal" */
const char *kunci_sop_title(const struct kunci_sop *sop); /* in the language in force */

/* ---- a procedure shown, in the language in force; *out is to be freed ---- */

/* All of it, each text in both languages. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_json(const struct kunci_sop *sop, char **out,
                                            struct kunci_err *err);
/* The paper's table for a terminal of so many columns. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_text(const struct kunci_sop *sop, unsigned columns,
                                            char **out, struct kunci_err *err);
/* The flow chart in lanes. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_svg(const struct kunci_sop *sop, char **out,
                                           struct kunci_err *err);
/* The paper: header, table and chart on a page that prints on A4. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_html(const struct kunci_sop *sop, char **out,
                                            struct kunci_err *err);

/* ---- several ---- */

struct kunci_sop_book;

KUNCI_MUST_USE enum kunci_rc kunci_sop_book_new(struct kunci_sop_book **out, struct kunci_err *err);
void kunci_sop_book_free(struct kunci_sop_book **book);

/* The book holds it from now on. One of the same name and version is an error. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_book_add(struct kunci_sop_book *book, struct kunci_sop **sop,
                                                struct kunci_err *err);
/* version NULL: the latest one that is in force on that day ("2026-11-21"; NULL: of all).
 * NULL where there is none. It lives as long as the book. */
const struct kunci_sop *kunci_sop_find(const struct kunci_sop_book *book, const char *name,
                                       const char *version, const char *day);
size_t kunci_sop_book_count(const struct kunci_sop_book *book);
/* By name, and each name's oldest first. */
const struct kunci_sop *kunci_sop_at(const struct kunci_sop_book *book, size_t index);

/* ---- running one ---- */

/* A request under way: where it stands, and who did what. */
struct kunci_request;

/* What the engine asks and does outside of itself. now has to be there; of the others
 * one that is NULL answers its first value, or that it is done. What they call things are
 * the words of kunci-procedure(5). */
struct kunci_flow_entry;
struct kunci_flow_port {
    void *context;
    int64_t (*now)(void *context); /* seconds since 1970 */
    const char *(*fact)(void *context, const struct kunci_request *request, const char *fact);
    enum kunci_rc (*act)(void *context, const struct kunci_request *request, const char *deed,
                         struct kunci_err *err);
    /* Begins the request that runs within a step; reason may be NULL. */
    enum kunci_rc (*call)(void *context, const struct kunci_request *request, const char *procedure,
                          const char *reason, struct kunci_err *err);
    enum kunci_rc (*notify)(void *context, const struct kunci_request *request, const char *role,
                            const char *message, struct kunci_err *err);
    enum kunci_rc (*log)(void *context, const struct kunci_flow_entry *entry,
                         struct kunci_err *err);
};

/* Something that happened to a request: a line of kunci-flow-events(5). */
struct kunci_flow_entry {
    int64_t at;
    const char *request, *procedure, *version, *institution;
    const char *event; /* "started", "arrived", "done", ... */
    const char *step;
    const char *outcome, *reason, *by, *of, *role, *waits_for; /* NULL: none */
    int64_t used, planned;                                     /* seconds; planned 0: none stated */
};
/* That line, without its end; to be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_entry_write(const struct kunci_flow_entry *entry,
                                                    char **line, struct kunci_err *err);

/* A role that a person holds, from a day and until another (seconds since 1970; until 0:
 * for good), for an institution and all below it ("kapuas" for "kapuas/dinkes" too; "":
 * everywhere). of: the person who is absent and has delegated it; NULL: it is his own. */
struct kunci_flow_grant {
    const char *role, *scope, *of;
    int64_t from, until;
};

struct kunci_flow_actor {
    const char *person; /* NULL: nobody, who may nothing */
    const struct kunci_flow_grant *grants;
    size_t grant_count;
};

enum kunci_flow_verb {
    KUNCI_FLOW_DO,       /* the step is done, with an outcome where it has several */
    KUNCI_FLOW_REJECT,   /* with a reason */
    KUNCI_FLOW_WITHDRAW, /* by the applicant */
    KUNCI_FLOW_ATTACH,   /* a document is there: name */
    KUNCI_FLOW_FILL,     /* data: name, value, and whose it is */
    KUNCI_FLOW_ASK,      /* another actor has to answer first: name is his role */
    KUNCI_FLOW_ANSWER,   /* and he has */
    KUNCI_FLOW_RETURN    /* what the step called is over; outcome "closed", or why it failed */
};

enum kunci_flow_data { KUNCI_FLOW_PERSON, KUNCI_FLOW_LETTER, KUNCI_FLOW_CARD };

struct kunci_flow_event {
    enum kunci_flow_verb verb;
    const char *step; /* that is meant; NULL: where the request stands */
    const char *outcome, *reason, *name, *value;
    enum kunci_flow_data data; /* of FILL: what he says, what letter and card say */
    struct kunci_flow_actor actor;
};

struct kunci_request_begin {
    const char *id, *applicant, *institution;
    const char *reason;         /* from whoever called it; NULL: none */
    bool called;                /* from within another procedure */
    const char *const *domains; /* of e-mail addresses, ended by NULL; NULL: any */
};

/* The procedure has to live as long as the request: its version stays the one it began
 * with. */
KUNCI_MUST_USE enum kunci_rc kunci_request_new(const struct kunci_sop *sop,
                                               const struct kunci_request_begin *begin,
                                               const struct kunci_flow_port *port,
                                               struct kunci_request **out, struct kunci_err *err);
void kunci_request_free(struct kunci_request **request);

/* Checks the event against the procedure's row, role, scope, documents, conditions and
 * four eyes, acts through the port, and moves. An error says why not and what is possible
 * instead, and the request stands where it stood; what the port did before one of its
 * acts failed is remembered, and not done twice. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_apply(struct kunci_request *request,
                                              const struct kunci_flow_event *event,
                                              const struct kunci_flow_port *port,
                                              struct kunci_err *err);

/* What time alone brings: reminders, escalation, the end of what nobody went on with. Each
 * once, however often it is asked. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_tick(struct kunci_request *request,
                                             const struct kunci_flow_port *port,
                                             struct kunci_err *err);

struct kunci_request_view {
    const char *id, *state, *step, *actor, *waits_for; /* step, actor NULL: it is over */
    const char *calls;                                 /* runs within the step; NULL: nothing */
    int64_t used, planned;                             /* of the step, seconds */
    bool paused;
};
void kunci_request_look(const struct kunci_request *request, int64_t now,
                        struct kunci_request_view *out);

/* What RFC 5280, 5.3.1, calls a reason for which a certificate is revoked or suspended,
 * like "lost"; reissued: another one takes its place. -1 where it is no such reason. */
int kunci_flow_crl_reason(const char *reason, bool reissued);

/* What may be done with it now, as words for people: "do right, do wrong, withdraw". */
void kunci_request_possible(const struct kunci_request *request, char *to, size_t size);

/* ---- whether a person's data is right ---- */

struct kunci_identity_field {
    const char *name, *value; /* "nik", "birth-date": those of kunci-procedure(5) */
};

struct kunci_identity_finding {
    char *field;
    const char *name; /* "nik_length" */
    bool error;       /* else a warning */
    char *value;      /* what was said, made printable */
    char *other;      /* what it does not fit; NULL: nothing else was looked at */
};

struct kunci_identity {
    struct kunci_identity_finding *findings;
    size_t count, errors;
};
void kunci_identity_free(struct kunci_identity **identity);

/* Whether each value is what such a field may hold, and whether they fit each other.
 * domains: those an e-mail address may be of, ended by NULL, "contoh.go.id" or
 * "*.contoh.go.id" for all below it; NULL: any. */
KUNCI_MUST_USE enum kunci_rc kunci_identity_check(const struct kunci_identity_field *fields,
                                                  size_t count, const char *const *domains,
                                                  struct kunci_identity **out,
                                                  struct kunci_err *err);

/* Whether a letter says what the identity card says, in each field that the card has. */
KUNCI_MUST_USE enum kunci_rc kunci_identity_compare(const struct kunci_identity_field *letter,
                                                    size_t letter_count,
                                                    const struct kunci_identity_field *card,
                                                    size_t card_count, struct kunci_identity **out,
                                                    struct kunci_err *err);

/* What a finding says, as a sentence in the language in force. */
const char *kunci_identity_sentence(const struct kunci_identity_finding *finding);

/* ---- what the events add up to ---- */

struct kunci_flow_report_options {
    const struct kunci_sop_book *book; /* the steps' order, titles and minutes; may be NULL */
    int64_t now;
    int64_t since, until; /* what happened from since on and before until; 0: no limit */
};

struct kunci_flow_report;

/* The book has to live as long as the report. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_new(const struct kunci_flow_report_options *options,
                                                   struct kunci_flow_report **out,
                                                   struct kunci_err *err);
void kunci_flow_report_free(struct kunci_flow_report **report);

/* A piece of a file of events, of any length; the next one goes on where it ended. name is
 * the file's, for errors. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_add(struct kunci_flow_report *report,
                                                   const char *name, const void *bytes, size_t len,
                                                   struct kunci_err *err);
/* After each file's last piece. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_end(struct kunci_flow_report *report,
                                                   const char *name, struct kunci_err *err);

/* What has been added up, in the language in force; to be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_text(struct kunci_flow_report *report, char **out,
                                                    struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_json(struct kunci_flow_report *report, char **out,
                                                    struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_csv(struct kunci_flow_report *report, char **out,
                                                   struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc kunci_flow_report_html(struct kunci_flow_report *report, char **out,
                                                    struct kunci_err *err);
/* ---- checked ---- */

/* A case whose minutes are stated, and what its steps add up to. */
struct kunci_sop_total {
    const char *text;         /* the case, in the language in force; "" where it has none */
    int64_t stated, computed; /* seconds; computed -1: it has a fault that the check finds */
};
size_t kunci_sop_total_count(const struct kunci_sop *sop);
void kunci_sop_total(const struct kunci_sop *sop, size_t index, struct kunci_sop_total *out);

struct kunci_sop_finding {
    const char *rule; /* its stable name, "step_unreachable" */
    const char *step; /* by its name; belongs to the procedure; NULL: the whole of it */
    char number[16];  /* of that step as printed, "4a" */
    char *sentence;   /* what is wrong, in the language in force */
    const char *next; /* and what to do about it */
    bool is_fault;    /* else a remark */
};

struct kunci_sop_findings {
    struct kunci_sop_finding *items;
    size_t count, faults;
};

/* book: where the procedures that it calls are looked up; NULL: they are not. Whatever is
 * found, the answer is KUNCI_OK. */
KUNCI_MUST_USE enum kunci_rc kunci_sop_check(const struct kunci_sop *sop,
                                             const struct kunci_sop_book *book,
                                             struct kunci_sop_findings *out, struct kunci_err *err);
void kunci_sop_findings_clear(struct kunci_sop_findings *findings);

#ifdef __cplusplus
}
#endif
#endif
