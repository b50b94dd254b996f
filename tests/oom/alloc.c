#include "oom/alloc.h"

#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local unsigned long left;
static _Thread_local bool openssl_is_spared;
static _Thread_local enum alloc_of failed;

/* The linker's names: for what stands here instead, and for what it was. */
#define WRAP(type, name, ...)                                                                      \
    type __wrap_##name(__VA_ARGS__);                                                               \
    type __real_##name(__VA_ARGS__)

WRAP(void *, malloc, size_t size);
WRAP(void *, calloc, size_t count, size_t size);
WRAP(void *, realloc, void *old, size_t size);
WRAP(void *, reallocarray, void *old, size_t count, size_t size);
WRAP(char *, strdup, const char *text);
WRAP(char *, strndup, const char *text, size_t most);
WRAP(char *, realpath, const char *path, char *resolved);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool now(enum alloc_of whose)
{
    if ((whose == ALLOC_OPENSSL && openssl_is_spared) || left == 0 || --left > 0)
        return false;
    failed = whose;
    errno = ENOMEM;
    return true;
}

void alloc_fail_at(unsigned long n, bool spare_openssl)
{
    openssl_is_spared = spare_openssl;
    left = n;
    failed = ALLOC_NONE;
}

enum alloc_of alloc_failed(void)
{
    left = 0;
    return failed;
}

void *__wrap_malloc(size_t size)
{
    return now(ALLOC_OURS) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return now(ALLOC_OURS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return now(ALLOC_OURS) ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return now(ALLOC_OURS) ? NULL : __real_reallocarray(old, count, size);
}

char *__wrap_strdup(const char *text)
{
    return now(ALLOC_OURS) ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t most)
{
    return now(ALLOC_OURS) ? NULL : __real_strndup(text, most);
}

char *__wrap_realpath(const char *path, char *resolved)
{
    return now(ALLOC_OURS) ? NULL : __real_realpath(path, resolved);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int len;

    if (now(ALLOC_OURS))
        return -1;
    va_start(args, format);
    len = vasprintf(out, format, args);
    va_end(args);
    return len;
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return now(ALLOC_OPENSSL) ? NULL : __real_malloc(size);
}

static void *openssl_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return now(ALLOC_OPENSSL) ? NULL : __real_realloc(old, size);
}

static void openssl_free(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

static sqlite3_mem_methods sqlite; /* its own */

static void *sqlite_malloc(int size)
{
    return now(ALLOC_SQLITE) ? NULL : sqlite.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return now(ALLOC_SQLITE) ? NULL : sqlite.xRealloc(old, size);
}

static void take_over_sqlite(void)
{
    sqlite3_mem_methods ours;

    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &sqlite) != SQLITE_OK)
        abort();
    ours = sqlite;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    /* Each small piece is asked for by itself, and not cut out of a larger one. */
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &ours) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) != SQLITE_OK)
        abort();
}

void alloc_take_over(void)
{
    take_over_sqlite();
    json_set_alloc_funcs(__wrap_malloc, free);
    if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
        abort();
}
