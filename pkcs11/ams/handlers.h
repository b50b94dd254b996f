/* What the routes do: a function each, named in the table of routes.c. Each leaves its answer
 * in the call, or an error. */
#ifndef AMS_HANDLERS_H
#define AMS_HANDLERS_H

#include "ams/call.h"

/* public.c */
call_run handle_health, handle_ocsp, handle_crl, handle_ca, handle_openapi, handle_authority;
/* login.c */
call_run handle_challenge, handle_login;
/* rest.c */
call_run handle_me, handle_begin, handle_list, handle_show, handle_event, handle_attach;
call_run handle_document, handle_decision, handle_certificate;
void look_at_csr(struct call *call); /* ahead of those that may bring one */

#endif
