/* The log: events with named fields, handed to a sink. A line that holds any
 * living secret is masked before the sink sees it. */
#ifndef KUNCI_LOG_H
#define KUNCI_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/* One line without its end, "token.login token=\"Budi\" rv=CKR_OK". */
typedef void kunci_log_sink(void *context, const char *line);

/* NULL: nothing is logged, and nothing is formatted. */
void kunci_log_to(kunci_log_sink *sink, void *context);

#ifdef __cplusplus
}
#endif
#endif
