#include "token/select.h"

#include "base/error.h"
#include "base/text.h"
#include "token/uri.h"

#include <stdio.h>
#include <string.h>

/* A label this long in hexadecimal digits is sooner an id. */
enum { ID_DIGITS = 20 };

static void add_label(struct selection *selection, const char *text)
{
    struct object_query *query = &selection->tries[selection->count];

    if (strlen(text) > OBJECT_LABEL_MAX)
        return;
    query->label = text;
    query->label_len = strlen(text);
    selection->count++;
}

static void add_id(struct selection *selection, const char *text)
{
    struct object_query *query = &selection->tries[selection->count];

    if (!text_unhex(text, selection->id, sizeof selection->id, &query->id_len) || !query->id_len)
        return;
    query->id = selection->id;
    selection->count++;
}

static void read_text(struct selection *selection, const char *text)
{
    bool long_id = strlen(text) >= ID_DIGITS;

    if (long_id)
        add_id(selection, text);
    add_label(selection, text);
    if (!long_id)
        add_id(selection, text);
}

static bool lead_to_same(CK_OBJECT_CLASS wanted, CK_OBJECT_CLASS class)
{
    return wanted == class || (wanted == CKO_PUBLIC_KEY && class == CKO_PRIVATE_KEY) ||
           (wanted == CKO_PRIVATE_KEY && class == CKO_PUBLIC_KEY);
}

static void read_uri(struct selection *selection, struct kunci_token *token, CK_OBJECT_CLASS class)
{
    struct object_query *query = &selection->tries[0];
    CK_TOKEN_INFO info;
    struct uri_object object;

    token_identity(token, &info);
    uri_object(selection->uri, &object);
    if (!uri_matches_token(selection->uri, &info) || object.id_len > OBJECT_ID_MAX ||
        object.label_len > OBJECT_LABEL_MAX ||
        (object.class && !lead_to_same(*object.class, class)))
        return;
    query->id = object.id;
    query->id_len = object.id_len;
    query->label = object.label;
    query->label_len = object.label_len;
    selection->count = 1;
}

enum kunci_rc selection_read(struct kunci_token *token, const char *select, CK_OBJECT_CLASS class,
                             struct selection *out, struct kunci_err *err)
{
    enum kunci_rc rc;

    memset(out, 0, sizeof *out);
    out->text = select;
    if (!select) {
        out->count = 1;
    } else if (!uri_is(select)) {
        read_text(out, select);
    } else {
        if ((rc = uri_parse(select, &out->uri, err)) != KUNCI_OK)
            return rc;
        out->text = "pkcs11:...";
        read_uri(out, token, class);
    }
    return KUNCI_OK;
}

void selection_clear(struct selection *selection)
{
    uri_free(&selection->uri);
}

static bool has_class(const struct object_list *list, CK_OBJECT_CLASS class)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (list->items[i].class == class)
            return true;
    return false;
}

/* Where nothing but the class is known, asking for that alone is what costs least. */
CK_RV selection_find(struct kunci_token *token, const struct session *session,
                     const struct selection *selection, CK_OBJECT_CLASS class,
                     struct object_list *out)
{
    CK_RV rv = CKR_OK;
    int i;

    for (i = 0; i < selection->count && !has_class(out, class); i++) {
        struct object_query query = selection->tries[i];

        query.has_class = !query.id && !query.label;
        query.class = class;
        out->count = 0;
        if ((rv = object_find(token, session, &query, out)) != CKR_OK)
            break;
    }
    return rv;
}

void selection_names(const struct object_list *list, CK_OBJECT_CLASS class, char *to, size_t size)
{
    char label[OBJECT_LABEL_MAX + 1], id[2 * OBJECT_ID_MAX + 1];
    size_t used = 0, i;

    *to = '\0';
    for (i = 0; i < list->count && used < size; i++) {
        const struct object *object = &list->items[i];

        if (object->class != class)
            continue;
        text_printable(label, sizeof label, object->label, object->label_len);
        text_hex(id, object->id, object->id_len);
        used += (size_t)snprintf(to + used, size - used, "%s%s (%s)", used ? ", " : "", label, id);
    }
}
