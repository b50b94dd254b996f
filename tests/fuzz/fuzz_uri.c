/* A URI: what is taken can be asked everything, refusing is one of five errors,
 * and a PIN is refused as such before anything else is said of the URI. */
#include "token/uri.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct uri *uri)
{
    const CK_INFO module = {0};
    const CK_SLOT_INFO slot = {0};
    const CK_TOKEN_INFO token = {0};
    const struct uri_candidate candidate = {
        .module = &module, .slot = &slot, .token = &token, .module_path = "/usr/lib/libx.so"};
    const char *source = uri_pin_source(uri);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri_object object;
    struct uri *again = NULL;
    char *text = NULL;

    (void)uri_matches(uri, &candidate);
    if (source && uri_pin_source_path(source, &text, &err) == KUNCI_OK && text[0] != '/')
        abort();
    free(text);

    err = (struct kunci_err)KUNCI_ERR_INIT;
    uri_object(uri, &object);
    if (uri_print_object(&token, object.class ? *object.class : CKO_PRIVATE_KEY, object.id,
                         object.id_len, object.label, object.label_len, &text, &err) != KUNCI_OK)
        abort();
    /* Only the length can keep what we print from being read: an id grows. */
    if (uri_parse(text, &again, &err) != KUNCI_OK && strlen(text) <= URI_MAX)
        abort();
    uri_free(&again);
    free(text);
}

static int holds_pin(const char *text)
{
    return strstr(text, ";pin-value=") || strstr(text, "?pin-value=") ||
           strstr(text, "&pin-value=");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct uri *uri = NULL;

    if (!text)
        return 0;
    if (uri_parse(text, &uri, &err) == KUNCI_OK) {
        ask(uri);
    } else if (err.rc != KUNCI_URI_INVALID && err.rc != KUNCI_URI_UNKNOWN &&
               err.rc != KUNCI_URI_REPEATED && err.rc != KUNCI_URI_MISPLACED &&
               err.rc != KUNCI_URI_PIN_VALUE) {
        abort();
    }
    if (holds_pin(text) && err.rc != KUNCI_URI_PIN_VALUE && strcmp(err.about, "pkcs11:") != 0)
        abort();
    uri_free(&uri);
    free(text);
    return 0;
}
