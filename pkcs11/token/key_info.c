/* What a key on the token says of itself. */
#include "base/error.h"
#include "base/text.h"
#include "token/key.h"
#include "token/key_spki.h"

#include <stddef.h>
#include <string.h>

static const struct flag {
    CK_ATTRIBUTE_TYPE type;
    size_t to; /* offset of the bool */
} flags[] = {
    {CKA_SENSITIVE, offsetof(struct kunci_key_info, sensitive)},
    {CKA_EXTRACTABLE, offsetof(struct kunci_key_info, extractable)},
    {CKA_ALWAYS_SENSITIVE, offsetof(struct kunci_key_info, always_sensitive)},
    {CKA_NEVER_EXTRACTABLE, offsetof(struct kunci_key_info, never_extractable)},
    {CKA_SIGN, offsetof(struct kunci_key_info, sign)},
    {CKA_DECRYPT, offsetof(struct kunci_key_info, decrypt)},
    {CKA_DERIVE, offsetof(struct kunci_key_info, derive)},
    {CKA_LOCAL, offsetof(struct kunci_key_info, made_on_token)},
    {CKA_ALWAYS_AUTHENTICATE, offsetof(struct kunci_key_info, always_authenticate)},
};

enum { FLAGS = sizeof flags / sizeof *flags };

static CK_RV read_flags(struct kunci_key *key, const struct session *session,
                        struct kunci_key_info *info)
{
    CK_ATTRIBUTE attributes[FLAGS];
    CK_BBOOL values[FLAGS] = {CK_FALSE};
    CK_OBJECT_HANDLE handle;
    CK_RV rv = key_handle(key, session, &handle);
    size_t i;

    for (i = 0; i < FLAGS; i++) {
        attributes[i].type = flags[i].type;
        attributes[i].pValue = &values[i];
        attributes[i].ulValueLen = sizeof values[i];
    }
    if (rv == CKR_OK)
        rv = object_read(session, handle, attributes, FLAGS);
    for (i = 0; rv == CKR_OK && i < FLAGS; i++)
        *((bool *)((char *)info + flags[i].to)) = attributes[i].ulValueLen && values[i] == CK_TRUE;
    return rv;
}

/* Certificates are told by their public key. One with the key's id, as kunci writes
 * them, is nearly always there and spares looking at all. */
static CK_RV find_certificate(struct kunci_key *key, const struct session *session, bool *is)
{
    struct object_query near = {.id = key->half.object.id,
                                .id_len = key->half.object.id_len,
                                .has_class = true,
                                .class = CKO_CERTIFICATE};
    struct object_query all = {.has_class = true, .class = CKO_CERTIFICATE};
    struct object_list found = {.items = NULL};
    CK_RV rv = CKR_OK;

    *is = key->certified == CERTIFIED;
    if (!key->half.spki || key->certified != CERTIFIED_UNKNOWN)
        return CKR_OK;
    if (near.id_len && (rv = object_also(key->token, session, &near, &found)) == CKR_OK)
        rv = key_half_among(session, &found, true, &key->half, is);
    if (rv == CKR_OK && !*is) {
        found.count = 0;
        if ((rv = object_also(key->token, session, &all, &found)) == CKR_OK)
            rv = key_half_among(session, &found, true, &key->half, is);
    }
    object_list_clear(&found);
    return rv;
}

struct ask {
    struct kunci_key *key;
    struct kunci_key_info *info;
};

static CK_RV ask_work(const struct session *session, void *context, struct kunci_err *err)
{
    const struct ask *ask = context;
    CK_RV rv = read_flags(ask->key, session, ask->info);

    (void)err;
    if (rv == CKR_OK)
        rv = find_certificate(ask->key, session, &ask->info->has_certificate);
    return rv;
}

enum kunci_rc kunci_key_info(struct kunci_key *key, struct kunci_key_info *out,
                             struct kunci_err *err)
{
    const struct object *object = &key->half.object;
    struct ask ask = {key, out};
    unsigned char id[KEY_ID_LEN];

    memset(out, 0, sizeof *out);
    out->type = key->half.kind ? key->half.kind->type : KUNCI_KEY_OTHER;
    text_printable(out->label, sizeof out->label, object->label, object->label_len);
    text_hex(out->id, object->id, object->id_len);
    out->has_private = key->has_private;
    out->has_public = key->has_public;
    out->id_conforms = key->half.spki && key_spki_id(key->half.spki, key->half.spki_len, id) &&
                       object->id_len == sizeof id && memcmp(object->id, id, sizeof id) == 0;
    return key_run(key, key->has_private ? SESSION_PRIVATE : SESSION_PUBLIC, "C_GetAttributeValue",
                   ask_work, &ask, err);
}
