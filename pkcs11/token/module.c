#include "token/module.h"

#include "base/error.h"
#include "base/log.h"
#include "token/session.h"
#include "token/token.h"

#include <p11-kit/p11-kit.h>
#include <stdlib.h>
#include <string.h>

enum kunci_rc kunci_modules_open(const struct kunci_modules_options *options,
                                 struct kunci_modules **out, struct kunci_err *err)
{
    static const struct kunci_modules_options usual;
    struct kunci_modules *all = calloc(1, sizeof *all);
    enum kunci_rc rc;

    *out = NULL;
    if (!all)
        return err_no_memory(err);
    if (!options)
        options = &usual;
    all->source = options->source;
    pthread_mutex_init(&all->lock, NULL);
    fork_watch(all);
    rc = module_open_all(all, options, err);
    if (rc == KUNCI_OK)
        rc = kunci_modules_scan(all, err);
    if (rc == KUNCI_OK && options->path && all->present_count == 0 &&
        all->modules[0].trouble.rc != KUNCI_OK) {
        *err = all->modules[0].trouble;
        rc = err->rc;
    }
    if (rc != KUNCI_OK) {
        kunci_modules_free(&all);
        return rc;
    }
    watch_begin(all);
    *out = all;
    return KUNCI_OK;
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
    size_t j;

    if (i < modules->broken_count) {
        *name = modules->broken[i].name;
        *why = modules->broken[i].why;
        return true;
    }
    i -= modules->broken_count;
    for (j = 0; j < modules->module_count; j++)
        if (modules->modules[j].trouble.rc != KUNCI_OK && i-- == 0) {
            *name = modules->modules[j].name;
            *why = modules->modules[j].trouble.detail;
            return true;
        }
    return false;
}

/* ---- starting ---- */

/* p11-kit forks where its configuration says "remote:". */
CK_RV module_start(struct module *module)
{
    CK_RV rv;

    if (module->worker)
        return module->f->C_Initialize(NULL);
    fork_for_program(true);
    rv = p11_kit_module_initialize(module->loaded);
    fork_for_program(false);
    return rv;
}

void module_stop(struct module *module)
{
    if (module->worker)
        module->f->C_Finalize(NULL);
    else
        p11_kit_module_finalize(module->loaded);
}

bool module_is_down(CK_RV rv)
{
    return rv == CKR_WORKER_LATE || rv == CKR_WORKER_DIED;
}

enum kunci_rc module_err(struct module *module, CK_RV rv, const char *where, const char *about,
                         struct kunci_err *err)
{
    char why[512];

    if (!module_is_down(rv))
        return err_ck(err, rv, where, about);
    worker_why(module->worker, why, sizeof why);
    return err_setf(err, rv == CKR_WORKER_LATE ? KUNCI_MODULE_LATE : KUNCI_MODULE_DIED,
                    module->name, "%s: %s", where, why);
}

bool module_is_uncertain(const struct kunci_err *err)
{
    switch (err->rc) {
    case KUNCI_MODULE_FAILED:
    case KUNCI_MODULE_LATE:
    case KUNCI_MODULE_DIED:
    case KUNCI_TOKEN_REMOVED:
    case KUNCI_NO_MEMORY:
        return true;
    default:
        return false;
    }
}

enum kunci_rc module_unknown(struct kunci_err *err, const char *what)
{
    struct kunci_err why = *err;

    *err = (struct kunci_err)KUNCI_ERR_INIT;
    err_set(err, KUNCI_OUTCOME_UNKNOWN, what, why.detail);
    err->ck_rv = why.ck_rv;
    memcpy(err->answer, why.answer, sizeof err->answer);
    memcpy(err->where, why.where, sizeof err->where);
    return err->rc;
}

enum kunci_rc module_err_so(struct module *module, CK_RV rv, const char *where, const char *about,
                            struct kunci_err *err)
{
    return module_is_down(rv) ? module_err(module, rv, where, about, err)
                              : err_ck_so(err, rv, where, about);
}

/* The login that came with the parent's memory ends here. */
CK_RV module_ready(struct module *module)
{
    CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0, i;
    CK_RV rv;

    if (module->worker && !worker_runs(module->worker))
        module->stale = true;
    if (!module->stale)
        return CKR_OK;
    if ((rv = module_start(module)) != CKR_OK)
        return rv;
    module->stale = false;
    module->login_tried = false;
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
        module_stop(module);
        module->stale = module_start(module) != CKR_OK;
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
