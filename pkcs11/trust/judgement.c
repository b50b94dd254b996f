#include "trust/judgement.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const char *const indications[] = {[KUNCI_PASSED] = "TOTAL-PASSED",
                                          [KUNCI_INDETERMINATE] = "INDETERMINATE",
                                          [KUNCI_FAILED] = "TOTAL-FAILED"};

#define ROW(name, sentence) [KUNCI_##name] = {#name, sentence}

static const struct {
    const char *name, *sentence;
} reasons[KUNCI_REASON_COUNT] = {
    [KUNCI_REASON_NONE] = {"", ""},
    ROW(FORMAT_FAILURE, N_("It is damaged, or not what it should be.")),
    ROW(HASH_FAILURE, N_("What was signed has been changed since.")),
    ROW(SIG_CRYPTO_FAILURE, N_("The signature was not made with the signer's key.")),
    ROW(REVOKED, N_("The signer's certificate had been revoked when the signature was made.")),
    ROW(EXPIRED, N_("The signer's certificate had expired when the signature was made.")),
    ROW(NOT_YET_VALID, N_("The signature was made before the signer's certificate was valid.")),
    ROW(SIG_CONSTRAINTS_FAILURE, N_("The signature does not have all that it must have.")),
    ROW(CHAIN_CONSTRAINTS_FAILURE,
        N_("A certificate on the way to a trusted authority may not be used for this.")),
    ROW(CERTIFICATE_CHAIN_GENERAL_FAILURE,
        N_("The certificates on the way to a trusted authority do not hold together.")),
    ROW(CRYPTO_CONSTRAINTS_FAILURE, N_("An algorithm or a key is too weak to be relied on.")),
    ROW(TIMESTAMP_ORDER_FAILURE, N_("The times of the timestamps contradict each other.")),
    ROW(NO_SIGNING_CERTIFICATE_FOUND, N_("The signer's certificate is not there.")),
    ROW(NO_CERTIFICATE_CHAIN_FOUND, N_("The certificate comes from no authority that is trusted.")),
    ROW(REVOKED_NO_POE,
        N_("The certificate is revoked, and nothing proves that it was used before that.")),
    ROW(REVOKED_CA_NO_POE, N_("An authority's certificate is revoked, and nothing proves that it "
                              "was used before that.")),
    ROW(OUT_OF_BOUNDS_NO_POE,
        N_("A certificate was not valid at that moment: it had expired, or was "
           "not valid yet.")),
    ROW(OUT_OF_BOUNDS_NOT_REVOKED,
        N_("A certificate was not valid at that moment, though it was not revoked.")),
    ROW(CRYPTO_CONSTRAINTS_FAILURE_NO_POE, N_("An algorithm or a key is too weak, and nothing "
                                              "proves that it was used before it was.")),
    ROW(NO_POE, N_("Nothing proves when the signature was made.")),
    ROW(TRY_LATER, N_("Whether a certificate is revoked could not be found out; it may be later.")),
    ROW(SIGNED_DATA_NOT_FOUND, N_("What was signed is not there.")),
};

#undef ROW

const char *kunci_indication_name(enum kunci_indication indication)
{
    return indications[(unsigned)indication <= KUNCI_FAILED ? indication : KUNCI_FAILED];
}

const char *kunci_reason_name(enum kunci_reason reason)
{
    return reasons[(unsigned)reason < KUNCI_REASON_COUNT ? reason : KUNCI_REASON_NONE].name;
}

const char *kunci_reason_sentence(enum kunci_reason reason)
{
    const char *sentence =
        reasons[(unsigned)reason < KUNCI_REASON_COUNT ? reason : KUNCI_REASON_NONE].sentence;

    return *sentence ? _(sentence) : "";
}

bool judgement_doubt(struct judgement *judgement, enum kunci_reason reason, const char *about,
                     const char *sentence)
{
    char detail[1024];

    judgement->indication = KUNCI_INDETERMINATE;
    judgement->reason = reason;
    snprintf(detail, sizeof detail, "%s%s%s", about ? about : "", about ? ": " : "", sentence);
    text_printable(judgement->detail, sizeof judgement->detail, detail, strlen(detail));
    return false;
}
