#include "x509/profile.h"

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "x509/alt_name.h"
#include "x509/usage.h"

#include <openssl/err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- what may stand in the file ---- */

/* In the order of enum kunci_key_type. */
static const char *const key_words[] = {"rsa2048", "rsa3072", "rsa4096", "p256",
                                        "p384",    "p521",    "ed25519", NULL};
static const char *const statement_words[] = {"compliance", "sscd", "esign", "eseal", NULL};

/* The objects within, until they are read. */
struct sections {
    json_t *subject, *validity, *basic, *names;
};

#define TEXTS(name, member)                                                                        \
    {                                                                                              \
        name, JSON_KIND_LIST, offsetof(struct profile, member), 0, NULL, 0, 0                      \
    }
#define FLAG(name, member)                                                                         \
    {                                                                                              \
        name, JSON_KIND_BOOL, offsetof(struct profile, member), 0, NULL, 0, 0                      \
    }
#define BITS(name, member, words, needed)                                                          \
    {                                                                                              \
        name, JSON_KIND_SET, offsetof(struct profile, member), needed, words, 0, 0                 \
    }
#define NUMBER(name, member, least, most)                                                          \
    {                                                                                              \
        name, JSON_KIND_INT, offsetof(struct profile, member), 0, NULL, least, most                \
    }
#define SECTION(name)                                                                              \
    {                                                                                              \
#name, JSON_KIND_OBJECT, sizeof(struct profile) + offsetof(struct sections, name), 1,      \
            NULL, 0, 0                                                                             \
    }

/* A profile with the sections behind it. */
struct reading {
    struct profile profile;
    struct sections sections;
};

static const struct json_field fields[] = {
    SECTION(subject),
    SECTION(validity),
    {"basic_constraints", JSON_KIND_OBJECT,
     sizeof(struct profile) + offsetof(struct sections, basic), false, NULL, 0, 0},
    {"alternative_names", JSON_KIND_OBJECT,
     sizeof(struct profile) + offsetof(struct sections, names), false, NULL, 0, 0},
    BITS("keys", keys, key_words, 1),
    BITS("key_usage", usage, usage_words, 1),
    TEXTS("extended_key_usage", purposes),
    FLAG("extended_key_usage_critical", purposes_critical),
    TEXTS("policies", policies),
    TEXTS("crl", crl),
    TEXTS("ca_issuers", ca_issuers),
    TEXTS("ocsp", ocsp),
    {"qc_statements", JSON_KIND_LIST, offsetof(struct profile, statements), false, statement_words,
     0, 0},
    FLAG("ocsp_nocheck", ocsp_nocheck),
    FLAG("self_signed", self_signed),
    FLAG("etsi_natural_person", etsi_person),
};
static const struct json_field subject_fields[] = {
    TEXTS("attributes", subject.attributes),
    TEXTS("required", subject.required),
    FLAG("any_order", subject.any_order),
};
static const struct json_field validity_fields[] = {
    NUMBER("years", validity.years, 0, 50),
    NUMBER("days", validity.days, 0, 36500),
};
static const struct json_field basic_fields[] = {
    FLAG("ca", basic.is_authority),
    NUMBER("path_length", basic.path_length, 0, 16),
};
static const struct json_field names_fields[] = {
    BITS("allowed", names.allowed, alt_name_words, 1),
    FLAG("required", names.required),
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* ---- words that name something ---- */

ASN1_OBJECT *profile_attribute(const char *word)
{
    ASN1_OBJECT *type = OBJ_txt2obj(strcmp(word, "E") == 0 ? LN_pkcs9_emailAddress : word, 0);

    if (type && OBJ_length(type) == 0) {
        ASN1_OBJECT_free(type);
        type = NULL;
    }
    if (ERR_GET_REASON(ERR_peek_error()) != ERR_R_MALLOC_FAILURE)
        ERR_clear_error();
    return type;
}

/* ETSI EN 319 412-5, 4.2.1, 4.2.2 and 4.2.3. */
ASN1_OBJECT *profile_statement(const char *word)
{
    static const char *const oids[] = {"0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6.1",
                                       "0.4.0.1862.1.6.2"};
    size_t i;

    for (i = 0; statement_words[i]; i++)
        if (strcmp(word, statement_words[i]) == 0)
            return OBJ_txt2obj(oids[i], 1);
    return NULL;
}

static bool is_attribute(const char *word)
{
    ASN1_OBJECT *type = profile_attribute(word);

    ASN1_OBJECT_free(type);
    return type;
}

static bool is_purpose(const char *word)
{
    ASN1_OBJECT *purpose = usage_purpose(word);

    ASN1_OBJECT_free(purpose);
    return purpose;
}

/* A number, and perhaps an address after a blank. */
static bool is_policy(const char *word)
{
    char number[128];
    size_t len = strcspn(word, " ");
    ASN1_OBJECT *policy;

    if (len >= sizeof number ||
        (word[len] && !alt_name_is_uri(word + len + 1, strlen(word + len + 1))))
        return false;
    memcpy(number, word, len);
    number[len] = '\0';
    policy = OBJ_txt2obj(number, 1);
    ERR_clear_error();
    ASN1_OBJECT_free(policy);
    return policy;
}

static bool is_any_of(char **list, const char *word)
{
    for (; list && *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static bool all_are(char **list, bool (*is)(const char *word))
{
    for (; list && *list; list++)
        if (!is(*list))
            return false;
    return true;
}

static bool required_are_attributes(const struct profile *profile)
{
    char **word = profile->subject.required;

    for (; word && *word; word++)
        if (!is_any_of(profile->subject.attributes, *word))
            return false;
    return true;
}

/* ---- reading ---- */

static enum kunci_rc check(const struct json_document *file, const struct reading *in,
                           struct kunci_err *err)
{
    const struct profile *profile = &in->profile;
    const json_t *subject = in->sections.subject;

    if (!profile->subject.attributes)
        return json_complain(file, subject, "attributes", _("it is missing"), err);
    if (!all_are(profile->subject.attributes, is_attribute))
        return json_complain(file, subject, "attributes", _("an attribute is not known"), err);
    if (!required_are_attributes(profile))
        return json_complain(file, subject, "required",
                             _("an attribute does not stand among \"attributes\""), err);
    if (!all_are(profile->purposes, is_purpose))
        return json_complain(file, file->root, "extended_key_usage", _("a purpose is not known"),
                             err);
    if (!all_are(profile->policies, is_policy))
        return json_complain(file, file->root, "policies",
                             _("it must be numbers like 2.16.360.1, each with or without an "
                               "address"),
                             err);
    if (profile->validity.years + profile->validity.days == 0)
        return json_complain(file, file->root, "validity", _("it lasts no time at all"), err);
    return KUNCI_OK;
}

static enum kunci_rc read_sections(const struct json_document *file, struct reading *in,
                                   struct kunci_err *err)
{
    const struct {
        json_t *section;
        const struct json_field *fields;
        size_t count;
    } rows[] = {
        {in->sections.subject, subject_fields, COUNT(subject_fields)},
        {in->sections.validity, validity_fields, COUNT(validity_fields)},
        {in->sections.basic, basic_fields, COUNT(basic_fields)},
        {in->sections.names, names_fields, COUNT(names_fields)},
    };
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    for (i = 0; rc == KUNCI_OK && i < COUNT(rows); i++)
        if (rows[i].section)
            rc = json_read_object(file, rows[i].section, rows[i].fields, rows[i].count, in, err);
    return rc;
}

/* The readers beneath know of settings only. */
static enum kunci_rc of_a_profile(struct kunci_err *err)
{
    if (err->rc == KUNCI_CONFIG_INVALID)
        err->rc = KUNCI_PROFILE_INVALID;
    return err->rc;
}

enum kunci_rc profile_read(const char *name, const void *bytes, size_t len, struct profile *out,
                           struct kunci_err *err)
{
    struct reading in = {.profile.basic.path_length = -1};
    struct json_document file = {.name = NULL};
    enum kunci_rc rc;

    *out = (struct profile){.name = NULL};
    if ((rc = yaml_read(name, bytes, len, &file, err)) == KUNCI_OK &&
        (rc = json_read_object(&file, file.root, fields, COUNT(fields), &in, err)) == KUNCI_OK &&
        (rc = read_sections(&file, &in, err)) == KUNCI_OK &&
        (rc = check(&file, &in, err)) == KUNCI_OK && !(in.profile.name = strdup(name)))
        rc = err_no_memory(err);
    if (rc == KUNCI_OK)
        *out = in.profile;
    else
        profile_clear(&in.profile);
    json_document_clear(&file);
    return rc == KUNCI_OK ? rc : of_a_profile(err);
}

void profile_clear(struct profile *profile)
{
    json_list_free(&profile->subject.attributes);
    json_list_free(&profile->subject.required);
    json_list_free(&profile->purposes);
    json_list_free(&profile->policies);
    json_list_free(&profile->crl);
    json_list_free(&profile->ca_issuers);
    json_list_free(&profile->ocsp);
    json_list_free(&profile->statements);
    free(profile->name);
    *profile = (struct profile){.name = NULL};
}
