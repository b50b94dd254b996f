#include "base/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void settings_are_read(void **state)
{
    static const struct {
        const char *in, *module, *lang;
        enum kunci_evp evp;
    } cases[] = {
        {"", NULL, NULL, KUNCI_EVP_PROVIDER},
        {"module: /usr/lib/x.so\nlang: id\nevp: libp11\n", "/usr/lib/x.so", "id", KUNCI_EVP_LIBP11},
        {"lang: en # English\n", NULL, "en", KUNCI_EVP_PROVIDER},
        {"evp: provider\n", NULL, NULL, KUNCI_EVP_PROVIDER},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_config config;

        assert_int_equal(config_read("f", cases[i].in, strlen(cases[i].in), &config, &err),
                         KUNCI_OK);
        assert_string_equal(config.module ? config.module : "-",
                            cases[i].module ? cases[i].module : "-");
        assert_string_equal(config.lang ? config.lang : "-", cases[i].lang ? cases[i].lang : "-");
        assert_int_equal(config.evp, cases[i].evp);
        kunci_config_clear(&config);
        assert_null(config.module);
    }
}

static void trust_is_read(void **state)
{
    static const char text[] = "trust:\n  anchors: [/a, /b]\n  others: []\n  system: true\n"
                               "  cache: /c\n  revocation: soft\n  offline: true\n";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_config config;

    (void)state;
    assert_int_equal(config_read("f", text, sizeof text - 1, &config, &err), KUNCI_OK);
    assert_string_equal(config.trust.anchors[0], "/a");
    assert_string_equal(config.trust.anchors[1], "/b");
    assert_null(config.trust.anchors[2]);
    assert_null(config.trust.others[0]);
    assert_string_equal(config.trust.cache, "/c");
    assert_int_equal(config.trust.revocation, KUNCI_REVOCATION_SOFT);
    assert_true(config.trust.system);
    assert_true(config.trust.offline);
    kunci_config_clear(&config);
    assert_null(config.trust.anchors);
}

static void timestamp_authorities_are_read_in_their_order(void **state)
{
    static const char text[] = "tsa: [http://tsa.contoh.go.id/, \"HTTPS://tsa2.contoh.go.id\"]\n";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_config config;

    (void)state;
    assert_int_equal(config_read("f", text, sizeof text - 1, &config, &err), KUNCI_OK);
    assert_string_equal(config.tsa[0], "http://tsa.contoh.go.id/");
    assert_string_equal(config.tsa[1], "HTTPS://tsa2.contoh.go.id");
    assert_null(config.tsa[2]);
    kunci_config_clear(&config);
    assert_null(config.tsa);
}

static void mistakes_name_file_and_line(void **state)
{
    static const struct {
        const char *in, *line;
    } cases[] = {
        {"modul: /x\n", "line 1"},
        {"lang: id\nmodule: 5\n", "line 2"},
        {"module: /x\n\nlang: fr\n", "line 3"},
        {"evp: engine\n", "line 1"},
        {"evp: true\n", "line 1"},
        {"module: /x\nmodule: /y\n", "line 2"},
        {"module: [/x]\n", "line 1"},
        {"trust: {anchors: /x}\n", "line 1"},
        {"trust:\n  anchors: [/x, 5]\n", "line 2"},
        {"trust:\n  others: [/x, [/y]]\n", "line 2"},
        {"trust:\n  system: perhaps\n", "line 2"},
        {"trust:\n  anchors: [/x]\n  revocation: never\n", "line 3"},
        {"trust:\n  roots: [/x]\n", "line 2"},
        {"trust: [/x]\n", "line 1"},
        {"tsa: http://tsa.contoh.go.id\n", "line 1, \"tsa\""},
        {"lang: id\ntsa: [http://tsa.contoh.go.id, ftp://x]\n", "line 2, \"tsa\""},
        {"tsa: [tsa.contoh.go.id]\n", "line 1, \"tsa\""},
        {"tsa: [http://a, 5]\n", "line 1, \"tsa\""},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_config config;

        assert_int_equal(config_read("f", cases[i].in, strlen(cases[i].in), &config, &err),
                         KUNCI_CONFIG_INVALID);
        assert_string_equal(err.about, "f");
        assert_memory_equal(err.detail, cases[i].line, strlen(cases[i].line));
        assert_null(config.module);
        assert_null(config.lang);
    }
}

static void a_file_is_read(void **state)
{
    char path[] = "/tmp/kunci-test-XXXXXX";
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_config config;
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(kunci_config_load(path, &config, &err), KUNCI_OK);
    kunci_config_clear(&config);
    assert_int_equal(dprintf(fd, "module: /x\n"), 11);
    assert_int_equal(kunci_config_load(path, &config, &err), KUNCI_OK);
    assert_string_equal(config.module, "/x");
    kunci_config_clear(&config);

    assert_int_equal(ftruncate(fd, 2 << 20), 0);
    assert_int_equal(kunci_config_load(path, &config, &err), KUNCI_FILE_TOO_LARGE);
    assert_string_equal(err.about, path);
    close(fd);
    unlink(path);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    static const char *const paths[] = {"/nowhere/kunci.yaml", "/"};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        struct kunci_config config;

        assert_int_equal(kunci_config_load(paths[i], &config, &err), KUNCI_FILE_READ);
        assert_string_equal(err.about, paths[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read),
        cmocka_unit_test(trust_is_read),
        cmocka_unit_test(timestamp_authorities_are_read_in_their_order),
        cmocka_unit_test(mistakes_name_file_and_line),
        cmocka_unit_test(a_file_is_read),
        cmocka_unit_test(what_cannot_be_read_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
