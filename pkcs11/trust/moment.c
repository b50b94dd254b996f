#include "trust/moment.h"

#include <stdio.h>
#include <time.h>

int64_t moment_of(const ASN1_TIME *time)
{
    struct tm parts;

    return time && ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

char *moment_print(int64_t moment, char *to)
{
    time_t seconds = (time_t)moment;
    struct tm parts;

    if (!gmtime_r(&seconds, &parts) || !strftime(to, MOMENT_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts))
        snprintf(to, MOMENT_TEXT, "@%lld", (long long)moment);
    return to;
}
