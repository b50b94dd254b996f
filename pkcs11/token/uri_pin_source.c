/* pin-source: the one way a URI may say where its PIN is. */
#include "base/error.h"
#include "base/text.h"
#include "token/uri.h"

#include <stdlib.h>
#include <string.h>

/* Decodes in place; false where an encoding is bad or stands for a NUL. */
static bool percent_decode(char *text)
{
    char *to = text;

    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        size_t len;

        if (byte == '%') {
            char pair[3] = {text[1], text[1] ? text[2] : '\0', '\0'};

            if (!text_unhex(pair, &byte, 1, &len) || len != 1 || byte == '\0')
                return false;
            text += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    return true;
}

/* The value is never repeated: people put the PIN itself there. */
static enum kunci_rc refuse(struct kunci_err *err, const char *why)
{
    return err_set(err, KUNCI_PIN_SOURCE, "pin-source", why);
}

enum kunci_rc uri_pin_source_path(const char *pin_source, char **path, struct kunci_err *err)
{
    static const char scheme[] = "file:";
    bool is_uri = strncasecmp(pin_source, scheme, sizeof scheme - 1) == 0;
    const char *name = pin_source + (is_uri ? sizeof scheme - 1 : 0);

    *path = NULL;
    if (pin_source[0] == '|')
        return refuse(err, _("it names a command, and kunci runs none"));
    if (is_uri && strncmp(name, "///", 3) == 0)
        name += 2; /* an empty host is this machine */
    if (name[0] != '/' || (is_uri && name[1] == '/'))
        return refuse(err, _("it has to be the full path of a file, or file:/ and that path"));
    if (!(*path = strdup(name)))
        return err_no_memory(err);
    if (is_uri && !percent_decode(*path)) {
        free(*path);
        *path = NULL;
        return refuse(err, _("its percent-encoding is wrong"));
    }
    return KUNCI_OK;
}
