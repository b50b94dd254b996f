/* Objects on a token: finding them, reading their attributes. */
#ifndef TOKEN_OBJECT_H
#define TOKEN_OBJECT_H

#include "token/ck.h"

#include <stdbool.h>
#include <stddef.h>

struct kunci_token;
struct session;

enum { OBJECT_ID_MAX = 64, OBJECT_LABEL_MAX = 255 };

/* What tells objects apart. Longer ids and labels are cut, and never match. */
struct object {
    CK_OBJECT_HANDLE handle;
    CK_OBJECT_CLASS class;
    unsigned char id[OBJECT_ID_MAX];
    size_t id_len;
    char label[OBJECT_LABEL_MAX + 1];
    size_t label_len;
};

struct object_list {
    struct object *items;
    size_t count, room;
};

/* A token's objects as they were at the second search; what it says is checked
 * against the token before it is believed. */
struct object_index {
    struct object_list all;
    unsigned searches, generation;
    bool complete, with_private;
};

/* What is looked for. A NULL id or label fits all. */
struct object_query {
    const unsigned char *id;
    size_t id_len;
    const char *label;
    size_t label_len;
    bool has_class;
    CK_OBJECT_CLASS class;
};

/* Finds keys and certificates. In a process's first search the token itself is
 * asked; from the second on an index answers, and what it does not know is
 * asked of the token. */
KUNCI_MUST_USE enum kunci_rc object_find(struct kunci_token *token, const struct session *session,
                                         const struct object_query *query,
                                         struct object_list *out, CK_RV *rv,
                                         struct kunci_err *err);

/* Every key and certificate, straight from the token. */
CK_RV object_all(const struct session *session, struct object_list *out);

/* Handles of what fits the template. */
CK_RV object_search(const struct session *session, CK_ATTRIBUTE *template, CK_ULONG count,
                    CK_OBJECT_HANDLE **out, size_t *out_count);

/* Reads attributes into the buffers given; one that the object does not have,
 * does not show or that is longer than its buffer gets length 0. */
CK_RV object_read(const struct session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                  CK_ULONG count);

/* Reads one attribute of any length up to max into memory to be freed; *len is
 * 0 and *out NULL where the object does not have it. */
CK_RV object_read_long(const struct session *session, CK_OBJECT_HANDLE object,
                       CK_ATTRIBUTE_TYPE type, size_t max, unsigned char **out, size_t *len);

bool object_describe(const struct session *session, CK_OBJECT_HANDLE handle, struct object *out,
                     CK_RV *rv);
bool object_fits(const struct object *object, const struct object_query *query);
KUNCI_MUST_USE bool object_list_add(struct object_list *list, const struct object *object);
void object_list_clear(struct object_list *list);
void object_index_clear(struct object_index *index);

#endif
