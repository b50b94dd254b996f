/* Words for people: translation, and text made safe to print. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Marks a sentence for translation and translates it. */
#define _(sentence) text_translate(sentence)
/* Marks it only: it stands in a table and is translated when it is printed. */
#define N_(sentence) sentence

const char *text_translate(const char *sentence) __attribute__((format_arg(1)));

/* "id" or "en": the language in force, for what is kept in both. */
const char *text_language(void);

/* The folder this library was loaded from; "" where that is not known. What is
 * installed beside it (messages, the bridge module) is found from there. */
const char *text_library_dir(void);

/* Copies at most len bytes of from (of any origin) into to: UTF-8 without
 * control characters, each bad byte a '?', always ended, cut between
 * characters where it does not fit. */
void text_printable(char *to, size_t size, const void *from, size_t len);

/* The same for a field padded with blanks, as PKCS#11 has them. */
void text_padded(char *to, size_t size, const unsigned char *from, size_t len);

/* A copy of what is printable already, cut between characters; size is not 0. */
void text_copy(char *to, size_t size, const char *from);

/* Writes len bytes as lower-case hexadecimal; to has 2 * len + 1 bytes. */
void text_hex(char *to, const unsigned char *from, size_t len);

/* Reads hexadecimal of even length into to; answers false for anything else. */
bool text_unhex(const char *from, unsigned char *to, size_t size, size_t *len);

#endif
