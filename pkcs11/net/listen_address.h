/* Addresses as settings write them: "127.0.0.1:8443", "[::1]:8443". */
#ifndef NET_LISTEN_ADDRESS_H
#define NET_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

enum { LISTEN_ADDRESS_MAX = INET6_ADDRSTRLEN + sizeof "[]:65535" };

/* Numbers alone, the port always said; false for anything else. */
bool listen_address_read(const char *text, struct sockaddr_storage *to, socklen_t *len);

/* The same the other way; with the port left out, without brackets too: "::1". An IPv4
 * address that IPv6 carries is written as IPv4. */
void listen_address_write(const struct sockaddr *from, char to[LISTEN_ADDRESS_MAX], bool port);

#endif
