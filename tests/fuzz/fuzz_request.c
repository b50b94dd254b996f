/* What the process of a module is sent: whatever stands in it, the module is called
 * with what is sound or not at all, and the answer can be read. The module here lies
 * about every length. */
#include "token/worker_channel.h"
#include "token/worker_serve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

static unsigned char lie; /* the first byte of the input */

static CK_RV list_slots(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
    (void)present;
    if (list && *count)
        list[0] = 1;
    *count += lie & 1;
    return lie & 2 ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

static void read_all(const CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    static volatile unsigned char seen; /* so that reading is not left out */
    CK_ULONG i, j;

    for (i = 0; i < count; i++)
        for (j = 0; attributes[i].pValue && j < attributes[i].ulValueLen; j++)
            seen = (unsigned char)(seen ^ ((const unsigned char *)attributes[i].pValue)[j]);
}

static CK_RV read_values(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    CK_ULONG i;

    (void)session, (void)object;
    for (i = 0; i < count; i++) {
        if (attributes[i].pValue)
            memset(attributes[i].pValue, 1, attributes[i].ulValueLen);
        if (lie & 4)
            attributes[i].ulValueLen += lie;
        if (lie & 8)
            attributes[i].ulValueLen = CK_UNAVAILABLE_INFORMATION;
    }
    return lie & 16 ? CKR_ATTRIBUTE_SENSITIVE : CKR_OK;
}

static CK_RV begin_search(CK_SESSION_HANDLE session, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    (void)session;
    read_all(attributes, count);
    return CKR_OK;
}

static CK_RV search(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                    CK_ULONG *count)
{
    (void)session;
    memset(objects, 1, room * sizeof *objects);
    *count = room + (lie & 1);
    return CKR_OK;
}

static CK_RV generate(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_half,
                      CK_ULONG public_count, CK_ATTRIBUTE *private_half, CK_ULONG private_count,
                      CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    const CK_ATTRIBUTE parameter = {0, mechanism->pParameter, mechanism->ulParameterLen};

    (void)session;
    read_all(&parameter, 1);
    read_all(public_half, public_count);
    read_all(private_half, private_count);
    *public_key = *private_key = 1;
    return CKR_OK;
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *bytes, CK_ULONG len, unsigned char *sig,
                  CK_ULONG *sig_len)
{
    const CK_ATTRIBUTE all = {0, bytes, len};

    (void)session;
    read_all(&all, 1);
    memset(sig, 1, *sig_len);
    *sig_len += lie & 1;
    return CKR_OK;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
    const CK_ATTRIBUTE all = {0, pin, len};

    (void)session, (void)user;
    read_all(&all, 1);
    return CKR_OK;
}

static CK_RV begin_signing(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    const CK_ATTRIBUTE parameter = {0, mechanism->pParameter, mechanism->ulParameterLen};

    (void)session, (void)key;
    read_all(&parameter, 1);
    return CKR_OK;
}

static CK_RV initialize(void *args)
{
    const CK_C_INITIALIZE_ARGS *told = args;

    return told && told->pReserved && strlen(told->pReserved) > 64 ? CKR_ARGUMENTS_BAD : CKR_OK;
}

/* The rest is missing: a module built wrongly. */
static CK_FUNCTION_LIST functions = {.C_Initialize = initialize,
                                     .C_GetSlotList = list_slots,
                                     .C_Login = login,
                                     .C_GetAttributeValue = read_values,
                                     .C_FindObjectsInit = begin_search,
                                     .C_FindObjects = search,
                                     .C_GenerateKeyPair = generate,
                                     .C_SignInit = begin_signing,
                                     .C_Sign = sign};

/* This program is its own module. */
CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    *list = &functions;
    return CKR_OK;
}

static unsigned char in_page[WIRE_PACKET], out_page[WIRE_PACKET];

static void start(void)
{
    struct wire in = {.data = in_page, .locked = in_page, .room = WIRE_PACKET}, out = in;
    struct wire_head head;

    out.data = out.locked = out_page;
    serve_use(NULL);
    wire_begin(&in, WIRE_START);
    wire_put_bytes(&in, NULL, 0);
    ((struct wire_head *)(void *)in.data)->length = in.len;
    wire_begin(&out, WIRE_START);
    if (!wire_open(&in, &head) || serve(WIRE_START, &in, &out) != CKR_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire in = {.data = in_page, .locked = in_page, .room = WIRE_PACKET}, out = in;
    static int started;
    struct wire_head head;

    if (!started++)
        start();
    out.data = out.locked = out_page;
    if (size < 2 || size > WIRE_PACKET - sizeof head)
        return 0;
    lie = data[0];
    wire_begin(&in, data[1]);
    memcpy(in.data + in.len, data + 2, size - 2);
    in.len += size - 2;
    ((struct wire_head *)(void *)in.data)->length = in.len;
    if (wire_open(&in, &head)) {
        wire_begin(&out, head.call);
        (void)serve(head.call, &in, &out);
        if (!out.failed) {
            ((struct wire_head *)(void *)out.data)->length = out.len;
            if (!wire_open(&out, &head))
                abort();
        }
    }
    wire_wipe(&in);
    wire_wipe(&out);
    return 0;
}
