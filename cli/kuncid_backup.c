/* kunci ams backup: the store copied while it is in use. */
#include "cli/file.h"
#include "cli/kuncid.h"
#include "cli/words.h"

#include "ams/accounts.h"

enum kunci_rc kuncid_backup(struct command *command, struct kunci_err *err)
{
    const struct kunci_config_ams *ams;
    struct store *store = NULL;
    enum kunci_rc rc = kuncid_settings(command, &ams, err);

    if (rc == KUNCI_OK)
        rc = store_open(ams->store, STORE_READ, &store, err);
    if (rc == KUNCI_OK)
        rc = store_backup(store, command->argument, err);
    store_close(&store);
    if (rc != KUNCI_OK)
        return rc;
    out_printf(&command->out, _("The store is copied to %s.\n"), command->argument);
    return out_put(command->answer, "file", json_string(command->argument), err);
}
