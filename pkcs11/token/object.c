#include "token/object.h"

#include "token/session.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 128 };

/* ---- reading ---- */

/* These say that some attribute has no value for us; the others have theirs. */
static bool is_partial(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_BUFFER_TOO_SMALL;
}

/* The module's lengths are not believed: they were the room there is. */
CK_RV object_read(const struct session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                  CK_ULONG count)
{
    CK_ULONG room[16], i;
    CK_RV rv;

    if (count > sizeof room / sizeof *room)
        return CKR_ARGUMENTS_BAD;
    for (i = 0; i < count; i++)
        room[i] = attributes[i].ulValueLen;
    rv = session->f->C_GetAttributeValue(session->handle, object, attributes, count);
    if (rv != CKR_OK && !is_partial(rv))
        return rv;
    for (i = 0; i < count; i++)
        if (attributes[i].ulValueLen > room[i])
            attributes[i].ulValueLen = 0;
    return CKR_OK;
}

CK_RV object_read_long(const struct session *session, CK_OBJECT_HANDLE object,
                       CK_ATTRIBUTE_TYPE type, size_t max, unsigned char **out, size_t *len)
{
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    CK_RV rv = session->f->C_GetAttributeValue(session->handle, object, &attribute, 1);

    *out = NULL;
    *len = 0;
    if (rv != CKR_OK)
        return is_partial(rv) ? CKR_OK : rv;
    if (attribute.ulValueLen == 0 || attribute.ulValueLen > max)
        return CKR_OK;
    if (!(attribute.pValue = malloc(attribute.ulValueLen)))
        return CKR_HOST_MEMORY;
    rv = object_read(session, object, &attribute, 1);
    if (rv == CKR_OK && attribute.ulValueLen) {
        *out = attribute.pValue;
        *len = attribute.ulValueLen;
        return CKR_OK;
    }
    free(attribute.pValue);
    return rv;
}

CK_RV object_describe(const struct session *session, CK_OBJECT_HANDLE handle, struct object *out)
{
    CK_ATTRIBUTE attributes[] = {
        {CKA_CLASS, &out->class, sizeof out->class},
        {CKA_ID, out->id, sizeof out->id},
        {CKA_LABEL, out->label, OBJECT_LABEL_MAX},
    };
    CK_RV rv;

    out->handle = handle;
    if ((rv = object_read(session, handle, attributes, 3)) != CKR_OK)
        return rv;
    if (attributes[0].ulValueLen != sizeof out->class)
        return CKR_OBJECT_HANDLE_INVALID;
    out->id_len = attributes[1].ulValueLen;
    out->label_len = attributes[2].ulValueLen;
    out->label[out->label_len] = '\0';
    return CKR_OK;
}

/* ---- lists ---- */

bool object_list_add(struct object_list *list, const struct object *object)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 4;
        struct object *grown = realloc(list->items, room * sizeof *grown);

        if (!grown)
            return false;
        list->items = grown;
        list->room = room;
    }
    list->items[list->count++] = *object;
    return true;
}

void object_list_clear(struct object_list *list)
{
    free(list->items);
    memset(list, 0, sizeof *list);
}

bool object_fits(const struct object *object, const struct object_query *query)
{
    if (query->has_class && object->class != query->class)
        return false;
    if (query->id && (object->id_len != query->id_len || query->id_len == 0 ||
                      memcmp(object->id, query->id, query->id_len) != 0))
        return false;
    return !query->label || (object->label_len == query->label_len &&
                             memcmp(object->label, query->label, query->label_len) == 0);
}

/* ---- the token itself ---- */

static CK_RV handles_of(const struct session *session, CK_ATTRIBUTE *template, CK_ULONG count,
                        CK_OBJECT_HANDLE **out, size_t *out_count)
{
    CK_OBJECT_HANDLE *handles = NULL, *grown;
    size_t used = 0;
    CK_ULONG got;
    CK_RV rv = session->f->C_FindObjectsInit(session->handle, template, count);

    *out = NULL;
    *out_count = 0;
    if (rv != CKR_OK)
        return rv;
    do {
        got = 0;
        if (!(grown = realloc(handles, (used + BATCH) * sizeof *handles))) {
            rv = CKR_HOST_MEMORY;
            break;
        }
        handles = grown;
        rv = session->f->C_FindObjects(session->handle, handles + used, BATCH, &got);
        used += got <= BATCH ? got : 0;
    } while (rv == CKR_OK && got > 0 && got <= BATCH);
    session->f->C_FindObjectsFinal(session->handle);
    if (rv != CKR_OK) {
        free(handles);
        return rv;
    }
    *out = handles;
    *out_count = used;
    return CKR_OK;
}

static bool is_of_interest(const struct object *object)
{
    return object->class == CKO_PRIVATE_KEY || object->class == CKO_PUBLIC_KEY ||
           object->class == CKO_CERTIFICATE;
}

/* An object that went meanwhile, or cannot be read, is passed over. */
CK_RV object_search(const struct session *session, CK_ATTRIBUTE *template, CK_ULONG count,
                    struct object_list *out)
{
    CK_OBJECT_HANDLE *handles;
    size_t found, i;
    struct object object;
    CK_RV rv = handles_of(session, template, count, &handles, &found);

    for (i = 0; rv == CKR_OK && i < found; i++) {
        rv = object_describe(session, handles[i], &object);
        if (rv == CKR_OK && is_of_interest(&object) && !object_list_add(out, &object))
            rv = CKR_HOST_MEMORY;
        else if (!session_is_lost(rv) && rv != CKR_HOST_MEMORY)
            rv = CKR_OK;
    }
    free(handles);
    return rv;
}

CK_RV object_all(const struct session *session, struct object_list *out)
{
    return object_search(session, NULL, 0, out);
}

/* CK_ATTRIBUTE knows no const; the module does not write here. */
static void put(CK_ATTRIBUTE *to, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    to->type = type;
    memcpy(&to->pValue, &value, sizeof value);
    to->ulValueLen = len;
}

static CK_RV ask_token(const struct session *session, const struct object_query *query,
                       struct object_list *out)
{
    CK_ATTRIBUTE template[3];
    CK_ULONG count = 0;

    if (query->has_class)
        put(&template[count++], CKA_CLASS, &query -> class, sizeof query->class);
    if (query->id)
        put(&template[count++], CKA_ID, query -> id, query -> id_len);
    if (query->label)
        put(&template[count++], CKA_LABEL, query -> label, query -> label_len);
    return object_search(session, template, count, out);
}

/* ---- what is known ---- */

void object_index_clear(struct object_index *index)
{
    object_list_clear(&index->known);
    memset(index, 0, sizeof *index);
}

void object_forget(struct kunci_token *token)
{
    pthread_mutex_lock(&token->lock);
    object_index_clear(&token->index);
    pthread_mutex_unlock(&token->lock);
}

/* Handles that went, and a login that came, make what was known worthless. The
 * token's lock is held. */
static void refresh(struct kunci_token *token, const struct session *session)
{
    struct object_index *index = &token->index;

    if (index->generation != session->generation || index->with_private != token->logged_in)
        object_index_clear(index);
    index->generation = session->generation;
    index->with_private = token->logged_in;
}

static bool same_part(const void *a, size_t a_len, const void *b, size_t b_len)
{
    if (!a || !b)
        return a == b;
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static bool answers(const struct object_index *index, const struct object_query *query)
{
    const struct object_query *asked = &index->query;

    if (index->complete)
        return true;
    return index->asked && asked->has_class == query->has_class &&
           (!asked->has_class || asked->class == query->class) &&
           same_part(asked->id, asked->id_len, query->id, query->id_len) &&
           same_part(asked->label, asked->label_len, query->label, query->label_len);
}

static CK_RV copy_known(struct kunci_token *token, const struct session *session,
                        const struct object_query *query, struct object_list *out)
{
    struct object_index *index = &token->index;
    CK_RV rv = CKR_OK;
    size_t i;

    pthread_mutex_lock(&token->lock);
    refresh(token, session);
    for (i = 0; rv == CKR_OK && answers(index, query) && i < index->known.count; i++)
        if (object_fits(&index->known.items[i], query) &&
            !object_list_add(out, &index->known.items[i]))
            rv = CKR_HOST_MEMORY;
    pthread_mutex_unlock(&token->lock);
    return rv;
}

/* Keeps what is still as it was remembered. */
static CK_RV check_known(const struct session *session, const struct object_query *query,
                         struct object_list *list)
{
    size_t kept = 0, i;
    struct object now;
    CK_RV rv;

    for (i = 0; i < list->count; i++) {
        rv = object_describe(session, list->items[i].handle, &now);
        if (session_is_lost(rv))
            return rv;
        if (rv == CKR_OK && object_fits(&now, query))
            list->items[kept++] = now;
    }
    list->count = kept;
    return CKR_OK;
}

static CK_RV from_known(struct kunci_token *token, const struct session *session,
                        const struct object_query *query, struct object_list *out)
{
    CK_RV rv = copy_known(token, session, query, out);

    return rv == CKR_OK ? check_known(session, query, out) : rv;
}

static void keep_query(struct object_index *index, const struct object_query *query)
{
    index->query = *query;
    if (query->id)
        index->query.id = memcpy(index->text.id, query->id, query->id_len);
    if (query->label)
        index->query.label = memcpy(index->text.label, query->label, query->label_len);
}

/* query: what found is the answer to; NULL: it is all there is. */
static CK_RV remember(struct kunci_token *token, const struct session *session,
                      const struct object_list *found, const struct object_query *query)
{
    struct object_index *index = &token->index;
    CK_RV rv = CKR_OK;
    size_t i;

    pthread_mutex_lock(&token->lock);
    refresh(token, session);
    if (!index->complete)
        index->known.count = 0;
    if (query)
        keep_query(index, query);
    index->asked = true;
    index->complete |= !query;
    for (i = 0; rv == CKR_OK && i < found->count; i++)
        if (!object_list_add(&index->known, &found->items[i]))
            rv = CKR_HOST_MEMORY;
    if (rv != CKR_OK)
        object_index_clear(index);
    pthread_mutex_unlock(&token->lock);
    return rv;
}

static CK_RV list_all(struct kunci_token *token, const struct session *session,
                      const struct object_query *query, struct object_list *out)
{
    struct object_list all = {.items = NULL};
    CK_RV rv = object_all(session, &all);
    size_t i;

    for (i = 0; rv == CKR_OK && i < all.count; i++)
        if (object_fits(&all.items[i], query) && !object_list_add(out, &all.items[i]))
            rv = CKR_HOST_MEMORY;
    if (rv == CKR_OK)
        rv = remember(token, session, &all, NULL);
    object_list_clear(&all);
    return rv;
}

CK_RV object_find(struct kunci_token *token, const struct session *session,
                  const struct object_query *query, struct object_list *out)
{
    CK_RV rv = from_known(token, session, query, out);
    bool again;

    if (rv != CKR_OK || out->count)
        return rv;
    pthread_mutex_lock(&token->lock);
    again = token->index.asked && !token->index.complete;
    pthread_mutex_unlock(&token->lock);
    if (again)
        return list_all(token, session, query, out);
    if ((rv = ask_token(session, query, out)) == CKR_OK)
        rv = remember(token, session, out, query);
    return rv;
}

CK_RV object_also(struct kunci_token *token, const struct session *session,
                  const struct object_query *query, struct object_list *out)
{
    CK_RV rv = from_known(token, session, query, out);

    return rv != CKR_OK || out->count ? rv : ask_token(session, query, out);
}
