/* PKCS#11 URIs (RFC 7512). p11-kit reads, matches and prints them; what it
 * would let pass, this refuses first. */
#ifndef TOKEN_URI_H
#define TOKEN_URI_H

#include <kunci/error.h>
#include <p11-kit/pkcs11.h>
#include <stdbool.h>

struct uri;

/* The longest URI read, in bytes. */
#define URI_MAX 4096

/* Whether text means to be a URI, rather than a label or a serial number. */
bool uri_is(const char *text);

/* Unknown (vendors' too), repeated and misplaced attributes are errors, and so
 * is a PIN in the URI. No error repeats a value: it could be a PIN. */
KUNCI_MUST_USE enum kunci_rc uri_parse(const char *text, struct uri **out, struct kunci_err *err);
void uri_free(struct uri **uri);

/* Where a token stands; only module_path may be NULL. */
struct uri_candidate {
    const CK_INFO *module;
    const CK_SLOT_INFO *slot;
    CK_SLOT_ID slot_id;
    const CK_TOKEN_INFO *token;
    const char *module_path;
};

/* What the URI does not mention fits everything. */
bool uri_matches(const struct uri *uri, const struct uri_candidate *candidate);
bool uri_matches_token(const struct uri *uri, const CK_TOKEN_INFO *token);

/* What the URI says of an object; NULL where it says nothing. Belongs to the URI. */
struct uri_object {
    bool mentioned; /* any of the three is there */
    const void *label, *id;
    size_t label_len, id_len;
    const CK_OBJECT_CLASS *class;
};
void uri_object(const struct uri *uri, struct uri_object *out);

/* The value of pin-source, decoded; NULL where there is none. */
const char *uri_pin_source(const struct uri *uri);

/* The file that a pin-source names: an absolute path or a file: URI. Commands
 * and all else are errors that do not repeat it. To be freed. */
KUNCI_MUST_USE enum kunci_rc uri_pin_source_path(const char *pin_source, char **path,
                                                 struct kunci_err *err);

/* To be freed. Of an object, an empty id or label is left out. */
KUNCI_MUST_USE enum kunci_rc uri_print_token(const CK_TOKEN_INFO *token, char **out,
                                             struct kunci_err *err);
KUNCI_MUST_USE enum kunci_rc uri_print_object(const CK_TOKEN_INFO *token, CK_OBJECT_CLASS class,
                                              const void *id, size_t id_len, const void *label,
                                              size_t label_len, char **out, struct kunci_err *err);

#endif
