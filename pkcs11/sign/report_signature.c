#include "sign/report_signature.h"

#include "base/markup.h"
#include "base/text.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

void report_add_why(struct buf *page, enum kunci_indication indication, enum kunci_reason reason,
                    const char *detail)
{
    if (indication == KUNCI_PASSED)
        return;
    buf_printf(page, "<div class=\"why %s\">\n", report_style_of(indication));
    markup_element(page, "p", NULL, kunci_reason_sentence(reason));
    markup_element(page, "p", NULL, detail);
    buf_text(page, "<p class=\"note\">");
    markup_say(page, reason ? "%s \302\267 %s" : "%s", kunci_indication_name(indication),
               kunci_reason_name(reason));
    buf_text(page, "</p>\n</div>\n");
}

/* The common name of a certificate, else all of its subject. */
static void print_holder(const struct kunci_path_step *step, char *to, size_t size)
{
    const unsigned char *p = step->der;
    X509 *cert = d2i_X509(NULL, &p, (long)step->len);
    X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
    int at = subject ? X509_NAME_get_index_by_NID(subject, NID_commonName, -1) : -1, len = -1;
    unsigned char *name = NULL;

    if (at >= 0)
        len =
            ASN1_STRING_to_UTF8(&name, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len > 0)
        text_printable(to, size, name, (size_t)len);
    else
        text_copy(to, size, step->info.subject);
    OPENSSL_free(name);
    X509_free(cert);
    ERR_clear_error();
}

static void print_path_holder(const struct kunci_path *path, const char *else_named, char *to,
                              size_t size)
{
    if (path && path->count)
        print_holder(&path->steps[0], to, size);
    else
        text_copy(to, size, else_named);
}

/* ---- who, when, what ---- */

/* It passed, but only because that was not asked for. */
static void add_unchecked(struct buf *page, const struct kunci_signature_report *signature)
{
    const struct kunci_path *path = signature->path;
    size_t i;

    for (i = 0; signature->indication == KUNCI_PASSED && path && i < path->count; i++)
        if (!path->steps[i].anchor && path->steps[i].revoked != KUNCI_GOOD) {
            buf_text(page, "<div class=\"why doubt\">\n");
            markup_element(page, "p", NULL,
                           _("Whether all certificates were still in force was not checked."));
            buf_text(page, "</div>\n");
            return;
        }
}

static void add_header(struct buf *page, const char *file,
                       const struct kunci_signature_report *signature)
{
    char holder[256];

    print_path_holder(signature->path, _("Unknown signer"), holder, sizeof holder);
    buf_text(page, "<header>\n");
    markup_element(page, "h2", NULL, holder);
    buf_printf(page, "<span class=\"badge %s\">", report_style_of(signature->indication));
    markup_text(page, report_word_of(signature->indication));
    buf_text(page, "</span>\n</header>\n");
    markup_element(page, "p", "note", file);
    report_add_why(page, signature->indication, signature->reason, signature->detail);
    add_unchecked(page, signature);
}

static void add_when(struct buf *page, const char *title, int64_t when, const char *remark)
{
    markup_element(page, "dt", NULL, title);
    buf_text(page, "<dd>");
    markup_time(page, when);
    buf_text(page, " <span class=\"note\">");
    markup_text(page, remark);
    buf_text(page, "</span></dd>\n");
}

static void add_facts(struct buf *page, const struct kunci_signature_report *signature)
{
    const struct kunci_path *path = signature->path;

    buf_text(page, "<dl>\n");
    if (path && path->count) {
        markup_field(page, _("Signed by"), path->steps[0].info.subject);
        markup_field(page, _("Certified by"), path->steps[0].info.issuer);
    }
    if (signature->timestamped)
        add_when(page, _("Existed at"), signature->best_time, _("proved by a timestamp"));
    if (signature->content_time)
        add_when(page, _("Made after"), signature->content_time,
                 _("proved by a timestamp that was signed with it"));
    if (signature->claimed_time)
        add_when(page, _("Claimed time"), signature->claimed_time,
                 _("the signer's own word, which nobody has proved"));
    markup_field(page, _("Form"), signature->level);
    markup_field(page, _("Algorithm"), signature->algorithm);
    buf_text(page, "</dl>\n");
}

/* ---- certificates ---- */

/* RFC 5280's CRLReason. */
static const char *const revocation_reasons[] = {
    [1] = N_("its key was in others' hands"),
    [2] = N_("its authority's key was in others' hands"),
    [3] = N_("the holder's data changed"),
    [4] = N_("another one took its place"),
    [5] = N_("it was no longer needed"),
    [6] = N_("it was suspended"),
    [9] = N_("the holder lost the right to it"),
    [10] = N_("its authority's key was in others' hands"),
};

static void add_revoked(struct buf *page, const struct kunci_path_step *step)
{
    int why = step->revoked_why;
    int known = (int)(sizeof revocation_reasons / sizeof *revocation_reasons);

    markup_element(page, "span", "badge bad", _("revoked"));
    if (step->revoked_at)
        markup_time(page, step->revoked_at);
    if (why > 0 && why < known && revocation_reasons[why]) {
        buf_text(page, "<br>");
        markup_text(page, _(revocation_reasons[why]));
    }
}

/* What is known of it, and who said so when. */
static void add_state(struct buf *page, const struct kunci_path_step *step)
{
    if (step->anchor)
        markup_text(page, _("trusted"));
    else if (step->revoked == KUNCI_IS_REVOKED)
        add_revoked(page, step);
    else if (step->revoked == KUNCI_GOOD)
        markup_text(page, _("not revoked"));
    else
        markup_element(page, "span", "badge doubt", _("not known"));
    if (*step->source) {
        buf_text(page, "<br><span class=\"note\">");
        markup_text(page, strcmp(step->source, "ocsp") == 0 ? "OCSP" : "CRL");
        buf_text(page, " ");
        markup_time(page, step->this_update);
        buf_text(page, "</span>");
    }
    if (*step->trouble) {
        buf_text(page, "<br>");
        markup_element(page, "span", "note", step->trouble);
    }
}

static void add_step(struct buf *page, const struct kunci_path_step *step)
{
    char holder[256];

    print_holder(step, holder, sizeof holder);
    buf_text(page, "<tr>");
    markup_element(page, "th scope=\"row\"", NULL, holder);
    buf_text(page, "<td>");
    markup_time(page, step->info.not_before);
    buf_text(page, "<br>");
    markup_time(page, step->info.not_after);
    buf_text(page, "</td><td>");
    markup_text(page, step->info.public_key);
    buf_text(page, "</td><td>");
    add_state(page, step);
    buf_text(page, "</td></tr>\n");
}

static void add_titles(struct buf *page, const char *const *titles)
{
    buf_text(page, "<table>\n<thead><tr>");
    for (; *titles; titles++)
        markup_element(page, "th scope=\"col\"", NULL, _(*titles));
    buf_text(page, "</tr></thead>\n<tbody>\n");
}

static void add_path(struct buf *page, const struct kunci_path *path)
{
    static const char *const titles[] = {N_("Certificate"), N_("Validity"), N_("Key"),
                                         N_("Revocation"), NULL};
    size_t i;

    if (!path || !path->count)
        return;
    markup_element(page, "h3", NULL, _("Certificates, up to the one that is trusted"));
    add_titles(page, titles);
    for (i = 0; i < path->count; i++)
        add_step(page, &path->steps[i]);
    buf_text(page, "</tbody>\n</table>\n");
}

/* ---- timestamps ---- */

static void add_timestamp(struct buf *page, const struct kunci_timestamp_report *timestamp)
{
    char holder[256];

    print_path_holder(timestamp->path, "-", holder, sizeof holder);
    buf_text(page, "<tr><td>");
    if (timestamp->time)
        markup_time(page, timestamp->time);
    buf_text(page, "</td><td>");
    markup_text(page, holder);
    buf_text(page, "</td><td>");
    markup_text(page, timestamp->of_content ? _("content") : _("signature"));
    buf_printf(page, "</td><td><span class=\"badge %s\">", report_style_of(timestamp->indication));
    markup_text(page, report_word_of(timestamp->indication));
    buf_text(page, "</span>");
    report_add_why(page, timestamp->indication, timestamp->reason, timestamp->detail);
    buf_text(page, "</td></tr>\n");
}

static void add_timestamps(struct buf *page, const struct kunci_signature_report *signature)
{
    static const char *const titles[] = {N_("Time"), N_("Timestamp authority"), N_("Stamped"),
                                         N_("Judgement"), NULL};
    size_t i;

    if (signature->timestamp_count == 0)
        return;
    markup_element(page, "h3", NULL, _("Timestamps"));
    add_titles(page, titles);
    for (i = 0; i < signature->timestamp_count; i++)
        add_timestamp(page, &signature->timestamps[i]);
    buf_text(page, "</tbody>\n</table>\n");
}

void report_add_signature(struct buf *page, const char *file,
                          const struct kunci_signature_report *signature)
{
    buf_text(page, "<article>\n");
    add_header(page, file, signature);
    add_facts(page, signature);
    add_path(page, signature->path);
    add_timestamps(page, signature);
    buf_text(page, "</article>\n");
}
