/* A person's data: a line for each field, "nik=...", and each one against the next of its
 * name as letter and card. What is said of it can be printed, and nothing differs from
 * itself. */
#include "flow/identity.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static size_t split(char *text, struct kunci_identity_field fields[FIELDS_MAX])
{
    size_t count = 0;
    char *line, *value, *rest = NULL;

    for (line = strtok_r(text, "\n", &rest); line && count < FIELDS_MAX;
         line = strtok_r(NULL, "\n", &rest)) {
        if (!(value = strchr(line, '=')))
            continue;
        *value++ = '\0';
        fields[count++] = (struct kunci_identity_field){line, value};
    }
    return count;
}

static void look(const struct kunci_identity *found)
{
    size_t i, errors = 0;

    for (i = 0; i < found->count; i++) {
        const struct kunci_identity_finding *finding = &found->findings[i];

        must(*kunci_identity_sentence(finding) != '\0');
        must(strlen(finding->value) <= IDENTITY_VALUE_MAX);
        must(!strpbrk(finding->value, "\x1b\r\x7f"));
        errors += finding->error;
    }
    must(errors == found->errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const domains[] = {"contoh.go.id", "*.kab-contoh.go.id", NULL};
    struct kunci_identity_field fields[FIELDS_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_identity *found;
    char *text = strndup((const char *)data, size);
    size_t count, i;

    if (!text)
        return 0;
    count = split(text, fields);
    must(kunci_identity_check(fields, count, domains, &found, &err) == KUNCI_OK);
    look(found);
    kunci_identity_free(&found);
    for (i = 0; i < count; i++) {
        must(kunci_identity_compare(&fields[i], 1, &fields[i], 1, &found, &err) == KUNCI_OK);
        look(found);
        must(found->count == 0 || strcmp(found->findings[0].name, "no_text") == 0);
        kunci_identity_free(&found);
        must(kunci_identity_compare(fields, i, &fields[i], 1, &found, &err) == KUNCI_OK);
        look(found);
        kunci_identity_free(&found);
    }
    free(text);
    return 0;
}
