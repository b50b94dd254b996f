#include "net/curl.h"

#include "base/error.h"
#include "base/text.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    {"curl_global_init", offsetof(struct curl, global_init)},
    {"curl_easy_init", offsetof(struct curl, init)},
    {"curl_easy_setopt", offsetof(struct curl, setopt)},
    {"curl_easy_perform", offsetof(struct curl, perform)},
    {"curl_easy_getinfo", offsetof(struct curl, getinfo)},
    {"curl_easy_strerror", offsetof(struct curl, strerror)},
    {"curl_easy_reset", offsetof(struct curl, reset)},
    {"curl_easy_cleanup", offsetof(struct curl, cleanup)},
    {"curl_slist_append", offsetof(struct curl, append)},
    {"curl_slist_free_all", offsetof(struct curl, free_all)},
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct curl curl;
static char missing[256]; /* why it could not be loaded; "" where it was */

static void say(const char *why)
{
    snprintf(missing, sizeof missing, "%s", why ? why : LIBRARY);
}

/* It is never closed: other libraries keep what it has set up in OpenSSL. */
static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL), *param;
    size_t i;

    if (!library) {
        say(dlerror());
        return;
    }
    for (i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *function = dlsym(library, functions[i].name);

        if (!function) {
            say(dlerror());
            return;
        }
        memcpy((char *)&curl + functions[i].offset, &function, sizeof function);
    }
    param = dlsym(library, "SSL_CTX_get0_param");
    memcpy(&curl.ssl_param, &param, sizeof param);
    if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        say("curl_global_init");
}

enum kunci_rc curl_load(const struct curl **out, struct kunci_err *err)
{
    pthread_once(&once, load);
    *out = &curl;
    return *missing ? err_set(err, KUNCI_FETCH_LIBRARY, "libcurl4", missing) : KUNCI_OK;
}
