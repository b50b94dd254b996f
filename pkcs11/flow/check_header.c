/* The paper's dates. */
#include "flow/check_sop.h"

#include <string.h>

static void check_dates(struct checking *in)
{
    const struct header *header = &in->sop->header;
    const struct {
        const char *name, *day;
    } later[] = {{"revised", header->revised}, {"effective", header->effective}};
    size_t i;

    for (i = 0; i < sizeof later / sizeof *later; i++)
        if (header->made && later[i].day && strcmp(later[i].day, header->made) < 0)
            check_found(in, FINDING_DATES_DISORDERED, NULL, later[i].name, NULL);
    if (!header->effective)
        check_found(in, FINDING_EFFECTIVE_MISSING, NULL, NULL, NULL);
}

/* Before it is in force, a procedure that was never revised is still being made. */
static void check_revisions(struct checking *in)
{
    const struct header *header = &in->sop->header;
    const char *made = header->effective ? header->effective : header->made;
    const char *last = header->revised ? header->revised : made;
    unsigned i;

    for (i = 0; last && i < header->revision_count; i++)
        if (strcmp(header->revisions[i].date, last) > 0)
            check_found(in, FINDING_REVISION_NEWER, NULL, header->revisions[i].date, NULL);
}

void check_header(struct checking *in)
{
    check_dates(in);
    check_revisions(in);
}
