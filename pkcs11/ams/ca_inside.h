/* The authority from the inside. */
#ifndef AMS_CA_INSIDE_H
#define AMS_CA_INSIDE_H

#include "ams/ca.h"
#include "x509/issue.h"

/* Where each part stands: "ca_root" and so on. */
struct ca_part_kind {
    const char *meta; /* its certificate, in the store */
    const char *word; /* its key's label is kunci-WORD-XXXXXXXX */
    const char *name; /* of its CN, behind the organisation's */
    const char *profile;
    enum kunci_key_type key;
};
extern const struct ca_part_kind ca_part_kinds[CA_PARTS];

/* The X's of the labels, eight hexadecimal digits. */
#define CA_META_LABELS       "ca_labels"
#define CA_META_ORGANISATION "ca_organisation"

enum { CA_LABEL = 64 };
void ca_label(enum ca_part part, const char *labels, char to[CA_LABEL]);

/* The addresses that certificates of an issuer bear, as struct issue wants them. */
struct ca_addresses {
    char *crl, *ca_issuers, *ocsp;
    const char *fill[4];
};
KUNCI_MUST_USE enum kunci_rc ca_addresses_make(const char *public_url, enum ca_part issuer,
                                               struct ca_addresses *out, struct kunci_err *err);
void ca_addresses_clear(struct ca_addresses *addresses);

enum { CA_PROFILES = 4 };

struct ca {
    char *organisation;
    struct {
        unsigned char *der;
        size_t len;
        struct kunci_signer *signer;
    } parts[CA_PARTS];
    EVP_PKEY *issuing_key; /* its public half, to prove signatures by */
    struct profile profiles[CA_PROFILES];
    struct ca_addresses addresses;
};

/* The row of what was issued, within the caller's transaction. serial may be NULL. */
KUNCI_MUST_USE enum kunci_rc ca_enter(struct store *store, const struct ca_order *order,
                                      const unsigned char *der, size_t len, char *serial,
                                      struct kunci_err *err);

#endif
