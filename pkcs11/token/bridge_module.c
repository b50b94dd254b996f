/* kunci-bridge.so: the PKCS#11 module that libp11 is told to load. It holds
 * nothing but the list of functions that the library has handed to it, so that
 * libp11 uses the library's own sessions and login. */
#include <p11-kit/pkcs11.h>

#define EXPORTED __attribute__((visibility("default")))

void kunci_bridge_use(CK_FUNCTION_LIST *list);

static CK_FUNCTION_LIST *functions;

EXPORTED void kunci_bridge_use(CK_FUNCTION_LIST *list)
{
    functions = list;
}

EXPORTED CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    *list = functions;
    return functions ? CKR_OK : CKR_GENERAL_ERROR;
}
