#include "token/key.h"

#include "base/error.h"
#include "base/text.h"
#include "token/key_spki.h"
#include "token/select.h"
#include "token/uri.h"

#include <stdlib.h>
#include <string.h>

/* ---- making and holding ---- */

struct kunci_key *key_make(struct kunci_token *token, const struct session *session,
                           struct key_half *half)
{
    struct kunci_key *key = calloc(1, sizeof *key);

    if (!key) {
        key_half_clear(half);
        return NULL;
    }
    key->token = token;
    key->holders = 1;
    key->has_private = half->object.class == CKO_PRIVATE_KEY;
    key->has_public = !key->has_private;
    if (key->has_public)
        key->public = half->object;
    key->half = *half;
    key->handle = half->object.handle;
    key->generation = session->generation;
    pthread_mutex_init(&key->lock, NULL);
    memset(half, 0, sizeof *half);
    return key;
}

struct kunci_key *key_hold(struct kunci_key *key)
{
    __atomic_add_fetch(&key->holders, 1, __ATOMIC_RELAXED);
    return key;
}

void kunci_key_free(struct kunci_key **key)
{
    struct kunci_key *gone = *key;

    *key = NULL;
    if (!gone || __atomic_sub_fetch(&gone->holders, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    key_half_clear(&gone->half);
    pthread_mutex_destroy(&gone->lock);
    free(gone);
}

struct kunci_token *kunci_key_token(const struct kunci_key *key)
{
    return key->token;
}

/* ---- whose half it is ---- */

/* Whether a half is of this public key. A private one that does not tell may have an id
 * that was made of it; else a signature decides, where one can be had, else the names
 * have to do. */
static bool is_of(const struct key_half *half, const struct key_half *public,
                  const struct session *session, bool named_so)
{
    unsigned char id[KEY_ID_LEN];

    if (half->spki)
        return key_half_same(half, public);
    if (half->object.id_len == sizeof id && key_spki_id(public->spki, public->spki_len, id) &&
        memcmp(half->object.id, id, sizeof id) == 0)
        return true;
    return key_can_prove(session, half) ? key_proves(session, half, public) : named_so;
}

/* ---- the handle ---- */

/* Another key may have the name that this one had. */
static CK_RV check_again(const struct kunci_key *key, const struct session *session,
                         const struct object *object)
{
    struct key_half half;
    CK_RV rv = key_half_read(session, object, &half);

    if (rv != CKR_OK)
        return rv;
    if (key->half.spki && !is_of(&half, &key->half, session, true))
        rv = CKR_KEY_HANDLE_INVALID;
    key_half_clear(&half);
    return rv;
}

/* The token went and came back, or the object was written anew: it has to be the
 * only one with this id and label, and of the same public key. */
static CK_RV find_again(struct kunci_key *key, const struct session *session, CK_OBJECT_HANDLE *out)
{
    const struct object *was = &key->half.object;
    struct object_query query = {.has_class = true, .class = was->class};
    struct object_list found = {.items = NULL};
    CK_RV rv;

    query.id = was->id_len ? was->id : NULL;
    query.id_len = was->id_len;
    query.label = was->label_len ? was->label : NULL;
    query.label_len = was->label_len;
    rv = object_also(key->token, session, &query, &found);
    if (rv == CKR_OK && found.count != 1)
        rv = CKR_KEY_HANDLE_INVALID;
    if (rv == CKR_OK && (rv = check_again(key, session, &found.items[0])) == CKR_OK)
        *out = found.items[0].handle;
    object_list_clear(&found);
    return rv;
}

CK_RV key_handle(struct kunci_key *key, const struct session *session, CK_OBJECT_HANDLE *out)
{
    CK_RV rv;

    pthread_mutex_lock(&key->lock);
    *out = key->handle;
    if (key->handle != CK_INVALID_HANDLE && key->generation == session->generation) {
        pthread_mutex_unlock(&key->lock);
        return CKR_OK;
    }
    pthread_mutex_unlock(&key->lock);
    if ((rv = find_again(key, session, out)) != CKR_OK)
        return rv;
    pthread_mutex_lock(&key->lock);
    key->handle = *out;
    key->generation = session->generation;
    pthread_mutex_unlock(&key->lock);
    return CKR_OK;
}

void key_handle_lost(struct kunci_key *key)
{
    pthread_mutex_lock(&key->lock);
    key->handle = CK_INVALID_HANDLE;
    pthread_mutex_unlock(&key->lock);
}

enum kunci_rc key_run(struct kunci_key *key, enum session_need need, const char *where,
                      session_work *work, void *context, struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;

    if (session_run(key->token, need, where, work, context, &why) == KUNCI_OK)
        return KUNCI_OK;
    if (why.ck_rv == CKR_KEY_HANDLE_INVALID || why.ck_rv == CKR_OBJECT_HANDLE_INVALID)
        return err_set(err, KUNCI_KEY_NOT_FOUND, key->half.object.label, NULL);
    if (err->rc == KUNCI_OK)
        *err = why;
    return err->rc;
}

/* ---- joining ---- */

static void take_public(struct kunci_key *key, struct key_half *other)
{
    if (!key->half.kind)
        key->half.kind = other->kind;
    if (other->object.class == CKO_PUBLIC_KEY) {
        key->has_public = true;
        key->public = other->object;
    }
    if (!key->half.spki) {
        key->half.spki = other->spki;
        key->half.spki_len = other->spki_len;
        other->spki = NULL;
    }
}

static bool same_id(const struct object *a, const struct object *b)
{
    return a->id_len && a->id_len == b->id_len && memcmp(a->id, b->id, a->id_len) == 0;
}

/* Whether other tells of the key's public half. An equal id alone has to do only where
 * no other half could be meant. */
static bool belongs(struct kunci_key *key, const struct session *session,
                    const struct key_half *other, bool only)
{
    const struct object *its = &other->object;

    if (!other->spki || (its->class == CKO_PUBLIC_KEY && other->kind != key->half.kind))
        return false;
    return is_of(&key->half, other, session, only && same_id(&key->half.object, its));
}

static size_t count_class(const struct object_list *list, CK_OBJECT_CLASS class)
{
    size_t count = 0, i;

    for (i = 0; i < list->count; i++)
        count += list->items[i].class == class;
    return count;
}

/* Tries those with the key's own id, or all the others. */
static CK_RV join_some(struct kunci_key *key, const struct session *session,
                       const struct object_list *list, CK_OBJECT_CLASS class, bool of_its_id,
                       bool *done)
{
    bool only = count_class(list, class) == 1;
    struct key_half other;
    CK_RV rv = CKR_OK;
    size_t i;

    for (i = 0; rv == CKR_OK && !*done && i < list->count; i++) {
        if (list->items[i].class != class ||
            same_id(&key->half.object, &list->items[i]) != of_its_id ||
            (rv = key_half_read(session, &list->items[i], &other)) != CKR_OK)
            continue;
        if ((*done = belongs(key, session, &other, only)))
            take_public(key, &other);
        key_half_clear(&other);
    }
    return rv;
}

/* Its own id first: a signature for each of the others would take long. */
static CK_RV join_class(struct kunci_key *key, const struct session *session,
                        const struct object_list *list, CK_OBJECT_CLASS class)
{
    bool done = false;
    CK_RV rv = join_some(key, session, list, class, true, &done);

    return rv == CKR_OK ? join_some(key, session, list, class, false, &done) : rv;
}

static bool is_joined(const struct kunci_key *key, CK_OBJECT_CLASS class)
{
    return class == CKO_PUBLIC_KEY ? key->has_public : key->half.spki != NULL;
}

/* Looks under the key's id, then under its label. */
static CK_RV join_named(struct kunci_key *key, const struct session *session, CK_OBJECT_CLASS class)
{
    const struct object *mine = &key->half.object;
    const struct object_query names[] = {
        {.has_class = true, .class = class, .id = mine->id, .id_len = mine->id_len},
        {.has_class = true, .class = class, .label = mine->label, .label_len = mine->label_len},
    };
    struct object_list found = {.items = NULL};
    CK_RV rv = CKR_OK;
    size_t i;

    for (i = 0; rv == CKR_OK && i < 2 && !is_joined(key, class); i++) {
        if (names[i].id_len == 0 && names[i].label_len == 0)
            continue;
        found.count = 0;
        if ((rv = object_also(key->token, session, &names[i], &found)) == CKR_OK)
            rv = join_class(key, session, &found, class);
    }
    object_list_clear(&found);
    return rv;
}

CK_RV key_join(struct kunci_key *key, const struct session *session,
               const struct object_list *candidates)
{
    static const CK_OBJECT_CLASS classes[] = {CKO_PUBLIC_KEY, CKO_CERTIFICATE};
    CK_RV rv = CKR_OK;
    size_t i;

    for (i = 0; rv == CKR_OK && i < 2; i++) {
        if (!is_joined(key, classes[i]))
            rv = join_class(key, session, candidates, classes[i]);
        if (rv == CKR_OK && !is_joined(key, classes[i]))
            rv = join_named(key, session, classes[i]);
    }
    return rv;
}

/* ---- finding one ---- */

struct find {
    struct kunci_token *token;
    struct selection selection;
    struct kunci_key *found;
};

static const struct object *the_one(const struct object_list *list, const struct find *find,
                                    struct kunci_err *err)
{
    const struct object *one = NULL;
    char names[200];
    size_t i, count = 0;

    for (i = 0; i < list->count; i++)
        if (list->items[i].class == CKO_PRIVATE_KEY && count++ == 0)
            one = &list->items[i];
    if (count == 1)
        return one;
    selection_names(list, CKO_PRIVATE_KEY, names, sizeof names);
    if (count == 0)
        err_set(err, KUNCI_KEY_NOT_FOUND, find->selection.text, NULL);
    else
        err_set(err, KUNCI_KEY_AMBIGUOUS, find->selection.text, names);
    return NULL;
}

static CK_RV find_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct find *find = context;
    struct object_list list = {.items = NULL};
    const struct object *one;
    struct key_half half;
    CK_RV rv = selection_find(find->token, session, &find->selection, CKO_PRIVATE_KEY, &list);

    if (rv != CKR_OK || !(one = the_one(&list, find, err)))
        goto out;
    if ((rv = key_half_read(session, one, &half)) != CKR_OK)
        goto out;
    if (!(find->found = key_make(find->token, session, &half)))
        rv = CKR_HOST_MEMORY;
    else if ((rv = key_join(find->found, session, &list)) != CKR_OK)
        kunci_key_free(&find->found);
out:
    object_list_clear(&list);
    return rv;
}

enum kunci_rc kunci_key_find(struct kunci_token *token, const char *select, struct kunci_key **out,
                             struct kunci_err *err)
{
    struct find find = {.token = token};
    enum kunci_rc rc;

    *out = NULL;
    rc = selection_read(token, select, CKO_PRIVATE_KEY, &find.selection, err);
    if (rc == KUNCI_OK)
        rc = session_run(token, SESSION_PRIVATE, "C_FindObjects", find_work, &find, err);
    selection_clear(&find.selection);
    *out = find.found;
    return rc;
}

/* ---- what it says ---- */

enum kunci_rc kunci_key_spki(struct kunci_key *key, const unsigned char **der, size_t *len,
                             struct kunci_err *err)
{
    *der = key->half.spki;
    *len = key->half.spki_len;
    if (*der)
        return KUNCI_OK;
    return err_set(err, KUNCI_KEY_NO_PUBLIC, key->half.object.label,
                   _("neither a public key nor a certificate belongs to it"));
}

enum kunci_rc kunci_key_uri(struct kunci_key *key, char **out, struct kunci_err *err)
{
    const struct object *object = &key->half.object;
    CK_TOKEN_INFO info;

    token_identity(key->token, &info);
    return uri_print_object(&info, object->class, object->id, object->id_len, object->label,
                            object->label_len, out, err);
}
