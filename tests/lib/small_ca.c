#include "lib/small_ca.h"

#include "base/clock.h"
#include "base/text.h"
#include "lib/place.h"
#include "lib/soft_signer.h"

#include <kunci/cert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct softhsm *small_ca_hsm;
struct store *small_ca_store;
struct ca *small_ca;

static void must(enum kunci_rc rc, const char *what, const struct kunci_err *err)
{
    char sentence[512];

    if (rc == KUNCI_OK)
        return;
    fprintf(stderr, "small_ca: %s: %s\n", what, kunci_err_sentence(err, sentence, sizeof sentence));
    abort();
}

int64_t small_ca_now(void)
{
    return clock_system.now(NULL);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *file = fopen(name, "wb");

    if (!file || fwrite(bytes, 1, len, file) != len || fclose(file) != 0)
        abort();
}

static void write_pem(const char *name, const unsigned char *der, size_t len)
{
    struct kunci_err err = KUNCI_ERR_INIT;
    char *pem;

    must(kunci_pem_write("CERTIFICATE", der, len, &pem, &err), name, &err);
    write_file(name, pem, strlen(pem));
    free(pem);
}

void small_ca_prepare(void)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    text_library_dir(); /* is kept: it is found by where the program was started */
    place_up();
    small_ca_hsm = softhsm_up(1);
    must(store_open("ams.db", STORE_CREATE, &small_ca_store, &err), "ams.db", &err);
}

struct ca_plan small_ca_plan(void)
{
    return (struct ca_plan){.token = softhsm_token(small_ca_hsm, 1),
                            .organisation = "Pemerintah Contoh",
                            .public_url = SMALL_CA_URL "/",
                            .now = small_ca_now()};
}

int small_ca_up(void **state)
{
    static const char *const files[] = {"root.pem", "issuing.pem", "audit.pem"};
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_plan plan;
    size_t i, len;

    (void)state;
    small_ca_prepare();
    plan = small_ca_plan();
    must(ca_make(small_ca_store, &plan, &err), "ca_make", &err);
    must(ca_open(small_ca_store, plan.token, SMALL_CA_URL, &small_ca, &err), "ca_open", &err);
    for (i = 0; i < CA_PARTS; i++) {
        const unsigned char *der = ca_certificate(small_ca, (enum ca_part)i, &len);

        write_pem(files[i], der, len);
    }
    return 0;
}

int small_ca_down(void **state)
{
    ca_close(&small_ca);
    store_close(&small_ca_store);
    softhsm_down(&small_ca_hsm);
    return place_down(state);
}

unsigned char *small_ca_request(const char *subject, EVP_PKEY *key, size_t *len)
{
    const struct kunci_csr_options options = {.subject = subject};
    EVP_PKEY *own = key ? key : soft_key(KUNCI_KEY_P256);
    struct kunci_signer *signer = soft_signer(own, KUNCI_ECDSA_SHA256);
    struct kunci_err err = KUNCI_ERR_INIT;
    unsigned char *der;

    must(kunci_csr_new(signer, &options, &der, len, &err), subject, &err);
    kunci_signer_free(&signer);
    if (!key)
        EVP_PKEY_free(own);
    return der;
}

static void commit(enum kunci_rc rc, const char *what, struct kunci_err *err)
{
    must(rc, what, err);
    must(store_commit(small_ca_store, err), what, err);
}

void small_ca_issue(const char *subject, int64_t now, const char *name, char serial[CA_SERIAL])
{
    struct kunci_err err = KUNCI_ERR_INIT;
    struct ca_order order = {.profile = "holder", .now = now};
    struct ca_issued issued;
    char file[CA_SERIAL + 8];
    unsigned char *request = small_ca_request(subject, NULL, &order.csr_len);

    order.csr = request;
    must(store_begin(small_ca_store, &err), subject, &err);
    commit(ca_issue(small_ca, small_ca_store, &order, &issued, &err), subject, &err);
    snprintf(file, sizeof file, "%s.der", issued.serial);
    write_file(file, issued.der, issued.len);
    if (name)
        write_pem(name, issued.der, issued.len);
    memcpy(serial, issued.serial, CA_SERIAL);
    free(issued.der);
    free(request);
}

void small_ca_revoke(const char *serial, int reason, int64_t at, int64_t invalid_at)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    must(store_begin(small_ca_store, &err), serial, &err);
    commit(ca_revoke(small_ca_store, serial, reason, at, invalid_at, &err), serial, &err);
}

void small_ca_suspend(const char *serial, int64_t at)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    must(store_begin(small_ca_store, &err), serial, &err);
    commit(ca_suspend(small_ca_store, serial, at, &err), serial, &err);
}

void small_ca_resume(const char *serial)
{
    struct kunci_err err = KUNCI_ERR_INIT;

    must(store_begin(small_ca_store, &err), serial, &err);
    commit(ca_resume(small_ca_store, serial, &err), serial, &err);
}
