/* Asking for a PIN on the terminal. The terminal is set to hand over each key
 * as it is pressed, so that an interrupt leaves it as it was found. */
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, DELETE = 127 };

/* Takes the last UTF-8 character off. */
static size_t without_last(const unsigned char *bytes, size_t len)
{
    while (len && (bytes[--len] & 0xc0) == 0x80)
        ;
    return len;
}

static enum kunci_rc read_keys(int fd, struct kunci_secret *secret, struct kunci_err *err)
{
    unsigned char *bytes = secret_bytes(secret);
    size_t len = 0;

    for (;;) {
        ssize_t got = read(fd, bytes + len, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || bytes[len] == CTRL_C)
            return err_set(err, KUNCI_INTERRUPTED, NULL, NULL);
        if (bytes[len] == '\n' || bytes[len] == '\r' || bytes[len] == CTRL_D)
            break;
        if (bytes[len] == DELETE || bytes[len] == BACKSPACE)
            len = without_last(bytes, len);
        else if (bytes[len] == CTRL_U)
            len = 0;
        else if (++len > KUNCI_SECRET_MAX)
            return err_set(err, KUNCI_PIN_SOURCE, "/dev/tty", _("the line is too long"));
    }
    if (len == 0)
        return err_set(err, KUNCI_INTERRUPTED, NULL, NULL);
    secret_set_len(secret, len);
    return KUNCI_OK;
}

enum kunci_rc kunci_secret_from_terminal(const char *prompt, struct kunci_secret **out,
                                         struct kunci_err *err)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
    struct termios before, silent;
    enum kunci_rc rc;

    *out = NULL;
    if (fd < 0 || tcgetattr(fd, &before) != 0) {
        rc = err_set(err, KUNCI_PIN_REQUIRED, NULL, NULL);
        goto out;
    }
    if ((rc = secret_new(out, err)) != KUNCI_OK)
        goto out;
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    /* What was typed before the prompt is no PIN. */
    if (tcsetattr(fd, TCSAFLUSH, &silent) != 0 || write(fd, prompt, strlen(prompt)) < 0)
        rc = err_system(err, KUNCI_PIN_SOURCE, "/dev/tty", errno);
    else
        rc = read_keys(fd, *out, err);
    tcsetattr(fd, TCSAFLUSH, &before);
    if (write(fd, "\n", 1) < 0 && rc == KUNCI_OK)
        rc = err_system(err, KUNCI_PIN_SOURCE, "/dev/tty", errno);
    if (rc != KUNCI_OK)
        kunci_secret_free(out);
out:
    if (fd >= 0)
        close(fd);
    return rc;
}
