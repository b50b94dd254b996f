#include "audit/trail_walk.h"

#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

static enum kunci_rc broken(int64_t from, int64_t to, const char *detail, struct kunci_err *err)
{
    char about[48];

    snprintf(about, sizeof about, from < to ? "%lld-%lld" : "%lld", (long long)from, (long long)to);
    return err_set(err, KUNCI_AUDIT_BROKEN, about, detail);
}

static enum kunci_rc broken_at(int64_t place, const char *detail, struct kunci_err *err)
{
    return broken(place, place, detail, err);
}

static void row_clear(struct audit_row *row)
{
    audit_line_clear(&row->line);
    *row = (struct audit_row){0};
}

void audit_walk_clear(struct audit_walk *walk)
{
    row_clear(&walk->before);
    row_clear(&walk->row);
}

static enum kunci_rc read_row(int64_t place, const char *line, size_t len,
                              const unsigned char *kept, struct audit_row *out,
                              struct kunci_err *err)
{
    enum kunci_rc rc;

    out->there = true;
    out->place = place;
    audit_hash(line, len, out->hash);
    text_hex(out->hex, out->hash, AUDIT_HASH);
    rc = audit_line_read(line, len, &out->line, &out->wrong, err);
    if (kept && memcmp(kept, out->hash, AUDIT_HASH) != 0)
        out->wrong = _("it was changed: its hash is another");
    return rc;
}

/* ---- one row after another ---- */

/* What does not fit may be this row or one before it. A row that the next one says came
 * before it is as it was written; then the fault lies before. */
static enum kunci_rc blame(const struct audit_walk *walk, bool vouched, struct kunci_err *err)
{
    const struct audit_row *row = &walk->row, *before = &walk->before;

    if (before->there && strcmp(row->hex, before->hex) == 0)
        return broken_at(row->place, _("it was added: it is the row before once more"), err);
    if (!vouched)
        return broken_at(row->place, _("it was changed, or another stands in its place"), err);
    if (row->line.seq < row->place)
        return broken_at(row->line.seq > 0 ? row->line.seq : 1, _("it was added"), err);
    if (row->line.seq > row->place || !before->there)
        return broken_at(row->place, _("the row that stood here is gone"), err);
    return broken_at(before->place, _("it was changed: the next row knows it otherwise"), err);
}

static enum kunci_rc check_seal(struct audit_walk *walk, bool vouched, struct kunci_err *err)
{
    const struct audit_row *row = &walk->row;
    char wrong[256], detail[400];
    bool holds;
    enum kunci_rc rc =
        audit_signed(walk->sealers, row->line.prev, row->line.cms, &holds, wrong, err);

    if (rc != KUNCI_OK)
        return rc;
    if (!holds && !vouched)
        return broken_at(row->place, _("it was changed, or another stands in its place"), err);
    if (!holds) {
        snprintf(detail, sizeof detail,
                 _("one of them was changed, and all after it written anew: the seal does not "
                   "hold: %s"),
                 wrong);
        return broken(walk->sealed + 1, row->place, detail, err);
    }
    walk->seals++;
    walk->sealed = row->place - 1;
    return KUNCI_OK;
}

/* Judges the row that waits, now that it is known what follows. */
static enum kunci_rc judge(struct audit_walk *walk, bool vouched, struct kunci_err *err)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct audit_row *row = &walk->row;
    const char *before = walk->before.there ? walk->before.hex : zeros;
    enum kunci_rc rc = KUNCI_OK;

    if (row->place <= walk->before.place)
        return broken_at(row->place, _("it was added"), err);
    if (row->place > walk->before.place + 1)
        return broken_at(walk->before.place + 1, _("the row that stood here is gone"), err);
    if (row->wrong)
        return broken_at(row->place, row->wrong, err);
    if (row->line.seq != row->place || strcmp(row->line.prev, before) != 0)
        return blame(walk, vouched, err);
    if (row->line.cms)
        rc = check_seal(walk, vouched, err);
    if (rc == KUNCI_OK) {
        row_clear(&walk->before);
        walk->before = *row;
        *row = (struct audit_row){0};
        walk->rows++;
    }
    return rc;
}

enum kunci_rc audit_walk_take(struct audit_walk *walk, int64_t place, const char *line, size_t len,
                              const unsigned char *kept, struct kunci_err *err)
{
    struct audit_row next = {0};
    enum kunci_rc rc = read_row(place, line, len, kept, &next, err);

    if (rc == KUNCI_OK && walk->row.there)
        rc = judge(walk, strcmp(next.line.prev, walk->row.hex) == 0, err);
    if (rc == KUNCI_OK)
        walk->row = next;
    else
        row_clear(&next);
    return rc;
}

enum kunci_rc audit_walk_end(struct audit_walk *walk, const struct audit_head *head,
                             struct kunci_err *err)
{
    const struct audit_row *last = &walk->before;
    enum kunci_rc rc = KUNCI_OK;

    if (walk->row.there)
        rc = judge(walk, strcmp(head->hash, walk->row.hex) == 0, err);
    if (rc != KUNCI_OK)
        return rc;
    if (last->there && head->seq == 0)
        return broken_at(last->place, _("where the trail ends is not known any more"), err);
    if (last->place < head->seq)
        return broken_at(last->place + 1, _("the trail's end was cut off"), err);
    if (last->place > head->seq)
        return broken_at(head->seq + 1, _("it was added behind the trail's end"), err);
    if (last->there && strcmp(head->hash, last->hex) != 0)
        return broken_at(last->place, _("it was changed: the trail's end is known otherwise"), err);
    return KUNCI_OK;
}
