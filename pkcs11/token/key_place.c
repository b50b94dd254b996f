#include "token/key_place.h"

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "token/login.h"

#include <stdio.h>
#include <string.h>

/* The CKA_ID that YKCS11 gives the places of a PIV card: authentication, signatures,
 * and the retired ones. Not the one to decrypt with (3), and not the one that asks for
 * no PIN (4). */
static const unsigned char places[] = {1,  2,  5,  6,  7,  8,  9,  10, 11, 12, 13,
                                       14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};

enum { PLACES = sizeof places / sizeof *places };

struct placing {
    const struct key_kind *kind;
    unsigned char place; /* 0: none is empty */
    bool begun;          /* the key may be there */
};

/* ---- an empty place ---- */

/* Whatever has its number fills a place: a key, its attestation, or a certificate. */
static CK_RV find_place(const struct session *session, void *context, struct kunci_err *err)
{
    struct placing *placing = context;
    struct object_list found = {.items = NULL};
    CK_RV rv = object_search(session, NULL, 0, &found);
    size_t i, j;

    (void)err;
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

/* ---- making ---- */

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

static CK_RV as_officer(const struct session *session, const struct asked_pin *pin,
                        struct placing *placing, const char **where)
{
    CK_RV rv;

    *where = "C_Login";
    if ((rv = session->f->C_Login(session->handle, CKU_SO, pin_bytes(pin), pin_len(pin))) != CKR_OK)
        return rv;
    *where = "C_GenerateKeyPair";
    placing->begun = true;
    rv = generate(session, placing);
    session->f->C_Logout(session->handle);
    return rv;
}

static enum kunci_rc send(struct kunci_token *token, const struct asked_pin *pin,
                          struct placing *placing, struct kunci_err *err)
{
    const char *where = NULL;
    struct session session;
    enum kunci_rc rc = session_take(token, &session, err);
    CK_RV rv;

    if (rc != KUNCI_OK)
        return rc;
    rv = as_officer(&session, pin, placing, &where);
    log_event("key.new", "token", token->label, "type", placing->kind->name, "answer",
              rv == CKR_OK ? "ok" : "refused", NULL);
    pin_learn(token, pin, rv);
    if (session_is_lost(rv))
        session_lost(token, session.generation);
    session_give(token, &session, rv);
    return rv == CKR_OK ? KUNCI_OK : module_err_so(token->module, rv, where, token->label, err);
}

/* No session of the holder's may be open beside the officer's. */
static enum kunci_rc make(struct kunci_token *token, struct placing *placing, struct kunci_err *err)
{
    struct asked_pin pin = {.secret = NULL};
    CK_TOKEN_INFO info;
    enum kunci_rc rc;

    pthread_mutex_lock(&token->login_lock);
    if (!session_close_all(token))
        rc = err_set(err, KUNCI_TOKEN_BUSY, token->label, NULL);
    else if ((rc = login_prepare(token, &info, err)) == KUNCI_OK &&
             (rc = pin_ask(token, &info, KUNCI_PIN_SO, NULL, &pin, err)) == KUNCI_OK)
        rc = send(token, &pin, placing, err);
    pin_asked_clear(&pin);
    pthread_mutex_unlock(&token->login_lock);
    return rc;
}

enum kunci_rc key_place_new(struct kunci_token *token, const struct key_kind *kind,
                            struct kunci_key **out, struct kunci_err *err)
{
    struct placing placing = {.kind = kind};
    char select[64];
    bool made = false;
    enum kunci_rc rc;

    *out = NULL;
    rc = session_run(token, SESSION_PUBLIC, "C_FindObjects", find_place, &placing, err);
    if (rc == KUNCI_OK && !placing.place)
        rc = err_set(err, KUNCI_TOKEN_FULL, token->label, NULL);
    if (rc == KUNCI_OK)
        rc = make(token, &placing, err);
    if (rc == KUNCI_OK) {
        made = true;
        snprintf(select, sizeof select, "pkcs11:id=%%%02x;type=private", placing.place);
        rc = kunci_key_find(token, select, out, err);
    }
    if (rc != KUNCI_OK && placing.begun && (made || module_is_uncertain(err))) {
        snprintf(select, sizeof select, _("A key with the id %02x"), placing.place);
        return module_unknown(err, select);
    }
    return rc;
}
