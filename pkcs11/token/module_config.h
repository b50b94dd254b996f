/* What p11-kit's configuration names, read by ourselves: p11-kit tells of one module
 * that it could not load, and of none that it did not come to. */
#ifndef TOKEN_MODULE_CONFIG_H
#define TOKEN_MODULE_CONFIG_H

#include <kunci/error.h>
#include <stddef.h>

struct configured_module {
    char *name; /* as p11-kit knows it: the file's name without ".module" */
    char *path;
};

struct module_config {
    struct configured_module *modules;
    size_t count;
};

/* Every module that any program may load into itself, but for stores of trusted
 * certificates. A file that cannot be read is passed over, as p11-kit does. */
KUNCI_MUST_USE enum kunci_rc module_config_read(struct module_config *out, struct kunci_err *err);
void module_config_clear(struct module_config *config);

#endif
