#include "lib/ocsp.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

static void must(int done)
{
    if (done)
        return;
    ERR_print_errors_fp(stderr);
    abort();
}

static void extend(OCSP_BASICRESP *basic, OCSP_SINGLERESP *single, const struct ocsp_wish *wish)
{
    ASN1_OBJECT *type = wish->critical ? OBJ_txt2obj(wish->critical, 1) : NULL;
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *one = type ? X509_EXTENSION_create_by_OBJ(NULL, type, 1, value) : NULL;
    ASN1_GENERALIZEDTIME *since =
        wish->invalid ? ASN1_GENERALIZEDTIME_set(NULL, wish->invalid) : NULL;

    must(!one || OCSP_BASICRESP_add_ext(basic, one, -1) == 1);
    must(!since ||
         OCSP_SINGLERESP_add1_ext_i2d(single, NID_invalidity_date, since, 0, X509V3_ADD_DEFAULT));
    ASN1_GENERALIZEDTIME_free(since);
    X509_EXTENSION_free(one);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
}

static void sign(OCSP_BASICRESP *basic, const struct ocsp_wish *wish)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how;

    must(EVP_DigestSignInit(context, &how, wish->hash ? wish->hash : EVP_sha256(), NULL,
                            wish->key) == 1);
    if (wish->pss)
        must(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1);
    must(OCSP_basic_sign_ctx(basic, wish->signer, context, NULL, 0) == 1);
    EVP_MD_CTX_free(context);
}

int ocsp_make(const struct ocsp_wish *wish, unsigned char **der)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), wish->cert, wish->issuer);
    ASN1_TIME *revoked = ASN1_TIME_set(NULL, wish->revoked),
              *from = ASN1_TIME_set(NULL, wish->this_update),
              *to = wish->next_update ? ASN1_TIME_set(NULL, wish->next_update) : NULL;
    OCSP_SINGLERESP *single;
    OCSP_RESPONSE *whole;
    int len;

    single = OCSP_basic_add1_status(basic, id, wish->status, wish->reason,
                                    wish->status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL,
                                    from, to);
    must(single != NULL);
    extend(basic, single, wish);
    sign(basic, wish);
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
