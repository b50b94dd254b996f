#!/bin/bash
# What kunci can do on each kind of token, by trying every command on every one of
# tests/tokens: the table in docs/tokens.md says the same, or this fails.
#
#   matrix.sh [BUILD]            compares
#   matrix.sh --write [BUILD]    takes what was measured over into the table
#   matrix.sh --only NAME ...    one token alone, whose outcomes are shown
#
# KUNCI_TOKENS=required: a token that cannot be brought up is a failure, not a skip.
write='' only=''
while [[ ${1:-} == --* ]]; do
    case $1 in
    --write) write=yes ;;
    --only) only=$2 && shift ;;
    *)
        sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 2
        ;;
    esac
    shift
done
. "$(dirname "$0")/../lib/flow.sh"
. "$root/tests/lib/matrix.sh"
. "$root/tests/lib/matrix_token.sh"
. "$root/tests/lib/matrix_table.sh"

tokens=$(dirname "$KUNCI")/../lib/kunci/tokens
# shellcheck disable=SC2034 # for those who were sourced
real=$(dirname "$KUNCI")/../tests/real
names=(softhsm p11kit nss opencryptoki tpm2 opensc ykcs11)
chosen=("${names[@]}")
[ -z "$only" ] || chosen=("$only")
# What fails now and then has to be seen once, to be written.
# shellcheck disable=SC2034
rounds=${write:+5}
rounds=${rounds:-1}
cd "$work" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj "/CN=CA Contoh" -days 30 2>/dev/null || bail "openssl makes no authority"

# measure NAME: three tokens of the kind, each used up in its own way.
measure() {
    local name=$1 code
    (
        take_up "$name" "$work/$name.wrong" || exit
        measure_wrong_pins
        echo "# $name, wrong PINs: $SECONDS s"
    ) &
    (
        take_up "$name" "$work/$name.new" || exit
        measure_pins
        measure_init
        echo "# $name, PINs: $SECONDS s"
    ) &
    (
        take_up "$name" "$work/$name.use" || exit
        versions "$name"
        measure_token
        measure_new_keys
        measure_keys
        measure_signatures
        measure_certificates
        measure_many
        measure_pulling
        measure_deletion
        echo "# $name: $SECONDS s"
    )
    code=$?
    wait
    echo $code >"$name.code"
    local folder
    for folder in "$work/$name".{use,new,wrong}; do
        [ -z "$only" ] || grep -B1 -v "^0 \|^kunci " "$folder/notes" | cut -c1-500
        "$tokens/$name" down "$folder"
    done
}

as_written() {
    committed "$1" >"$1.committed"
    measured "$1" >"$1.measured"
    agree "$1.committed" "$1.measured"
    diff -U0 "$1.committed" "$1.measured" | sed '1,2d;/^@@/d'
    [ "${PIPESTATUS[0]}" = 0 ] && return
    echo "- is what docs/tokens.md says, + what was measured; to take it over:"
    echo "  tests/flow/matrix.sh --write"
    return 1
}

for name in "${chosen[@]}"; do
    measure "$name" >"$name.said" 2>&1 &
done
wait
if [ -n "$only" ]; then
    cat "$only.said"
    measured "$only"
    [ -n "$write" ] || exit
else
    grep -h '^# ' ./*.said
fi
missing=0
for name in "${chosen[@]}"; do
    if [ "$(cat "$name.code")" != 0 ]; then
        missing=1
        why=$(tail -n 1 "$name.use.said")
        if [ "${KUNCI_TOKENS:-}" = required ]; then
            ok "$name is there: $why" false
        else
            ok "$name # SKIP $why" true
        fi
    elif [ -z "$write" ]; then
        ok "$name does what docs/tokens.md says" as_written "$name"
    fi
done
if [ -n "$write" ]; then
    [ $missing = 0 ] || bail "not every token is there, so there is no whole table"
    for name in "${names[@]}"; do leave "$name"; done
    for name in "${chosen[@]}"; do keep "$name"; done
    ok "docs/tokens.md is written" write_table
fi
