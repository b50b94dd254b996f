/* E-mail addresses as institutions give them: a good deal less than RFC 5321 allows. */
#include "flow/identity.h"

#include <string.h>
#include <strings.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char label_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
static const char local_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-";

static bool is_local(const char *text, size_t len)
{
    return len >= 1 && len <= 64 && strspn(text, local_characters) == len && *text != '.' &&
           text[len - 1] != '.' && !memmem(text, len, "..", 2);
}

static bool is_label(const char *text, size_t len)
{
    return len >= 1 && len <= 63 && *text != '-' && text[len - 1] != '-';
}

/* Two labels at least, the last of letters. */
static bool is_domain(const char *text)
{
    size_t labels = 0, len;

    if (strlen(text) > 253)
        return false;
    for (;;) {
        len = strspn(text, label_characters);
        if (!is_label(text, len))
            return false;
        labels++;
        if (!text[len])
            break;
        if (text[len] != '.')
            return false;
        text += len + 1;
    }
    return labels >= 2 && strspn(text, letters) == len;
}

/* What is written in other alphabets can look like a domain that it is not. */
static bool is_foreign(const char *domain)
{
    const char *p;

    for (p = domain; *p; p++)
        if ((unsigned char)*p >= 0x80)
            return true;
    return strcasestr(domain, "xn--") != NULL;
}

static bool is_of(const char *domain, const char *allowed)
{
    size_t len = strlen(domain), rest;

    if (strncmp(allowed, "*.", 2) != 0)
        return strcasecmp(domain, allowed) == 0;
    rest = strlen(allowed + 1);
    return rest > 1 && len > rest && strcasecmp(domain + len - rest, allowed + 1) == 0;
}

enum identity_problem email_problem(const char *text, const char *const *domains)
{
    const char *at = strchr(text, '@');

    if (!at || !is_local(text, (size_t)(at - text)))
        return IDENTITY_EMAIL_SYNTAX;
    if (is_foreign(at + 1))
        return IDENTITY_EMAIL_ASCII;
    if (!is_domain(at + 1) || strlen(text) > 254)
        return IDENTITY_EMAIL_SYNTAX;
    if (!domains)
        return IDENTITY_FINE;
    for (; *domains; domains++)
        if (is_of(at + 1, *domains))
            return IDENTITY_FINE;
    return IDENTITY_EMAIL_DOMAIN;
}
