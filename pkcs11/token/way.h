/* What is known of modules without asking them, found out by trying them
 * (docs/tokens.md has the table). */
#ifndef TOKEN_WAY_H
#define TOKEN_WAY_H

#include <kunci/token.h>

struct way {
    const char *file; /* of the module */
    bool here;        /* software that has served in the same process for years */
    bool serial;      /* it fails where threads call side by side */
    bool mute;        /* its tokens never tell of wrong PINs, until they are locked */
    enum kunci_pin_reset reset;
    const char *reset_tool;  /* what resets the PIN where the module cannot */
    const char *so_tool;     /* what changes the officer's PIN where the module cannot */
    bool written_by_so;      /* the security officer writes, into numbered places */
    const char *make_tool;   /* what makes keys where the module cannot */
    const char *delete_tool; /* what deletes keys where the module cannot, or does harm */
    const char *init_tool;   /* what sets a token up where the module cannot, or does harm */
};

/* By the file's name, wherever it lies. Never NULL: most modules are like most others. */
const struct way *way_of(const char *path);

#endif
