/* For the program that looks whether all agree after a renewal: tests/kill/agree.c. */
#ifndef KILL_AGREE_H
#define KILL_AGREE_H

#include <kunci.h>

struct agree_bytes {
    unsigned char *data;
    size_t len;
};

/* What the store says of the one renewal, for the others to agree with. */
struct agree {
    const char *lab;            /* the folder */
    char key[64], request[32];  /* as the holder's journal has them */
    char old[80], issued[80];   /* serial numbers */
    struct agree_bytes der;     /* of the one that was issued */
    struct agree_bytes old_der; /* and of the one before */
    unsigned faults;
};

/* A line of what does not agree. */
void wrong(struct agree *agree, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same where it is an error. */
void failed(struct agree *agree, const char *what, const struct kunci_err *err);

/* agree_store.c: request, certificates, decisions, audit; whole: the renewal is over. */
void agree_store(struct agree *agree, const char *account, bool whole);
/* agree_token.c: pairs, and nothing beside them. */
void agree_token(struct agree *agree, const char *label, const char *pin_file, bool whole);
/* agree_journal.c */
void agree_journal(struct agree *agree);

#endif
