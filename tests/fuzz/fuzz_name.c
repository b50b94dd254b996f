/* A subject: what is taken must print, and read back as the same DER. */
#include "base/error.h"
#include "x509/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    X509_NAME *name = NULL, *again = NULL;
    unsigned char *der = NULL, *der_again = NULL;
    char *text = malloc(size + 1), *printed = NULL;
    int len;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (name_parse(text, &name, &err) == KUNCI_OK) {
        if (name_print(name, &printed, &err) != KUNCI_OK ||
            name_parse(printed, &again, &err) != KUNCI_OK)
            abort();
        len = i2d_X509_NAME(name, &der);
        if (i2d_X509_NAME(again, &der_again) != len || memcmp(der, der_again, (size_t)len) != 0)
            abort();
    } else if (err.rc != KUNCI_SUBJECT_INVALID || !*err.detail) {
        abort();
    }
    OPENSSL_free(der);
    OPENSSL_free(der_again);
    X509_NAME_free(name);
    X509_NAME_free(again);
    free(text);
    free(printed);
    return 0;
}
