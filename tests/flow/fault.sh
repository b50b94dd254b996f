#!/bin/bash
# The fault module under programs as they are: the example of its manual page with
# pkcs11-tool, in both languages, and what the command makes of a token that goes.
. "$(dirname "$0")/../lib/flow.sh"

module=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
if ldd "$module" | grep -q 'lib[at]san'; then
    flow_count=1
    echo "ok 1 - fault # SKIP a sanitizer wants to be loaded before pkcs11-tool"
    exit 0
fi
cd "$work" || exit 1

# The commands of the example, and what they are said to answer.
example() {
    sed -n '/^\.Sh \(EXAMPLES\|CONTOH\)/,/^\.Sh [^EC]/p' "$1" | sed -n '/^\.Bd/,/^\.Ed/{/^\.[BE]d/!p}' |
        sed "s/\\\\-/-/g; s/\\\\e/\\\\/g; s|/usr/local/lib/kunci/|${module%/*}/|"
}
commands() {
    example "$1" | awk '/^\$ / { sub(/^\$ /, ""); on = 1 } on { print; on = /\\$/ }'
}
answers() {
    example "$1" | awk '/^\$ / { on = 1 } !on { print } { on = on && /\\$/ }'
}

# Each line of the answers comes, in this order.
page_is_right() {
    local page=$1 line said
    mkdir "$2" && commands "$page" >"$2.commands" && answers "$page" >"$2.answers" &&
        [ -s "$2.commands" ] && [ -s "$2.answers" ] || return
    said=$(cd "$2" && bash -O expand_aliases "../$2.commands" 2>&1)
    echo "$said"
    while IFS= read -r line; do
        [[ $said == *"$line"* ]] || {
            echo "the page says: $line"
            return 1
        }
        said=${said#*"$line"}
    done <"$2.answers"
    [ -s "$2/signature" ]
}
ok "the page's example does what it says" page_is_right "$root/docs/man/kunci-fault-module.7" en
ok "and so does its translation's" page_is_right "$root/docs/id/man/kunci-fault-module.7" id

# ---- the command ----

export SOFTHSM2_CONF=$work/en/softhsm2.conf KUNCI_FAULT_FILE=$work/faults KUNCI_FAULT_LOG=$work/log
echo 48151623 >pin
kunci() {
    "$KUNCI" --module "$module" "$@" </dev/null
}
# faults LINE...: these hold from now on.
faults() {
    printf '%s\n' "$@" >faults.new && mv faults.new faults
}
lists() {
    [[ $(kunci token list) == *budi* ]]
}
pulled() {
    local answer
    answer=$(kunci key list --token budi --pin-file pin --json)
    echo "$answer"
    [[ $answer == *'"token_removed"'* || $answer == *'"token_not_found"'* ]]
}
watched() {
    local answer
    faults inserted
    (sleep 1 && faults removed && sleep 1 && faults inserted) &
    answer=$(kunci token watch --timeout 4)
    wait
    echo "$answer"
    [[ $answer == *" out "*budi*" in "*budi* ]]
}
locked() {
    local answer
    faults locked
    rm -f log
    answer=$(kunci key list --token budi --pin-file pin --json)
    echo "$answer"
    [[ $answer == *'"pin_locked"'* ]] && ! grep C_Login log
}

ok "a token is listed" lists
faults "removed during C_OpenSession 1"
ok "one that is pulled out meanwhile is gone" pulled
ok "one that comes and goes is told" watched
ok "a locked PIN is not tried" locked
