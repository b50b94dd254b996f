/* The holder's journal: one flow for the request that the authority knows, every way gone
 * to its end, with the certificate that was issued. */
#include "enrol/record.h"
#include "kill/agree.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_whole(const char *path, struct agree_bytes *out)
{
    FILE *file = fopen(path, "re");
    long len;

    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    len = ftell(file);
    rewind(file);
    out->data = malloc((size_t)len + 1);
    out->len = out->data ? fread(out->data, 1, (size_t)len, file) : 0;
    fclose(file);
    return out->len == (size_t)len;
}

static void look(struct agree *agree, const struct record *now)
{
    size_t i;

    if (!now->flow || strcmp(now->flow, agree->key) != 0)
        wrong(agree, "journal: its key is %s, the request's %s", now->flow ? now->flow : "none",
              agree->key);
    if (!now->request || strcmp(now->request, agree->request) != 0)
        wrong(agree, "journal: request %s, not %s", now->request ? now->request : "none",
              agree->request);
    if (!now->closed)
        wrong(agree, "journal: the renewal is not over");
    if (now->cert.len != agree->der.len ||
        memcmp(now->cert.data, agree->der.data, agree->der.len) != 0)
        wrong(agree, "journal: not the certificate that was issued");
    for (i = 0; i < ARROWS; i++)
        if (now->ways[i] != WAY_DONE)
            wrong(agree, "journal: \"%s\" is not done", arrow_names[i]);
}

void agree_journal(struct agree *agree)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct agree_bytes bytes = {0};
    struct records records = {0};
    char pattern[4096];
    glob_t found = {0};
    bool unended;
    size_t sound;

    snprintf(pattern, sizeof pattern, "%s/state/kunci/*", agree->lab);
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc != 1)
        wrong(agree, "journal: %zu files", found.gl_pathc);
    else if (!read_whole(found.gl_pathv[0], &bytes) ||
             records_read(found.gl_pathv[0], (const char *)bytes.data, bytes.len, &records, &sound,
                          &unended, &err) != KUNCI_OK)
        failed(agree, "journal", &err);
    else
        look(agree, &records.now);
    records_clear(&records);
    free(bytes.data);
    globfree(&found);
}
