/* A request: the input is taken apart into a certificate, others, CRLs and OCSP answers,
 * each as long as its two first bytes say; the last one of them that is a certificate is
 * believed. Whatever comes, a judgement or the one error is the answer. */
#include <kunci.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 12, OF_EACH = 4 };

static struct kunci_trust *trust_of(const struct kunci_blob *anchor)
{
    char path[] = "/tmp/kunci-fuzz.XXXXXX";
    const char *const anchors[] = {path, NULL};
    const struct kunci_trust_options options = {.anchors = anchors, .offline = true};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_trust *trust = NULL;
    int fd = mkstemp(path);

    if (fd < 0 || write(fd, anchor->data, anchor->len) != (ssize_t)anchor->len)
        abort();
    if (kunci_trust_new(&options, &trust, &err) != KUNCI_OK && err.rc != KUNCI_TRUST_FILE)
        abort();
    close(fd);
    unlink(path);
    return trust;
}

/* The first is judged; then come in turn others, CRLs and OCSP answers. */
static size_t take_apart(const uint8_t *data, size_t size, struct kunci_blob *parts)
{
    size_t count = 0;

    while (count < PARTS && size > 2) {
        size_t len = (size_t)data[0] << 8 | data[1];

        len = len < size - 2 ? len : size - 2;
        parts[count++] = (struct kunci_blob){data + 2, len};
        data += 2 + len;
        size -= 2 + len;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kunci_blob parts[PARTS] = {{NULL, 0}}, certs[OF_EACH], crls[OF_EACH], ocsps[OF_EACH];
    size_t count = take_apart(data, size, parts), i;
    struct kunci_path_request request = {.cert = parts[0],
                                         .certs = certs,
                                         .crls = crls,
                                         .ocsps = ocsps,
                                         .at = 1795000000,
                                         .now = 1795000000};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_path *path = NULL;
    struct kunci_trust *trust;

    for (i = 1; i < count; i++)
        if (i % 3 == 1)
            certs[request.cert_count++] = parts[i];
        else if (i % 3 == 2)
            crls[request.crl_count++] = parts[i];
        else
            ocsps[request.ocsp_count++] = parts[i];
    trust = request.cert_count ? trust_of(&certs[request.cert_count - 1]) : NULL;
    if (trust && kunci_path_check(trust, &request, &path, &err) != KUNCI_OK &&
        err.rc != KUNCI_CERT_INVALID)
        abort();
    kunci_path_free(&path);
    kunci_trust_free(&trust);
    return 0;
}
