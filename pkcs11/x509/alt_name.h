/* Subject alternative names as people write them: "dns:www.contoh.go.id". */
#ifndef X509_ALT_NAME_H
#define X509_ALT_NAME_H

#include "base/buf.h"

#include <kunci/error.h>
#include <openssl/x509v3.h>

/* The kinds that can be written, in the order of their words. */
enum alt_name_kind {
    ALT_NAME_DNS,
    ALT_NAME_EMAIL,
    ALT_NAME_IP,
    ALT_NAME_URI,
    ALT_NAME_UPN,
    ALT_NAME_DIRNAME,
    ALT_NAME_RID,
    ALT_NAME_KINDS
};
/* "dns" and so on, ended by NULL. */
extern const char *const alt_name_words[];

/* All of names, which is ended by NULL. To be freed with GENERAL_NAMES_free(). */
KUNCI_MUST_USE enum kunci_rc alt_name_read(const char *const *names, GENERAL_NAMES **out,
                                           struct kunci_err *err);

/* As it is written where it can be, else what kind it is; printable. */
void alt_name_print(const GENERAL_NAME *name, struct buf *to);

/* ALT_NAME_KINDS for a kind that cannot be written. */
enum alt_name_kind alt_name_kind(const GENERAL_NAME *name);

/* What stands there is a host's name, an address of mail, a URI with its scheme. */
bool alt_name_is_host(const char *text, size_t len);
bool alt_name_is_mail(const char *text, size_t len);
bool alt_name_is_uri(const char *text, size_t len);

#endif
