/* Making pairs on the token, and deleting them. */
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "token/key.h"
#include "token/key_place.h"
#include "token/key_spki.h"

#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTES_MAX = 16 };

struct template
{
    CK_ATTRIBUTE attributes[ATTRIBUTES_MAX];
    CK_ULONG count;
};

/* CK_ATTRIBUTE knows no const; modules do not write into templates. */
static void put(struct template *to, CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    CK_ATTRIBUTE *attribute = &to->attributes[to->count++];

    attribute->type = type;
    memcpy(&attribute->pValue, &value, sizeof value);
    attribute->ulValueLen = len;
}

static void put_bool(struct template *to, CK_ATTRIBUTE_TYPE type, bool value)
{
    static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

    put(to, type, value ? &yes : &no, sizeof yes);
}

/* Every attribute is said: what tokens take for granted differs. Some know no word
 * for what a key may not do, and refuse to hear it. */
static void fill_public(struct template *to, const struct key_kind *kind, const char *label,
                        bool all)
{
    static const CK_BYTE exponent[] = {1, 0, 1};

    put(to, CKA_LABEL, label, strlen(label));
    put_bool(to, CKA_TOKEN, true);
    put_bool(to, CKA_PRIVATE, false);
    put_bool(to, CKA_VERIFY, true);
    if (all) {
        put_bool(to, CKA_ENCRYPT, false);
        put_bool(to, CKA_WRAP, false);
    }
    if (kind->params) {
        put(to, CKA_EC_PARAMS, kind->params, kind->params_len);
        return;
    }
    put(to, CKA_MODULUS_BITS, &kind->bits, sizeof kind->bits);
    put(to, CKA_PUBLIC_EXPONENT, exponent, sizeof exponent);
}

static void fill_private(struct template *to, const char *label, bool all)
{
    put(to, CKA_LABEL, label, strlen(label));
    put_bool(to, CKA_TOKEN, true);
    put_bool(to, CKA_PRIVATE, true);
    put_bool(to, CKA_SENSITIVE, true);
    put_bool(to, CKA_EXTRACTABLE, false);
    put_bool(to, CKA_SIGN, true);
    if (!all)
        return;
    put_bool(to, CKA_SIGN_RECOVER, false);
    put_bool(to, CKA_DECRYPT, false);
    put_bool(to, CKA_UNWRAP, false);
    put_bool(to, CKA_DERIVE, false);
}

struct making {
    struct kunci_token *token;
    const struct key_kind *kind;
    const char *label;
    struct kunci_key *made;
    bool left; /* something may be on the token that is not the key */
};

static CK_RV refuse_label(const struct making *making, const struct session *session,
                          struct kunci_err *err)
{
    struct object_query query = {.label = making->label, .label_len = strlen(making->label)};
    struct object_list found = {.items = NULL};
    CK_RV rv = object_find(making->token, session, &query, &found);
    size_t i;

    for (i = 0; rv == CKR_OK && i < found.count; i++)
        if (found.items[i].class != CKO_CERTIFICATE) {
            err_set(err, KUNCI_KEY_EXISTS, making->label, NULL);
            break;
        }
    object_list_clear(&found);
    return rv;
}

static CK_RV generate_with(const struct making *making, const struct session *session, bool all,
                           CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
    struct template of_public = {.count = 0}, of_private = {.count = 0};
    CK_MECHANISM mechanism = {making->kind->make, NULL, 0};

    fill_public(&of_public, making->kind, making->label, all);
    fill_private(&of_private, making->label, all);
    return session->f->C_GenerateKeyPair(session->handle, &mechanism, of_public.attributes,
                                         of_public.count, of_private.attributes, of_private.count,
                                         public, private);
}

/* A module may have made what it says it did not. The label was free before. */
static bool left_behind(const struct making *making, const struct session *session)
{
    char label[OBJECT_LABEL_MAX + 1];
    CK_ATTRIBUTE template[] = {{CKA_LABEL, label, strlen(making->label)}};
    struct object_list found = {.items = NULL};
    bool left;
    size_t i;

    memcpy(label, making->label, strlen(making->label));
    left = object_search(session, template, 1, &found) != CKR_OK;
    for (i = 0; i < found.count; i++)
        left |= found.items[i].class != CKO_CERTIFICATE;
    object_list_clear(&found);
    return left;
}

/* tpm2-pkcs11 says of an attribute it does not know that something went wrong. */
static bool dislikes_template(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_VALUE_INVALID ||
           rv == CKR_ATTRIBUTE_READ_ONLY || rv == CKR_TEMPLATE_INCONSISTENT ||
           rv == CKR_GENERAL_ERROR;
}

static CK_RV generate(const struct making *making, const struct session *session,
                      CK_OBJECT_HANDLE *public, CK_OBJECT_HANDLE *private)
{
    CK_RV rv = generate_with(making, session, true, public, private);

    if (dislikes_template(rv) && !left_behind(making, session))
        rv = generate_with(making, session, false, public, private);
    return rv;
}

static CK_RV give_id(const struct session *session, CK_OBJECT_HANDLE handle,
                     unsigned char id[KEY_ID_LEN])
{
    CK_ATTRIBUTE attribute = {CKA_ID, id, KEY_ID_LEN};

    return session->f->C_SetAttributeValue(session->handle, handle, &attribute, 1);
}

/* The id can be told only when the public key is there. */
static CK_RV identify(const struct session *session, CK_OBJECT_HANDLE public,
                      CK_OBJECT_HANDLE private)
{
    unsigned char id[KEY_ID_LEN];
    struct object object;
    struct key_half half;
    CK_RV rv;

    if ((rv = object_describe(session, public, &object)) != CKR_OK ||
        (rv = key_half_read(session, &object, &half)) != CKR_OK)
        return rv;
    if (!half.spki || !key_spki_id(half.spki, half.spki_len, id))
        rv = CKR_FUNCTION_FAILED;
    if (rv == CKR_OK && (rv = give_id(session, private, id)) == CKR_OK)
        rv = give_id(session, public, id);
    key_half_clear(&half);
    return rv;
}

/* The key as the token shows it now, joined to the public half that was made. */
static CK_RV read_made(struct making *making, const struct session *session,
                       CK_OBJECT_HANDLE public, CK_OBJECT_HANDLE private)
{
    struct object_list other = {.items = NULL};
    struct object object;
    struct key_half half;
    CK_RV rv;

    if ((rv = object_describe(session, public, &object)) != CKR_OK)
        return rv;
    if (!object_list_add(&other, &object))
        return CKR_HOST_MEMORY;
    if ((rv = object_describe(session, private, &object)) == CKR_OK &&
        (rv = key_half_read(session, &object, &half)) == CKR_OK) {
        if ((making->made = key_make(making->token, session, &half)))
            rv = key_join(making->made, session, &other);
        else
            rv = CKR_HOST_MEMORY;
    }
    object_list_clear(&other);
    return rv;
}

/* A pair without its id is not left behind. */
static bool destroy_both(const struct session *session, CK_OBJECT_HANDLE public,
                         CK_OBJECT_HANDLE private)
{
    CK_RV first = session->f->C_DestroyObject(session->handle, private);
    CK_RV second = session->f->C_DestroyObject(session->handle, public);

    return first == CKR_OK && second == CKR_OK;
}

static CK_RV make_work(const struct session *session, void *context, struct kunci_err *err)
{
    CK_OBJECT_HANDLE public, private;
    struct making *making = context;
    CK_RV rv = refuse_label(making, session, err);

    if (rv != CKR_OK || err->rc != KUNCI_OK)
        return rv;
    if ((rv = generate(making, session, &public, &private)) != CKR_OK) {
        making->left = left_behind(making, session);
        return rv;
    }
    if ((rv = identify(session, public, private)) == CKR_OK)
        rv = read_made(making, session, public, private);
    if (rv != CKR_OK) {
        kunci_key_free(&making->made);
        making->left = !destroy_both(session, public, private);
    }
    log_event("key.new", "token", making->token->label, "label", making->label, "type",
              making->kind->name, "answer", rv == CKR_OK ? "ok" : "refused", NULL);
    return rv;
}

static enum kunci_rc check_label(const char *label, struct kunci_err *err)
{
    char printable[4 * OBJECT_LABEL_MAX + 1];
    size_t len = strlen(label);

    if (len == 0)
        return err_set(err, KUNCI_USAGE_VALUE, "--label", _("it is empty"));
    if (len > OBJECT_LABEL_MAX)
        return err_set(err, KUNCI_USAGE_VALUE, "--label", _("it is too long"));
    text_printable(printable, sizeof printable, label, len);
    if (strcmp(printable, label) != 0)
        return err_set(err, KUNCI_USAGE_VALUE, "--label", _("it is not plain text"));
    return KUNCI_OK;
}

enum kunci_rc kunci_key_new(struct kunci_token *token, enum kunci_key_type type, const char *label,
                            struct kunci_key **out, struct kunci_err *err)
{
    struct making making = {.token = token, .kind = key_kind_of(type), .label = label};
    unsigned types;
    enum kunci_rc rc;

    *out = NULL;
    if ((rc = kunci_token_key_types(token, &types, err)) != KUNCI_OK)
        return rc;
    if (types == 0 && token->module->way->make_tool)
        return err_set(err, KUNCI_TOKEN_TOOL, token->label, token->module->way->make_tool);
    if (!making.kind || !(types & type))
        return err_set(err, KUNCI_KEY_TYPE, token->label, kunci_key_type_name(type));
    if (token->module->way->written_by_so)
        return key_place_new(token, making.kind, out, err);
    if ((rc = check_label(label, err)) != KUNCI_OK)
        return rc;
    rc = session_run(token, SESSION_ONCE, "C_GenerateKeyPair", make_work, &making, err);
    if (rc != KUNCI_OK && making.left)
        rc = module_unknown(err, label);
    *out = making.made;
    return rc;
}

/* ---- deleting ---- */

/* The public half may have another handle by now; what has the same id and label is
 * deleted only if it is the same public key. */
static CK_RV delete_public(const struct kunci_key *key, const struct session *session)
{
    struct object_query query = {.has_class = true, .class = CKO_PUBLIC_KEY};
    struct object_list found = {.items = NULL};
    struct key_half half;
    CK_RV rv;
    size_t i;

    query.id = key->public.id_len ? key->public.id : NULL;
    query.id_len = key->public.id_len;
    query.label = key->public.label_len ? key->public.label : NULL;
    query.label_len = key->public.label_len;
    rv = object_also(key->token, session, &query, &found);
    for (i = 0; rv == CKR_OK && i < found.count; i++) {
        if ((rv = key_half_read(session, &found.items[i], &half)) != CKR_OK)
            break;
        if (key_half_same(&key->half, &half))
            rv = session->f->C_DestroyObject(session->handle, half.object.handle);
        key_half_clear(&half);
    }
    object_list_clear(&found);
    return rv;
}

/* The public half first: a kill in between leaves a key that the same command finds
 * again. */
static CK_RV delete_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct kunci_key *key = context;
    CK_OBJECT_HANDLE handle;
    CK_RV rv = key_handle(key, session, &handle);

    (void)err;
    if (rv == CKR_OK && key->has_private && key->has_public)
        rv = delete_public(key, session);
    if (rv == CKR_OK)
        rv = session->f->C_DestroyObject(session->handle, handle);
    log_event("key.delete", "token", key->token->label, "label", key->half.object.label, "answer",
              rv == CKR_OK ? "ok" : "refused", NULL);
    return rv;
}

enum kunci_rc kunci_key_delete(struct kunci_key *key, struct kunci_err *err)
{
    const char *tool = key->token->module->way->delete_tool;

    if (tool)
        return err_set(err, KUNCI_TOKEN_TOOL, key->token->label, tool);
    return key_run(key, SESSION_ONCE, "C_DestroyObject", delete_work, key, err);
}
