#!/bin/bash
# A card by way of OpenSC is taken out a hundred times, in turn while it signs and
# between two signatures, and put in again. OpenSC itself stands still for ever then:
# an error comes all the same, before the deadline and some more, and the same process
# signs again. Cards side by side, since all that they do is wait.
. "$(dirname "$0")/../lib/flow.sh"

cards=${CARDS:-5}
pulls=${PULLS:-100}
deadline=3
tokens=$(dirname "$KUNCI")/../lib/kunci/tokens
program=$(dirname "$KUNCI")/../tests/real/pull
[ -x "$program" ] || bail "$program is not built"

one() { # NUMBER
    local folder=$work/card.$1
    "$tokens/opensc" up "$folder" || return
    (
        # shellcheck source=/dev/null # a file of this very moment
        . "$folder/env"
        export KUNCI_TOKEN_KEY=01
        exec timeout 800 "$folder/run" "$program" $((pulls / cards)) $deadline "$folder"
    )
    local code=$?
    "$tokens/opensc" down "$folder"
    return $code
}

for ((i = 1; i <= cards; i++)); do
    (
        one $i >"$work/$i.out" 2>"$work/$i.said"
        echo $? >"$work/$i.code"
    ) &
done
wait
if ! grep -q '^ok' "$work/1.out"; then
    why=$(tail -n 1 "$work/1.said")
    [ "${KUNCI_TOKENS:-}" != required ] || bail "$why"
    ok "cards # SKIP ${why:-$(tail -n 1 "$work/1.out")}" true
    exit
fi
for ((i = 1; i <= cards; i++)); do
    while read -r line; do
        case $line in
        ok*) ok "card $i, ${line#* - }" true ;;
        "not ok"*) ok "card $i, ${line#* - }" false ;;
        esac
    done <"$work/$i.out"
    ok "card $i: the program ends well" eval '[ "$(cat "$work/$i.code")" = 0 ] || { cat "$work/$i".{out,said}; false; }'
done
# "# KIND: NAME COUNT, … longest wait N ms, deadline N ms" of each card, together.
cat "$work"/*.out | awk '
    /^# .*longest wait/ {
        kind = $2 " " $3 " " $4
        for (i = 5; i < NF && $i != "longest"; i += 2) seen[kind " " $i] += $(i + 1)
        if ($(i + 2) + 0 > longest[kind]) longest[kind] = $(i + 2) + 0
    }
    END {
        for (name in seen) print "# " name " " seen[name]
        for (kind in longest) print "# " kind " longest wait " longest[kind] " ms, deadline '$deadline'000 ms"
    }' | sort
