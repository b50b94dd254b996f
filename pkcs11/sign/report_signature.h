/* One signature on the page of a report. */
#ifndef SIGN_REPORT_SIGNATURE_H
#define SIGN_REPORT_SIGNATURE_H

#include "base/buf.h"

#include <kunci/verify.h>

/* file: "" where the page is about one only. */
void report_add_signature(struct buf *page, const char *file,
                          const struct kunci_signature_report *signature);

/* A sentence for people and the standard's own word; nothing where it passed. */
void report_add_why(struct buf *page, enum kunci_indication indication, enum kunci_reason reason,
                    const char *detail);

/* "good", and "Valid" in the language in use. */
const char *report_style_of(enum kunci_indication indication);
const char *report_word_of(enum kunci_indication indication);

#endif
