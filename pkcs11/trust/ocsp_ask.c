/* Asking an OCSP responder over HTTP. */
#include "base/text.h"
#include "trust/moment.h"
#include "trust/ocsp.h"
#include "trust/place.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/rand.h>
#include <stdlib.h>

enum {
    NONCE = 16,
    WITHOUT_END = 300, /* seconds an answer is kept that names no end */
    ANSWER_MAX = 1 << 20
};

/* An answer is kept as long as all of it may be. */
static int64_t until(const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    OCSP_RESPONSE *whole = d2i_OCSP_RESPONSE(NULL, &p, (long)len);
    OCSP_BASICRESP *basic = whole ? OCSP_response_get1_basic(whole) : NULL;
    ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
    int64_t end = 0;

    if (basic && OCSP_resp_count(basic) > 0) {
        OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, &this_update, &next_update);
        end = next_update ? moment_of(next_update) : moment_of(this_update) + WITHOUT_END;
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(whole);
    ERR_clear_error();
    return end;
}

/* Just the bytes: OpenSSL and responders alike take an OCTET STRING within. */
static ASN1_OCTET_STRING *new_nonce(void)
{
    unsigned char der[2 + NONCE] = {V_ASN1_OCTET_STRING, NONCE};
    ASN1_OCTET_STRING *nonce = ASN1_OCTET_STRING_new();

    if (nonce && RAND_bytes(der + 2, NONCE) == 1 &&
        ASN1_OCTET_STRING_set(nonce, der, sizeof der) == 1)
        return nonce;
    ASN1_OCTET_STRING_free(nonce);
    return NULL;
}

static bool add_nonce(OCSP_REQUEST *request, const ASN1_OCTET_STRING *nonce)
{
    X509_EXTENSION *one = X509_EXTENSION_create_by_NID(NULL, NID_id_pkix_OCSP_Nonce, 0,
                                                       (ASN1_OCTET_STRING *)(uintptr_t)nonce);
    bool added = one && OCSP_REQUEST_add_ext(request, one, -1) == 1;

    X509_EXTENSION_free(one);
    return added;
}

/* The question in DER, and the certificate's id in it. Each to be freed; NULL on failure. */
static bool write_request(const struct question *question, const ASN1_OCTET_STRING *nonce,
                          struct source_ask *ask)
{
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), question->cert, question->issuer);
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    unsigned char *body = NULL, *about = NULL;
    int about_len = id ? i2d_OCSP_CERTID(id, &about) : -1, len = -1;

    if (about_len > 0 && request && OCSP_request_add0_id(request, id)) {
        id = NULL; /* went to the request */
        if (add_nonce(request, nonce))
            len = i2d_OCSP_REQUEST(request, &body);
    }
    OCSP_CERTID_free(id);
    OCSP_REQUEST_free(request);
    ask->fetch.body = body;
    ask->fetch.body_len = len > 0 ? (size_t)len : 0;
    ask->about = about;
    ask->about_len = about_len > 0 ? (size_t)about_len : 0;
    return len > 0;
}

/* A remembered answer has the nonce of another question. */
static bool ask_one(const struct question *question, struct source *source, struct source_ask *ask,
                    const ASN1_OCTET_STRING *nonce, struct evidence *evidence)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct buf answer = {0};
    char sentence[1024];
    bool kept;

    if (source_get(source, ask, &answer, &kept, &err) == KUNCI_OK)
        ocsp_judge(question, answer.data, answer.len, kept ? NULL : nonce, evidence);
    else
        evidence_trouble(evidence, kunci_err_sentence(&err, sentence, sizeof sentence));
    buf_clear(&answer);
    return kept;
}

void ocsp_ask(const struct question *question, struct source *source, struct evidence *evidence)
{
    struct source_ask ask = {.fetch = {.type = "application/ocsp-request",
                                       .accept = "application/ocsp-response",
                                       .largest = ANSWER_MAX},
                             .until = until};
    ASN1_OCTET_STRING *nonce = new_nonce();
    struct places places;
    size_t i;

    places_of_access(question->cert, NID_ad_OCSP, &places);
    if (places.count && nonce && write_request(question, nonce, &ask))
        for (i = 0; i < places.count && evidence->status <= KUNCI_NOT_CHECKED; i++) {
            ask.fetch.url = places.urls[i];
            ask.anew = false;
            if (ask_one(question, source, &ask, nonce, evidence) &&
                evidence->status == KUNCI_NOT_CHECKED) {
                ask.anew = true;
                ask_one(question, source, &ask, nonce, evidence);
            }
        }
    OPENSSL_free((void *)(uintptr_t)ask.fetch.body);
    OPENSSL_free((void *)(uintptr_t)ask.about);
    ASN1_OCTET_STRING_free(nonce);
    places_clear(&places);
    ERR_clear_error();
}
