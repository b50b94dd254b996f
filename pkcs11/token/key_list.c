/* All keys of a token, their halves joined by public key. */
#include "base/error.h"
#include "token/key.h"

#include <stdlib.h>

struct kunci_key_list {
    struct kunci_key **keys;
    size_t count;
};

/* What is on the token, read once. */
struct contents {
    struct object_list objects;
    struct key_half *halves; /* one an object */
    size_t count;
    struct kunci_key_list *list;
    struct kunci_token *token;
};

static CK_RV read_all(struct contents *all, const struct session *session)
{
    CK_RV rv = object_all(session, &all->objects);

    if (rv != CKR_OK)
        return rv;
    if (!(all->halves = calloc(all->objects.count + 1, sizeof *all->halves)))
        return CKR_HOST_MEMORY;
    while (rv == CKR_OK && all->count < all->objects.count) {
        rv = key_half_read(session, &all->objects.items[all->count], &all->halves[all->count]);
        if (rv == CKR_OK || (!session_is_lost(rv) && rv != CKR_HOST_MEMORY)) {
            all->count++; /* one that cannot be read tells nothing, and hides no other */
            rv = CKR_OK;
        }
    }
    return rv;
}

static bool is_known(const struct contents *all, const struct key_half *public)
{
    size_t i;

    for (i = 0; i < all->list->count; i++)
        if (key_half_same(&all->list->keys[i]->half, public) ||
            all->list->keys[i]->public.handle == public->object.handle)
            return true;
    return false;
}

static CK_RV add(struct contents *all, const struct session *session, struct key_half *half)
{
    struct kunci_key *key = key_make(all->token, session, half);

    if (!key)
        return CKR_HOST_MEMORY;
    all->list->keys[all->list->count++] = key;
    return key->has_private ? key_join(key, session, &all->objects) : CKR_OK;
}

static CK_RV add_keys(struct contents *all, const struct session *session)
{
    CK_RV rv = CKR_OK;
    size_t i;

    for (i = 0; rv == CKR_OK && i < all->count; i++)
        if (all->halves[i].object.class == CKO_PRIVATE_KEY)
            rv = add(all, session, &all->halves[i]);
    for (i = 0; rv == CKR_OK && i < all->count; i++)
        if (all->halves[i].object.class == CKO_PUBLIC_KEY && !is_known(all, &all->halves[i]))
            rv = add(all, session, &all->halves[i]);
    return rv;
}

static void mark_certified(struct contents *all)
{
    size_t i, j;

    for (i = 0; i < all->list->count; i++) {
        struct kunci_key *key = all->list->keys[i];

        key->certified = CERTIFIED_NOT;
        for (j = 0; j < all->count; j++)
            if (all->halves[j].object.class == CKO_CERTIFICATE &&
                all->halves[j].cert == CERT_HOLDERS && key_half_same(&key->half, &all->halves[j]))
                key->certified = CERTIFIED;
    }
}

static void clear(struct contents *all)
{
    size_t i;

    for (i = 0; i < all->count; i++)
        key_half_clear(&all->halves[i]);
    free(all->halves);
    all->halves = NULL;
    all->count = 0;
    object_list_clear(&all->objects);
}

/* May run twice: what a first run listed is worthless then. */
static CK_RV list_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct contents *all = context;
    CK_RV rv;

    (void)err;
    kunci_key_list_free(&all->list);
    if (!(all->list = calloc(1, sizeof *all->list)))
        return CKR_HOST_MEMORY;
    if ((rv = read_all(all, session)) != CKR_OK)
        goto out;
    if (!(all->list->keys = calloc(all->count + 1, sizeof *all->list->keys)))
        rv = CKR_HOST_MEMORY;
    else if ((rv = add_keys(all, session)) == CKR_OK)
        mark_certified(all);
out:
    clear(all);
    return rv;
}

enum kunci_rc kunci_key_list(struct kunci_token *token, struct kunci_key_list **out,
                             struct kunci_err *err)
{
    struct contents all = {.token = token};
    enum kunci_rc rc = session_run(token, SESSION_PRIVATE, "C_FindObjects", list_work, &all, err);

    if (rc != KUNCI_OK)
        kunci_key_list_free(&all.list);
    *out = all.list;
    return rc;
}

size_t kunci_key_list_count(const struct kunci_key_list *list)
{
    return list->count;
}

struct kunci_key *kunci_key_list_at(const struct kunci_key_list *list, size_t i)
{
    return i < list->count ? list->keys[i] : NULL;
}

void kunci_key_list_free(struct kunci_key_list **list)
{
    struct kunci_key_list *gone = *list;
    size_t i;

    *list = NULL;
    if (!gone)
        return;
    for (i = 0; i < gone->count; i++)
        kunci_key_free(&gone->keys[i]);
    free(gone->keys);
    free(gone);
}
