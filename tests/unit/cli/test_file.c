/* Files named on the command line: read under a limit, written whole or not at all. */
#include "cli/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/kunci-file-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    umask(022);
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return unlink("there") == 0 && unlink("link") == 0 && rmdir("sub") == 0 && chdir("/") == 0
               ? rmdir(folder)
               : -1;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static size_t entries(void)
{
    DIR *dir = opendir(".");
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2; /* "." and ".." */
}

static void test_limit(void **state)
{
    static const struct {
        const char *text;
        size_t limit;
        enum kunci_rc want;
    } rows[] = {
        {"", 4, KUNCI_OK},
        {"1234", 4, KUNCI_OK},
        {"12345", 4, KUNCI_FILE_TOO_LARGE},
    };
    size_t i, len;

    (void)state;
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct kunci_err err = KUNCI_ERR_INIT;
        char *bytes = NULL;

        put("there", rows[i].text);
        assert_int_equal(file_read("there", rows[i].limit, &bytes, &len, &err), rows[i].want);
        assert_int_equal(bytes != NULL, rows[i].want == KUNCI_OK);
        if (bytes)
            assert_int_equal(len, strlen(rows[i].text));
        free(bytes);
    }
}

static void test_unreadable(void **state)
{
    struct kunci_err none = KUNCI_ERR_INIT, sub = KUNCI_ERR_INIT;
    char *bytes = NULL;
    size_t len;

    (void)state;
    assert_int_equal(file_read("absent", 4, &bytes, &len, &none), KUNCI_FILE_READ);
    assert_null(bytes);
    assert_int_equal(mkdir("sub", 0700), 0);
    assert_int_equal(file_read("sub", 4, &bytes, &len, &sub), KUNCI_FILE_READ);
    assert_null(bytes);
}

static enum kunci_rc deliver(const char *path, bool force, bool check)
{
    static const unsigned char der[] = {0x30, 0x00};
    struct command command = {.out = {.file = stdout, .notes = stderr, .quiet = true}};
    struct kunci_err err = KUNCI_ERR_INIT;
    enum kunci_rc rc = KUNCI_OK;

    command.answer = json_object();
    command.option[OPT_DER] = "";
    command.option[OPT_OUTPUT] = path;
    command.option[OPT_FORCE] = force ? "" : NULL;
    if (check)
        rc = file_check_output(&command, &err);
    if (rc == KUNCI_OK)
        rc = file_deliver(&command, "CERTIFICATE", der, sizeof der, &err);
    json_decref(command.answer);
    return rc;
}

static void test_writing(void **state)
{
    struct stat about;

    (void)state;
    put("there", "before");
    assert_int_equal(symlink("there", "link"), 0);

    assert_int_equal(deliver("there", false, true), KUNCI_FILE_EXISTS);
    /* It appeared after the check: still not overwritten. */
    assert_int_equal(deliver("there", false, false), KUNCI_FILE_EXISTS);
    assert_int_equal(deliver("sub", true, true), KUNCI_FILE_WRITE);
    assert_int_equal(deliver("link", true, true), KUNCI_FILE_WRITE);
    assert_int_equal(deliver("absent/new", false, true), KUNCI_FILE_WRITE);
    assert_int_equal(stat("there", &about), 0);
    assert_int_equal(about.st_size, 6);

    assert_int_equal(deliver("there", true, true), KUNCI_OK);
    assert_int_equal(stat("there", &about), 0);
    assert_int_equal(about.st_size, 2);
    assert_int_equal(about.st_mode & 07777, 0644);
    assert_int_equal(entries(), 3); /* no temporary file was left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_writing),
    };

    kunci_lang_set("en");
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
