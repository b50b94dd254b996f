#include "lib/wrapped.h"

CK_FUNCTION_LIST wrapped, *wrapped_real;

void wrap(struct kunci_modules *modules)
{
    struct module *module = &modules->modules[0];

    if (module->f != &wrapped)
        wrapped_real = module->f;
    module->f = &wrapped;
    unwrap();
}

void unwrap(void)
{
    wrapped = *wrapped_real;
}
