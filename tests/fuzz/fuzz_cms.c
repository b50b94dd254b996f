/* A message: what is read of it can be judged, and refusing has its one error. */
#include "cms/check.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BIO *in = BIO_new_mem_buf(data, (int)size);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct cms_proof proof;
    struct cms cms;
    int i;

    if (cms_read(in, NULL, &cms, &err) == KUNCI_OK) {
        for (i = 0; i < sk_CMS_SignerInfo_num(cms.signers); i++)
            if (cms_check(&cms, sk_CMS_SignerInfo_value(cms.signers, i), &proof, &err) != KUNCI_OK)
                abort();
    } else if (err.rc != KUNCI_CMS_INVALID) {
        abort();
    }
    cms_clear(&cms);
    BIO_free(in);
    return 0;
}
