/* What a request is asked to hold, as people write it: the first byte says what the rest
 * is. What is taken is read back, and printed the same way once more. */
#include "base/buf.h"
#include "x509/alt_name.h"
#include "x509/extension.h"
#include "x509/strict.h"
#include "x509/usage.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void try_name(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    const char *list[] = {text, NULL};
    GENERAL_NAMES *names, *again;
    unsigned char *der = NULL;
    struct buf shown = {0};
    char *printed;
    int len;

    if (alt_name_read(list, &names, &err) != KUNCI_OK)
        return;
    len = i2d_GENERAL_NAMES(names, &der);
    must(len > 0 && strict_der(der, (size_t)len));
    alt_name_print(sk_GENERAL_NAME_value(names, 0), &shown);
    must((printed = buf_take(&shown)) != NULL);
    list[0] = printed;
    must(alt_name_read(list, &again, &err) == KUNCI_OK);
    GENERAL_NAMES_free(again);
    GENERAL_NAMES_free(names);
    OPENSSL_free(der);
    free(printed);
}

static void try_extension(const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();

    if (extension_read(list, text, &err) == KUNCI_OK)
        must(sk_X509_EXTENSION_num(list) == 1);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static void try_usage(const char *text)
{
    const char *const list[] = {text, NULL};
    struct kunci_err err = KUNCI_ERR_INIT;
    EXTENDED_KEY_USAGE *purposes;
    unsigned bits;

    if (usage_read(list, &bits, &purposes, &err) == KUNCI_OK)
        must(!bits != !purposes);
    EXTENDED_KEY_USAGE_free(purposes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[])(const char *) = {try_name, try_extension, try_usage};
    char *text;

    if (size == 0)
        return 0;
    if (!(text = strndup((const char *)data + 1, size - 1)))
        return 0;
    tries[*data % 3](text);
    free(text);
    return 0;
}
