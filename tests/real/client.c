#include "real/client.h"

#include "x509/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const char *what, const struct kunci_err *err)
{
    char sentence[600] = "";

    if (err)
        kunci_err_sentence(err, sentence, sizeof sentence);
    printf("Bail out! %s: %s\n", what, sentence);
    exit(1);
}

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (!value)
        give_up(name, NULL);
    return value;
}

static enum kunci_rc answer(void *context, const struct kunci_pin_ask *what,
                            struct kunci_secret **out, struct kunci_err *err)
{
    struct client *client = context;

    (void)what;
    atomic_fetch_add(&client->asked, 1);
    return kunci_secret_from_file(variable("KUNCI_TOKEN_PIN_FILE"), out, err);
}

void client_open(struct client *client, int deadline_s)
{
    const struct kunci_module_setting setting = {
        .module = strdup(variable("KUNCI_TOKEN_MODULE")),
        .deadline_s = deadline_s,
        .initialise = getenv("KUNCI_TOKEN_INIT"),
    };
    const struct kunci_modules_options how = {.path = setting.module,
                                              .settings = &setting,
                                              .setting_count = 1,
                                              .source = {.ask = answer, .context = client}};
    struct kunci_err err = KUNCI_ERR_INIT;

    if (kunci_modules_open(&how, &client->modules, &err) != KUNCI_OK ||
        kunci_token_find(client->modules, variable("KUNCI_TOKEN_LABEL"), KUNCI_BLANK_NEVER,
                         &client->token, &err) != KUNCI_OK)
        give_up(setting.module, &err);
    free(setting.module);
}

void client_close(struct client *client)
{
    kunci_modules_free(&client->modules);
}

struct kunci_key *client_key(struct client *client, struct kunci_err *err)
{
    struct kunci_key *key = NULL;

    if (kunci_key_find(client->token, variable("KUNCI_TOKEN_KEY"), &key, err) != KUNCI_OK)
        return NULL;
    return key;
}

bool client_sign(struct kunci_signer *signer, struct kunci_err *err)
{
    static const char message[] = "Surat Keputusan Nomor 12";
    unsigned char sig[KUNCI_SIGNATURE_MAX];
    struct kunci_err wrong = KUNCI_ERR_INIT;
    size_t len;

    if (kunci_sign_message(signer, message, sizeof message, sig, &len, err) != KUNCI_OK)
        return false;
    if (proof_check(signer, message, sizeof message, sig, len, &wrong) != KUNCI_OK)
        give_up("a wrong signature", &wrong);
    return true;
}
