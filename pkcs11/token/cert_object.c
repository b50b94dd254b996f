/* Reading certificates off the token. */
#include "token/cert_object.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "token/key_spki.h"
#include "token/select.h"
#include "token/uri.h"

#include <stdlib.h>
#include <string.h>

struct kunci_cert_list {
    struct kunci_cert **certs;
    size_t count;
};

CK_RV cert_read(struct kunci_token *token, const struct session *session,
                const struct object *object, struct kunci_cert **out)
{
    struct kunci_cert *cert = calloc(1, sizeof *cert);
    CK_RV rv;

    *out = NULL;
    if (!cert)
        return CKR_HOST_MEMORY;
    cert->token = token;
    cert->object = *object;
    text_printable(cert->label, sizeof cert->label, object->label, object->label_len);
    text_hex(cert->id, object->id, object->id_len);
    rv = object_read_long(session, object->handle, CKA_VALUE, CERT_MAX, &cert->der, &cert->len);
    if (rv == CKR_OK)
        *out = cert;
    else
        kunci_cert_free(&cert);
    return rv;
}

/* A public half stands for its pair: the private one may not tell, or may hide until
 * the holder logs in. */
static CK_RV mark_key(struct kunci_cert *cert, const struct session *session,
                      const struct object_list *keys)
{
    struct key_half half = {.spki = NULL};
    CK_RV rv = CKR_OK;

    half.spki = key_spki_of_certificate(cert->der, cert->len, &half.spki_len);
    if (half.spki)
        rv = key_half_among(session, keys, false, &half, &cert->has_key);
    key_half_clear(&half);
    return rv;
}

/* ---- listing and finding ---- */

struct listing {
    struct kunci_token *token;
    struct selection selection;
    bool whole; /* whatever is there, and not what one person means */
    struct kunci_cert_list *list;
};

/* What is not the holder's has the id of his key too, and is meant only where its own
 * label is said. */
static bool is_meant(const struct listing *listing, const struct kunci_cert *cert)
{
    int i;

    if (listing->whole || cert_kind(cert->der, cert->len) == CERT_HOLDERS)
        return true;
    for (i = 0; i < listing->selection.count; i++)
        if (listing->selection.tries[i].label &&
            object_fits(&cert->object, &listing->selection.tries[i]))
            return true;
    return false;
}

static CK_RV add(struct listing *listing, const struct session *session,
                 const struct object *object, const struct object_list *keys)
{
    struct kunci_cert_list *list = listing->list;
    struct kunci_cert *cert;
    CK_RV rv = cert_read(listing->token, session, object, &cert);

    if (rv == CKR_OK && !is_meant(listing, cert))
        kunci_cert_free(&cert);
    if (rv != CKR_OK || !cert)
        return rv;
    list->certs[list->count++] = cert;
    return mark_key(cert, session, keys);
}

static CK_RV list_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct object_list found = {.items = NULL}, all = {.items = NULL};
    struct listing *listing = context;
    CK_RV rv;
    size_t i;

    (void)err;
    kunci_cert_list_free(&listing->list);
    if (!(listing->list = calloc(1, sizeof *listing->list)))
        return CKR_HOST_MEMORY;
    rv = selection_find(listing->token, session, &listing->selection, CKO_CERTIFICATE, &found);
    if (rv == CKR_OK)
        rv = object_all(session, &all);
    if (rv == CKR_OK &&
        !(listing->list->certs = calloc(found.count + 1, sizeof *listing->list->certs)))
        rv = CKR_HOST_MEMORY;
    for (i = 0; rv == CKR_OK && i < found.count; i++)
        if (found.items[i].class == CKO_CERTIFICATE)
            rv = add(listing, session, &found.items[i], &all);
    object_list_clear(&found);
    object_list_clear(&all);
    return rv;
}

static enum kunci_rc list_some(struct kunci_token *token, const char *select, bool whole,
                               struct kunci_cert_list **out, struct kunci_err *err)
{
    struct listing listing = {.token = token, .whole = whole};
    enum kunci_rc rc;

    *out = NULL;
    rc = selection_read(token, select, CKO_CERTIFICATE, &listing.selection, err);
    if (rc == KUNCI_OK)
        rc = session_run(token, SESSION_PUBLIC, "C_FindObjects", list_work, &listing, err);
    selection_clear(&listing.selection);
    if (rc != KUNCI_OK)
        kunci_cert_list_free(&listing.list);
    *out = listing.list;
    return rc;
}

enum kunci_rc kunci_cert_list(struct kunci_token *token, struct kunci_cert_list **out,
                              struct kunci_err *err)
{
    return list_some(token, NULL, true, out, err);
}

static enum kunci_rc ambiguous(const struct kunci_cert_list *list, const char *select,
                               struct kunci_err *err)
{
    struct object_list objects = {.items = NULL};
    char names[200] = "";
    size_t i;

    for (i = 0; i < list->count; i++)
        if (!object_list_add(&objects, &list->certs[i]->object))
            break;
    selection_names(&objects, CKO_CERTIFICATE, names, sizeof names);
    object_list_clear(&objects);
    return err_set(err, KUNCI_CERT_AMBIGUOUS, select, names);
}

enum kunci_rc kunci_cert_find(struct kunci_token *token, const char *select,
                              struct kunci_cert **out, struct kunci_err *err)
{
    const char *shown = select && uri_is(select) ? "pkcs11:..." : select;
    struct kunci_cert_list *list;
    enum kunci_rc rc = list_some(token, select, false, &list, err);

    *out = NULL;
    if (rc != KUNCI_OK)
        return rc;
    if (list->count == 0)
        rc = err_set(err, KUNCI_CERT_NOT_FOUND, shown, NULL);
    else if (list->count > 1)
        rc = ambiguous(list, shown, err);
    else
        *out = list->certs[--list->count];
    kunci_cert_list_free(&list);
    return rc;
}

/* ---- their bytes alone ---- */

struct reading {
    struct kunci_token *token;
    struct buf all;
};

static CK_RV read_work(const struct session *session, void *context, struct kunci_err *err)
{
    const struct object_query certificates = {.has_class = true, .class = CKO_CERTIFICATE};
    struct object_list found = {.items = NULL};
    struct reading *reading = context;
    CK_RV rv;
    size_t i;

    (void)err;
    buf_clear(&reading->all);
    rv = object_also(reading->token, session, &certificates, &found);
    for (i = 0; rv == CKR_OK && i < found.count; i++) {
        unsigned char *der = NULL;
        size_t len = 0;

        rv = object_read_long(session, found.items[i].handle, CKA_VALUE, CERT_MAX, &der, &len);
        buf_add(&reading->all, der, len);
        free(der);
    }
    object_list_clear(&found);
    return rv;
}

enum kunci_rc kunci_certs_on(struct kunci_token *token, unsigned char **der, size_t *len,
                             struct kunci_err *err)
{
    struct reading reading = {.token = token};
    enum kunci_rc rc =
        session_run(token, SESSION_PUBLIC, "C_FindObjects", read_work, &reading, err);

    *len = reading.all.len;
    *der = (unsigned char *)buf_take(&reading.all);
    if (rc == KUNCI_OK && !*der)
        rc = err_no_memory(err);
    if (rc != KUNCI_OK) {
        free(*der);
        *der = NULL;
    }
    return rc;
}

size_t kunci_cert_list_count(const struct kunci_cert_list *list)
{
    return list->count;
}

struct kunci_cert *kunci_cert_list_at(const struct kunci_cert_list *list, size_t i)
{
    return i < list->count ? list->certs[i] : NULL;
}

struct kunci_cert *cert_take(struct kunci_cert_list *list, size_t i)
{
    struct kunci_cert *cert = list->certs[i];

    list->certs[i] = list->certs[--list->count];
    return cert;
}

void kunci_cert_list_free(struct kunci_cert_list **list)
{
    struct kunci_cert_list *gone = *list;
    size_t i;

    *list = NULL;
    if (!gone)
        return;
    for (i = 0; i < gone->count; i++)
        kunci_cert_free(&gone->certs[i]);
    free(gone->certs);
    free(gone);
}

void kunci_cert_free(struct kunci_cert **cert)
{
    struct kunci_cert *gone = *cert;

    *cert = NULL;
    if (!gone)
        return;
    free(gone->der);
    free(gone);
}

/* ---- what it says ---- */

const unsigned char *kunci_cert_der(const struct kunci_cert *cert, size_t *len)
{
    *len = cert->len;
    return cert->der;
}

const char *kunci_cert_label(const struct kunci_cert *cert)
{
    return cert->label;
}

const char *kunci_cert_id(const struct kunci_cert *cert)
{
    return cert->id;
}

bool kunci_cert_has_key(const struct kunci_cert *cert)
{
    return cert->has_key;
}

enum kunci_rc kunci_cert_uri(struct kunci_cert *cert, char **out, struct kunci_err *err)
{
    const struct object *object = &cert->object;
    CK_TOKEN_INFO info;

    token_identity(cert->token, &info);
    return uri_print_object(&info, object->class, object->id, object->id_len, object->label,
                            object->label_len, out, err);
}
