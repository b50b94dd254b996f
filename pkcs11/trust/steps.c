#include "trust/steps.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static enum kunci_rc describe(X509 *cert, struct kunci_path_step *step, struct kunci_err *err)
{
    unsigned char *der = NULL;
    int len = i2d_X509(cert, &der);

    step->revoked_why = -1;
    if (len < 0)
        return err_openssl(err, "i2d_X509");
    step->der = der;
    step->len = (size_t)len;
    return kunci_cert_describe(step->der, step->len, &step->info, err);
}

enum kunci_rc steps_new(struct steps *out, const STACK_OF(X509) * path, bool anchored,
                        struct kunci_err *err)
{
    size_t i, count = (size_t)sk_X509_num(path);
    enum kunci_rc rc = KUNCI_OK;

    *out = (struct steps){.steps = calloc(count, sizeof *out->steps), .count = count};
    if (!out->steps)
        rc = err_no_memory(err);
    for (i = 0; rc == KUNCI_OK && i < count; i++)
        rc = describe(sk_X509_value(path, (int)i), &out->steps[i], err);
    if (rc == KUNCI_OK)
        out->steps[count - 1].anchor = anchored;
    else
        steps_clear(out);
    return rc;
}

void steps_tell(struct kunci_path_step *step, const struct evidence *evidence)
{
    bool known = evidence->status == KUNCI_GOOD || evidence->status == KUNCI_IS_REVOKED;

    step->revoked = evidence->status;
    memcpy(step->source, evidence->source, sizeof step->source);
    step->this_update = evidence->this_update;
    step->next_update = evidence->next_update;
    step->revoked_at = evidence->revoked_at;
    step->revoked_why = evidence->revoked_why;
    if (!known)
        memcpy(step->trouble, evidence->trouble, sizeof step->trouble);
}

void steps_free(struct kunci_path_step *steps, size_t count)
{
    size_t i;

    for (i = 0; steps && i < count; i++) {
        OPENSSL_free((void *)(uintptr_t)steps[i].der);
        kunci_cert_info_clear(&steps[i].info);
    }
    free(steps);
}

void steps_clear(struct steps *steps)
{
    steps_free(steps->steps, steps->count);
    *steps = (struct steps){.count = 0};
}
