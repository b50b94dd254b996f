/* Rules of the frame: version, serial number, algorithms, dates, the public key. */
#include "base/text.h"
#include "x509/lint.h"
#include "x509/strict.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <string.h>

/* ---- the frame ---- */

static bool is_strict(const struct lint *lint)
{
    return strict_der(lint->parts.der, lint->parts.len);
}

static bool version_is_right(const struct lint *lint)
{
    long version = lint->parts.version ? ASN1_INTEGER_get(lint->parts.version) : 0;

    if (lint->parts.is_request)
        return version == 0;
    return lint->parts.extensions ? version == 2 : version >= 0 && version <= 2;
}

static bool serial_is_positive(const struct lint *lint)
{
    const ASN1_INTEGER *serial = lint->parts.serial;

    return ASN1_STRING_type(serial) == V_ASN1_INTEGER &&
           !(ASN1_STRING_length(serial) == 1 && ASN1_STRING_get0_data(serial)[0] == 0);
}

/* In octets of the DER, where a first bit of 1 needs an octet before it. */
static bool serial_is_short(const struct lint *lint)
{
    const ASN1_INTEGER *serial = lint->parts.serial;
    int len = ASN1_STRING_length(serial);

    return len < 20 || (len == 20 && !(ASN1_STRING_get0_data(serial)[0] & 0x80));
}

static bool algorithms_agree(const struct lint *lint)
{
    return X509_ALGOR_cmp(lint->parts.algorithm, lint->parts.algorithm_inside) == 0;
}

static bool hash_is_sound(const struct lint *lint)
{
    const ASN1_OBJECT *algorithm;
    int hash;

    X509_ALGOR_get0(&algorithm, NULL, NULL, lint->parts.algorithm);
    if (!OBJ_find_sigid_algs(OBJ_obj2nid(algorithm), &hash, NULL))
        return true;
    return hash != NID_md2 && hash != NID_md4 && hash != NID_md5 && hash != NID_sha1 &&
           hash != NID_ripemd160;
}

static bool issuer_is_there(const struct lint *lint)
{
    return X509_NAME_entry_count(lint->parts.issuer) > 0;
}

static bool has_no_unique_ids(const struct lint *lint)
{
    return !lint->parts.has_unique_ids;
}

/* ---- dates ---- */

static bool all_digits(const char *text, size_t len)
{
    return strspn(text, "0123456789") >= len;
}

/* YYMMDDHHMMSSZ, YYYYMMDDHHMMSSZ and nothing else. */
static bool time_is_written_right(const ASN1_TIME *time)
{
    size_t len = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 13 : 15;
    const char *text = (const char *)ASN1_STRING_get0_data(time);

    return (size_t)ASN1_STRING_length(time) == len && text[len - 1] == 'Z' &&
           all_digits(text, len - 1) && ASN1_TIME_check(time) == 1;
}

static bool times_are_written_right(const struct lint *lint)
{
    return time_is_written_right(lint->parts.not_before) &&
           time_is_written_right(lint->parts.not_after);
}

/* A UTCTime ends in 2049 by itself. */
static bool fits_its_form(const ASN1_TIME *time)
{
    const char *text = (const char *)ASN1_STRING_get0_data(time);

    return ASN1_STRING_type(time) == V_ASN1_UTCTIME || ASN1_STRING_length(time) < 4 ||
           memcmp(text, "2050", 4) >= 0;
}

static bool times_fit_their_form(const struct lint *lint)
{
    return fits_its_form(lint->parts.not_before) && fits_its_form(lint->parts.not_after);
}

static bool times_are_in_order(const struct lint *lint)
{
    int days, seconds;

    if (ASN1_TIME_diff(&days, &seconds, lint->parts.not_before, lint->parts.not_after) != 1)
        return true; /* another rule's */
    return days > 0 || (days == 0 && seconds >= 0);
}

const struct lint_rule lint_frame_rules[] = {
    {"der_strict", LINT_ERROR, LINT_BOTH, "X.690 8-11", N_("It is not written in strict DER."),
     is_strict},
    {"version", LINT_ERROR, LINT_BOTH, "RFC 5280 4.1.2.1, RFC 2986 4.1",
     N_("Its version does not fit what stands in it."), version_is_right},
    {"serial_positive", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.2",
     N_("The serial number is not positive."), serial_is_positive},
    {"serial_length", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.2",
     N_("The serial number is longer than 20 octets."), serial_is_short},
    {"algorithms_agree", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.1.2",
     N_("The algorithm inside is not the one outside."), algorithms_agree},
    {"signature_hash", LINT_ERROR, LINT_BOTH, "RFC 6151, RFC 6194",
     N_("It is signed over a hash that no longer holds, such as SHA-1 or MD5."), hash_is_sound},
    {"issuer_present", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.4",
     N_("The issuer has no name."), issuer_is_there},
    {"unique_ids", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.8",
     N_("It has unique identifiers of issuer or subject, which are no longer used."),
     has_no_unique_ids},
    {"time_form", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.5.1, 4.1.2.5.2",
     N_("A date is not written to the second and in UTC."), times_are_written_right},
    {"time_type", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.5",
     N_("A date before 2050 is not written as UTCTime."), times_fit_their_form},
    {"time_order", LINT_ERROR, LINT_CERTIFICATE, "RFC 5280 4.1.2.5",
     N_("It ends before it begins."), times_are_in_order},
    {NULL, LINT_ERROR, LINT_BOTH, NULL, NULL, NULL},
};
