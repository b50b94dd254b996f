#include "base/error.h"

#include <kunci/cert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What a shell command prints; to be freed. */
static unsigned char *output_of(const char *command, size_t *len)
{
    enum { ROOM = 65536 };
    unsigned char *bytes = malloc(ROOM);
    FILE *child = popen(command, "r");

    assert_non_null(bytes);
    assert_non_null(child);
    *len = fread(bytes, 1, ROOM, child);
    assert_int_equal(pclose(child), 0);
    assert_in_range(*len, 1, ROOM - 1);
    return bytes;
}

#define MAKE "openssl req -x509 -nodes -keyout /dev/null -subj '/C=ID/O=Dinas/CN=Budi' "

static const struct made {
    const char *command, *public_key, *signature;
} certificates[] = {
    {MAKE "-newkey rsa:2048 -sha256 2>/dev/null", "RSA 2048", "RSA-SHA256"},
    {MAKE "-newkey rsa:2048 -sha1 2>/dev/null", "RSA 2048", "sha1WithRSAEncryption"},
    {MAKE "-newkey rsa:2048 -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 "
          "2>/dev/null",
     "RSA 2048", "PSS-SHA384"},
    {MAKE "-newkey rsa:2048 -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 "
          "2>/dev/null",
     "RSA 2048", "rsassaPss"},
    {MAKE "-newkey ec -pkeyopt ec_paramgen_curve:P-384 -sha512 2>/dev/null", "P-384",
     "ECDSA-SHA512"},
    {MAKE "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -sha256 2>/dev/null", "secp256k1",
     "ECDSA-SHA256"},
    {MAKE "-newkey ed25519 2>/dev/null", "Ed25519", "Ed25519"},
    {MAKE "-newkey ed448 2>/dev/null", "ED448", "ED448"},
};

static void describes_what_openssl_makes(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof certificates / sizeof *certificates; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_cert_info info;
        unsigned char *pem, *der;
        size_t pem_len, len;

        pem = output_of(certificates[i].command, &pem_len);
        assert_int_equal(kunci_cert_read(pem, pem_len, &der, &len, &err), KUNCI_OK);
        assert_int_equal(kunci_cert_describe(der, len, &info, &err), KUNCI_OK);
        assert_string_equal(info.subject, "C=ID, O=Dinas, CN=Budi");
        assert_string_equal(info.issuer, info.subject);
        assert_string_equal(info.public_key, certificates[i].public_key);
        assert_string_equal(info.signature, certificates[i].signature);
        assert_int_equal(info.not_after - info.not_before, 30 * 86400);
        kunci_cert_info_clear(&info);
        assert_null(info.subject);
        free(pem);
        free(der);
    }
}

/* Hands the certificate to openssl x509 and takes what it prints after '='. */
static char *openssl_says(const unsigned char *der, size_t len, const char *option)
{
    char file[] = "/tmp/kunci-test-XXXXXX", command[256], *text, *end;
    int fd = mkstemp(file);
    FILE *f = fdopen(fd, "w");
    size_t text_len;

    assert_non_null(f);
    assert_int_equal(fwrite(der, 1, len, f), len);
    fclose(f);
    snprintf(command, sizeof command, "openssl x509 -inform DER -noout -in %s %s", file, option);
    text = (char *)output_of(command, &text_len);
    remove(file);
    text[text_len] = '\0';
    end = strchr(text, '\n');
    assert_non_null(end);
    *end = '\0';
    memmove(text, strchr(text, '=') + 1, strlen(strchr(text, '=')));
    return text;
}

static void says_the_same_as_openssl(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    unsigned char *pem, *der;
    char *serial, *print, colons[96] = "";
    size_t pem_len, len, i;

    (void)state;
    pem = output_of(certificates[6].command, &pem_len);
    assert_int_equal(kunci_cert_read(pem, pem_len, &der, &len, &err), KUNCI_OK);
    assert_int_equal(kunci_cert_describe(der, len, &info, &err), KUNCI_OK);
    serial = openssl_says(der, len, "-serial");
    assert_int_equal(strcasecmp(info.serial, serial), 0);
    print = openssl_says(der, len, "-fingerprint -sha256");
    for (i = 0; i < 32; i++)
        snprintf(colons + 3 * i, sizeof colons - 3 * i, i < 31 ? "%.2s:" : "%.2s",
                 info.sha256 + 2 * i);
    assert_int_equal(strcasecmp(colons, print), 0);
    kunci_cert_info_clear(&info);
    free(serial);
    free(print);
    free(pem);
    free(der);
}

/* Finds the first UTCTime and puts other text of the same length into it. */
static void set_not_before(unsigned char *der, size_t len, const char *text)
{
    unsigned char *at = memmem(der, len, "\x17\x0d", 2);

    assert_non_null(at);
    memcpy(at + 2, text, 13);
}

static void reads_dates(void **state)
{
    static const struct {
        const char *text;
        int64_t want;
    } cases[] = {
        {"700101000000Z", 0},          {"691231235959Z", -1},         {"500101000000Z", -631152000},
        {"491231235959Z", 2524607999}, {"380119031408Z", 2147483648}, {"240229120000Z", 1709208000},
    };
    static const char *const bad[] = {"239929120000Z", "230229120000Z", "24022912000xZ",
                                      "\n\n\n\n\n\n\n\n\n\n\n\n\n"};
    unsigned char *pem, *der;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;
    size_t pem_len, len, i;

    (void)state;
    pem = output_of(certificates[6].command, &pem_len);
    assert_int_equal(kunci_cert_read(pem, pem_len, &der, &len, &err), KUNCI_OK);
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_not_before(der, len, cases[i].text);
        assert_int_equal(kunci_cert_describe(der, len, &info, &err), KUNCI_OK);
        assert_int_equal(info.not_before, cases[i].want);
        kunci_cert_info_clear(&info);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        set_not_before(der, len, bad[i]);
        assert_int_equal(kunci_cert_describe(der, len, &info, &err), KUNCI_CERT_INVALID);
        assert_null(info.subject);
    }
    free(pem);
    free(der);
}

static void refuses_every_cut(void **state)
{
    unsigned char *pem, *der, *part, *out;
    size_t pem_len, len, cut, out_len;
    struct kunci_err err = KUNCI_ERR_INIT;

    (void)state;
    pem = output_of(certificates[6].command, &pem_len);
    assert_int_equal(kunci_cert_read(pem, pem_len, &der, &len, &err), KUNCI_OK);
    for (cut = 0; cut < len; cut++) {
        part = malloc(cut ? cut : 1); /* so that a read past it is seen */
        memcpy(part, der, cut);
        err = (struct kunci_err)KUNCI_ERR_INIT;
        assert_int_equal(kunci_cert_read(part, cut, &out, &out_len, &err), KUNCI_CERT_INVALID);
        assert_null(out);
        free(part);
    }
    free(pem);
    free(der);
}

/* A flipped byte is refused, or what is read is those very bytes. */
static void survives_every_flipped_byte(void **state)
{
    unsigned char *pem, *der, *out;
    size_t pem_len, len, i, out_len;
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_cert_info info;

    (void)state;
    pem = output_of(certificates[0].command, &pem_len);
    assert_int_equal(kunci_cert_read(pem, pem_len, &der, &len, &err), KUNCI_OK);
    for (i = 0; i < len; i++) {
        err = (struct kunci_err)KUNCI_ERR_INIT;
        der[i] ^= 0x55;
        if (kunci_cert_read(der, len, &out, &out_len, &err) == KUNCI_OK) {
            assert_int_equal(out_len, len);
            assert_memory_equal(out, der, len);
            free(out);
        } else {
            assert_int_equal(err.rc, KUNCI_CERT_INVALID);
        }
        err = (struct kunci_err)KUNCI_ERR_INIT;
        if (kunci_cert_describe(der, len, &info, &err) == KUNCI_OK)
            kunci_cert_info_clear(&info);
        else
            assert_int_equal(err.rc, KUNCI_CERT_INVALID);
        der[i] ^= 0x55;
    }
    free(pem);
    free(der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_what_openssl_makes),
        cmocka_unit_test(says_the_same_as_openssl),
        cmocka_unit_test(reads_dates),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(survives_every_flipped_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
