/* A step's deeds, one after the other through the port. */
#include "base/error.h"
#include "flow/engine.h"

static enum kunci_rc perform_one(const struct turn *turn, enum deed deed)
{
    struct kunci_request *request = turn->request;
    const struct kunci_flow_port *port = turn->port;
    enum kunci_rc rc = KUNCI_OK;

    if (port->act)
        rc = port->act(port->context, request, deed_names[deed], turn->err);
    if (rc != KUNCI_OK)
        return rc;
    request->deeds |= 1u << deed;
    if (deed == sop_kind_deeds[request->sop->kind] && request->state < STATE_EXECUTED)
        request->state = STATE_EXECUTED;
    return turn_log(turn, "performed", deed_names[deed], NULL);
}

enum kunci_rc turn_perform(const struct turn *turn)
{
    const struct step *step = request_step(turn->request);
    enum kunci_rc rc = KUNCI_OK;
    unsigned i;

    for (i = 0; rc == KUNCI_OK && i < step->deed_count; i++)
        if (!(turn->request->deeds & 1u << step->deeds[i]))
            rc = perform_one(turn, step->deeds[i]);
    return rc;
}
