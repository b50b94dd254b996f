/* Words for people, in the language that kunci_lang_set() chose. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <kunci/error.h>
#include <libintl.h>
#include <stddef.h>

/* Marks a sentence for translation and translates it. */
#define _(sentence) dgettext("kunci", sentence)
/* Marks it only: it stands in a table and is translated when it is printed. */
#define N_(sentence) sentence

/* How many columns of a terminal the character at the start of a text in UTF-8 takes, -1
 * where it is none that may be shown; answers its length in bytes, 0 at the end. For one
 * thread at a time. */
size_t words_next(const char *text, int *columns);

/* Copies text of any origin into to: UTF-8 without control characters, each bad
 * byte a '?', cut where it does not fit. */
void words_printable(char *to, size_t size, const char *from);

/* Sets an error of the command's own and answers its rc, so that a function ends
 * with `return fail(...)`. The first cause wins. about and detail may be NULL;
 * detail, where it is a sentence, is translated already. */
enum kunci_rc fail(struct kunci_err *err, enum kunci_rc rc, const char *about, const char *detail);

/* The same; the detail is what the system says of errnum. */
enum kunci_rc fail_system(struct kunci_err *err, enum kunci_rc rc, const char *about, int errnum);

enum kunci_rc fail_memory(struct kunci_err *err);

#endif
