/* What the files that read a procedure share. */
#ifndef FLOW_PROCEDURE_READ_H
#define FLOW_PROCEDURE_READ_H

#include "base/json.h"
#include "flow/procedure.h"

struct reading {
    const struct json_document *file;
    struct kunci_sop *sop;
    struct kunci_err *err;
};

#define FIELD(type, name, kind, member)                                                            \
    {                                                                                              \
        name, kind, offsetof(type, member), false, NULL, 0, 0                                      \
    }
#define NEEDED(type, name, kind, member)                                                           \
    {                                                                                              \
        name, kind, offsetof(type, member), true, NULL, 0, 0                                       \
    }
#define WORD(type, name, member, words, needed)                                                    \
    {                                                                                              \
        name, JSON_KIND_CHOICE, offsetof(type, member), needed, words, 0, 0                        \
    }
#define NUMBER(type, name, kind, member, least, most)                                              \
    {                                                                                              \
        name, kind, offsetof(type, member), false, NULL, least, most                               \
    }
#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Text in one language or {id: ..., en: ...}; NULL is none. Of owner's member key. */
KUNCI_MUST_USE enum kunci_rc read_words(const struct reading *in, const json_t *owner,
                                        const char *key, json_t *value, struct words *out);
KUNCI_MUST_USE enum kunci_rc read_words_list(const struct reading *in, const json_t *owner,
                                             const char *key, json_t *value,
                                             struct words_list *out);
/* Room for as many as the list has, each empty; *out NULL and *count 0 where it has none. */
KUNCI_MUST_USE enum kunci_rc read_room(const struct reading *in, const json_t *list, size_t size,
                                       void *out, unsigned *count);
/* No control characters but ends of lines; NULL is none. */
KUNCI_MUST_USE enum kunci_rc check_text(const struct reading *in, const json_t *owner,
                                        const char *key, const char *text);
/* What people type and programs compare: a-z, 0-9 and '-' in between; NULL is none. */
KUNCI_MUST_USE enum kunci_rc check_name(const struct reading *in, const json_t *owner,
                                        const char *key, const char *name);
/* "2026-05-26" */
bool is_day(const char *text);

KUNCI_MUST_USE enum kunci_rc read_header(const struct reading *in, json_t *object);
KUNCI_MUST_USE enum kunci_rc read_hours(const struct reading *in, json_t *object);
KUNCI_MUST_USE enum kunci_rc read_totals(const struct reading *in, json_t *list);
KUNCI_MUST_USE enum kunci_rc read_branches(const struct reading *in, const json_t *owner,
                                           json_t *list, struct step *step);
KUNCI_MUST_USE enum kunci_rc read_steps(const struct reading *in, json_t *list);

#endif
