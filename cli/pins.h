/* Where this command's PINs come from: the files and descriptors that its options
 * name, the URI's pin-source, else the terminal. */
#ifndef CLI_PINS_H
#define CLI_PINS_H

#include <kunci/token.h>

/* Refuses what the PIN options say wrongly, before anything is asked or done.
 * option holds the command's values by enum option_id. */
KUNCI_MUST_USE enum kunci_rc pins_check(const char *const *option, struct kunci_err *err);

/* A source over the options, which must live as long. */
struct kunci_pin_source pins_source(const char **option);

#endif
