#include "trust/tsa_token.h"

#include "base/error.h"
#include "base/text.h"
#include "trust/moment.h"
#include "x509/document.h"

#include <openssl/err.h>
#include <string.h>

/* No TSTInfo comes near it. */
enum { CONTENT_MAX = 1 << 16 };

static const struct document_kind kind = {NULL, KUNCI_CMS_INVALID, N_("The timestamp")};

static bool take_content(void *context, const unsigned char *bytes, size_t len)
{
    struct buf *content = context;

    buf_add(content, bytes, len);
    return content->len <= CONTENT_MAX;
}

static enum kunci_rc read_info(struct tsa_token *token, struct kunci_err *err)
{
    const unsigned char *p = (const unsigned char *)token->content.data;

    ERR_clear_error();
    if (OBJ_obj2nid(CMS_get0_eContentType(token->cms.info)) != NID_id_smime_ct_TSTInfo ||
        !token->cms.attached || sk_CMS_SignerInfo_num(token->cms.signers) != 1)
        return document_refuse(&kind, _("it is no timestamp"), err);
    token->info = d2i_TS_TST_INFO(NULL, &p, (long)token->content.len);
    if (!token->info || p != (const unsigned char *)token->content.data + token->content.len ||
        TS_TST_INFO_get_version(token->info) != 1 ||
        !(token->time = moment_of(TS_TST_INFO_get_time(token->info))))
        return document_refuse(&kind, _("it is damaged"), err);
    if (TS_TST_INFO_get_ext_by_critical(token->info, 1, -1) >= 0)
        return document_refuse(&kind, _("it has a critical extension that is not known"), err);
    return KUNCI_OK;
}

enum kunci_rc tsa_token_read(const unsigned char *token, size_t len, struct tsa_token *out,
                             struct kunci_err *err)
{
    const struct cms_sink sink = {take_content, &out->content};
    BIO *in = BIO_new_mem_buf(token, (int)len);
    enum kunci_rc rc;

    *out = (struct tsa_token){0};
    if (!in)
        return err_no_memory(err);
    rc = cms_read(in, &sink, &out->cms, err);
    if (rc == KUNCI_OK)
        rc = out->content.failed ? err_no_memory(err) : read_info(out, err);
    BIO_free(in);
    return rc;
}

/* NULL: it cannot be had. */
static const unsigned char *digest_of(const struct tsa_over *over, const EVP_MD *hash,
                                      unsigned char *room)
{
    if (over->content)
        return digests_value(over->content, hash);
    return EVP_Digest(over->bytes, over->len, room, NULL, hash, NULL) == 1 ? room : NULL;
}

static void check_imprint(struct tsa_token *token, const struct tsa_over *over)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(token->info);
    const ASN1_OCTET_STRING *said = TS_MSG_IMPRINT_get_msg(imprint);
    unsigned char room[EVP_MAX_MD_SIZE];
    const unsigned char *found;
    bool sound;
    const EVP_MD *hash = digest_named(TS_MSG_IMPRINT_get_algo(imprint), &sound);

    if (!hash)
        cms_find_fault(&token->proof, KUNCI_INDETERMINATE, KUNCI_CRYPTO_CONSTRAINTS_FAILURE,
                       _("Its algorithm is unknown, unsafe, or has odd parameters."));
    else if (!(found = digest_of(over, hash, room)))
        cms_find_fault(&token->proof, KUNCI_INDETERMINATE, KUNCI_SIGNED_DATA_NOT_FOUND,
                       _("The content is not there, or is not hashed as in the timestamp."));
    else if (ASN1_STRING_length(said) != EVP_MD_get_size(hash) ||
             memcmp(ASN1_STRING_get0_data(said), found, (size_t)ASN1_STRING_length(said)) != 0)
        cms_find_fault(&token->proof, KUNCI_FAILED, KUNCI_HASH_FAILURE,
                       _("The timestamp is over something else."));
    else if (!sound)
        cms_find_fault(&token->proof, KUNCI_INDETERMINATE, KUNCI_CRYPTO_CONSTRAINTS_FAILURE,
                       _("Its hash or its key is too weak today."));
}

enum kunci_rc tsa_token_prove(struct tsa_token *token, const struct tsa_over *over,
                              struct kunci_err *err)
{
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(token->cms.signers, 0);
    enum kunci_rc rc = cms_check(&token->cms, signer, &token->proof, err);

    if (rc != KUNCI_OK)
        return rc;
    check_imprint(token, over);
    if (!token->proof.cades)
        cms_find_fault(&token->proof, KUNCI_INDETERMINATE, KUNCI_NO_SIGNING_CERTIFICATE_FOUND,
                       _("The timestamp does not say which certificate made it."));
    return KUNCI_OK;
}

void tsa_token_clear(struct tsa_token *token)
{
    TS_TST_INFO_free(token->info);
    cms_clear(&token->cms);
    buf_clear(&token->content);
    *token = (struct tsa_token){0};
}
