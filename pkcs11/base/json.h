/* Trees of values, whatever text they were read from, and taking them apart by
 * a table: kinds are checked, and names that the table does not have are errors. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>
#include <kunci/error.h>
#include <stdbool.h>
#include <stdint.h>

struct json_document {
    const char *name; /* of its file, for errors; not owned */
    json_t *root;
    struct json_line *lines; /* where the members of its objects stood; may be NULL */
    size_t line_count, line_room;
};
void json_document_clear(struct json_document *document);

/* Notes where a member that was just put into an object stood. */
KUNCI_MUST_USE bool json_note_line(struct json_document *document, json_t *object, const char *key,
                                   size_t line);

enum json_kind {
    JSON_KIND_STRING,  /* char *, to be freed; never empty */
    JSON_KIND_INT,     /* int64_t */
    JSON_KIND_BOOL,    /* bool */
    JSON_KIND_CHOICE,  /* an enum: the place of the string among the choices */
    JSON_KIND_LIST,    /* char **, strings, ended by NULL; to be freed with json_list_free() */
    JSON_KIND_SET,     /* unsigned: a list too, a bit for each string's place among the choices */
    JSON_KIND_DECIMAL, /* int64_t, thousandths: 0.3, 15 */
    JSON_KIND_OBJECT,  /* json_t *, names and their values; belongs to the document */
    JSON_KIND_OBJECTS, /* json_t *, a list of such; the same */
    JSON_KIND_VALUE    /* json_t *, anything; the same */
};

struct json_field {
    const char *name;
    enum json_kind kind;
    size_t offset;              /* of the member of the structure that is filled in */
    bool required;              /* else what the structure holds stays */
    const char *const *choices; /* ended by NULL; of a string or a list, all that it may be */
    int64_t min, max;           /* of an int, or a decimal's thousandths */
};

/* Fills the structure at to. What was filled in before an error stays there. */
KUNCI_MUST_USE enum kunci_rc json_read_object(const struct json_document *document, json_t *object,
                                              const struct json_field *fields, size_t count,
                                              void *to, struct kunci_err *err);

void json_list_free(char ***list);

/* The text of a value with the flags of json_dumps(), whose own failures go unsaid; NULL for
 * lack of memory, and of NULL. To be freed. */
char *json_write(const json_t *value, size_t flags);

/* Says what is wrong with a member, and where it stands. */
enum kunci_rc json_complain(const struct json_document *document, const json_t *object,
                            const char *key, const char *what, struct kunci_err *err);

#endif
