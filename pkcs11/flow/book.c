/* The procedures that an agency works by, each in one or more versions: a request ends
 * under the one it began with. */
#include "base/error.h"
#include "flow/procedure.h"

#include <stdlib.h>
#include <string.h>

struct kunci_sop_book {
    struct kunci_sop **sops;
    size_t count;
};

enum kunci_rc kunci_sop_book_new(struct kunci_sop_book **out, struct kunci_err *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? KUNCI_OK : err_no_memory(err);
}

void kunci_sop_book_free(struct kunci_sop_book **book)
{
    struct kunci_sop_book *gone = *book;
    size_t i;

    *book = NULL;
    if (!gone)
        return;
    for (i = 0; i < gone->count; i++)
        kunci_sop_free(&gone->sops[i]);
    free(gone->sops);
    free(gone);
}

/* The day from which it is in force: a version is older where that day is. */
static const char *since(const struct kunci_sop *sop)
{
    return sop->header.effective ? sop->header.effective : "";
}

static int compare(const struct kunci_sop *a, const struct kunci_sop *b)
{
    int order = strcmp(a->name, b->name);

    if (order == 0)
        order = strcmp(since(a), since(b));
    return order ? order : strcmp(a->version, b->version);
}

static bool is_there(const struct kunci_sop_book *book, const struct kunci_sop *sop)
{
    size_t i;

    for (i = 0; i < book->count; i++)
        if (strcmp(book->sops[i]->name, sop->name) == 0 &&
            strcmp(book->sops[i]->version, sop->version) == 0)
            return true;
    return false;
}

enum kunci_rc kunci_sop_book_add(struct kunci_sop_book *book, struct kunci_sop **sop,
                                 struct kunci_err *err)
{
    struct kunci_sop **grown;
    size_t at = book->count;

    if (is_there(book, *sop))
        return err_set(err, KUNCI_SOP_TWICE, (*sop)->name, NULL);
    if (!(grown = reallocarray(book->sops, book->count + 1, sizeof *grown)))
        return err_no_memory(err);
    book->sops = grown;
    for (; at > 0 && compare(grown[at - 1], *sop) > 0; at--)
        grown[at] = grown[at - 1];
    grown[at] = *sop;
    book->count++;
    *sop = NULL;
    return KUNCI_OK;
}

static bool fits(const struct kunci_sop *sop, const char *name, const char *version,
                 const char *day)
{
    if (strcmp(sop->name, name) != 0)
        return false;
    return version ? strcmp(sop->version, version) == 0 : !day || strcmp(since(sop), day) <= 0;
}

const struct kunci_sop *kunci_sop_find(const struct kunci_sop_book *book, const char *name,
                                       const char *version, const char *day)
{
    const struct kunci_sop *found = NULL;
    size_t i;

    for (i = 0; i < book->count; i++)
        if (fits(book->sops[i], name, version, day))
            found = book->sops[i];
    return found;
}

size_t kunci_sop_book_count(const struct kunci_sop_book *book)
{
    return book->count;
}

const struct kunci_sop *kunci_sop_at(const struct kunci_sop_book *book, size_t index)
{
    return book->sops[index];
}
