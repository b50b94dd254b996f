#include "lib/sops.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int is_procedure(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && dot != entry->d_name && strcmp(dot, ".yaml") == 0;
}

char **sops_list(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_procedure, alphasort), i;
    char **names;

    assert_true(count > 0);
    names = calloc((size_t)count + 1, sizeof *names);
    for (i = 0; i < count; i++) {
        names[i] = strndup(entries[i]->d_name, strlen(entries[i]->d_name) - strlen(".yaml"));
        free(entries[i]);
    }
    free(entries);
    return names;
}

void sops_list_free(char ***names)
{
    char **name;

    for (name = *names; *name; name++)
        free(*name);
    free(*names);
    *names = NULL;
}

char *sops_text(const char *folder, const char *name)
{
    enum { MOST = 1 << 20 };
    char path[512], *text = malloc(MOST);
    size_t len;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.yaml", folder, name);
    file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be opened", path);
    len = fread(text, 1, MOST - 1, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

char *sops_replaced(const char *text, const char *old, const char *by)
{
    const char *at = strstr(text, old);
    char *changed;

    if (!at || strstr(at + 1, old))
        fail_msg("does not stand there once: %s", old);
    if (asprintf(&changed, "%.*s%s%s", (int)(at - text), text, by, at + strlen(old)) < 0)
        fail();
    return changed;
}

struct kunci_sop *sops_read(const char *name, const char *text)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop *sop = NULL;
    char said[512];

    if (kunci_sop_read(name, text, strlen(text), &sop, &err) != KUNCI_OK)
        fail_msg("%s", kunci_err_sentence(&err, said, sizeof said));
    return sop;
}

struct kunci_sop_book *sops_book(const char *folder)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct kunci_sop_book *book = NULL;
    char **names = sops_list(folder), **name;

    assert_int_equal(kunci_sop_book_new(&book, &err), KUNCI_OK);
    for (name = names; *name; name++) {
        char *text = sops_text(folder, *name);
        struct kunci_sop *sop = sops_read(*name, text);

        assert_int_equal(kunci_sop_book_add(book, &sop, &err), KUNCI_OK);
        free(text);
    }
    sops_list_free(&names);
    return book;
}
