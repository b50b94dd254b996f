/* What the commands of the authority share. */
#ifndef CLI_KUNCID_H
#define CLI_KUNCID_H

#include "cli/command.h"

command_run kuncid_init, kuncid_ca, kuncid_serve, kuncid_user, kuncid_backup;
command_run kuncid_audit_show, kuncid_audit_verify, kuncid_audit_export;

/* The settings have to say what this authority is: KUNCI_AMS_UNSET. */
KUNCI_MUST_USE enum kunci_rc kuncid_settings(const struct command *command,
                                             const struct kunci_config_ams **out,
                                             struct kunci_err *err);

/* The authority's token: the settings name it and its PIN's file, where no option does. */
KUNCI_MUST_USE enum kunci_rc kuncid_token(struct command *command, struct kunci_token **out,
                                          struct kunci_err *err);

#endif
