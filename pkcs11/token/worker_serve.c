#include "token/worker_serve.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *module_path;
static CK_FUNCTION_LIST *_Atomic f; /* NULL until it is loaded; other threads may ask before */
static pthread_mutex_t load_lock = PTHREAD_MUTEX_INITIALIZER;

void serve_use(const char *path)
{
    module_path = path;
}

/* ---- loading, starting, stopping ---- */

/* Answers what is wrong; NULL: nothing. */
static const char *load(void)
{
    void *library = f ? NULL : dlopen(module_path, RTLD_NOW | RTLD_LOCAL);
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    CK_FUNCTION_LIST *list = NULL;
    void *found;

    if (f)
        return NULL;
    if (!library || !(found = dlsym(library, "C_GetFunctionList")))
        return dlerror();
    memcpy(&get, &found, sizeof found);
    if (get(&list) != CKR_OK || !list)
        return "C_GetFunctionList";
    f = list;
    return NULL;
}

/* Threads of this process call side by side. A module that cannot bear it says so
 * and is started for one thread: the other side then asks one thing at a time. */
static CK_RV initialize(char *reserved, bool *serial)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK, .pReserved = reserved};
    CK_RV rv;

    *serial = false;
    if (!f->C_Initialize)
        return CKR_FUNCTION_NOT_SUPPORTED;
    rv = f->C_Initialize(&args);
    if (rv != CKR_CANT_LOCK && rv != CKR_NEED_TO_CREATE_THREADS)
        return rv;
    args.flags = 0;
    *serial = true;
    return f->C_Initialize(reserved ? &args : NULL);
}

static CK_RV start(struct wire *in, struct wire *out)
{
    size_t len;
    char *reserved = wire_get_bytes(in, &len); /* with its end */
    const char *wrong;
    bool serial = false;
    CK_RV rv;

    if (!wire_is_done(in) || (reserved && (len == 0 || reserved[len - 1] != '\0')))
        return CKR_ARGUMENTS_BAD;
    pthread_mutex_lock(&load_lock);
    wrong = load();
    rv = wrong ? CKR_GENERAL_ERROR : initialize(reserved, &serial);
    pthread_mutex_unlock(&load_lock);
    wire_put_bytes(out, wrong, wrong ? strlen(wrong) : 0);
    wire_put_number(out, serial);
    return rv;
}

static CK_RV stop(struct wire *in, struct wire *out)
{
    (void)out;
    return wire_is_done(in) ? f->C_Finalize(NULL) : CKR_ARGUMENTS_BAD;
}

/* ---- module and slots ---- */

static CK_RV info(struct wire *in, struct wire *out)
{
    CK_INFO told = {.flags = 0};
    CK_RV rv = wire_is_done(in) ? f->C_GetInfo(&told) : CKR_ARGUMENTS_BAD;

    wire_put_bytes(out, &told, sizeof told);
    return rv;
}

/* A list whose length the module tells first, or with room for count. */
typedef CK_RV list_call(CK_ULONG which, CK_ULONG *list, CK_ULONG *count);

static CK_RV answer_list(struct wire *in, struct wire *out, CK_ULONG which, list_call *call)
{
    bool wanted = wire_get_number(in);
    CK_ULONG count = wire_get_number(in), room = count;
    CK_ULONG *list = NULL;
    CK_RV rv;

    if (!wire_is_done(in) || count > WIRE_MAX / sizeof *list)
        return CKR_ARGUMENTS_BAD;
    if (wanted && !(list = calloc(count + 1, sizeof *list)))
        return CKR_HOST_MEMORY;
    rv = call(which, list, &count);
    if (wanted && rv == CKR_OK && count > room)
        rv = CKR_GENERAL_ERROR;
    wire_put_number(out, count);
    if (wanted)
        wire_put_bytes(out, list, rv == CKR_OK ? count * sizeof *list : 0);
    free(list);
    return rv;
}

static CK_RV list_slots(CK_ULONG present, CK_ULONG *list, CK_ULONG *count)
{
    return f->C_GetSlotList(present ? CK_TRUE : CK_FALSE, list, count);
}

static CK_RV slots(struct wire *in, struct wire *out)
{
    return answer_list(in, out, wire_get_number(in), list_slots);
}

static CK_RV list_mechanisms(CK_ULONG slot, CK_ULONG *list, CK_ULONG *count)
{
    return f->C_GetMechanismList(slot, list, count);
}

static CK_RV mechanisms(struct wire *in, struct wire *out)
{
    return answer_list(in, out, wire_get_number(in), list_mechanisms);
}

static CK_RV slot_info(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);
    CK_SLOT_INFO told = {.flags = 0};
    CK_RV rv = wire_is_done(in) ? f->C_GetSlotInfo(slot, &told) : CKR_ARGUMENTS_BAD;

    wire_put_bytes(out, &told, sizeof told);
    return rv;
}

static CK_RV token_info(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);
    CK_TOKEN_INFO told = {.flags = 0};
    CK_RV rv = wire_is_done(in) ? f->C_GetTokenInfo(slot, &told) : CKR_ARGUMENTS_BAD;

    wire_put_bytes(out, &told, sizeof told);
    return rv;
}

static CK_RV mechanism_info(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);
    CK_MECHANISM_TYPE type = wire_get_number(in);
    CK_MECHANISM_INFO told = {.flags = 0};
    CK_RV rv = wire_is_done(in) ? f->C_GetMechanismInfo(slot, type, &told) : CKR_ARGUMENTS_BAD;

    wire_put_bytes(out, &told, sizeof told);
    return rv;
}

static CK_RV wait_for_slot(struct wire *in, struct wire *out)
{
    CK_FLAGS flags = wire_get_number(in);
    CK_SLOT_ID slot = 0;
    CK_RV rv = wire_is_done(in) ? f->C_WaitForSlotEvent(flags, &slot, NULL) : CKR_ARGUMENTS_BAD;

    wire_put_number(out, slot);
    return rv;
}

/* ---- setting up, PINs ---- */

static CK_RV init_token(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);
    CK_UTF8CHAR label[32 + 1] = ""; /* p11-kit's client looks for its end */
    size_t len;
    void *pin = wire_get_bytes(in, &len);

    (void)out;
    wire_get_exactly(in, label, sizeof label - 1);
    return wire_is_done(in) ? f->C_InitToken(slot, pin, len, label) : CKR_ARGUMENTS_BAD;
}

static CK_RV init_pin(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    size_t len;
    void *pin = wire_get_bytes(in, &len);

    (void)out;
    return wire_is_done(in) ? f->C_InitPIN(session, pin, len) : CKR_ARGUMENTS_BAD;
}

static CK_RV set_pin(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    size_t old_len, fresh_len;
    void *old = wire_get_bytes(in, &old_len), *fresh = wire_get_bytes(in, &fresh_len);

    (void)out;
    return wire_is_done(in) ? f->C_SetPIN(session, old, old_len, fresh, fresh_len)
                            : CKR_ARGUMENTS_BAD;
}

static CK_RV login(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_USER_TYPE user = wire_get_number(in);
    size_t len;
    void *pin = wire_get_bytes(in, &len);

    (void)out;
    return wire_is_done(in) ? f->C_Login(session, user, pin, len) : CKR_ARGUMENTS_BAD;
}

/* ---- sessions ---- */

static CK_RV open_session(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);
    CK_FLAGS flags = wire_get_number(in);
    CK_SESSION_HANDLE session = 0;
    CK_RV rv =
        wire_is_done(in) ? f->C_OpenSession(slot, flags, NULL, NULL, &session) : CKR_ARGUMENTS_BAD;

    wire_put_number(out, session);
    return rv;
}

static CK_RV session_info(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_SESSION_INFO told = {.flags = 0};
    CK_RV rv = wire_is_done(in) ? f->C_GetSessionInfo(session, &told) : CKR_ARGUMENTS_BAD;

    wire_put_bytes(out, &told, sizeof told);
    return rv;
}

static CK_RV close_session(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);

    (void)out;
    return wire_is_done(in) ? f->C_CloseSession(session) : CKR_ARGUMENTS_BAD;
}

static CK_RV close_all(struct wire *in, struct wire *out)
{
    CK_SLOT_ID slot = wire_get_number(in);

    (void)out;
    return wire_is_done(in) ? f->C_CloseAllSessions(slot) : CKR_ARGUMENTS_BAD;
}

static CK_RV log_out(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);

    (void)out;
    return wire_is_done(in) ? f->C_Logout(session) : CKR_ARGUMENTS_BAD;
}

/* ---- objects ---- */

static CK_RV find_begin(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_ATTRIBUTE template[WIRE_ATTRIBUTE_MAX];
    CK_ULONG count;

    (void)out;
    wire_get_template(in, template, &count);
    return wire_is_done(in) ? f->C_FindObjectsInit(session, template, count) : CKR_ARGUMENTS_BAD;
}

static CK_RV find(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_ULONG room = wire_get_number(in), count = 0;
    CK_OBJECT_HANDLE objects[WIRE_FIND_MAX];
    CK_RV rv;

    if (!wire_is_done(in) || room > WIRE_FIND_MAX)
        return CKR_ARGUMENTS_BAD;
    rv = f->C_FindObjects(session, objects, room, &count);
    if (rv == CKR_OK && count > room)
        rv = CKR_GENERAL_ERROR;
    wire_put_bytes(out, objects, rv == CKR_OK ? count * sizeof *objects : 0);
    return rv;
}

static CK_RV find_end(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);

    (void)out;
    return wire_is_done(in) ? f->C_FindObjectsFinal(session) : CKR_ARGUMENTS_BAD;
}

/* Gives the attributes that were asked for room of their own in one block. */
static void *make_room(struct wire *in, CK_ATTRIBUTE *template, CK_ULONG *count)
{
    CK_ULONG i, told = wire_get_number(in), total = 0;
    unsigned char *room, *at;

    for (i = 0; i < told && i < WIRE_ATTRIBUTE_MAX; i++) {
        template[i].type = wire_get_number(in);
        template[i].ulValueLen = wire_get_number(in);
        template[i].pValue = wire_get_number(in) ? &template[i] : NULL;
        if (template[i].ulValueLen > WIRE_MAX)
            return NULL;
        total += template[i].ulValueLen + 8;
    }
    if (!wire_is_done(in) || told > WIRE_ATTRIBUTE_MAX || !(room = at = calloc(1, total + 1)))
        return NULL;
    for (i = 0; i < told; i++)
        if (template[i].pValue) {
            template[i].pValue = at;
            at += (template[i].ulValueLen + 7) & ~7UL;
        }
    *count = told;
    return room;
}

static CK_RV read_attributes(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_OBJECT_HANDLE object = wire_get_number(in);
    CK_ATTRIBUTE template[WIRE_ATTRIBUTE_MAX], asked[WIRE_ATTRIBUTE_MAX];
    CK_ULONG count = 0, i;
    void *room = make_room(in, template, &count);
    CK_RV rv;

    if (!room)
        return CKR_ARGUMENTS_BAD;
    memcpy(asked, template, count * sizeof *asked);
    rv = f->C_GetAttributeValue(session, object, template, count);
    for (i = 0; i < count; i++) {
        CK_ULONG len = template[i].ulValueLen;
        bool fits = asked[i].pValue && len <= asked[i].ulValueLen;

        if (asked[i].pValue && !fits && len != CK_UNAVAILABLE_INFORMATION && rv == CKR_OK)
            rv = CKR_BUFFER_TOO_SMALL; /* whatever the module thinks of it */
        wire_put_number(out, len);
        wire_put_bytes(out, fits ? asked[i].pValue : NULL, len);
    }
    free(room);
    return rv;
}

static CK_RV write_attributes(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_OBJECT_HANDLE object = wire_get_number(in);
    CK_ATTRIBUTE template[WIRE_ATTRIBUTE_MAX];
    CK_ULONG count;

    (void)out;
    wire_get_template(in, template, &count);
    return wire_is_done(in) ? f->C_SetAttributeValue(session, object, template, count)
                            : CKR_ARGUMENTS_BAD;
}

static CK_RV create(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_ATTRIBUTE template[WIRE_ATTRIBUTE_MAX];
    CK_OBJECT_HANDLE object = 0;
    CK_ULONG count;
    CK_RV rv;

    wire_get_template(in, template, &count);
    rv =
        wire_is_done(in) ? f->C_CreateObject(session, template, count, &object) : CKR_ARGUMENTS_BAD;
    wire_put_number(out, object);
    return rv;
}

static CK_RV destroy(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_OBJECT_HANDLE object = wire_get_number(in);

    (void)out;
    return wire_is_done(in) ? f->C_DestroyObject(session, object) : CKR_ARGUMENTS_BAD;
}

/* ---- keys ---- */

static CK_RV generate(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_ATTRIBUTE public_half[WIRE_ATTRIBUTE_MAX], private_half[WIRE_ATTRIBUTE_MAX];
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;
    CK_ULONG public_count, private_count;
    CK_MECHANISM mechanism;
    CK_RV rv;

    wire_get_mechanism(in, &mechanism);
    wire_get_template(in, public_half, &public_count);
    wire_get_template(in, private_half, &private_count);
    rv = wire_is_done(in)
             ? f->C_GenerateKeyPair(session, &mechanism, public_half, public_count, private_half,
                                    private_count, &public_key, &private_key)
             : CKR_ARGUMENTS_BAD;
    wire_put_number(out, public_key);
    wire_put_number(out, private_key);
    return rv;
}

static CK_RV begin_signing(struct wire *in, CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE key = wire_get_number(in);
    CK_MECHANISM mechanism;

    wire_get_mechanism(in, &mechanism);
    return in->failed ? CKR_ARGUMENTS_BAD : f->C_SignInit(session, &mechanism, key);
}

static CK_RV sign_begin(struct wire *in, struct wire *out)
{
    (void)out;
    return begin_signing(in, wire_get_number(in));
}

/* Begun here as well, where it was put off to save a message. */
static CK_RV sign(struct wire *in, struct wire *out)
{
    CK_SESSION_HANDLE session = wire_get_number(in);
    CK_ULONG room = wire_get_number(in), len = room;
    CK_RV rv = wire_get_number(in) ? begin_signing(in, session) : CKR_OK;
    size_t data_len;
    void *data = wire_get_bytes(in, &data_len);
    unsigned char sig[WIRE_PACKET / 2];

    if (!wire_is_done(in) || room > sizeof sig)
        return CKR_ARGUMENTS_BAD;
    if (rv == CKR_OK)
        rv = f->C_Sign(session, data, data_len, sig, &len);
    wire_put_number(out, len);
    wire_put_bytes(out, sig, rv == CKR_OK && len <= room ? len : 0);
    return rv;
}

/* ---- all of them ---- */

#define SERVED(does, name)                                                                         \
    {                                                                                              \
        does, offsetof(CK_FUNCTION_LIST, name)                                                     \
    }

static const struct {
    CK_RV (*does)(struct wire *in, struct wire *out);
    size_t needs; /* where its function stands in the module's list */
} served[WIRE_CALLS] = {
    [WIRE_START] = {start, 0},
    [WIRE_STOP] = SERVED(stop, C_Finalize),
    [WIRE_INFO] = SERVED(info, C_GetInfo),
    [WIRE_SLOTS] = SERVED(slots, C_GetSlotList),
    [WIRE_SLOT_INFO] = SERVED(slot_info, C_GetSlotInfo),
    [WIRE_TOKEN_INFO] = SERVED(token_info, C_GetTokenInfo),
    [WIRE_MECHANISMS] = SERVED(mechanisms, C_GetMechanismList),
    [WIRE_MECHANISM_INFO] = SERVED(mechanism_info, C_GetMechanismInfo),
    [WIRE_WAIT] = SERVED(wait_for_slot, C_WaitForSlotEvent),
    [WIRE_INIT_TOKEN] = SERVED(init_token, C_InitToken),
    [WIRE_INIT_PIN] = SERVED(init_pin, C_InitPIN),
    [WIRE_SET_PIN] = SERVED(set_pin, C_SetPIN),
    [WIRE_OPEN] = SERVED(open_session, C_OpenSession),
    [WIRE_CLOSE] = SERVED(close_session, C_CloseSession),
    [WIRE_CLOSE_ALL] = SERVED(close_all, C_CloseAllSessions),
    [WIRE_SESSION_INFO] = SERVED(session_info, C_GetSessionInfo),
    [WIRE_LOGIN] = SERVED(login, C_Login),
    [WIRE_LOGOUT] = SERVED(log_out, C_Logout),
    [WIRE_FIND_BEGIN] = SERVED(find_begin, C_FindObjectsInit),
    [WIRE_FIND] = SERVED(find, C_FindObjects),
    [WIRE_FIND_END] = SERVED(find_end, C_FindObjectsFinal),
    [WIRE_READ] = SERVED(read_attributes, C_GetAttributeValue),
    [WIRE_WRITE] = SERVED(write_attributes, C_SetAttributeValue),
    [WIRE_CREATE] = SERVED(create, C_CreateObject),
    [WIRE_DESTROY] = SERVED(destroy, C_DestroyObject),
    [WIRE_GENERATE] = SERVED(generate, C_GenerateKeyPair),
    [WIRE_SIGN_BEGIN] = SERVED(sign_begin, C_SignInit),
    [WIRE_SIGN] = SERVED(sign, C_Sign),
};

/* A module built wrongly has holes in its list. */
static bool has(size_t offset)
{
    void *function;

    memcpy(&function, (const char *)f + offset, sizeof function);
    return function != NULL;
}

CK_RV serve(enum wire_call call, struct wire *in, struct wire *out)
{
    if ((unsigned)call >= WIRE_CALLS)
        return CKR_ARGUMENTS_BAD;
    if (call == WIRE_START)
        return start(in, out);
    if (!f)
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    return has(served[call].needs) ? served[call].does(in, out) : CKR_FUNCTION_NOT_SUPPORTED;
}
