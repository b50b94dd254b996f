/* One message between this process and that of a module: a head, then fields in
 * an order that both sides know. Whoever reads checks every length; what does not
 * fit makes the whole message bad. The worker links this without the library. */
#ifndef TOKEN_WORKER_WIRE_H
#define TOKEN_WORKER_WIRE_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_VERSION = 1,
    WIRE_PACKET = 8192,      /* a message goes in packets of this size at most */
    WIRE_MAX = 64 << 20,     /* what a message may be at most */
    WIRE_FIND_MAX = 256,     /* handles that one answer tells */
    WIRE_ATTRIBUTE_MAX = 64, /* attributes in one message */
};

/* What is asked for. */
enum wire_call {
    WIRE_START,
    WIRE_STOP,
    WIRE_INFO,
    WIRE_SLOTS,
    WIRE_SLOT_INFO,
    WIRE_TOKEN_INFO,
    WIRE_MECHANISMS,
    WIRE_MECHANISM_INFO,
    WIRE_WAIT,
    WIRE_INIT_TOKEN,
    WIRE_INIT_PIN,
    WIRE_SET_PIN,
    WIRE_OPEN,
    WIRE_CLOSE,
    WIRE_CLOSE_ALL,
    WIRE_SESSION_INFO,
    WIRE_LOGIN,
    WIRE_LOGOUT,
    WIRE_FIND_BEGIN,
    WIRE_FIND,
    WIRE_FIND_END,
    WIRE_READ,
    WIRE_WRITE,
    WIRE_CREATE,
    WIRE_DESTROY,
    WIRE_GENERATE,
    WIRE_SIGN_BEGIN,
    WIRE_SIGN,
    WIRE_CALLS
};

struct wire_head {
    uint32_t version;
    uint32_t call;   /* in an answer the same again */
    uint64_t length; /* of all of it, head included */
    uint64_t rv;     /* in an answer */
};

struct wire {
    unsigned char *data;
    size_t len;            /* written, or received */
    size_t room;           /* at data */
    size_t at;             /* how far it was read */
    unsigned char *locked; /* WIRE_PACKET bytes that never reach the disk; data, unless it grew */
    bool failed;
};

void wire_begin(struct wire *wire, enum wire_call call);
/* Makes room for len bytes in all; what is there stays. */
bool wire_room(struct wire *wire, size_t len);
/* Overwrites what it holds and gives back what it grew by. */
void wire_wipe(struct wire *wire);

/* Bytes with their length before them; NULL stays NULL. */
void wire_put_number(struct wire *wire, uint64_t number);
void wire_put_bytes(struct wire *wire, const void *bytes, size_t len);
/* The values too, or only how much room there is for them. */
void wire_put_template(struct wire *wire, const CK_ATTRIBUTE *attributes, CK_ULONG count,
                       bool values);
void wire_put_mechanism(struct wire *wire, const CK_MECHANISM *mechanism);

/* Takes a message that was received apart: the head first. */
bool wire_open(struct wire *wire, struct wire_head *head);
uint64_t wire_get_number(struct wire *wire);
/* Points into the message; NULL where NULL was sent, and where the message is bad. */
void *wire_get_bytes(struct wire *wire, size_t *len);
/* Bytes that must have exactly this length. */
void wire_get_exactly(struct wire *wire, void *to, size_t len);
/* Fills at most WIRE_ATTRIBUTE_MAX attributes, values pointing into the message. */
void wire_get_template(struct wire *wire, CK_ATTRIBUTE *attributes, CK_ULONG *count);
void wire_get_mechanism(struct wire *wire, CK_MECHANISM *mechanism);
/* Whether it was sound and read to its end. */
bool wire_is_done(const struct wire *wire);

#endif
