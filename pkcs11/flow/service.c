/* A step's clock runs while the step waits on its actor, in the hours in which he works. */
#include "flow/request.h"

enum { DAY = 86400 };

static bool is_holiday(const struct hours *hours, int64_t day)
{
    unsigned i;

    for (i = 0; i < hours->holiday_count; i++)
        if (hours->holidays[i] == day)
            return true;
    return false;
}

/* 1970 began on a Thursday; days are counted from Monday. */
static bool is_working(const struct hours *hours, int64_t day)
{
    return hours->days & 1u << (((day + 3) % 7 + 7) % 7) && !is_holiday(hours, day);
}

static int64_t overlap(int64_t a_from, int64_t a_to, int64_t b_from, int64_t b_to)
{
    int64_t from = a_from > b_from ? a_from : b_from, to = a_to < b_to ? a_to : b_to;

    return to > from ? to - from : 0;
}

static int64_t day_of(int64_t local)
{
    return local >= 0 ? local / DAY : -((DAY - 1 - local) / DAY);
}

/* Beyond some years nobody asks for minutes, and a clock may be set wrongly. */
enum { LOOKED_AT_DAYS = 4000 };

int64_t hours_between(const struct hours *hours, int64_t from, int64_t to)
{
    int64_t day, last, used = 0;

    if (to <= from)
        return 0;
    if (!hours->days)
        return to - from;
    from += hours->utc_offset;
    to += hours->utc_offset;
    last = day_of(to);
    day = day_of(from);
    if (last - day > LOOKED_AT_DAYS)
        day = last - LOOKED_AT_DAYS;
    for (; day <= last; day++)
        if (is_working(hours, day))
            used += overlap(from, to, day * DAY + hours->from, day * DAY + hours->to);
    return used;
}

void step_clock_start(struct step_clock *clock, int64_t now)
{
    *clock = (struct step_clock){.since = now};
}

int64_t step_clock_used(const struct step_clock *clock, const struct hours *hours, int64_t now)
{
    return clock->used + (clock->paused ? 0 : hours_between(hours, clock->since, now));
}

void step_clock_pause(struct step_clock *clock, const struct hours *hours, int64_t now)
{
    clock->used = step_clock_used(clock, hours, now);
    clock->paused = true;
}

void step_clock_resume(struct step_clock *clock, int64_t now)
{
    if (!clock->paused)
        return;
    clock->paused = false;
    clock->since = now;
}
