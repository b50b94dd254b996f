/* YAML, the part of it that people need for settings: no anchors, aliases and
 * tags, one document, every name once. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/json.h"

enum { YAML_MAX_SIZE = 1 << 20, YAML_MAX_DEPTH = 32 };

/* Reads len bytes; name stands in errors and has to outlive the document. Plain
 * true and false are booleans, plain digits integers, an empty value, ~ and
 * null are null, all else is text. Nothing at all is an empty object. */
KUNCI_MUST_USE enum kunci_rc yaml_read(const char *name, const void *bytes, size_t len,
                                       struct json_document *out, struct kunci_err *err);

#endif
