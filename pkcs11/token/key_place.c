#include "token/key_place.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The CKA_ID that YKCS11 gives the places of a PIV card: authentication, signatures,
 * and the retired ones. Not the one to decrypt with (3), and not the one that asks for
 * no PIN (4). */
static const unsigned char places[] = {1,  2,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                       14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};

enum { PLACES = sizeof places / sizeof *places };

struct placing {
    struct kunci_token *token;
    const struct key_kind *kind;
    unsigned char place; /* 0: none is empty */
    bool begun;          /* the key may be there */
};

/* Whatever has its number fills a place: a key, its attestation, or a certificate. */
static CK_RV find_place(const struct session *session, struct placing *placing)
{
    struct object_list found = {.items = NULL};
    CK_RV rv = object_search(session, NULL, 0, &found);
    size_t i, j;

    for (i = 0; rv == CKR_OK && i < PLACES && !placing->place; i++) {
        for (j = 0; j < found.count; j++)
            if (found.items[j].class != CKO_DATA && found.items[j].id_len == 1 &&
                found.items[j].id[0] == places[i])
                break;
        if (j == found.count)
            placing->place = places[i];
    }
    object_list_clear(&found);
    return rv;
}

/* The module knows few words: whatever else is said makes it refuse. */
static CK_RV generate(const struct session *session, const struct placing *placing)
{
    unsigned char place = placing->place;
    CK_ULONG bits = placing->kind->bits;
    CK_BBOOL yes = CK_TRUE;
    unsigned char params[32];
    CK_ATTRIBUTE public_half[] = {
        {CKA_ID, &place, 1}, {CKA_TOKEN, &yes, sizeof yes}, {CKA_MODULUS_BITS, &bits, sizeof bits}};
    CK_ATTRIBUTE private_half[] = {{CKA_ID, &place, 1},
                                   {CKA_TOKEN, &yes, sizeof yes},
                                   {CKA_PRIVATE, &yes, sizeof yes},
                                   {CKA_SENSITIVE, &yes, sizeof yes},
                                   {CKA_SIGN, &yes, sizeof yes}};
    CK_MECHANISM mechanism = {placing->kind->make, NULL, 0};
    CK_OBJECT_HANDLE public_key, private_key;

    if (placing->kind->params) {
        memcpy(params, placing->kind->params, placing->kind->params_len);
        public_half[2] = (CK_ATTRIBUTE){CKA_EC_PARAMS, params, placing->kind->params_len};
    }
    return session->f->C_GenerateKeyPair(session->handle, &mechanism, public_half, 3, private_half,
                                         5, &public_key, &private_key);
}

static CK_RV make_work(const struct session *session, void *context, struct kunci_err *err)
{
    struct placing *placing = context;
    CK_RV rv = find_place(session, placing);

    if (rv != CKR_OK)
        return rv;
    if (!placing->place) {
        err_set(err, KUNCI_TOKEN_FULL, placing->token->label, NULL);
        return CKR_OK;
    }
    placing->begun = true;
    rv = generate(session, placing);
    log_event("key.new", "token", placing->token->label, "type", placing->kind->name, "answer",
              rv == CKR_OK ? "ok" : "refused", NULL);
    return rv;
}

enum kunci_rc key_place_new(struct kunci_token *token, const struct key_kind *kind,
                            struct kunci_key **out, struct kunci_err *err)
{
    struct placing placing = {.token = token, .kind = kind};
    char select[64];
    bool made;
    enum kunci_rc rc;

    *out = NULL;
    rc = session_run(token, SESSION_ONCE, "C_GenerateKeyPair", make_work, &placing, err);
    if ((made = rc == KUNCI_OK)) {
        snprintf(select, sizeof select, "pkcs11:id=%%%02x;type=private", placing.place);
        rc = kunci_key_find(token, select, out, err);
    }
    if (rc != KUNCI_OK && placing.begun && (made || module_is_uncertain(err))) {
        snprintf(select, sizeof select, _("A key with the id %02x"), placing.place);
        return module_unknown(err, select);
    }
    return rc;
}
