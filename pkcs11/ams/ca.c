#include "ams/ca.h"

#include "ams/ca_inside.h"
#include "ams/meta.h"
#include "base/error.h"
#include "base/spki.h"
#include "base/text.h"
#include "x509/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct ca_part_kind ca_part_kinds[CA_PARTS] = {
    [CA_ROOT] = {"ca_root", "root", "Root CA", "root", KUNCI_KEY_P384},
    [CA_ISSUING] = {"ca_issuing", "issuing", "Issuing CA", "issuing-ca", KUNCI_KEY_P256},
    [CA_AUDIT] = {"ca_audit", "audit", "Audit", "audit", KUNCI_KEY_P256},
};

static const char *const profiles[CA_PROFILES] = {"holder", "operator", "tls-server", "audit"};

void ca_label(enum ca_part part, const char *labels, char to[CA_LABEL])
{
    snprintf(to, CA_LABEL, "kunci-%s-%s", ca_part_kinds[part].word, labels);
}

/* ---- addresses ---- */

enum kunci_rc ca_addresses_make(const char *public_url, enum ca_part issuer,
                                struct ca_addresses *out, struct kunci_err *err)
{
    const char *word = ca_part_kinds[issuer].word;
    size_t len = public_url ? strlen(public_url) : 0;
    int base;

    *out = (struct ca_addresses){.crl = NULL};
    if (len == 0)
        return err_set(err, KUNCI_AMS_UNSET, "ams.public_url", NULL);
    while (len > 0 && public_url[len - 1] == '/')
        len--;
    base = (int)len;
    if (asprintf(&out->crl, "crl=%.*s/crl/%s.crl", base, public_url, word) < 0)
        out->crl = NULL;
    if (asprintf(&out->ca_issuers, "ca_issuers=%.*s/ca/%s.cer", base, public_url, word) < 0)
        out->ca_issuers = NULL;
    if (asprintf(&out->ocsp, "ocsp=%.*s/ocsp", base, public_url) < 0)
        out->ocsp = NULL;
    if (!out->crl || !out->ca_issuers || !out->ocsp) {
        ca_addresses_clear(out);
        return err_no_memory(err);
    }
    out->fill[0] = out->crl;
    out->fill[1] = out->ca_issuers;
    out->fill[2] = out->ocsp;
    return KUNCI_OK;
}

void ca_addresses_clear(struct ca_addresses *addresses)
{
    free(addresses->crl);
    free(addresses->ca_issuers);
    free(addresses->ocsp);
    *addresses = (struct ca_addresses){.crl = NULL};
}

/* ---- opened ---- */

static enum kunci_rc read_store(struct ca *ca, struct store *store, char **labels,
                                struct kunci_err *err)
{
    enum kunci_rc rc;
    size_t i;

    if ((rc = meta_text(store, CA_META_LABELS, labels, err)) != KUNCI_OK ||
        (rc = meta_text(store, CA_META_ORGANISATION, &ca->organisation, err)) != KUNCI_OK)
        return rc;
    for (i = 0; i < CA_PARTS; i++) {
        rc = meta_bytes(store, ca_part_kinds[i].meta, &ca->parts[i].der, &ca->parts[i].len, err);
        if (rc != KUNCI_OK)
            return rc;
        if (!ca->parts[i].der)
            return err_set(err, KUNCI_AMS_MISSING, store_path(store), NULL);
    }
    if (!*labels || !ca->organisation)
        return err_set(err, KUNCI_AMS_MISSING, store_path(store), NULL);
    return KUNCI_OK;
}

/* The token's key is the one that the certificate is about. */
static enum kunci_rc check_key(const struct ca *ca, size_t part, const char *label,
                               struct kunci_err *err)
{
    const struct kunci_signer *signer = ca->parts[part].signer;
    struct parts parts;
    bool same;

    if (!parts_of_certificate(ca->parts[part].der, ca->parts[part].len, &parts))
        return err_openssl(err, "X509");
    same = parts.spki_len == signer->spki_len &&
           memcmp(parts.spki, signer->spki, signer->spki_len) == 0;
    parts_clear(&parts);
    return same ? KUNCI_OK : err_set(err, KUNCI_KEY_MISMATCH, label, NULL);
}

static enum kunci_rc find_key(struct ca *ca, size_t part, struct kunci_token *token,
                              const char *labels, struct kunci_err *err)
{
    struct kunci_key *key = NULL;
    char label[CA_LABEL];
    enum kunci_rc rc;

    ca_label(part, labels, label);
    if ((rc = kunci_key_find(token, label, &key, err)) == KUNCI_OK &&
        (rc = kunci_key_signer(key, KUNCI_ALG_NONE, &ca->parts[part].signer, err)) == KUNCI_OK &&
        (rc = check_key(ca, part, label, err)) == KUNCI_OK) {
        ca->parts[part].signer->cert = ca->parts[part].der;
        ca->parts[part].signer->cert_len = ca->parts[part].len;
    }
    kunci_key_free(&key);
    return rc;
}

static enum kunci_rc load_issuing_key(struct ca *ca, struct kunci_err *err)
{
    const struct kunci_signer *signer = ca->parts[CA_ISSUING].signer;

    ca->issuing_key = spki_load(signer->spki, signer->spki_len);
    return ca->issuing_key ? KUNCI_OK : err_openssl(err, "SubjectPublicKeyInfo");
}

enum kunci_rc ca_open(struct store *store, struct kunci_token *token, const char *public_url,
                      struct ca **out, struct kunci_err *err)
{
    struct ca *ca = calloc(1, sizeof *ca);
    char *labels = NULL;
    enum kunci_rc rc;
    size_t i;

    *out = NULL;
    if (!ca)
        return err_no_memory(err);
    rc = read_store(ca, store, &labels, err);
    if (rc == KUNCI_OK)
        rc = ca_addresses_make(public_url, CA_ISSUING, &ca->addresses, err);
    for (i = 0; rc == KUNCI_OK && i < CA_PROFILES; i++)
        rc = profile_load(profiles[i], &ca->profiles[i], err);
    for (i = 0; token && rc == KUNCI_OK && i < CA_PARTS; i++)
        rc = find_key(ca, i, token, labels, err);
    if (token && rc == KUNCI_OK)
        rc = load_issuing_key(ca, err);
    free(labels);
    if (rc == KUNCI_OK)
        *out = ca;
    else
        ca_close(&ca);
    return rc;
}

void ca_close(struct ca **ca)
{
    size_t i;

    if (!*ca)
        return;
    for (i = 0; i < CA_PARTS; i++) {
        kunci_signer_free(&(*ca)->parts[i].signer);
        free((*ca)->parts[i].der);
    }
    for (i = 0; i < CA_PROFILES; i++)
        profile_clear(&(*ca)->profiles[i]);
    EVP_PKEY_free((*ca)->issuing_key);
    ca_addresses_clear(&(*ca)->addresses);
    free((*ca)->organisation);
    free(*ca);
    *ca = NULL;
}

const unsigned char *ca_certificate(const struct ca *ca, enum ca_part part, size_t *len)
{
    *len = ca->parts[part].len;
    return ca->parts[part].der;
}

struct kunci_signer *ca_signer(const struct ca *ca, enum ca_part part)
{
    return ca->parts[part].signer;
}

EVP_PKEY *ca_issuing_key(const struct ca *ca)
{
    return ca->issuing_key;
}

const char *ca_name(const struct ca *ca)
{
    return ca->organisation;
}
