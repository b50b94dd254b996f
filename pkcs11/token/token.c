#include "token/token.h"

#include "base/error.h"
#include "base/text.h"
#include "token/key_type.h"
#include "token/session.h"
#include "token/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who it is ---- */

bool token_same(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b)
{
    return memcmp(a->manufacturerID, b->manufacturerID, sizeof a->manufacturerID) == 0 &&
           memcmp(a->model, b->model, sizeof a->model) == 0 &&
           memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0 &&
           memcmp(a->label, b->label, sizeof a->label) == 0;
}

void token_name(const struct module *module, CK_SLOT_ID id, const CK_TOKEN_INFO *info, char *to,
                size_t size)
{
    CK_SLOT_INFO slot;

    *to = '\0';
    if (info->flags & CKF_TOKEN_INITIALIZED)
        text_padded(to, size, info->label, sizeof info->label);
    if (!*to)
        text_padded(to, size, info->serialNumber, sizeof info->serialNumber);
    if (!*to && module->f->C_GetSlotInfo(id, &slot) == CKR_OK)
        text_padded(to, size, slot.slotDescription, sizeof slot.slotDescription);
}

struct kunci_token *token_new(struct kunci_modules *all, struct module *module, CK_SLOT_ID slot,
                              const CK_TOKEN_INFO *info)
{
    struct kunci_token *token = calloc(1, sizeof *token);

    if (!token)
        return NULL;
    token->all = all;
    token->module = module;
    token->slot = slot;
    token->info = *info;
    pthread_mutex_init(&token->login_lock, NULL);
    pthread_mutex_init(&token->lock, NULL);
    pthread_cond_init(&token->given_back, NULL);
    token_name(module, slot, info, token->label, sizeof token->label);
    return token;
}

void token_free(struct kunci_token *token)
{
    pin_memory_clear(&token->pins);
    object_index_clear(&token->index);
    pthread_mutex_destroy(&token->login_lock);
    pthread_mutex_destroy(&token->lock);
    pthread_cond_destroy(&token->given_back);
    free(token->pin_source);
    free(token->idle);
    free(token);
}

void token_adopt(struct kunci_token *token, CK_SLOT_ID slot, const CK_TOKEN_INFO *info)
{
    pthread_mutex_lock(&token->lock);
    token->slot = slot;
    token->info = *info;
    token_name(token->module, slot, info, token->label, sizeof token->label);
    pthread_mutex_unlock(&token->lock);
}

void token_identity(struct kunci_token *token, CK_TOKEN_INFO *out)
{
    pthread_mutex_lock(&token->lock);
    *out = token->info;
    pthread_mutex_unlock(&token->lock);
}

enum kunci_rc token_use_pin_source(struct kunci_token *token, const char *source,
                                   struct kunci_err *err)
{
    char *path, *old;
    enum kunci_rc rc = uri_pin_source_path(source, &path, err);

    if (rc != KUNCI_OK)
        return rc;
    pthread_mutex_lock(&token->login_lock);
    old = token->pin_source;
    token->pin_source = path;
    pthread_mutex_unlock(&token->login_lock);
    free(old);
    return KUNCI_OK;
}

/* ---- where it is ---- */

/* The module's lock is held. */
static CK_RV is_in_slot(struct kunci_token *token, CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = token->module->f->C_GetTokenInfo(slot, info);

    return rv == CKR_OK && !token_same(info, &token->info) ? CKR_TOKEN_NOT_PRESENT : rv;
}

static CK_RV look_everywhere(struct kunci_token *token, CK_SLOT_ID *slot, CK_TOKEN_INFO *info)
{
    CK_SLOT_ID *slots;
    CK_ULONG count, i;
    CK_RV rv = module_slots(token->module, &slots, &count);

    if (rv != CKR_OK)
        return rv;
    rv = CKR_TOKEN_NOT_PRESENT;
    for (i = 0; i < count && rv != CKR_OK; i++)
        if (is_in_slot(token, slots[i], info) == CKR_OK) {
            *slot = slots[i];
            rv = CKR_OK;
        }
    free(slots);
    return rv;
}

/* Takes the module's lock, then the token's. */
static CK_RV locate(struct kunci_token *token, CK_TOKEN_INFO *info)
{
    struct module *module = token->module;
    CK_SLOT_ID slot;
    CK_RV rv;

    pthread_mutex_lock(&module->lock);
    slot = token->slot;
    if ((rv = module_ready(module)) == CKR_OK && is_in_slot(token, slot, info) != CKR_OK)
        rv = look_everywhere(token, &slot, info);
    if (rv == CKR_OK) {
        pthread_mutex_lock(&token->lock);
        token->slot = slot;
        token->info = *info;
        pthread_mutex_unlock(&token->lock);
    }
    pthread_mutex_unlock(&module->lock);
    return rv;
}

CK_RV token_locate(struct kunci_token *token)
{
    CK_TOKEN_INFO info;

    return locate(token, &info);
}

enum kunci_rc token_look(struct kunci_token *token, CK_TOKEN_INFO *out, struct kunci_err *err)
{
    CK_RV rv = locate(token, out);

    return rv == CKR_OK ? KUNCI_OK
                        : module_err(token->module, rv, "C_GetTokenInfo", token->label, err);
}

/* ---- what it says ---- */

static void print_version(char *to, size_t size, CK_VERSION version)
{
    snprintf(to, size, "%u.%u", version.major, version.minor);
}

static void print_names(struct kunci_token_info *out, const CK_TOKEN_INFO *token,
                        const CK_SLOT_INFO *slot)
{
    text_padded(out->label, sizeof out->label, token->label, sizeof token->label);
    text_padded(out->manufacturer, sizeof out->manufacturer, token->manufacturerID,
                sizeof token->manufacturerID);
    text_padded(out->model, sizeof out->model, token->model, sizeof token->model);
    text_padded(out->serial, sizeof out->serial, token->serialNumber, sizeof token->serialNumber);
    text_padded(out->slot, sizeof out->slot, slot->slotDescription, sizeof slot->slotDescription);
    print_version(out->hardware, sizeof out->hardware, token->hardwareVersion);
    print_version(out->firmware, sizeof out->firmware, token->firmwareVersion);
}

/* What a blank token says of PINs means nothing. */
static void read_pin_flags(struct kunci_token_info *out, CK_FLAGS flags)
{
    if (!(flags & CKF_TOKEN_INITIALIZED))
        return;
    out->user_pin_set = flags & CKF_USER_PIN_INITIALIZED;
    out->user_count_low = flags & CKF_USER_PIN_COUNT_LOW;
    out->user_final_try = flags & CKF_USER_PIN_FINAL_TRY;
    out->user_locked = flags & CKF_USER_PIN_LOCKED;
    out->user_to_change = flags & CKF_USER_PIN_TO_BE_CHANGED;
    out->so_count_low = flags & CKF_SO_PIN_COUNT_LOW;
    out->so_final_try = flags & CKF_SO_PIN_FINAL_TRY;
    out->so_locked = flags & CKF_SO_PIN_LOCKED;
    out->so_to_change = flags & CKF_SO_PIN_TO_BE_CHANGED;
}

static void read_flags(struct kunci_token_info *out, CK_FLAGS token, CK_FLAGS slot)
{
    out->flags = token;
    out->initialised = token & CKF_TOKEN_INITIALIZED;
    out->write_protected = token & CKF_WRITE_PROTECTED;
    out->pinpad = token & CKF_PROTECTED_AUTHENTICATION_PATH;
    out->login_required = token & CKF_LOGIN_REQUIRED;
    out->rng = token & CKF_RNG;
    out->clock = token & CKF_CLOCK_ON_TOKEN;
    out->removable = slot & CKF_REMOVABLE_DEVICE;
    out->hardware_slot = slot & CKF_HW_SLOT;
    read_pin_flags(out, token);
}

static void print_tool(char *to, size_t size, const char *tool)
{
    snprintf(to, size, "%s", tool ? tool : "");
}

enum kunci_rc kunci_token_info(struct kunci_token *token, struct kunci_token_info *out,
                               struct kunci_err *err)
{
    CK_TOKEN_INFO info;
    CK_SLOT_INFO slot;
    enum kunci_rc rc = token_look(token, &info, err);
    CK_RV rv;

    memset(out, 0, sizeof *out);
    if (rc != KUNCI_OK)
        return rc;
    pthread_mutex_lock(&token->module->lock);
    out->slot_id = token->slot;
    rv = token->module->f->C_GetSlotInfo(token->slot, &slot);
    pthread_mutex_unlock(&token->module->lock);
    if (rv != CKR_OK)
        return module_err(token->module, rv, "C_GetSlotInfo", token->label, err);
    print_names(out, &info, &slot);
    read_flags(out, info.flags, slot.flags);
    snprintf(out->module, sizeof out->module, "%s", token->module->name);
    out->pin_min = info.ulMinPinLen;
    out->pin_max = info.ulMaxPinLen;
    out->tries_untold = token->module->way->mute;
    out->keys_by_so = token->module->way->written_by_so;
    out->pin_reset = token->module->reset;
    print_tool(out->pin_reset_tool, sizeof out->pin_reset_tool,
               out->pin_reset == KUNCI_PIN_RESET_TOOL ? token->module->way->reset_tool : NULL);
    print_tool(out->key_tool, sizeof out->key_tool, token->module->way->make_tool);
    print_tool(out->key_delete_tool, sizeof out->key_delete_tool, token->module->way->delete_tool);
    return KUNCI_OK;
}

enum kunci_rc kunci_token_uri(struct kunci_token *token, char **out, struct kunci_err *err)
{
    CK_TOKEN_INFO info;

    token_identity(token, &info);
    return uri_print_token(&info, out, err);
}

enum kunci_rc kunci_token_key_types(struct kunci_token *token, unsigned *types,
                                    struct kunci_err *err)
{
    CK_RV rv;

    *types = 0;
    pthread_mutex_lock(&token->module->lock);
    if ((rv = module_ready(token->module)) == CKR_OK)
        rv = key_kinds_made(token->module->f, token->slot, types);
    pthread_mutex_unlock(&token->module->lock);
    return rv == CKR_OK ? KUNCI_OK
                        : module_err(token->module, rv, "C_GetMechanismList", token->label, err);
}
