/* The strict half of reading a URI: what RFC 7512 does not allow is refused. */
#ifndef TOKEN_URI_SCAN_H
#define TOKEN_URI_SCAN_H

#include <kunci/error.h>

/* Checks all that follows "pkcs11:". */
KUNCI_MUST_USE enum kunci_rc uri_scan(const char *rest, struct kunci_err *err);

#endif
