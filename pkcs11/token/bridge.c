#include "token/bridge.h"

#include "token/bridge_slot.h"
#include "token/evp.h"
#include "token/sign_key.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bridge_session {
    struct bridge_slot *slot; /* NULL: closed */
    CK_OBJECT_HANDLE found[2];
    size_t found_count;
    bool signing;
    struct sign_order order; /* how to sign; what is signed comes with C_Sign */
};

static struct {
    pthread_mutex_t lock;
    struct bridge_slot *slots;
    struct bridge_session *sessions; /* a handle is an index plus one */
    size_t session_count;
    CK_SLOT_ID last, offered; /* slot ids are never used again */
} view = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- offers ---- */

enum kunci_rc bridge_offer(struct kunci_key *key, CK_SLOT_ID *id, struct kunci_err *err)
{
    struct bridge_slot *slot = NULL;
    enum kunci_rc rc = bridge_slot_new(key, &slot, err);

    if (rc != KUNCI_OK)
        return rc;
    pthread_mutex_lock(&view.lock);
    *id = slot->id = view.offered = ++view.last;
    slot->next = view.slots;
    view.slots = slot;
    pthread_mutex_unlock(&view.lock);
    return KUNCI_OK;
}

static struct bridge_slot *slot_of(CK_SLOT_ID id)
{
    struct bridge_slot *slot = view.slots;

    while (slot && slot->id != id)
        slot = slot->next;
    return slot;
}

static void forget_sessions(const struct bridge_slot *slot)
{
    size_t i;

    for (i = 0; i < view.session_count; i++)
        if (view.sessions[i].slot == slot)
            view.sessions[i].slot = NULL;
}

void bridge_close(CK_SLOT_ID id)
{
    struct bridge_slot *slot, **at = &view.slots;

    pthread_mutex_lock(&view.lock);
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    slot = *at;
    if (slot) {
        forget_sessions(slot);
        *at = slot->next;
    }
    pthread_mutex_unlock(&view.lock);
    bridge_slot_free(&slot); /* gives a key back, which takes locks of its own */
}

void bridge_end_offer(void)
{
    pthread_mutex_lock(&view.lock);
    view.offered = 0;
    pthread_mutex_unlock(&view.lock);
}

/* ---- the module, its slots and tokens ---- */

static CK_RV initialize(void *args)
{
    (void)args;
    return CKR_OK;
}

static CK_RV get_info(CK_INFO *info)
{
    memset(info, 0, sizeof *info);
    info->cryptokiVersion.major = CRYPTOKI_VERSION_MAJOR;
    info->cryptokiVersion.minor = CRYPTOKI_VERSION_MINOR;
    memset(info->manufacturerID, ' ', sizeof info->manufacturerID);
    memset(info->libraryDescription, ' ', sizeof info->libraryDescription);
    memcpy(info->manufacturerID, "kunci", 5);
    return CKR_OK;
}

static CK_RV get_function_list(CK_FUNCTION_LIST **list)
{
    *list = bridge_functions();
    return CKR_OK;
}

static CK_RV get_slot_list(CK_BBOOL with_token, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_ULONG room = *count;
    CK_RV rv = CKR_OK;

    (void)with_token;
    pthread_mutex_lock(&view.lock);
    *count = view.offered ? 1 : 0;
    if (list && room < *count)
        rv = CKR_BUFFER_TOO_SMALL;
    else if (list && *count)
        list[0] = view.offered;
    pthread_mutex_unlock(&view.lock);
    return rv;
}

static bool slot_is_there(CK_SLOT_ID id)
{
    bool there;

    pthread_mutex_lock(&view.lock);
    there = slot_of(id) != NULL;
    pthread_mutex_unlock(&view.lock);
    return there;
}

static CK_RV get_slot_info(CK_SLOT_ID id, CK_SLOT_INFO *info)
{
    if (!slot_is_there(id))
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    memset(info->slotDescription, ' ', sizeof info->slotDescription);
    memset(info->manufacturerID, ' ', sizeof info->manufacturerID);
    info->flags = CKF_TOKEN_PRESENT;
    return CKR_OK;
}

static CK_RV get_token_info(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
    if (!slot_is_there(id))
        return CKR_SLOT_ID_INVALID;
    memset(info, 0, sizeof *info);
    memset(info->label, ' ', sizeof info->label);
    memset(info->manufacturerID, ' ', sizeof info->manufacturerID);
    memset(info->model, ' ', sizeof info->model);
    memset(info->serialNumber, ' ', sizeof info->serialNumber);
    memset(info->utcTime, ' ', sizeof info->utcTime);
    info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED | CKF_WRITE_PROTECTED;
    return CKR_OK;
}

/* ---- sessions ---- */

/* Answers NULL for a handle that is not open. */
static struct bridge_session *session_of(CK_SESSION_HANDLE handle)
{
    struct bridge_session *session;

    if (handle == 0 || handle > view.session_count)
        return NULL;
    session = &view.sessions[handle - 1];
    return session->slot ? session : NULL;
}

static size_t free_session(void)
{
    struct bridge_session *grown;
    size_t i;

    for (i = 0; i < view.session_count; i++)
        if (!view.sessions[i].slot)
            return i;
    grown = realloc(view.sessions, (view.session_count + 16) * sizeof *grown);
    if (!grown)
        return SIZE_MAX;
    memset(grown + view.session_count, 0, 16 * sizeof *grown);
    view.sessions = grown;
    view.session_count += 16;
    return i;
}

static CK_RV open_session(CK_SLOT_ID id, CK_FLAGS as, void *application, CK_NOTIFY notify,
                          CK_SESSION_HANDLE *handle)
{
    struct bridge_slot *slot;
    CK_RV rv = CKR_SLOT_ID_INVALID;
    size_t i;

    (void)as, (void)application, (void)notify;
    pthread_mutex_lock(&view.lock);
    slot = slot_of(id);
    if (!slot)
        goto out;
    i = free_session();
    rv = i == SIZE_MAX ? CKR_HOST_MEMORY : CKR_OK;
    if (rv == CKR_OK) {
        memset(&view.sessions[i], 0, sizeof view.sessions[i]);
        view.sessions[i].slot = slot;
        *handle = i + 1;
    }
out:
    pthread_mutex_unlock(&view.lock);
    return rv;
}

static CK_RV close_session(CK_SESSION_HANDLE handle)
{
    struct bridge_session *session;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (session)
        session->slot = NULL;
    pthread_mutex_unlock(&view.lock);
    return session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV close_all_sessions(CK_SLOT_ID id)
{
    pthread_mutex_lock(&view.lock);
    forget_sessions(slot_of(id));
    pthread_mutex_unlock(&view.lock);
    return CKR_OK;
}

static CK_RV get_session_info(CK_SESSION_HANDLE handle, CK_SESSION_INFO *info)
{
    struct bridge_session *session;

    memset(info, 0, sizeof *info);
    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (session)
        info->slotID = session->slot->id;
    pthread_mutex_unlock(&view.lock);
    info->state = CKS_RO_USER_FUNCTIONS;
    info->flags = CKF_SERIAL_SESSION;
    return session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV login(CK_SESSION_HANDLE handle, CK_USER_TYPE user, unsigned char *ignored,
                   CK_ULONG len)
{
    (void)handle, (void)user, (void)ignored, (void)len;
    return CKR_OK;
}

static CK_RV logout(CK_SESSION_HANDLE handle)
{
    (void)handle;
    return CKR_OK;
}

/* ---- objects ---- */

static CK_RV get_attribute_value(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE object,
                                 CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct bridge_session *session;
    CK_RV rv = CKR_OK;
    CK_ULONG i;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (!session)
        rv = CKR_SESSION_HANDLE_INVALID;
    else if (object != BRIDGE_PRIVATE_KEY && object != BRIDGE_PUBLIC_KEY)
        rv = CKR_OBJECT_HANDLE_INVALID;
    else
        for (i = 0; i < count; i++) {
            CK_RV one = bridge_slot_attribute(session->slot, object, &attributes[i]);

            if (one != CKR_OK)
                rv = one;
        }
    pthread_mutex_unlock(&view.lock);
    return rv;
}

static CK_RV find_objects_init(CK_SESSION_HANDLE handle, CK_ATTRIBUTE *wanted, CK_ULONG count)
{
    struct bridge_session *session;
    CK_OBJECT_HANDLE object;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (session) {
        session->found_count = 0;
        for (object = BRIDGE_PRIVATE_KEY; object <= BRIDGE_PUBLIC_KEY; object++)
            if (bridge_slot_fits(session->slot, object, wanted, count))
                session->found[session->found_count++] = object;
    }
    pthread_mutex_unlock(&view.lock);
    return session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV find_objects(CK_SESSION_HANDLE handle, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                          CK_ULONG *count)
{
    struct bridge_session *session;

    *count = 0;
    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    while (session && session->found_count && *count < room)
        objects[(*count)++] = session->found[--session->found_count];
    pthread_mutex_unlock(&view.lock);
    return session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

static CK_RV find_objects_final(CK_SESSION_HANDLE handle)
{
    struct bridge_session *session;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    pthread_mutex_unlock(&view.lock);
    return session ? CKR_OK : CKR_SESSION_HANDLE_INVALID;
}

/* ---- signatures ---- */

static CK_RV sign_init(CK_SESSION_HANDLE handle, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE object)
{
    struct bridge_session *session;
    CK_RV rv = CKR_SESSION_HANDLE_INVALID;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (session && object != BRIDGE_PRIVATE_KEY)
        rv = CKR_KEY_FUNCTION_NOT_PERMITTED;
    else if (session) {
        rv = bridge_slot_order(session->slot, mechanism, &session->order);
        session->signing = rv == CKR_OK;
    }
    pthread_mutex_unlock(&view.lock);
    return rv;
}

/* Takes what the session was to sign with, and ends its operation; the key is
 * held, so that it can be used without the lock. */
static CK_RV take_order(CK_SESSION_HANDLE handle, const unsigned char *to, CK_ULONG *len,
                        struct sign_order *order, struct kunci_key **key)
{
    struct bridge_session *session;
    CK_RV rv = CKR_OK;

    pthread_mutex_lock(&view.lock);
    session = session_of(handle);
    if (!session)
        rv = CKR_SESSION_HANDLE_INVALID;
    else if (!session->signing)
        rv = CKR_OPERATION_NOT_INITIALIZED;
    else if (to && *len < session->slot->signature_len)
        rv = CKR_BUFFER_TOO_SMALL;
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL)
        *len = session->slot->signature_len;
    if (rv == CKR_OK && to) {
        session->signing = false;
        *order = session->order;
        *key = key_hold(session->slot->key);
    }
    pthread_mutex_unlock(&view.lock);
    return rv;
}

static CK_RV sign(CK_SESSION_HANDLE handle, unsigned char *in, CK_ULONG in_len, unsigned char *to,
                  CK_ULONG *len)
{
    unsigned char made[KUNCI_SIGNATURE_MAX];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_key *key = NULL;
    struct sign_order order;
    size_t made_len = 0;
    CK_RV rv = take_order(handle, to, len, &order, &key);

    if (rv != CKR_OK || !to)
        return rv;
    order.in = in;
    order.in_len = in_len;
    if (sign_with_key(key, &order, made, &made_len, &err) != KUNCI_OK) {
        evp_raise(&err);
        rv = err.ck_rv ? err.ck_rv : CKR_FUNCTION_FAILED;
    } else if (made_len > *len) {
        rv = CKR_DEVICE_ERROR;
    } else {
        memcpy(to, made, made_len);
        *len = made_len;
    }
    kunci_key_free(&key);
    return rv;
}

/* ---- the list ---- */

static CK_RV unsupported(void)
{
    return CKR_FUNCTION_NOT_SUPPORTED;
}

static CK_FUNCTION_LIST list = {.version = {CRYPTOKI_VERSION_MAJOR, CRYPTOKI_VERSION_MINOR}};

/* What is not here is refused by one function for all, which looks at none of
 * the arguments that it is called with. The list is functions from end to end. */
static void fill_list(void)
{
    CK_RV (*const none)(void) = unsupported;
    size_t at;

    for (at = offsetof(CK_FUNCTION_LIST, C_Initialize); at < sizeof list; at += sizeof none)
        memcpy((unsigned char *)&list + at, &none, sizeof none);
    list.C_Initialize = initialize;
    list.C_Finalize = initialize;
    list.C_GetInfo = get_info;
    list.C_GetFunctionList = get_function_list;
    list.C_GetSlotList = get_slot_list;
    list.C_GetSlotInfo = get_slot_info;
    list.C_GetTokenInfo = get_token_info;
    list.C_OpenSession = open_session;
    list.C_CloseSession = close_session;
    list.C_CloseAllSessions = close_all_sessions;
    list.C_GetSessionInfo = get_session_info;
    list.C_Login = login;
    list.C_Logout = logout;
    list.C_GetAttributeValue = get_attribute_value;
    list.C_FindObjectsInit = find_objects_init;
    list.C_FindObjects = find_objects;
    list.C_FindObjectsFinal = find_objects_final;
    list.C_SignInit = sign_init;
    list.C_Sign = sign;
}

CK_FUNCTION_LIST *bridge_functions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, fill_list);
    return &list;
}
