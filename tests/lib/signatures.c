#include "lib/signatures.h"

#include "lib/place.h"

int signatures_up(void **state)
{
    (void)state;
    place_shell("%s/tests/lib/signatures.sh >log 2>&1 || { cat log; exit 1; }", place_up());
    return 0;
}
