#include "net/listen_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_port(const char *text, in_port_t *port)
{
    size_t len = strlen(text), i;
    unsigned long value;

    for (i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    if (len == 0 || len > 5 || (value = strtoul(text, NULL, 10)) > 65535)
        return false;
    *port = htons((in_port_t)value);
    return true;
}

bool listen_address_read(const char *text, struct sockaddr_storage *to, socklen_t *len)
{
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
    struct sockaddr_in *four = (struct sockaddr_in *)to;
    const char *colon = strrchr(text, ':');
    bool brackets = *text == '[';
    char host[INET6_ADDRSTRLEN];
    size_t host_len;

    if (!colon || (brackets && (colon - text < 2 || colon[-1] != ']')))
        return false;
    host_len = (size_t)(colon - text) - (brackets ? 2 : 0);
    if (host_len >= sizeof host)
        return false;
    memcpy(host, text + (brackets ? 1 : 0), host_len);
    host[host_len] = '\0';
    memset(to, 0, sizeof *to);
    to->ss_family = brackets ? AF_INET6 : AF_INET;
    *len = brackets ? sizeof *six : sizeof *four;
    return brackets ? inet_pton(AF_INET6, host, &six->sin6_addr) == 1 &&
                          read_port(colon + 1, &six->sin6_port)
                    : inet_pton(AF_INET, host, &four->sin_addr) == 1 &&
                          read_port(colon + 1, &four->sin_port);
}

void listen_address_write(const struct sockaddr *from, char to[LISTEN_ADDRESS_MAX], bool port)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)(const void *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)from;
    bool is_six = from->sa_family == AF_INET6;
    bool carried = is_six && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
    unsigned number = ntohs(is_six ? six->sin6_port : four->sin_port);
    char host[INET6_ADDRSTRLEN] = "";

    if (is_six && !carried)
        inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof host);
    else
        inet_ntop(AF_INET, is_six ? (const void *)(six->sin6_addr.s6_addr + 12) : &four->sin_addr,
                  host, sizeof host);
    if (!port)
        snprintf(to, LISTEN_ADDRESS_MAX, "%s", host);
    else
        snprintf(to, LISTEN_ADDRESS_MAX, is_six && !carried ? "[%s]:%u" : "%s:%u", host, number);
}
