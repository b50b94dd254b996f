/* Feeds a fuzz target what stands in a folder: how make test replays its corpus. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *folder, const char *name)
{
    static uint8_t data[1 << 20];
    char path[4096];
    size_t size;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!(file = fopen(path, "rbe")))
        return 1;
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    const char *folder = argc == 2 ? argv[1] : ".";
    DIR *listing = opendir(folder);
    struct dirent *entry;
    int count = 0;

    if (!listing)
        return 1;
    while ((entry = readdir(listing)))
        if (entry->d_name[0] != '.')
            printf("%sok %d - %s\n", replay(folder, entry->d_name) ? "not " : "", ++count,
                   entry->d_name);
    closedir(listing);
    printf("1..%d\n", count);
    return count ? 0 : 1;
}
