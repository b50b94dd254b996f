#include "token/way.h"

#include <string.h>

static const struct way ways[] = {
    {.file = "libsofthsm2.so", .here = true},
    {.file = "libtpm2_pkcs11.so", .serial = true, .mute = true, .init_tool = "tpm2_ptool addtoken"},
    /* It crashes where threads sign. C_InitToken sets the officer's PIN to one that the
     * token does not take afterwards. */
    {.file = "libopencryptoki.so", .serial = true, .init_tool = "pkcsconf -I"},
    /* Threads in it lock each other out when the card is pulled. It takes the PUK for the
     * officer's PIN, which opens nothing. */
    {.file = "opensc-pkcs11.so",
     .serial = true,
     .reset = KUNCI_PIN_RESET_TOOL,
     .reset_tool = "pkcs15-tool --unblock-pin",
     .so_tool = "pkcs15-tool --change-pin",
     .make_tool = "yubico-piv-tool -a generate, pkcs15-init --generate-key",
     .init_tool = "yubico-piv-tool -a reset, pkcs15-init --create-pkcs15"},
    /* C_DestroyObject of a key deletes the certificate in its place. */
    {.file = "libykcs11.so",
     .reset = KUNCI_PIN_RESET_TOOL,
     .reset_tool = "yubico-piv-tool -a unblock-pin",
     .written_by_so = true,
     .make_tool = "yubico-piv-tool -a generate",
     .delete_tool = "yubico-piv-tool -a delete-key",
     .init_tool = "yubico-piv-tool -a reset"},
    /* C_InitToken asks for nobody's PIN and takes any. */
    {.file = "libsoftokn3.so",
     .mute = true,
     .reset = KUNCI_PIN_RESET_TOOL,
     .reset_tool = "certutil -W",
     .init_tool = "certutil -N"},
};

const struct way *way_of(const char *path)
{
    static const struct way usual;
    const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
    size_t i;

    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        size_t len = strlen(ways[i].file);

        /* "libykcs11.so.2" is meant, too. */
        if (strncmp(file, ways[i].file, len) == 0 && (file[len] == '\0' || file[len] == '.'))
            return &ways[i];
    }
    return &usual;
}
