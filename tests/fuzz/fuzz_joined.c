/* A signature of another's making, to which a signer is to be added. */
#include "base/der.h"
#include "cms/set_of.h"
#include "cms/signed_data.h"
#include "cms/signer_info.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_signers(const struct signed_data *data)
{
    const unsigned char *start = (const unsigned char *)data->signers.data;
    struct elements all = {start, start + data->signers.len};
    struct signer_claim claim;
    struct element info;

    while (element_take(&all, &info))
        if (signer_read(&info, &claim) && claim.digest.start && claim.digest.len > info.len)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct signed_data_frame frame;
    struct signed_data parts;
    struct buf tail = {0};
    struct elements certs = {data, data + size};
    struct outline outline;

    if (!signed_data_read_head(data, size, &frame, &parts) && frame.end <= size &&
        !signed_data_read_tail(data + frame.tail, (size_t)(frame.end - frame.tail), &parts)) {
        read_signers(&parts);
        signed_data_tail(&tail, &parts);
    }
    while (outline_take(&certs, &outline))
        ;
    buf_clear(&tail);
    signed_data_clear(&parts);
    return 0;
}
