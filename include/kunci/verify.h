/* What a signature is worth: a report after ETSI EN 319 102-1. */
#ifndef KUNCI_VERIFY_H
#define KUNCI_VERIFY_H

#include <kunci/trust.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A timestamp of a signature. */
struct kunci_timestamp_report {
    bool of_content; /* it is over the content and was signed with it; else over the signature */
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256];
    int64_t time;
    struct kunci_path *path; /* of its authority; NULL: not found */
};

/* One signature. */
struct kunci_signature_report {
    enum kunci_indication indication;
    enum kunci_reason reason;
    char detail[256];
    char level[16];          /* "CAdES-B", "CAdES-T", "CMS"; "" where it fails */
    char algorithm[32];      /* "RSA-SHA256" */
    int64_t claimed_time;    /* signingTime, which nobody proves; 0: none */
    int64_t best_time;       /* when it is proved to have existed: a timestamp's, or now */
    bool timestamped;        /* best_time is a timestamp's */
    int64_t content_time;    /* it was made later: the last good timestamp of the content's
                              * that was signed with it; 0: none */
    struct kunci_path *path; /* NULL: the certificate was not found */
    struct kunci_timestamp_report *timestamps;
    size_t timestamp_count;
};

struct kunci_report {
    char *name;                       /* the file's */
    enum kunci_indication indication; /* the worst of all signatures */
    enum kunci_reason reason;         /* its reason */
    char detail[256];
    int64_t now; /* when it was judged */
    struct kunci_signature_report *signatures;
    size_t count;
};
void kunci_report_free(struct kunci_report **report);

/* Judges the CMS in `signature` (a file descriptor that is read to its end, in any size;
 * PEM or DER). content is the file that it was made of, -1 where that is within; where it is
 * given and within, both have to be the same. name stands in the report. What is wrong with the
 * signature is the report's to say; an error says what kept us from judging. */
KUNCI_MUST_USE enum kunci_rc kunci_verify_cms(struct kunci_trust *trust, int signature, int content,
                                              const char *name, int64_t now,
                                              struct kunci_report **out, struct kunci_err *err);

/* A page that stands for itself, in the language in use: for a browser or for paper. To
 * be freed. */
KUNCI_MUST_USE enum kunci_rc kunci_report_html(struct kunci_report *const *reports, size_t count,
                                               char **html, struct kunci_err *err);

#ifdef __cplusplus
}
#endif
#endif
