#include "token/module.h"

#include "base/error.h"
#include "base/log.h"
#include "token/module_config.h"
#include "token/session.h"
#include "token/token.h"

#include <p11-kit/p11-kit.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

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
    broken->why = strdup(why ? why : "");
    log_event("module.broken", "module", name, "why", why, NULL);
    return broken->name && broken->why ? KUNCI_OK : err_no_memory(err);
}

/* Takes over a module that is loaded and started. */
static enum kunci_rc add_module(struct kunci_modules *all, CK_FUNCTION_LIST *f, const char *name,
                                bool managed, struct kunci_err *err)
{
    struct module *module = &all->modules[all->module_count];

    memset(module, 0, sizeof *module);
    if (!(module->name = strdup(name)))
        return err_no_memory(err);
    module->f = module->loaded = f;
    module->managed = managed;
    pthread_mutex_init(&module->lock, NULL);
    all->module_count++;
    return KUNCI_OK;
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

static enum kunci_rc open_one(struct kunci_modules *all, const char *path, struct kunci_err *err)
{
    CK_FUNCTION_LIST *f;
    enum kunci_rc rc;
    CK_RV rv;

    if (!(all->modules = calloc(1, sizeof *all->modules)))
        return err_no_memory(err);
    if (!(f = p11_kit_module_load(path, 0)))
        return err_set(err, KUNCI_MODULE_LOAD, path, why_not_loaded(path));
    if ((rv = p11_kit_module_initialize(f)) != CKR_OK) {
        p11_kit_module_release(f);
        err_ck(err, rv, "C_Initialize", path);
        return err->rc = KUNCI_MODULE_LOAD;
    }
    if ((rc = add_module(all, f, path, false, err)) != KUNCI_OK) {
        p11_kit_module_finalize(f);
        p11_kit_module_release(f);
    }
    return rc;
}

/* A store of trusted certificates holds nobody's key. */
static bool is_trust_store(CK_FUNCTION_LIST *f)
{
    char *policy = p11_kit_config_option(f, "trust-policy");
    bool is = policy && strcmp(policy, "yes") == 0;

    free(policy);
    return is;
}

static enum kunci_rc open_configured(struct kunci_modules *all, CK_FUNCTION_LIST *f,
                                     struct kunci_err *err)
{
    char *file = p11_kit_module_get_filename(f), *configured = p11_kit_module_get_name(f);
    const char *name = file ? file : configured ? configured : "?";
    enum kunci_rc rc = KUNCI_OK;
    CK_RV rv;

    if (is_trust_store(f))
        goto out;
    if ((rv = p11_kit_module_initialize(f)) != CKR_OK)
        rc = add_broken(all, name, p11_kit_strerror(rv), err);
    else if ((rc = add_module(all, f, name, true, err)) != KUNCI_OK)
        p11_kit_module_finalize(f);
out:
    free(file);
    free(configured);
    return rc;
}

static bool is_loaded(const struct kunci_modules *all, const char *name)
{
    bool is = false;
    size_t i;

    for (i = 0; all->managed && !is && all->managed[i]; i++) {
        char *loaded = p11_kit_module_get_name(all->managed[i]);

        is = loaded && strcmp(loaded, name) == 0;
        free(loaded);
    }
    return is;
}

/* One that p11-kit did not load: for itself, it may be sound. */
static enum kunci_rc open_left_out(struct kunci_modules *all, const char *path,
                                   struct kunci_err *err)
{
    CK_FUNCTION_LIST *f = p11_kit_module_load(path, 0);
    enum kunci_rc rc = KUNCI_OK;
    CK_RV rv;

    if (!f)
        return add_broken(all, path, why_not_loaded(path), err);
    if ((rv = p11_kit_module_initialize(f)) != CKR_OK)
        rc = add_broken(all, path, p11_kit_strerror(rv), err);
    else if ((rc = add_module(all, f, path, false, err)) == KUNCI_OK)
        return KUNCI_OK;
    else
        p11_kit_module_finalize(f);
    p11_kit_module_release(f);
    return rc;
}

/* p11-kit passes over a module that cannot be loaded, and loads none at all where the
 * configuration calls that one critical: the rest is looked up and loaded here. */
static enum kunci_rc open_all(struct kunci_modules *all, struct kunci_err *err)
{
    struct module_config config = {.modules = NULL};
    enum kunci_rc rc = KUNCI_OK;
    size_t count = 0, i;

    p11_kit_be_quiet();
    all->managed = p11_kit_modules_load(NULL, 0);
    if ((!all->managed || p11_kit_message()) && (rc = module_config_read(&config, err)) != KUNCI_OK)
        return rc;
    while (all->managed && all->managed[count])
        count++;
    if (!(all->modules = calloc(count + config.count + 1, sizeof *all->modules)))
        rc = err_no_memory(err);
    for (i = 0; rc == KUNCI_OK && i < count; i++)
        rc = open_configured(all, all->managed[i], err);
    for (i = 0; rc == KUNCI_OK && i < config.count; i++)
        if (!is_loaded(all, config.modules[i].name))
            rc = open_left_out(all, config.modules[i].path, err);
    if (rc == KUNCI_OK && all->module_count == 0)
        rc = err_set(err, KUNCI_MODULE_NONE, NULL, all->broken_count ? all->broken[0].why : NULL);
    module_config_clear(&config);
    return rc;
}

enum kunci_rc kunci_modules_open(const char *path, const struct kunci_pin_source *source,
                                 struct kunci_modules **out, struct kunci_err *err)
{
    struct kunci_modules *all = calloc(1, sizeof *all);
    enum kunci_rc rc;

    *out = NULL;
    if (!all)
        return err_no_memory(err);
    if (source)
        all->source = *source;
    pthread_mutex_init(&all->lock, NULL);
    fork_watch(all);
    rc = path ? open_one(all, path, err) : open_all(all, err);
    if (rc == KUNCI_OK)
        rc = kunci_modules_scan(all, err);
    if (rc != KUNCI_OK) {
        kunci_modules_free(&all);
        return rc;
    }
    watch_begin(all);
    *out = all;
    return KUNCI_OK;
}

static void module_close(struct module *module)
{
    /* A module that this process inherited and never used is its parent's. */
    if (!module->stale)
        p11_kit_module_finalize(module->loaded);
    watch_end(module);
    if (!module->managed)
        p11_kit_module_release(module->loaded);
    pthread_mutex_destroy(&module->lock);
    free(module->name);
}

void kunci_modules_free(struct kunci_modules **modules)
{
    struct kunci_modules *gone = *modules;
    size_t i;

    *modules = NULL;
    if (!gone)
        return;
    fork_unwatch(gone);
    for (i = 0; i < gone->token_count; i++) {
        kunci_token_logout(gone->tokens[i]);
        token_free(gone->tokens[i]);
    }
    for (i = 0; i < gone->module_count; i++)
        module_close(&gone->modules[i]);
    for (i = 0; i < gone->broken_count; i++) {
        free(gone->broken[i].name);
        free(gone->broken[i].why);
    }
    if (gone->managed)
        p11_kit_modules_release(gone->managed);
    pthread_mutex_destroy(&gone->lock);
    free(gone->modules);
    free(gone->broken);
    free(gone->tokens);
    free(gone->present);
    free(gone);
}

bool kunci_modules_broken(const struct kunci_modules *modules, size_t i, const char **name,
                          const char **why)
{
    if (i >= modules->broken_count)
        return false;
    *name = modules->broken[i].name;
    *why = modules->broken[i].why;
    return true;
}

/* ---- starting ---- */

/* The login that came with the parent's memory ends here. */
CK_RV module_ready(struct module *module)
{
    CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0, i;
    CK_RV rv;

    if (!module->stale)
        return CKR_OK;
    if ((rv = p11_kit_module_initialize(module->loaded)) != CKR_OK)
        return rv;
    module->stale = false;
    if (module_slots(module, &slots, &count) == CKR_OK)
        for (i = 0; i < count; i++)
            module->f->C_CloseAllSessions(slots[i]);
    free(slots);
    return CKR_OK;
}

CK_RV module_slots(struct module *module, CK_SLOT_ID **out, CK_ULONG *count)
{
    CK_SLOT_ID *slots = NULL, *grown;
    CK_RV rv;

    *out = NULL;
    do { /* a token may come between the two questions */
        *count = 0;
        if ((rv = module->f->C_GetSlotList(CK_TRUE, NULL, count)) != CKR_OK)
            break;
        if (!(grown = realloc(slots, (*count + 1) * sizeof *slots))) {
            rv = CKR_HOST_MEMORY;
            break;
        }
        slots = grown;
        rv = *count ? module->f->C_GetSlotList(CK_TRUE, slots, count) : CKR_OK;
    } while (rv == CKR_BUFFER_TOO_SMALL);
    if (rv != CKR_OK)
        free(slots);
    else
        *out = slots;
    return rv;
}

static bool in_use(const struct kunci_token *token)
{
    return token->logged_in || token->idle_count != token->open_count;
}

/* The locks of its tokens are held meanwhile: nobody opens a session that would
 * be lost at once. */
bool module_restart(struct kunci_modules *all, struct module *module)
{
    bool used = false;
    size_t i;

    pthread_mutex_lock(&all->lock);
    pthread_mutex_lock(&module->lock);
    for (i = 0; i < all->token_count; i++)
        if (all->tokens[i]->module == module) {
            pthread_mutex_lock(&all->tokens[i]->lock);
            used |= in_use(all->tokens[i]);
        }
    if (!used && !module->stale) {
        p11_kit_module_finalize(module->loaded);
        module->stale = p11_kit_module_initialize(module->loaded) != CKR_OK;
        module->login_tried = false;
    }
    for (i = 0; i < all->token_count; i++)
        if (all->tokens[i]->module == module) {
            if (!used)
                session_forget(all->tokens[i]);
            pthread_mutex_unlock(&all->tokens[i]->lock);
        }
    pthread_mutex_unlock(&module->lock);
    pthread_mutex_unlock(&all->lock);
    return !used;
}
