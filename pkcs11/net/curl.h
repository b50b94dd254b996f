/* libcurl, loaded when it is first needed: the command starts without it. */
#ifndef NET_CURL_H
#define NET_CURL_H

#include <curl/curl.h>
#include <kunci/error.h>
#include <openssl/ssl.h>

struct curl {
    __typeof__(&curl_global_init) global_init;
    __typeof__(&curl_easy_init) init;
    __typeof__(&curl_easy_setopt) setopt;
    __typeof__(&curl_easy_perform) perform;
    __typeof__(&curl_easy_getinfo) getinfo;
    __typeof__(&curl_easy_strerror) strerror;
    __typeof__(&curl_easy_reset) reset;
    __typeof__(&curl_easy_cleanup) cleanup;
    __typeof__(&curl_slist_append) append;
    __typeof__(&curl_slist_free_all) free_all;
    /* SSL_CTX_get0_param() of the very OpenSSL that libcurl has; NULL where it has another. */
    __typeof__(&SSL_CTX_get0_param) ssl_param;
};

/* The same for the whole process, for all threads and for good. */
KUNCI_MUST_USE enum kunci_rc curl_load(const struct curl **out, struct kunci_err *err);

#endif
