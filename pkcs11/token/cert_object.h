/* Certificates on the token, from the inside. */
#ifndef TOKEN_CERT_OBJECT_H
#define TOKEN_CERT_OBJECT_H

#include "token/key.h"

#include <kunci/cert.h>

enum { CERT_MAX = 1 << 20 };

struct kunci_cert {
    struct kunci_token *token;
    struct object object;
    unsigned char *der;
    size_t len;
    bool has_key;
    char label[OBJECT_LABEL_MAX + 1];
    char id[2 * OBJECT_ID_MAX + 1];
};

CK_RV cert_read(struct kunci_token *token, const struct session *session,
                const struct object *object, struct kunci_cert **out);

/* Takes a certificate out of its list, in whose place another steps. */
struct kunci_cert *cert_take(struct kunci_cert_list *list, size_t i);

/* The pair whose public key a certificate tells; NULL in out where the token has none. */
CK_RV cert_find_key(struct kunci_token *token, const struct session *session,
                    const struct key_half *wanted, struct kunci_key **out);

#endif
