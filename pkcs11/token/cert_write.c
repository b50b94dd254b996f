/* Writing certificates beside their keys, and deleting them. */
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "token/cert_object.h"
#include "token/key_spki.h"

#include <openssl/x509.h>
#include <string.h>

/* ---- its key ---- */

/* Pairs each private key of the list and compares. */
static CK_RV pair_among(struct kunci_token *token, const struct session *session,
                        const struct object_list *list, const struct key_half *wanted,
                        struct kunci_key **out)
{
    struct key_half half;
    CK_RV rv = CKR_OK;
    size_t i;

    for (i = 0; rv == CKR_OK && !*out && i < list->count; i++) {
        if (list->items[i].class != CKO_PRIVATE_KEY ||
            (rv = key_half_read(session, &list->items[i], &half)) != CKR_OK)
            continue;
        if (!(*out = key_make(token, session, &half)))
            return CKR_HOST_MEMORY;
        if ((rv = key_join(*out, session, list)) != CKR_OK || !key_half_same(&(*out)->half, wanted))
            kunci_key_free(out);
    }
    return rv;
}

/* First under the id that kunci gives, which is nearly always right, then all. */
CK_RV cert_find_key(struct kunci_token *token, const struct session *session,
                    const struct key_half *wanted, struct kunci_key **out)
{
    unsigned char id[KEY_ID_LEN];
    struct object_query near = {.id = id, .id_len = sizeof id};
    struct object_list list = {.items = NULL};
    CK_RV rv = CKR_OK;

    *out = NULL;
    if (key_spki_id(wanted->spki, wanted->spki_len, id))
        rv = object_also(token, session, &near, &list);
    if (rv == CKR_OK)
        rv = pair_among(token, session, &list, wanted, out);
    if (rv == CKR_OK && !*out) {
        list.count = 0;
        if ((rv = object_all(session, &list)) == CKR_OK)
            rv = pair_among(token, session, &list, wanted, out);
    }
    object_list_clear(&list);
    return rv;
}

/* ---- writing ---- */

/* What goes into the object beside the certificate itself. */
struct fields {
    unsigned char *subject, *issuer, *serial;
    int subject_len, issuer_len, serial_len;
};

static bool read_fields(const unsigned char *der, size_t len, struct fields *out)
{
    const unsigned char *in = der;
    X509 *certificate = d2i_X509(NULL, &in, (long)len);

    memset(out, 0, sizeof *out);
    if (certificate && in == der + len) {
        out->subject_len = i2d_X509_NAME(X509_get_subject_name(certificate), &out->subject);
        out->issuer_len = i2d_X509_NAME(X509_get_issuer_name(certificate), &out->issuer);
        out->serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &out->serial);
    }
    X509_free(certificate);
    return out->subject_len > 0 && out->issuer_len > 0 && out->serial_len > 0;
}

static void clear_fields(struct fields *fields)
{
    OPENSSL_free(fields->subject);
    OPENSSL_free(fields->issuer);
    OPENSSL_free(fields->serial);
}

struct writing {
    struct kunci_token *token;
    unsigned char *der;
    size_t len;
    struct fields fields;
    struct key_half half; /* what the certificate tells */
    struct kunci_cert *written;
    bool begun; /* it may be on the token */
};

static CK_RV create(const struct writing *writing, const struct session *session,
                    const struct object *key, CK_OBJECT_HANDLE *out)
{
    const struct fields *fields = &writing->fields;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    struct object beside = *key; /* CK_ATTRIBUTE knows no const */
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_CERTIFICATE_TYPE, &type, sizeof type},
        {CKA_TOKEN, &yes, sizeof yes},
        {CKA_PRIVATE, &no, sizeof no},
        {CKA_LABEL, beside.label, beside.label_len},
        {CKA_ID, beside.id, beside.id_len},
        {CKA_SUBJECT, fields->subject, (CK_ULONG)fields->subject_len},
        {CKA_ISSUER, fields->issuer, (CK_ULONG)fields->issuer_len},
        {CKA_SERIAL_NUMBER, fields->serial, (CK_ULONG)fields->serial_len},
        {CKA_VALUE, writing->der, writing->len},
    };

    return session->f->C_CreateObject(session->handle, template, sizeof template / sizeof *template,
                                      out);
}

static CK_RV refuse_twin(const struct writing *writing, const struct session *session,
                         struct kunci_err *err)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_VALUE, writing->der, writing->len},
    };
    struct object_list found = {.items = NULL};
    CK_RV rv = object_search(session, template, 2, &found);

    if (rv == CKR_OK && found.count)
        err_set(err, KUNCI_CERT_EXISTS, writing->token->label, NULL);
    object_list_clear(&found);
    return rv;
}

/* A numbered place holds one certificate: another would be gone. */
static CK_RV refuse_other(const struct writing *writing, const struct session *session,
                          const struct object *key, struct kunci_err *err)
{
    struct object_query query = {.id = key->id, .id_len = key->id_len};
    struct object_list found = {.items = NULL};
    struct kunci_cert *cert;
    CK_RV rv = CKR_OK;
    size_t i;

    query.has_class = true;
    query.class = CKO_CERTIFICATE;
    if (writing->token->module->way->written_by_so)
        rv = object_also(writing->token, session, &query, &found);
    for (i = 0; rv == CKR_OK && i < found.count; i++) {
        rv = cert_read(writing->token, session, &found.items[i], &cert);
        if (rv == CKR_OK && cert_kind(cert->der, cert->len) == CERT_HOLDERS)
            err_set(err, KUNCI_CERT_PLACE, writing->token->label, cert->label);
        kunci_cert_free(&cert);
    }
    object_list_clear(&found);
    return rv;
}

/* A module may have written what it says it did not. */
static bool is_absent(const struct writing *writing, const struct session *session)
{
    struct kunci_err twin = KUNCI_ERR_INIT;

    return refuse_twin(writing, session, &twin) == CKR_OK && twin.rc == KUNCI_OK;
}

static CK_RV write_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct writing *writing = context;
    struct kunci_key *key = NULL;
    CK_OBJECT_HANDLE handle;
    struct object object;
    CK_RV rv = refuse_twin(writing, session, err);

    if (rv == CKR_OK && err->rc == KUNCI_OK)
        rv = cert_find_key(writing->token, session, &writing->half, &key);
    if (rv != CKR_OK || err->rc != KUNCI_OK)
        goto out;
    if (!key)
        err_set(err, KUNCI_CERT_NO_KEY, writing->token->label, NULL);
    else
        rv = refuse_other(writing, session, &key->half.object, err);
    if (rv != CKR_OK || err->rc != KUNCI_OK)
        goto out;
    rv = create(writing, session, &key->half.object, &handle);
    writing->begun = rv == CKR_OK || !is_absent(writing, session);
    object_forget(writing->token);
    log_event("cert.import", "token", writing->token->label, "label", key->half.object.label,
              "answer", rv == CKR_OK ? "ok" : "refused", NULL);
    if (rv == CKR_OK && (rv = object_describe(session, handle, &object)) == CKR_OK)
        rv = cert_read(writing->token, session, &object, &writing->written);
    if (rv == CKR_OK)
        writing->written->has_key = true;
out:
    kunci_key_free(&key);
    return rv;
}

enum kunci_rc kunci_cert_import(struct kunci_token *token, const unsigned char *der, size_t len,
                                struct kunci_cert **out, struct kunci_err *err)
{
    struct writing writing = {.token = token, .len = len};
    enum kunci_rc rc;

    *out = NULL;
    writing.half.spki = key_spki_of_certificate(der, len, &writing.half.spki_len);
    if (!read_fields(der, len, &writing.fields) || !writing.half.spki)
        rc = err_set(err, KUNCI_CERT_INVALID, _("The input"), _("it cannot be read"));
    else if (!(writing.der = OPENSSL_memdup(der, len)))
        rc = err_no_memory(err);
    else
        rc = session_run(token, SESSION_ONCE, "C_CreateObject", write_work, &writing, err);
    if (rc != KUNCI_OK && writing.begun)
        rc = module_unknown(err, _("The certificate"));
    *out = writing.written;
    clear_fields(&writing.fields);
    key_half_clear(&writing.half);
    OPENSSL_free(writing.der);
    return rc;
}

/* ---- deleting ---- */

/* The handle may be old: what is deleted has the same bytes. */
static CK_RV delete_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct kunci_cert *cert = context;
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_VALUE, cert->der, cert->len},
    };
    struct object_list found = {.items = NULL};
    CK_RV rv = object_search(session, template, 2, &found);
    size_t i;

    if (rv == CKR_OK && found.count == 0)
        err_set(err, KUNCI_CERT_NOT_FOUND, cert->label, NULL);
    for (i = 0; rv == CKR_OK && i < found.count; i++)
        if (found.items[i].id_len == cert->object.id_len &&
            memcmp(found.items[i].id, cert->object.id, cert->object.id_len) == 0)
            rv = session->f->C_DestroyObject(session->handle, found.items[i].handle);
    log_event("cert.delete", "token", cert->token->label, "label", cert->label, "answer",
              rv == CKR_OK ? "ok" : "refused", NULL);
    object_list_clear(&found);
    return rv;
}

enum kunci_rc kunci_cert_delete(struct kunci_cert *cert, struct kunci_err *err)
{
    /* In a numbered place the holder's certificate would go instead. */
    if (cert->token->module->way->written_by_so &&
        cert_kind(cert->der, cert->len) == CERT_STATEMENT)
        return err_set(err, KUNCI_TOKEN_UNABLE, cert->token->label,
                       _("the device makes its statement of a key anew at each question"));
    return session_run(cert->token, SESSION_ONCE, "C_DestroyObject", delete_work, cert, err);
}
