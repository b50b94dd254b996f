/* The settings file, YAML: module, modules, lang, evp, trust, tsa, procedures, clock,
 * authority, ams. */
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

/* The authority that a holder or an operator speaks to. */
struct kunci_config_authority {
    char *url;            /* "https://ams.contoh.go.id"; NULL: none */
    char *ca;             /* file with the root that its TLS certificate leads to */
    bool delete_old_keys; /* after a renewal; else they stay on the token */
};

/* The authority itself, for kuncid. */
struct kunci_config_ams {
    char *store;      /* its SQLite file; NULL: this is no authority */
    char *node;       /* its name in the audit trail; NULL: "ams" */
    char *token;      /* label or URI of the token with its keys */
    char *pin_file;   /* NULL: asked for on the terminal */
    char *listen;     /* "127.0.0.1:8443": REST over TLS */
    char *url;        /* under which it is reached, "https://ams.contoh.go.id" */
    char *public;     /* "127.0.0.1:8080": OCSP, CRL, certificates, without TLS */
    char *public_url; /* as it stands in the certificates, "http://ams.contoh.go.id" */
    char **rules;     /* by which procedures requests run, "renewal=kapuas-2026"; ended by NULL */
    char **domains;   /* of e-mail addresses, ended by NULL; NULL: any */
    int64_t renewal_days;
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
    char *clock;      /* file that tells how far a lab's clock is ahead; NULL: it is the system's */
    struct kunci_config_authority authority;
    struct kunci_config_ams ams;
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
