/* Procedures (SOP): read from YAML, checked, shown as the paper has them, and run. */
#ifndef KUNCI_FLOW_H
#define KUNCI_FLOW_H

#include <kunci/error.h>
#include <stddef.h>

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

#ifdef __cplusplus
}
#endif
#endif
