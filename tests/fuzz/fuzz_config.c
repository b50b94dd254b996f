/* Settings, and YAML at large: refusing has its two errors, and what is taken
 * are settings that can be used. */
#include "base/config.h"
#include "base/yaml.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum kunci_rc rc)
{
    if (rc != KUNCI_OK && rc != KUNCI_CONFIG_INVALID && rc != KUNCI_FILE_TOO_LARGE)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT, second = KUNCI_ERR_INIT;
    struct json_document document;
    struct kunci_config config;

    check(config_read("settings", data, size, &config, &err));
    if (config.lang && strcmp(config.lang, "id") != 0 && strcmp(config.lang, "en") != 0)
        abort();
    if (config.evp != KUNCI_EVP_PROVIDER && config.evp != KUNCI_EVP_LIBP11)
        abort();
    kunci_config_clear(&config);

    check(yaml_read("settings", data, size, &document, &second));
    json_document_clear(&document);
    return 0;
}
