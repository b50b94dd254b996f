/* Feeds every file of a corpus to a fuzz target, a test a file, so that what
 * fuzzing once found is tried in every build. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The copy is as long as the file, so that reading past its end is seen. */
static int feed(const char *folder, const char *name)
{
    char path[4096];
    uint8_t *data = NULL;
    long size = -1;
    FILE *file;
    int done = 0;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    if (size >= 0)
        data = malloc((size_t)size);
    if ((data || size == 0) && fseek(file, 0, SEEK_SET) == 0 &&
        fread(data, 1, (size_t)size, file) == (size_t)size)
        done = LLVMFuzzerTestOneInput(data, (size_t)size) == 0;
    if (file)
        fclose(file);
    free(data);
    return done;
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int count, i, failed = 0;

    if (argc != 2) {
        fprintf(stderr, "usage: %s CORPUS\n", argv[0]);
        return 2;
    }
    count = scandir(argv[1], &entries, is_input, alphasort);
    if (count <= 0) {
        fprintf(stderr, "%s: no corpus\n", argv[1]);
        return 1;
    }
    printf("1..%d\n", count);
    for (i = 0; i < count; i++) {
        int done;

        fflush(stdout); /* a crash shall show where it happened */
        done = feed(argv[1], entries[i]->d_name);
        printf("%s %d - %s\n", done ? "ok" : "not ok", i + 1, entries[i]->d_name);
        failed |= !done;
        free(entries[i]);
    }
    free(entries);
    return failed;
}
