/* Certificates issued by the issuing authority, and their rows. */
#include "ams/ca_inside.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/moment.h"
#include "x509/alt_name.h"
#include "x509/document.h"
#include "x509/name.h"
#include "x509/parts.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* ---- the row ---- */

static bool serial_text(const ASN1_INTEGER *serial, char to[CA_SERIAL])
{
    int len = ASN1_STRING_length(serial);

    if (ASN1_STRING_type(serial) != V_ASN1_INTEGER || len < 1 || 2 * len >= CA_SERIAL)
        return false;
    text_hex(to, ASN1_STRING_get0_data(serial), (size_t)len);
    return true;
}

bool ca_serial_of(const unsigned char *der, size_t len, char to[CA_SERIAL])
{
    struct parts parts;
    bool known = parts_of_certificate(der, len, &parts) && serial_text(parts.serial, to);

    parts_clear(&parts);
    return known;
}

static struct store_value number_or_null(int64_t number)
{
    return number ? OF_INT(number) : OF_NULL;
}

static enum kunci_rc insert(struct store *store, const struct ca_order *order,
                            const struct parts *parts, const char *subject, const char *serial,
                            struct kunci_err *err)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];

    SHA256(parts->spki, parts->spki_len, hash);
    return store_do(
        store,
        "INSERT INTO certificates (serial, account, request, profile, subject, key_hash, der, "
        "not_before, not_after, status, issued_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10)",
        VALUES(OF_TEXT(serial), number_or_null(order->account), number_or_null(order->request),
               OF_TEXT(order->profile), OF_TEXT(subject), OF_BLOB(hash, sizeof hash),
               OF_BLOB(parts->der, parts->len), OF_INT(moment_of(parts->not_before)),
               OF_INT(moment_of(parts->not_after)), OF_INT(order->now)),
        err);
}

enum kunci_rc ca_enter(struct store *store, const struct ca_order *order, const unsigned char *der,
                       size_t len, char *serial, struct kunci_err *err)
{
    char number[CA_SERIAL];
    char *subject = NULL;
    struct parts parts;
    enum kunci_rc rc;

    if (!parts_of_certificate(der, len, &parts) || !serial_text(parts.serial, number))
        rc = document_refuse(&document_certificate, _("it is damaged"), err);
    else if ((rc = name_print(parts.subject, &subject, err)) == KUNCI_OK)
        rc = insert(store, order, &parts, subject, number, err);
    if (rc == KUNCI_OK && serial)
        memcpy(serial, number, sizeof number);
    parts_clear(&parts);
    free(subject);
    return rc;
}

/* ---- issuing ---- */

static const struct profile *profile_of(const struct ca *ca, const char *name)
{
    size_t i;

    for (i = 0; i < CA_PROFILES; i++)
        if (strcmp(ca->profiles[i].name, name) == 0)
            return &ca->profiles[i];
    return NULL;
}

enum kunci_rc ca_issue(const struct ca *ca, struct store *store, const struct ca_order *order,
                       struct ca_issued *out, struct kunci_err *err)
{
    struct kunci_signer *signer = ca->parts[CA_ISSUING].signer;
    const struct issue issue = {.profile = profile_of(ca, order->profile),
                                .spki = order->spki,
                                .spki_len = order->spki_len,
                                .subject = order->subject,
                                .subject_len = order->subject_len,
                                .names = order->names,
                                .names_len = order->names_len,
                                .issuer = ca->parts[CA_ISSUING].der,
                                .issuer_len = ca->parts[CA_ISSUING].len,
                                .issuer_key = ca->issuing_key,
                                .from = order->now,
                                .fill = ca->addresses.fill};
    enum kunci_rc rc;

    *out = (struct ca_issued){.der = NULL};
    if (!issue.profile)
        return err_set(err, KUNCI_PROFILE_NOT_FOUND, order->profile, NULL);
    if (order->csr)
        rc = issue_for_request(&issue, order->csr, order->csr_len, signer, &out->der, &out->len,
                               err);
    else
        rc = issue_certificate(&issue, signer, &out->der, &out->len, err);
    if (rc == KUNCI_OK)
        rc = ca_enter(store, order, out->der, out->len, out->serial, err);
    if (rc != KUNCI_OK) {
        free(out->der);
        *out = (struct ca_issued){.der = NULL};
    }
    return rc;
}

/* ---- for a server ---- */

struct encoded {
    unsigned char *der;
    int len;
};

/* "dns:ams.contoh.go.id": what stands behind the colon, as a name's CN. */
static enum kunci_rc subject_of(const char *name, struct encoded *out, struct kunci_err *err)
{
    const char *colon = strchr(name, ':');
    X509_NAME *subject = X509_NAME_new();
    bool made = subject && X509_NAME_add_entry_by_txt(
                               subject, "CN", MBSTRING_UTF8,
                               (const unsigned char *)(colon ? colon + 1 : name), -1, -1, 0) == 1;

    out->len = made ? i2d_X509_NAME(subject, &out->der) : -1;
    X509_NAME_free(subject);
    return out->len > 0 ? KUNCI_OK : err_openssl(err, "X509_NAME");
}

static enum kunci_rc names_of(const char *const *names, struct encoded *out, struct kunci_err *err)
{
    GENERAL_NAMES *read = NULL;
    enum kunci_rc rc = alt_name_read(names, &read, err);

    if (rc == KUNCI_OK && (out->len = i2d_GENERAL_NAMES(read, &out->der)) <= 0)
        rc = err_openssl(err, "i2d_GENERAL_NAMES");
    GENERAL_NAMES_free(read);
    return rc;
}

enum kunci_rc ca_issue_server(const struct ca *ca, struct store *store, const unsigned char *spki,
                              size_t spki_len, const char *const *names, int64_t now,
                              struct ca_issued *out, struct kunci_err *err)
{
    struct encoded subject = {.der = NULL}, alternative = {.der = NULL};
    struct ca_order order = {
        .profile = "tls-server", .spki = spki, .spki_len = spki_len, .now = now};
    enum kunci_rc rc;

    *out = (struct ca_issued){.der = NULL};
    if ((rc = subject_of(names[0], &subject, err)) == KUNCI_OK &&
        (rc = names_of(names, &alternative, err)) == KUNCI_OK) {
        order.subject = subject.der;
        order.subject_len = (size_t)subject.len;
        order.names = alternative.der;
        order.names_len = (size_t)alternative.len;
        rc = ca_issue(ca, store, &order, out, err);
    }
    OPENSSL_free(subject.der);
    OPENSSL_free(alternative.der);
    return rc;
}
