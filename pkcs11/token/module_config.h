/* What p11-kit's configuration names. It is read here and not by p11-kit, which
 * would load every module into this process to tell of it. */
#ifndef TOKEN_MODULE_CONFIG_H
#define TOKEN_MODULE_CONFIG_H

#include <kunci/error.h>
#include <stdbool.h>
#include <stddef.h>

struct configured_module {
    char *name;       /* the file's name without ".module" */
    char *path;       /* absolute; NULL where p11-kit runs it elsewhere ("remote:") */
    char *initialise; /* handed to C_Initialize; may be NULL */
    long priority;
    bool hidden; /* not for this program, or a store of trusted certificates */
};

struct module_config {
    struct configured_module *modules; /* the first are looked at first */
    size_t count;
};

/* A file that cannot be read is passed over, as p11-kit does. */
KUNCI_MUST_USE enum kunci_rc module_config_read(struct module_config *out, struct kunci_err *err);
void module_config_clear(struct module_config *config);

#endif
