#include "base/log.h"

#include "base/buf.h"
#include "base/secret.h"
#include "base/text.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct {
    pthread_mutex_t lock;
    kunci_log_sink *sink;
    void *context;
} to = {.lock = PTHREAD_MUTEX_INITIALIZER};

void kunci_log_to(kunci_log_sink *sink, void *context)
{
    pthread_mutex_lock(&to.lock);
    to.sink = sink;
    to.context = context;
    pthread_mutex_unlock(&to.lock);
}

/* Masked before it is made printable or cut: after that a secret could be there
 * in part. A quote would end the value early. */
static void add_field(struct buf *line, const char *name, const char *value)
{
    char shown[256], *copy = strdup(value), *quote;

    if (!copy) {
        line->failed = true;
        return;
    }
    secret_mask(copy);
    text_printable(shown, sizeof shown, copy, strlen(copy));
    while ((quote = strchr(shown, '"')))
        *quote = '\'';
    buf_printf(line, " %s=\"%s\"", name, shown);
    free(copy);
}

void log_event(const char *event, ...)
{
    struct buf line = {0};
    const char *name, *value;
    va_list args;

    pthread_mutex_lock(&to.lock);
    if (!to.sink)
        goto out;
    buf_text(&line, event);
    va_start(args, event);
    while ((name = va_arg(args, const char *))) {
        value = va_arg(args, const char *);
        add_field(&line, name, value ? value : "");
    }
    va_end(args);
    if (line.failed)
        goto out;
    to.sink(to.context, line.data);
out:
    pthread_mutex_unlock(&to.lock);
    buf_clear(&line);
}
