/* A person's data, read from a file that whoever makes the account has written. */
#include "ams/enlist.h"

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "flow/words.h"

#include <stdlib.h>
#include <string.h>

struct fields {
    struct kunci_identity_field item[FIELDS];
    size_t count;
};

static enum kunci_rc take_fields(const struct json_document *document, struct fields *out,
                                 struct kunci_err *err)
{
    const char *key;
    json_t *value;

    if (!json_is_object(document->root))
        return err_set(err, KUNCI_CONFIG_INVALID, document->name,
                       _("it has to name fields and their values"));
    json_object_foreach(document->root, key, value)
    {
        int field = word_index(field_names, key);

        if (field < 0)
            return json_complain(document, document->root, key, _("there is no such field"), err);
        if (!json_is_string(value))
            return json_complain(document, document->root, key,
                                 _("it has to be a text; write numbers in quotes"), err);
        /* The document lives as long, and the name is the table's. */
        out->item[out->count++] =
            (struct kunci_identity_field){field_names[field], json_string_value(value)};
    }
    return KUNCI_OK;
}

static enum kunci_rc check_fields(const struct json_document *document, const struct fields *fields,
                                  const char *const *domains, struct kunci_err *err)
{
    struct kunci_identity *identity = NULL;
    enum kunci_rc rc = kunci_identity_check(fields->item, fields->count, domains, &identity, err);
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < identity->count; i++)
        if (identity->findings[i].error)
            rc = json_complain(document, document->root, identity->findings[i].field,
                               kunci_identity_sentence(&identity->findings[i]), err);
    kunci_identity_free(&identity);
    return rc;
}

enum kunci_rc enlist_data(const char *name, const void *bytes, size_t len,
                          const char *const *domains, char **json, struct kunci_err *err)
{
    struct json_document document = {.name = name};
    struct fields fields = {.count = 0};
    enum kunci_rc rc = yaml_read(name, bytes, len, &document, err);

    *json = NULL;
    if (rc == KUNCI_OK)
        rc = take_fields(&document, &fields, err);
    if (rc == KUNCI_OK)
        rc = check_fields(&document, &fields, domains, err);
    if (rc == KUNCI_OK && !(*json = json_write(document.root, JSON_COMPACT | JSON_SORT_KEYS)))
        rc = err_no_memory(err);
    json_document_clear(&document);
    return rc;
}
