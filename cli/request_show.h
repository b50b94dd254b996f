/* A request as people read it: what it is, what is decided upon, and who did what. */
#ifndef CLI_REQUEST_SHOW_H
#define CLI_REQUEST_SHOW_H

#include "cli/out.h"

void request_show(struct out *out, const json_t *request);

#endif
