/* What a person means by the name of a key or a certificate. */
#ifndef TOKEN_SELECT_H
#define TOKEN_SELECT_H

#include "token/session.h"

/* Up to two things to look for, in turn: text may be a label or an id. */
struct selection {
    struct uri *uri;
    struct object_query tries[2];
    int count;
    unsigned char id[OBJECT_ID_MAX];
    const char *text; /* for errors */
};

/* select: a label, an id in hexadecimal, or a URI; NULL: any. The text lives as long
 * as the selection. A URI that names another token or another class fits nothing. */
KUNCI_MUST_USE enum kunci_rc selection_read(struct kunci_token *token, const char *select,
                                            CK_OBJECT_CLASS class, struct selection *out,
                                            struct kunci_err *err);
void selection_clear(struct selection *selection);

/* What fits, of every class: the other half of a key has the same label or id. */
CK_RV selection_find(struct kunci_token *token, const struct session *session,
                     const struct selection *selection, CK_OBJECT_CLASS class,
                     struct object_list *out);

/* The names of those of this class, for an error: "tte (8a31...), lama (04ff...)". */
void selection_names(const struct object_list *list, CK_OBJECT_CLASS class, char *to, size_t size);

#endif
