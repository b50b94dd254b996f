/* Procedures for tests: those that are shipped, and texts that are changed a little. */
#ifndef LIB_SOPS_H
#define LIB_SOPS_H

#include <kunci/flow.h>

/* The files of a folder, each by its name without ".yaml"; in order, ended by NULL. */
char **sops_list(const char *folder);
void sops_list_free(char ***names);

/* A file's text, to be freed. */
char *sops_text(const char *folder, const char *name);
/* The text with `old`, which stands there once, replaced; to be freed. */
char *sops_replaced(const char *text, const char *old, const char *by);

/* Read, or the test fails, with what was wrong. */
struct kunci_sop *sops_read(const char *name, const char *text);
/* All of a folder. */
struct kunci_sop_book *sops_book(const char *folder);

#endif
