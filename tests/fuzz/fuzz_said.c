/* What is sent about a request: an event, a beginning, a decision. Whatever is read is
 * whole, and what is refused is said to be no such body. */
#include "ams/said.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void must_say(enum kunci_rc rc, const struct kunci_err *err)
{
    must(rc == KUNCI_OK || (rc == KUNCI_BODY_INVALID && err->rc == rc && *err->detail));
}

static void read_event(json_t *root)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct said said;
    enum kunci_rc rc = said_read(root, &said, &err);

    must_say(rc, &err);
    if (rc == KUNCI_OK) {
        must((said.verb != SAID_DO && said.verb != SAID_REJECT) || said.step);
        must(said.verb != SAID_REJECT || (said.reason && said.has_decision));
        must(!said.proof_old.alg || said.proof_old.signature.len);
    }
    said_clear(&said);
}

static void read_beginning(json_t *root)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct said_begin begin;
    struct said said = {.step = NULL};
    enum kunci_rc rc = said_read_begin(root, &begin, &err);

    must_say(rc, &err);
    if (rc == KUNCI_OK) {
        must(strlen(begin.key) == 32 && begin.kind < SOP_KINDS);
        if (begin.advance)
            must_say(said_read_advance(begin.advance, &said, &err), &err);
    }
    said_clear(&said);
    said_begin_clear(&begin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    struct kunci_err err = KUNCI_ERR_INIT;
    struct said_decision decision;
    enum kunci_rc rc;

    if (root) {
        read_event(root);
        read_beginning(root);
    }
    rc = said_read_decision((const char *)data, size, &decision, &err);
    must_say(rc, &err);
    must(rc != KUNCI_OK || (root && decision.request > 0 && decision.digest));
    said_decision_clear(&decision);
    json_decref(root);
    return 0;
}
