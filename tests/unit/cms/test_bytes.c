/* What is signed in memory is taken by stock OpenSSL and proved by us; anything that was
 * changed, cut or put in another's place is not. */
#include "cms/bytes.h"

#include "lib/signing_desk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct kind {
    enum kunci_key_type type;
    enum kunci_alg alg;
} kinds[] = {
    {KUNCI_KEY_RSA2048, KUNCI_RSA_SHA256}, {KUNCI_KEY_RSA2048, KUNCI_PSS_SHA384},
    {KUNCI_KEY_P256, KUNCI_ECDSA_SHA256},  {KUNCI_KEY_P384, KUNCI_ECDSA_SHA384},
    {KUNCI_KEY_P521, KUNCI_ECDSA_SHA512},  {KUNCI_KEY_ED25519, KUNCI_ED25519},
};
static const char letter[] = "{\"request\":7}";

struct place {
    struct desk *desk;
    unsigned char *cert;
};

static void up(struct place *place, const struct kind *kind)
{
    int len;

    place->desk = desk_up(kind->type, kind->alg, NULL);
    place->cert = NULL;
    len = i2d_X509(place->desk->cert, &place->cert);
    assert_true(len > 0);
    place->desk->signer->cert = place->cert;
    place->desk->signer->cert_len = (size_t)len;
}

static void down(struct place *place)
{
    OPENSSL_free(place->cert);
    desk_down(&place->desk);
}

static struct buf make(const struct place *place, bool attached)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf out = {0};

    if (cms_bytes_sign(place->desk->signer, letter, sizeof letter - 1, attached, &out, &err) !=
        KUNCI_OK)
        fail_msg("%s: %s %s", kunci_err_name(err.rc), err.about, err.detail);
    return out;
}

static void put_file(const struct desk *desk, const char *name, const void *bytes, size_t len)
{
    FILE *file = fopen(desk_path(desk, name), "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static enum kunci_rc check(const void *bytes, size_t len, const char *content)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct cms_bytes found;
    enum kunci_rc rc =
        cms_bytes_check(bytes, len, content, content ? strlen(content) : 0, &found, &err);

    assert_int_equal(rc, err.rc);
    if (rc == KUNCI_OK) {
        assert_non_null(found.cert);
        assert_int_equal(found.content.len, sizeof letter - 1);
        assert_memory_equal(found.content.data, letter, sizeof letter - 1);
    } else {
        assert_null(found.cert);
    }
    cms_bytes_clear(&found);
    return rc;
}

/* ---- tests ---- */

static void test_taken(void **state)
{
    static const char openssl[] =
        "cat root.pem issuer.pem >ca.pem && openssl cms -verify -binary -inform DER -CAfile ca.pem"
        " -purpose any -in %s -out got && cmp got letter";
    struct place place;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct buf within, beside;

        up(&place, &kinds[i]);
        within = make(&place, true);
        beside = make(&place, false);
        put_file(place.desk, "letter", letter, sizeof letter - 1);
        put_file(place.desk, "within", within.data, within.len);
        put_file(place.desk, "beside", beside.data, beside.len);
        if (kinds[i].alg != KUNCI_ED25519) { /* which OpenSSL 3.0 cannot */
            assert_true(desk_sh(place.desk, openssl, "within"));
            assert_true(desk_sh(place.desk, openssl, "beside -content letter"));
        }
        assert_int_equal(check(within.data, within.len, NULL), KUNCI_OK);
        assert_int_equal(check(within.data, within.len, letter), KUNCI_OK);
        assert_int_equal(check(beside.data, beside.len, letter), KUNCI_OK);
        assert_int_equal(check(within.data, within.len, "another"), KUNCI_CMS_INVALID);
        assert_int_equal(check(beside.data, beside.len, "another"), KUNCI_CMS_INVALID);
        assert_int_equal(check(beside.data, beside.len, NULL), KUNCI_CMS_INVALID);
        buf_clear(&within);
        buf_clear(&beside);
        down(&place);
    }
}

/* What stock OpenSSL signs is proved too, in PEM as well. */
static void test_of_openssl(void **state)
{
    struct place place;
    unsigned char *bytes;
    size_t len;

    (void)state;
    up(&place, &kinds[2]);
    put_file(place.desk, "letter", letter, sizeof letter - 1);
    assert_true(desk_sh(place.desk, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
                                    " -nodes -keyout k.pem -subj /CN=Siti -out c.pem 2>/dev/null"));
    assert_true(desk_sh(place.desk, "openssl cms -sign -binary -nodetach -signer c.pem -inkey k.pem"
                                    " -in letter -outform PEM -out pem"));
    assert_true(desk_sh(place.desk,
                        "openssl cms -resign -binary -inform PEM -nocerts -signer c.pem -inkey"
                        " k.pem -in pem -outform DER -out two"));
    bytes = desk_read(place.desk, "pem", &len);
    assert_int_equal(check(bytes, len, NULL), KUNCI_OK);
    free(bytes);
    bytes = desk_read(place.desk, "two", &len);
    assert_int_equal(check(bytes, len, NULL), KUNCI_CMS_INVALID);
    free(bytes);
    down(&place);
}

static void test_changed(void **state)
{
    struct place place;
    struct buf within;
    size_t i, held = 0;

    (void)state;
    up(&place, &kinds[2]);
    within = make(&place, true);
    for (i = 0; i < within.len; i++)
        assert_int_equal(check(within.data, i, NULL), KUNCI_CMS_INVALID);
    for (i = 0; i < within.len; i++) {
        within.data[i] ^= 1;
        held += check(within.data, within.len, letter) == KUNCI_OK;
        within.data[i] ^= 1;
    }
    /* The certificate's own signature is nothing that the message vouches for. */
    assert_true(held <= 80);
    buf_clear(&within);
    down(&place);
}

static void test_no_certificate(void **state)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf out = {0};
    struct place place;

    (void)state;
    up(&place, &kinds[2]);
    place.desk->signer->cert = NULL;
    place.desk->signer->cert_len = 0;
    assert_int_equal(cms_bytes_sign(place.desk->signer, "x", 1, true, &out, &err),
                     KUNCI_SIGN_NO_CERT);
    buf_clear(&out);
    down(&place);
}

static void test_too_large(void **state)
{
    static char large[CMS_BYTES_MAX + 1];
    struct kunci_err err = KUNCI_ERR_INIT;
    struct cms_bytes found;
    struct buf out = {0};
    struct place place;

    (void)state;
    up(&place, &kinds[2]);
    assert_int_equal(cms_bytes_sign(place.desk->signer, large, sizeof large, true, &out, &err),
                     KUNCI_OK);
    assert_int_equal(cms_bytes_check(out.data, out.len, NULL, 0, &found, &err), KUNCI_CMS_INVALID);
    cms_bytes_clear(&found);
    buf_clear(&out);
    down(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),     cmocka_unit_test(test_of_openssl),
        cmocka_unit_test(test_changed),   cmocka_unit_test(test_no_certificate),
        cmocka_unit_test(test_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
