/* Which tokens there are, and choosing one of them. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"
#include "token/token.h"
#include "token/uri.h"

#include <stdlib.h>
#include <string.h>

/* ---- looking at every slot ---- */

struct sighting {
    struct kunci_modules *all;
    struct module *module;
    CK_SLOT_ID slot;
    const CK_TOKEN_INFO *info;
};

bool token_is_present(const struct kunci_modules *all, const struct kunci_token *token)
{
    size_t i;

    for (i = 0; i < all->present_count; i++)
        if (all->present[i] == token)
            return true;
    return false;
}

/* A blank token is known by its reader, where another module shows it too: one module
 * may have two readers of one name. */
static bool is_blank_twin(const struct kunci_token *token, const struct sighting *seen)
{
    char name[sizeof token->label];

    if (token->module == seen->module)
        return false;
    token_name(seen->module, seen->slot, seen->info, name, sizeof name);
    return *name && strcmp(name, token->label) == 0;
}

/* Where it stands if it was seen in this scan through another module, or in another
 * slot; else NULL. */
static struct kunci_token **seen_already(const struct sighting *seen)
{
    struct kunci_token **present = seen->all->present;
    size_t i;

    for (i = 0; i < seen->all->present_count; i++)
        if (token_same(&present[i]->info, seen->info) &&
            (seen->info->flags & CKF_TOKEN_INITIALIZED || is_blank_twin(present[i], seen)))
            return &present[i];
    return NULL;
}

/* The token's object from an earlier scan: where it was, else wherever it is now. */
static struct kunci_token *known(const struct sighting *seen)
{
    struct kunci_token *moved = NULL;
    size_t i;

    for (i = 0; i < seen->all->token_count; i++) {
        struct kunci_token *token = seen->all->tokens[i];

        if (token->module != seen->module || !token_same(&token->info, seen->info) ||
            token_is_present(seen->all, token))
            continue;
        if (token->slot == seen->slot)
            return token;
        if (!moved)
            moved = token;
    }
    return moved;
}

/* Through whichever module a token was seen before, it is seen still: its holder may be
 * logged in there. */
static void keep_former(struct kunci_token **shown, const struct sighting *seen)
{
    struct kunci_token *former = (*shown)->was_present ? NULL : known(seen);

    if (!former || !former->was_present)
        return;
    token_adopt(former, seen->slot, seen->info);
    *shown = former;
}

static bool grow(struct kunci_token ***list, size_t count)
{
    struct kunci_token **grown = realloc(*list, (count + 1) * sizeof *grown);

    if (grown)
        *list = grown;
    return grown != NULL;
}

static enum kunci_rc add_sighting(const struct sighting *seen, struct kunci_err *err)
{
    struct kunci_modules *all = seen->all;
    struct kunci_token *token, **shown = seen_already(seen);

    if (shown) {
        keep_former(shown, seen);
        return KUNCI_OK;
    }
    if (!grow(&all->present, all->present_count) || !grow(&all->tokens, all->token_count))
        return err_no_memory(err);
    if ((token = known(seen)) != NULL)
        token_adopt(token, seen->slot, seen->info);
    else if ((token = token_new(all, seen->module, seen->slot, seen->info)) != NULL)
        all->tokens[all->token_count++] = token;
    else
        return err_no_memory(err);
    all->present[all->present_count++] = token;
    return KUNCI_OK;
}

/* That there is no token in it after all is no fault of the module. */
static bool is_absence(CK_RV rv)
{
    return rv == CKR_TOKEN_NOT_PRESENT || rv == CKR_TOKEN_NOT_RECOGNIZED ||
           rv == CKR_SLOT_ID_INVALID || rv == CKR_DEVICE_REMOVED;
}

/* No token refused anything: what cannot tell of its slots is the module. */
static void note_trouble(struct module *module, CK_RV rv, const char *where)
{
    module_err(module, rv, where, module->name, &module->trouble);
    if (!module_is_down(rv))
        module->trouble.rc = KUNCI_MODULE_FAILED;
}

static enum kunci_rc look_into(struct kunci_modules *all, struct module *module, CK_SLOT_ID slot,
                               struct kunci_err *err)
{
    CK_TOKEN_INFO info;
    const struct sighting seen = {.all = all, .module = module, .slot = slot, .info = &info};
    CK_RV rv = module->f->C_GetTokenInfo(slot, &info);

    if (rv == CKR_OK)
        return add_sighting(&seen, err);
    if (!is_absence(rv))
        note_trouble(module, rv, "C_GetTokenInfo");
    return KUNCI_OK;
}

/* A module that fails now hides its own tokens only. */
static enum kunci_rc scan_module(struct kunci_modules *all, struct module *module,
                                 struct kunci_err *err)
{
    CK_SLOT_ID *slots = NULL;
    CK_ULONG count = 0, i;
    enum kunci_rc rc = KUNCI_OK;
    CK_RV rv;

    pthread_mutex_lock(&module->lock);
    module->trouble = (struct kunci_err)KUNCI_ERR_INIT;
    if ((rv = module_ready(module)) == CKR_OK)
        rv = module_slots(module, &slots, &count);
    if (rv == CKR_HOST_MEMORY)
        rc = err_no_memory(err);
    else if (rv != CKR_OK)
        note_trouble(module, rv, "C_GetSlotList");
    for (i = 0; rv == CKR_OK && rc == KUNCI_OK && i < count; i++)
        rc = look_into(all, module, slots[i], err);
    pthread_mutex_unlock(&module->lock);
    free(slots);
    return rc;
}

enum kunci_rc kunci_modules_scan(struct kunci_modules *modules, struct kunci_err *err)
{
    enum kunci_rc rc = KUNCI_OK;
    size_t i;

    pthread_mutex_lock(&modules->lock);
    for (i = 0; i < modules->token_count; i++)
        modules->tokens[i]->was_present = token_is_present(modules, modules->tokens[i]);
    modules->present_count = 0;
    for (i = 0; rc == KUNCI_OK && i < modules->module_count; i++)
        rc = scan_module(modules, &modules->modules[i], err);
    pthread_mutex_unlock(&modules->lock);
    return rc;
}

size_t kunci_token_count(const struct kunci_modules *modules)
{
    return modules->present_count;
}

struct kunci_token *kunci_token_at(const struct kunci_modules *modules, size_t i)
{
    return i < modules->present_count ? modules->present[i] : NULL;
}

/* ---- choosing ---- */

static bool is_blank(const struct kunci_token *token)
{
    return !(token->info.flags & CKF_TOKEN_INITIALIZED);
}

static bool fits_uri(struct kunci_token *token, const struct uri *uri)
{
    struct module *module = token->module;
    struct uri_candidate candidate = {.slot_id = token->slot, .token = &token->info};
    CK_SLOT_INFO slot = {.flags = 0};
    CK_INFO info;

    if (module->f->C_GetInfo(&info) != CKR_OK ||
        module->f->C_GetSlotInfo(token->slot, &slot) != CKR_OK)
        return false;
    candidate.module = &info;
    candidate.slot = &slot;
    candidate.module_path = strchr(module->name, '/') ? module->name : NULL;
    return uri_matches(uri, &candidate);
}

static bool fits_text(const struct kunci_token *token, const char *text)
{
    char label[4 * sizeof token->info.label + 1], serial[4 * sizeof token->info.serialNumber + 1];

    text_padded(label, sizeof label, token->info.label, sizeof token->info.label);
    text_padded(serial, sizeof serial, token->info.serialNumber, sizeof token->info.serialNumber);
    if (*serial && strcmp(serial, text) == 0)
        return true;
    return !is_blank(token) && strcmp(label, text) == 0;
}

/* All that fit. */
struct choice {
    struct kunci_token **tokens;
    size_t count;
};

static void add_all(struct kunci_modules *all, bool blank, struct choice *choice)
{
    size_t i;

    for (i = 0; i < all->present_count; i++)
        if (is_blank(all->present[i]) == blank)
            choice->tokens[choice->count++] = all->present[i];
}

/* Nothing was said of which. */
static void choose_only(struct kunci_modules *all, enum kunci_blank blank, struct choice *choice)
{
    add_all(all, blank == KUNCI_BLANK_FIRST, choice);
    if (choice->count == 0 && blank != KUNCI_BLANK_NEVER)
        add_all(all, blank != KUNCI_BLANK_FIRST, choice);
}

static void choose(struct kunci_modules *all, const char *select, const struct uri *uri,
                   struct choice *choice)
{
    size_t i;

    for (i = 0; i < all->present_count; i++)
        if (uri ? fits_uri(all->present[i], uri) : fits_text(all->present[i], select))
            choice->tokens[choice->count++] = all->present[i];
}

static enum kunci_rc refuse_several(const char *select, const struct choice *choice,
                                    struct kunci_err *err)
{
    char serial[4 * sizeof choice->tokens[0]->info.serialNumber + 1];
    struct buf names = {0};
    enum kunci_rc rc;
    size_t i;

    for (i = 0; i < choice->count; i++) {
        struct kunci_token *token = choice->tokens[i];

        text_padded(serial, sizeof serial, token->info.serialNumber,
                    sizeof token->info.serialNumber);
        buf_printf(&names, "%s%s (%s)", i ? ", " : "", token->label, *serial ? serial : "-");
    }
    rc =
        names.failed ? err_no_memory(err) : err_set(err, KUNCI_TOKEN_AMBIGUOUS, select, names.data);
    buf_clear(&names);
    return rc;
}

/* The token that was meant may be behind a module that failed. */
static enum kunci_rc refuse_none(const struct kunci_modules *all, struct kunci_err *err)
{
    size_t i;

    for (i = 0; i < all->module_count; i++)
        if (all->modules[i].trouble.rc != KUNCI_OK) {
            *err = all->modules[i].trouble;
            return err->rc;
        }
    return err_set(err, KUNCI_TOKEN_NONE, NULL, NULL);
}

static enum kunci_rc settle(struct kunci_modules *all, const char *select,
                            const struct choice *choice, struct kunci_err *err)
{
    if (choice->count == 1)
        return KUNCI_OK;
    if (choice->count > 1)
        return refuse_several(select, choice, err);
    if (all->present_count == 0)
        return refuse_none(all, err);
    if (!select) /* all are blank */
        return err_set(err, KUNCI_TOKEN_BLANK, all->present[0]->label, NULL);
    return err_set(err, KUNCI_TOKEN_NOT_FOUND, select, NULL);
}

static enum kunci_rc find(struct kunci_modules *all, const char *select, const struct uri *uri,
                          enum kunci_blank blank, struct kunci_token **out, struct kunci_err *err)
{
    struct choice choice = {.tokens = NULL};
    enum kunci_rc rc;

    choice.tokens = calloc(all->present_count + 1, sizeof(struct kunci_token *));
    if (!choice.tokens)
        return err_no_memory(err);
    if (select)
        choose(all, select, uri, &choice);
    else
        choose_only(all, blank, &choice);
    if ((rc = settle(all, uri ? "pkcs11:..." : select, &choice, err)) == KUNCI_OK)
        *out = choice.tokens[0];
    free(choice.tokens);
    return rc;
}

enum kunci_rc kunci_token_find(struct kunci_modules *modules, const char *select,
                               enum kunci_blank blank, struct kunci_token **out,
                               struct kunci_err *err)
{
    struct uri *uri = NULL;
    enum kunci_rc rc = KUNCI_OK;

    *out = NULL;
    if (select && uri_is(select) && (rc = uri_parse(select, &uri, err)) != KUNCI_OK)
        return rc;
    pthread_mutex_lock(&modules->lock);
    rc = find(modules, select, uri, blank, out, err);
    pthread_mutex_unlock(&modules->lock);
    if (*out && uri && uri_pin_source(uri) &&
        (rc = token_use_pin_source(*out, uri_pin_source(uri), err)) != KUNCI_OK)
        *out = NULL;
    uri_free(&uri);
    return rc;
}
