/* The procedures that are shipped, and a world around a request that a test can move. */
#ifndef LIB_PROCEDURES_H
#define LIB_PROCEDURES_H

#include "flow/request.h"

/* Reads a file of pkcs11/flow/sop/, or any by its path; the test ends where it cannot. */
struct kunci_sop *procedure_named(const char *name);

/* How many there are, and their names; both end with the process. */
size_t procedure_names(const char *const **names);

struct world {
    int64_t now;
    int fact[FACTS]; /* the value that it has */
    bool fails;      /* the next deed does */
    unsigned deeds[DEEDS], calls, notices, entries;
    char last_deed[64], last_call[64], last_message[64], last_entry[64];
};
struct kunci_flow_port world_port(struct world *world);

/* A person who has one role everywhere; pemohon is "budi", the others are called as
 * their role. */
struct kunci_flow_actor actor_of(enum role role);
struct kunci_request *world_begin(struct world *world, const struct kunci_sop *sop);

/* Brings whatever the step where the request stands asks for. */
void world_gather(struct world *world, struct kunci_request *request);
enum kunci_rc world_do(struct world *world, struct kunci_request *request, const char *outcome);
/* Makes the facts so that the branch fits. */
void world_suit(struct world *world, const struct branch *branch);

#endif
