#include "flow/tally_bars.h"

#include "base/markup.h"
#include "base/text.h"

enum { WIDTH = 200, THICK = 5, PITCH = 6, ARROW = 5 };

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* One that took far too long must not make all others too short to be seen. */
int64_t bars_scale(const struct tally_procedure *procedure)
{
    int64_t scale = 1;
    size_t i;

    for (i = 0; i < procedure->step_count; i++)
        scale =
            longer(scale, longer(procedure->steps[i].planned, procedure->steps[i].used.ninetieth));
    return scale;
}

static void add_bar(struct buf *page, const char *style, unsigned row, int64_t seconds,
                    int64_t scale)
{
    unsigned top = row * PITCH;
    double length = (double)seconds / (double)scale * WIDTH;

    if (seconds <= scale)
        buf_printf(page, "<rect class=\"%s\" y=\"%u\" width=\"%.1f\" height=\"%d\"/>", style, top,
                   seconds ? (length < 1 ? 1 : length) : 0, THICK);
    else
        buf_printf(page, "<path class=\"%s\" d=\"M0 %uH%dL%d %uL%d %uH0z\"/>", style, top,
                   WIDTH - ARROW, WIDTH, top + THICK / 2, WIDTH - ARROW, top + THICK);
}

void bars_add(struct buf *page, int64_t planned, const struct times *used, int64_t scale)
{
    buf_printf(page, "<svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\">", WIDTH, 4 * PITCH);
    if (planned)
        add_bar(page, "planned", 0, planned, scale);
    if (used->count) {
        add_bar(page, "median", 1, used->median, scale);
        add_bar(page, "ninetieth", 2, used->ninetieth, scale);
        add_bar(page, "worst", 3, used->worst, scale);
    }
    buf_text(page, "</svg>");
}

void bars_add_legend(struct buf *page)
{
    static const struct {
        const char *style, *title;
    } bars[] = {
        {"planned", N_("Planned")},
        {"median", N_("Median")},
        {"ninetieth", N_("90 %")},
        {"worst", N_("Worst")},
    };
    size_t i;

    buf_text(page, "<p class=\"legend note\">");
    for (i = 0; i < sizeof bars / sizeof *bars; i++) {
        buf_printf(page,
                   "<span><svg viewBox=\"0 0 8 8\" aria-hidden=\"true\"><rect class=\"%s\" "
                   "width=\"8\" height=\"8\"/></svg>",
                   bars[i].style);
        markup_text(page, _(bars[i].title));
        buf_text(page, "</span> ");
    }
    buf_text(page, "</p>\n");
}
