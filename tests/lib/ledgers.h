/* An audit trail in a store, with seals, for tests; and its rows taken out, to be tampered
 * with. What fails here ends the test program. */
#ifndef LIB_LEDGERS_H
#define LIB_LEDGERS_H

#include "audit/export.h"
#include "audit/trail.h"
#include "lib/signing_desk.h"

struct ledger {
    struct desk *desk;
    unsigned char *cert; /* of the signer, DER */
    struct audit_sealers sealers;
    struct store *store;
};

enum { LEDGER_NOW = 1795212000 };

/* A new store at path, whose audit certificate is the signer's. */
void ledger_up(struct ledger *ledger, const char *path);
void ledger_down(struct ledger *ledger);

/* So many acts, and after each so many a seal; 0: none. */
void ledger_fill(struct ledger *ledger, int acts, int seal_each);

/* One row, as it stands in the store. */
struct ledger_row {
    int64_t seq;
    char *line;
    unsigned char hash[AUDIT_HASH];
};
struct ledger_rows {
    struct ledger_row *row;
    size_t count;
    struct audit_head head;
};
void ledger_rows_read(struct store *store, struct ledger_rows *out);
void ledger_rows_copy(const struct ledger_rows *from, struct ledger_rows *to);
void ledger_rows_clear(struct ledger_rows *rows);
/* All of them instead of what is there. */
void ledger_rows_write(struct store *store, const struct ledger_rows *rows);

#endif
