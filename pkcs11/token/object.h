/* Objects on a token: finding them, reading their attributes. */
#ifndef TOKEN_OBJECT_H
#define TOKEN_OBJECT_H

#include "token/ck.h"

#include <stdbool.h>
#include <stddef.h>

struct kunci_token;
struct session;

enum { OBJECT_ID_MAX = 64, OBJECT_LABEL_MAX = 255 };

/* What tells objects apart. An id or label that is longer counts as none. */
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

/* What is looked for. A NULL id or label fits all. */
struct object_query {
    const void *id, *label;
    size_t id_len, label_len; /* at most OBJECT_ID_MAX and OBJECT_LABEL_MAX */
    bool has_class;
    CK_OBJECT_CLASS class;
};

/* What is known of a token's objects from earlier searches. */
struct object_index {
    struct object_list known;
    unsigned generation;
    bool with_private; /* the holder was logged in */
    bool complete;     /* all objects were listed once */
    bool asked;        /* until then: known is what the token answered to query, */
    struct object_query query;
    struct object text; /* whose id and label are kept here */
};

/* Finds what a person or a program asks for. What is known is checked against the
 * token before it is believed, and what is not known is asked of the token; at the
 * second thing asked for, all objects are listed once, so that the rest is known. */
CK_RV object_find(struct kunci_token *token, const struct session *session,
                  const struct object_query *query, struct object_list *out);

/* Finds what belongs to that: the same, but never lists all. */
CK_RV object_also(struct kunci_token *token, const struct session *session,
                  const struct object_query *query, struct object_list *out);

/* Every key and certificate, straight from the token. */
CK_RV object_all(const struct session *session, struct object_list *out);

/* Those that fit the template, straight from the token. */
CK_RV object_search(const struct session *session, CK_ATTRIBUTE *template, CK_ULONG count,
                    struct object_list *out);

/* Reads attributes into the buffers given; one that the object does not have,
 * does not show or that is longer than its buffer gets length 0. */
CK_RV object_read(const struct session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes,
                  CK_ULONG count);

/* Reads one attribute of any length up to max into memory to be freed; *len is
 * 0 and *out NULL where the object does not have it. */
CK_RV object_read_long(const struct session *session, CK_OBJECT_HANDLE object,
                       CK_ATTRIBUTE_TYPE type, size_t max, unsigned char **out, size_t *len);

CK_RV object_describe(const struct session *session, CK_OBJECT_HANDLE handle, struct object *out);
bool object_fits(const struct object *object, const struct object_query *query);
KUNCI_MUST_USE bool object_list_add(struct object_list *list, const struct object *object);
void object_list_clear(struct object_list *list);
void object_index_clear(struct object_index *index);
/* What was just written is not known yet: the token is asked anew. */
void object_forget(struct kunci_token *token);

#endif
