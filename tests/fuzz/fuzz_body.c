/* A body as it is sent to the authority, and taken as what logs in. Whatever it
 * is, it is read or refused as such. */
#include "ams/body.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void log_in(const json_t *body)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct login login;
    enum kunci_rc rc = login_read(body, &login, &err);

    must(rc == KUNCI_OK || rc == KUNCI_BODY_INVALID);
    if (rc == KUNCI_OK)
        must(login.challenge ? login.algorithm != NULL : login.account && login.password);
    login_clear(&login);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    json_t *body = NULL;
    enum kunci_rc rc = body_read((const char *)data, size, &body, &err);

    must(rc == KUNCI_OK ? json_is_object(body) : rc == KUNCI_BODY_INVALID && !body);
    if (rc == KUNCI_OK)
        log_in(body);
    json_decref(body);
    return 0;
}
