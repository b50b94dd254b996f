/* The settings file, YAML: module, modules, lang, evp, trust, tsa,
 * procedures. */
#ifndef KUNCI_CONFIG_H
#define KUNCI_CONFIG_H

#include <kunci/key.h>
#include <kunci/trust.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whom to believe, as struct kunci_trust_options says. */
struct kunci_config_trust {
    char **anchors, **others; /* ended by NULL; NULL: none */
    bool system, offline;
    char *cache;
    enum kunci_revocation revocation;
};

struct kunci_config {
    char *module; /* the module to use; NULL: p11-kit's configuration */
    char *lang;   /* "id" or "en"; NULL: from the environment */
    enum kunci_evp evp;
    struct kunci_module_setting *modules; /* how some of them are run */
    size_t module_count;
    struct kunci_config_trust trust;
    char *procedures; /* the folder of the agency's own; NULL: none */
    char **tsa;       /* URLs of timestamp authorities, ended by NULL; NULL: none */
};

/* Reads path. An unknown key or a value of the wrong kind is an error that
 * names the line. */
KUNCI_MUST_USE enum kunci_rc kunci_config_load(const char *path, struct kunci_config *out,
                                               struct kunci_err *err);
void kunci_config_clear(struct kunci_config *config);

/* Where what is shipped of that kind lies beside the library: "profiles", "sop". False
 * where the path does not fit. */
bool kunci_share_path(const char *kind, char *to, size_t size);

#ifdef __cplusplus
}
#endif
#endif
