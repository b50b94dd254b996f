#include "lib/ocsp.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int done)
{
    if (done)
        return;
    ERR_print_errors_fp(stderr);
    abort();
}

int ocsp_make(const struct ocsp_wish *wish, unsigned char **der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), wish->cert, wish->issuer);
    ASN1_TIME *revoked = ASN1_TIME_set(NULL, wish->revoked),
              *from = ASN1_TIME_set(NULL, wish->this_update),
              *to = wish->next_update ? ASN1_TIME_set(NULL, wish->next_update) : NULL;
    OCSP_RESPONSE *whole;
    int len;

    must(OCSP_basic_add1_status(basic, id, wish->status, wish->reason,
                                wish->status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, from,
                                to) != NULL);
    must(OCSP_basic_sign(basic, wish->signer, wish->key, EVP_sha256(), NULL, 0) == 1);
    must((whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic)) != NULL);
    *der = NULL;
    must((len = i2d_OCSP_RESPONSE(whole, der)) > 0);
    OCSP_RESPONSE_free(whole);
    OCSP_BASICRESP_free(basic);
    OCSP_CERTID_free(id);
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    return len;
}
