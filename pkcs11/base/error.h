/* Errors from the inside: how they are set. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <kunci/error.h>

/* Each answers the error's rc, so that a function ends with `return err_set(...)`.
 * The first cause wins: a second call changes nothing and answers the first rc.
 * about and detail may be NULL; both are made printable. */
enum kunci_rc err_set(struct kunci_err *err, enum kunci_rc rc, const char *about,
                      const char *detail);

/* The same with the detail put together. */
enum kunci_rc err_setf(struct kunci_err *err, enum kunci_rc rc, const char *about,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The detail is what the system says of errnum. */
enum kunci_rc err_system(struct kunci_err *err, enum kunci_rc rc, const char *about, int errnum);

/* The detail is OpenSSL's first queued reason; its queue is emptied. */
enum kunci_rc err_openssl(struct kunci_err *err, const char *where);

enum kunci_rc err_no_memory(struct kunci_err *err);

#endif
