/* Opening modules: which there are, and where each one's code runs. */
#include "token/module.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "token/module_config.h"

#include <p11-kit/p11-kit.h>
#include <stdlib.h>
#include <string.h>

/* ---- how each is run ---- */

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static struct kunci_module_setting given_for(const struct kunci_modules_options *options,
                                             const char *path)
{
    size_t i;

    for (i = 0; i < options->setting_count; i++)
        if (strcmp(options->settings[i].module, path) == 0 ||
            strcmp(options->settings[i].module, file_of(path)) == 0)
            return options->settings[i];
    return (struct kunci_module_setting){.module = NULL};
}

/* A setting goes before the option, the option before what is known. What its
 * C_Initialize needs reaches a module only in a process of its own. */
static struct kunci_module_setting setting_of(const struct kunci_modules_options *options,
                                              const char *path, char *initialise)
{
    struct kunci_module_setting is = given_for(options, path);
    const struct way *usual = way_of(path);

    is.serial |= usual->serial;
    if (!is.initialise)
        is.initialise = initialise;
    if (is.isolation == KUNCI_ISOLATION_USUAL)
        is.isolation = options->isolation;
    if (is.isolation == KUNCI_ISOLATION_USUAL && usual->here)
        is.isolation = KUNCI_ISOLATION_NONE;
    if (is.isolation == KUNCI_ISOLATION_USUAL || is.initialise)
        is.isolation = KUNCI_ISOLATION_PROCESS;
    return is;
}

/* ---- one ---- */

static struct module *add_module(struct kunci_modules *all, const char *name)
{
    struct module *module = &all->modules[all->module_count];

    memset(module, 0, sizeof *module);
    if (!(module->name = strdup(name)))
        return NULL;
    module->way = way_of(name);
    pthread_mutex_init(&module->lock, NULL);
    all->module_count++;
    return module;
}

void module_close(struct module *module)
{
    /* A module that this process inherited and never used is its parent's. */
    if (!module->stale && module->f)
        module_stop(module);
    if (module->worker)
        worker_halt(module->worker); /* whoever waits in it comes back */
    watch_end(module);
    if (module->worker)
        worker_free(module->worker);
    else if (module->loaded && !module->managed)
        p11_kit_module_release(module->loaded);
    pthread_mutex_destroy(&module->lock);
    free(module->name);
}

/* What p11-kit says of a module, without its path, which it says twice. */
static const char *why_not_loaded(const char *path)
{
    const char *said = p11_kit_message(), *again = said;

    while (again && (again = strstr(again, path)) != NULL) {
        again += strlen(path);
        if (strncmp(again, ": ", 2) == 0)
            said = again + 2;
    }
    return said;
}

/* Fills in a module that is loaded and started, or says why not. */
static enum kunci_rc open_here(struct module *module, const char *path, struct kunci_err *err)
{
    CK_RV rv;

    p11_kit_be_quiet();
    if (!(module->loaded = p11_kit_module_load(path, 0)))
        return err_set(err, KUNCI_MODULE_LOAD, path, why_not_loaded(path));
    if ((rv = p11_kit_module_initialize(module->loaded)) == CKR_OK) {
        module->f = module->loaded;
        return KUNCI_OK;
    }
    err_ck(err, rv, "C_Initialize", path);
    return err->rc = KUNCI_MODULE_LOAD;
}

static enum kunci_rc open_in_process(struct module *module, const char *path,
                                     const struct kunci_module_setting *setting,
                                     struct kunci_err *err)
{
    const struct worker_settings settings = {.initialise = setting->initialise,
                                             .serial = setting->serial,
                                             .deadline_ms = setting->deadline_s * 1000};
    enum kunci_rc rc = worker_new(path, &settings, &module->worker, err);
    char why[512];
    CK_RV rv;

    if (rc != KUNCI_OK)
        return rc;
    module->f = worker_functions(module->worker);
    if ((rv = module_start(module)) == CKR_OK)
        return KUNCI_OK;
    worker_why(module->worker, why, sizeof why);
    module->stale = true; /* there is nothing to stop */
    if (why[0])
        return err_set(err, KUNCI_MODULE_LOAD, path, why);
    err_ck(err, rv, "C_Initialize", path);
    return err->rc = KUNCI_MODULE_LOAD;
}

static enum kunci_rc open_path(struct kunci_modules *all,
                               const struct kunci_modules_options *options, const char *path,
                               char *initialise, struct kunci_err *err)
{
    struct kunci_module_setting setting = setting_of(options, path, initialise);
    struct module *module = add_module(all, path);
    enum kunci_rc rc;

    if (!module)
        return err_no_memory(err);
    module->reset = setting.reset ? setting.reset : way_of(path)->reset;
    rc = setting.isolation == KUNCI_ISOLATION_NONE ? open_here(module, path, err)
                                                   : open_in_process(module, path, &setting, err);
    if (rc == KUNCI_OK)
        return KUNCI_OK;
    module_close(module);
    all->module_count--;
    return rc;
}

/* ---- all that are configured ---- */

static enum kunci_rc add_broken(struct kunci_modules *all, const char *name, const char *why,
                                struct kunci_err *err)
{
    struct broken_module *grown =
        realloc(all->broken, (all->broken_count + 1) * sizeof *all->broken);
    struct broken_module *broken;

    if (!grown)
        return err_no_memory(err);
    all->broken = grown;
    broken = &grown[all->broken_count++];
    broken->name = strdup(name);
    broken->why = strdup(why);
    log_event("module.broken", "module", name, "why", why, NULL);
    return broken->name && broken->why ? KUNCI_OK : err_no_memory(err);
}

/* One that p11-kit itself runs elsewhere: it loads all to tell of one. */
static enum kunci_rc open_remote(struct kunci_modules *all, const char *name, struct kunci_err *err)
{
    CK_FUNCTION_LIST *f = NULL;
    struct module *module;
    CK_RV rv;

    p11_kit_be_quiet();
    if (!all->managed)
        all->managed = p11_kit_modules_load(NULL, 0);
    if (all->managed)
        f = p11_kit_module_for_name(all->managed, name);
    if (!f)
        return add_broken(all, name, _("p11-kit does not load it"), err);
    if ((rv = p11_kit_module_initialize(f)) != CKR_OK)
        return add_broken(all, name, p11_kit_strerror(rv), err);
    if (!(module = add_module(all, name))) {
        p11_kit_module_finalize(f);
        return err_no_memory(err);
    }
    module->f = module->loaded = f;
    module->managed = true;
    return KUNCI_OK;
}

static enum kunci_rc open_configured(struct kunci_modules *all,
                                     const struct kunci_modules_options *options,
                                     const struct configured_module *configured,
                                     struct kunci_err *err)
{
    struct kunci_err why = KUNCI_ERR_INIT;
    enum kunci_rc rc;

    if (!configured->path)
        return open_remote(all, configured->name, err);
    rc = open_path(all, options, configured->path, configured->initialise, &why);
    if (rc == KUNCI_NO_MEMORY)
        return err_no_memory(err);
    return rc == KUNCI_OK ? rc : add_broken(all, configured->path, why.detail, err);
}

enum kunci_rc module_open_all(struct kunci_modules *all,
                              const struct kunci_modules_options *options, struct kunci_err *err)
{
    struct module_config config = {.modules = NULL};
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    if (!options->path && (rc = module_config_read(&config, err)) != KUNCI_OK)
        return rc;
    if (!(all->modules = calloc(config.count + 1, sizeof *all->modules)))
        rc = err_no_memory(err);
    else if (options->path)
        rc = open_path(all, options, options->path, NULL, err);
    for (i = 0; rc == KUNCI_OK && i < config.count; i++)
        if (!config.modules[i].hidden)
            rc = open_configured(all, options, &config.modules[i], err);
    if (rc == KUNCI_OK && all->module_count == 0)
        rc = err_set(err, KUNCI_MODULE_NONE, NULL, all->broken_count ? all->broken[0].why : NULL);
    module_config_clear(&config);
    return rc;
}
