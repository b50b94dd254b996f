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
