#include "base/error.h"

#include "base/buf.h"
#include "base/text.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { REFUSED = 1, USAGE = 2, ENVIRONMENT = 3 };

/* {about} and {detail} stand for the error's own fields. A sentence says what
 * happened; the next step says what the reader can do about it. */
static const struct kind {
    const char *name;
    int exit_code;
    const char *sentence, *next;
} kinds[KUNCI_RC_COUNT] = {
#include "base/error_table.h"
};

static const struct kind *kind_of(enum kunci_rc rc)
{
    return &kinds[(unsigned)rc < KUNCI_RC_COUNT ? rc : KUNCI_OK];
}

const char *kunci_err_name(enum kunci_rc rc)
{
    return kind_of(rc)->name;
}

int kunci_err_exit(enum kunci_rc rc)
{
    return kind_of(rc)->exit_code;
}

enum kunci_rc err_set(struct kunci_err *err, enum kunci_rc rc, const char *about,
                      const char *detail)
{
    if (err->rc != KUNCI_OK)
        return err->rc;
    err->rc = rc;
    if (about)
        text_printable(err->about, sizeof err->about, about, strlen(about));
    if (detail)
        text_printable(err->detail, sizeof err->detail, detail, strlen(detail));
    return rc;
}

enum kunci_rc err_setf(struct kunci_err *err, enum kunci_rc rc, const char *about,
                       const char *format, ...)
{
    char detail[sizeof err->detail];
    va_list args;

    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return err_set(err, rc, about, detail);
}

enum kunci_rc err_system(struct kunci_err *err, enum kunci_rc rc, const char *about, int errnum)
{
    char said[128];

    return err_set(err, rc, about, strerror_r(errnum, said, sizeof said));
}

enum kunci_rc err_openssl(struct kunci_err *err, const char *where)
{
    unsigned long code = ERR_get_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    if (code && ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
        return err_no_memory(err);
    return err_set(err, KUNCI_OPENSSL_FAILED, where, reason ? reason : "-");
}

enum kunci_rc err_no_memory(struct kunci_err *err)
{
    return err_set(err, KUNCI_NO_MEMORY, NULL, NULL);
}

/* Copies text into buf, putting the error's fields in the places named. */
static char *fill_in(const struct kunci_err *err, const char *text, char *buf, size_t size)
{
    static const char about[] = "{about}", detail[] = "{detail}";
    char whole[2048];
    size_t used = 0;

    if (size == 0)
        return buf;
    while (*text && used + 1 < sizeof whole) {
        const char *value = NULL;
        size_t skip = 1;

        if (strncmp(text, about, sizeof about - 1) == 0) {
            value = err->about;
            skip = sizeof about - 1;
        } else if (strncmp(text, detail, sizeof detail - 1) == 0) {
            value = err->detail;
            skip = sizeof detail - 1;
        }
        if (value)
            used += (size_t)snprintf(whole + used, sizeof whole - used, "%s", value);
        else
            whole[used++] = *text;
        if (used >= sizeof whole)
            used = sizeof whole - 1;
        text += skip;
    }
    whole[used] = '\0';
    text_copy(buf, size, whole);
    return buf;
}

char *kunci_err_sentence(const struct kunci_err *err, char *buf, size_t size)
{
    return fill_in(err, text_translate(kind_of(err->rc)->sentence), buf, size);
}

char *kunci_err_next(const struct kunci_err *err, char *buf, size_t size)
{
    return fill_in(err, text_translate(kind_of(err->rc)->next), buf, size);
}
