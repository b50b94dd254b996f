/* A profile: what is taken can be freed, and refusing has its few errors. */
#include "x509/profile.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct profile profile;
    enum kunci_rc rc = profile_read("profile", data, size, &profile, &err);

    if (rc != KUNCI_OK && rc != KUNCI_PROFILE_INVALID && rc != KUNCI_FILE_TOO_LARGE)
        abort();
    if ((rc == KUNCI_OK) != (profile.name != NULL))
        abort();
    profile_clear(&profile);
    return 0;
}
