/* What the routes do: a function each, named in the table of routes.c. Each leaves its answer
 * in the call, or an error. */
#ifndef AMS_HANDLERS_H
#define AMS_HANDLERS_H

#include "ams/call.h"

typedef enum kunci_rc handler(struct call *call, struct store *store, struct kunci_err *err);

/* public.c */
handler handle_health, handle_ocsp, handle_crl, handle_ca, handle_openapi, handle_authority;
/* login.c */
handler handle_challenge, handle_login;
/* rest.c */
handler handle_me, handle_begin, handle_list, handle_show, handle_event, handle_attach;
handler handle_document, handle_decision, handle_certificate;

#endif
