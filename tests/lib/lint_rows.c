#include "lib/lint_rows.h"

#include "lib/cert_base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct buf lint_sign(X509 *x509, EVP_PKEY *key, const EVP_MD *md)
{
    struct buf der = {0};
    unsigned char *bytes = NULL;
    int len;

    assert_true(X509_sign(x509, key, md) > 0);
    len = i2d_X509(x509, &bytes);
    assert_true(len > 0);
    buf_add(&der, bytes, (size_t)len);
    OPENSSL_free(bytes);
    return der;
}

static bool holds_word(const char *words, const char *word)
{
    const char *at = words ? strstr(words, word) : NULL;
    size_t len = strlen(word);

    return at && (at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
}

void lint_finds(const char *what, const struct buf *der, const char *profile, const char *rule,
                const char *also)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_lint lint;
    bool found = !rule;
    size_t i;

    if (kunci_cert_lint((unsigned char *)der->data, der->len, profile, &lint, &err) != KUNCI_OK)
        fail_msg("%s: %s %s", what, err.about, err.detail);
    for (i = 0; i < lint.count; i++) {
        bool is = rule && strcmp(lint.findings[i].rule, rule) == 0;

        found |= is;
        if (!is && !holds_word(also, lint.findings[i].rule))
            fail_msg("%s: %s is found too", what, lint.findings[i].rule);
        assert_true(*lint.findings[i].clause && *lint.findings[i].sentence);
    }
    if (!found)
        fail_msg("%s: it is not found", what);
    kunci_lint_clear(&lint);
}

void lint_keeps(bool authority, EVP_PKEY *key, const char *profile)
{
    X509 *x509 = cert_base(authority, key);
    struct buf der = lint_sign(x509, key, EVP_sha256());

    lint_finds("the base", &der, profile, NULL, NULL);
    buf_clear(&der);
    X509_free(x509);
}

static void break_one(const struct lint_row *row, EVP_PKEY *key, const char *profile)
{
    X509 *x509 = cert_base(row->base == AUTHORITY, key);
    struct buf der;

    if (row->nid)
        cert_set_extension(x509, row->nid, row->value);
    if (row->change)
        row->change(x509);
    der = lint_sign(x509, key, EVP_sha256());
    if (row->bytes)
        row->bytes(&der);
    lint_finds(row->rule, &der, profile, row->rule, row->also);
    buf_clear(&der);
    X509_free(x509);
}

void lint_breaks(const struct lint_row *rows, size_t count, EVP_PKEY *key, const char *profile)
{
    size_t i;

    for (i = 0; i < count; i++)
        break_one(&rows[i], key, profile);
}

void lint_has_rows(const struct lint_rule *table, const struct lint_row *rows, size_t count,
                   const char *elsewhere)
{
    for (; table->name; table++) {
        bool tested = holds_word(elsewhere, table->name);
        size_t i;

        for (i = 0; i < count; i++)
            tested |= strcmp(rows[i].rule, table->name) == 0;
        if (!tested)
            fail_msg("%s has no test", table->name);
    }
}
