/* What is tried without memory. */
#ifndef OOM_SCENARIO_H
#define OOM_SCENARIO_H

#include <kunci/error.h>
#include <stdbool.h>

struct scenario {
    const char *name;
    /* Runs again and again, from scratch, and ends with nothing left. */
    enum kunci_rc (*run)(struct kunci_err *err);
    bool on_token; /* SoftHSM has part in it */
};

extern const struct scenario scenarios[]; /* ends with a NULL name */

/* The token of those that need one, with a key and its certificate. */
void token_up(void);
void token_down(void);
enum kunci_rc token_look_at(struct kunci_err *err);
enum kunci_rc token_list_keys(struct kunci_err *err);
enum kunci_rc token_sign(struct kunci_err *err);
enum kunci_rc token_sign_file(struct kunci_err *err);
enum kunci_rc token_make_key(struct kunci_err *err);
enum kunci_rc token_list_certificates(struct kunci_err *err);
enum kunci_rc token_write_certificate(struct kunci_err *err);
enum kunci_rc token_change_pin(struct kunci_err *err);
enum kunci_rc token_give_evp(struct kunci_err *err);

/* The authority's. */
enum kunci_rc ams_log_in(struct kunci_err *err);
enum kunci_rc token_issue(struct kunci_err *err);
enum kunci_rc token_tell_status(struct kunci_err *err);
enum kunci_rc token_list_revoked(struct kunci_err *err);

/* The network: nobody has to be there. */
enum kunci_rc net_listen(struct kunci_err *err);
enum kunci_rc net_answer(struct kunci_err *err);
enum kunci_rc net_call(struct kunci_err *err);
enum kunci_rc store_use_all(struct kunci_err *err);
enum kunci_rc store_audit(struct kunci_err *err);

#endif
