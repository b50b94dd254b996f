/* The functions about objects that answer lengths in ways of their own. */
#include "lib/fault/call.h"

CK_RV C_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG room,
                    CK_ULONG *count)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_FindObjects, &session);

    if (rv == CKR_OK)
        rv = real->C_FindObjects(session, objects, room, count);
    if (rv == CKR_OK)
        call_lie(&call, objects, count, room, room + 1);
    return call_end(&call, rv);
}

/* The rooms are kept while the real module writes the lengths over them. */
static CK_RV lie_of_attributes(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                               CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    CK_RV rv = CKR_OK, each;
    CK_ULONG i, room;

    for (i = 0; i < count; i++) {
        room = attributes[i].ulValueLen;
        each = real->C_GetAttributeValue(session, object, &attributes[i], 1);
        if (each == CKR_OK)
            attributes[i].ulValueLen = attributes[i].pValue ? room + 1 : CK_UNAVAILABLE_INFORMATION;
        else
            rv = each;
    }
    return rv;
}

CK_RV C_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE *attributes, CK_ULONG count)
{
    struct call call;
    CK_RV rv = call_begin(&call, CALL_C_GetAttributeValue, &session);

    if (rv == CKR_OK && attributes && call_lies(&call))
        rv = lie_of_attributes(session, object, attributes, count);
    else if (rv == CKR_OK)
        rv = real->C_GetAttributeValue(session, object, attributes, count);
    return call_end(&call, rv);
}
