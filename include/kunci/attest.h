/* What a device says of a key: that it was made inside and never left it. */
#ifndef KUNCI_ATTEST_H
#define KUNCI_ATTEST_H

#include <kunci/key.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Two certificates in DER: the statement, for the key's own public key, and that of the
 * device, which signed it. What the statement tells is text, "" where it does not. */
struct kunci_attestation {
    unsigned char *statement, *device;
    size_t statement_len, device_len;
    /* Filled by kunci_attestation_verify(). A policy that has no name is its number,
     * "0x07". */
    char firmware[12];     /* "5.2.7" */
    char serial[24];       /* of the device, decimal */
    char pin_policy[16];   /* "never", "once", "always", "match-once", "match-always" */
    char touch_policy[16]; /* "never", "always", "cached" */
    char *root;            /* subject of the root that the device comes from; NULL: no
                            * roots were given, and anybody may have made it all */
};
void kunci_attestation_clear(struct kunci_attestation *attestation);

/* Looks for the statement among the token's certificates. It is told by what it says
 * alone, never by its label or id; whether it is true is not judged. */
KUNCI_MUST_USE enum kunci_rc kunci_key_attest(struct kunci_key *key, struct kunci_attestation *out,
                                              struct kunci_err *err);

/* Judges the two certificates; needs no token. The statement has to speak of the public
 * key (SubjectPublicKeyInfo, DER) and be signed by the device. Where roots is not NULL,
 * it is PEM of one certificate or several, and the device's has to come from one that
 * stands there and signed itself; the others help on the way. */
KUNCI_MUST_USE enum kunci_rc kunci_attestation_verify(struct kunci_attestation *attestation,
                                                      const unsigned char *spki, size_t spki_len,
                                                      const void *roots, size_t roots_len,
                                                      struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
