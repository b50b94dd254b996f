/* For programs that use a token of tests/tokens by the library: they run under DIR/run,
 * whose variables say which token it is. What fails here ends the program. */
#ifndef REAL_CLIENT_H
#define REAL_CLIENT_H

#include <kunci/key.h>
#include <stdatomic.h>
#include <stdbool.h>

struct client {
    struct kunci_modules *modules;
    struct kunci_token *token;
    atomic_uint asked; /* how often the PIN was asked for */
};

/* Opens the module, with this deadline for its calls, and finds the token. */
void client_open(struct client *client, int deadline_s);
void client_close(struct client *client);

/* The key that KUNCI_TOKEN_KEY names. */
struct kunci_key *client_key(struct client *client, struct kunci_err *err);

/* Signs a message and verifies it with the public key. False tells of an error; a
 * signature that is wrong ends the program. */
bool client_sign(struct kunci_signer *signer, struct kunci_err *err);

#endif
