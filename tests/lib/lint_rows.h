/* Rules of lint in a table, each with what breaks it. What does not hold fails the test
 * that is running. */
#ifndef LIB_LINT_ROWS_H
#define LIB_LINT_ROWS_H

#include "base/buf.h"
#include "x509/lint.h"

enum lint_base { LEAF, AUTHORITY };

struct lint_row {
    const char *rule;
    enum lint_base base; /* the certificate that is changed */
    int nid;
    const char *value; /* of the extension; NULL: it goes */
    void (*change)(X509 *x509);
    void (*bytes)(struct buf *der);
    const char *also; /* what is broken with it of necessity */
};

/* The certificate signed, in DER. */
struct buf lint_sign(X509 *x509, EVP_PKEY *key, const EVP_MD *md);

/* Finds the rule broken, and none but it and those in also; NULL: none at all. */
void lint_finds(const char *what, const struct buf *der, const char *profile, const char *rule,
                const char *also);

/* The certificate as it is keeps every rule; changed by each row it breaks that one. */
void lint_keeps(bool authority, EVP_PKEY *key, const char *profile);
void lint_breaks(const struct lint_row *rows, size_t count, EVP_PKEY *key, const char *profile);

/* Every rule of the table has a row, or is named in elsewhere. */
void lint_has_rows(const struct lint_rule *table, const struct lint_row *rows, size_t count,
                   const char *elsewhere);

#endif
