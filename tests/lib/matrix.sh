# shellcheck shell=bash disable=SC2154,SC2034 # what is shared with matrix.sh
# For tests/flow/matrix.sh: one command on one token, in a word. It needs $work, $KUNCI.
#
#   take_up NAME FOLDER          the token of that name; what clients need is exported
#   kunci WORD...                on that token: $said, $code
#   try WORD...                  the same, in $outcome: yes, or the error's name
#   cell ROW WORDS               what the table says there
#   holder, officer              the options that say where those PINs come from

# What fails now and then: where the table says so, a run that saw none agrees.
not_always="not always"
# NSS stretches its PIN at every use: it is not its strength that is tried.
export NSS_MAX_MP_PBE_ITERATION_COUNT=1
patience=150 # seconds a command may take before it is said to hang

take_up() {
    folder=$2 cells=$work/$1.cells
    [ -e "$folder/env" ] || "$tokens/$1" up "$folder" 2>"$folder.said" || return
    # shellcheck source=/dev/null # a file of this very moment
    . "$folder/env"
    {
        echo "modules:"
        echo "  $(basename "$KUNCI_TOKEN_MODULE"):"
        echo "    deadline: 60"
        [ -z "${KUNCI_TOKEN_INIT:-}" ] || echo "    initialise: \"$KUNCI_TOKEN_INIT\""
        # With these settings of OpenSC's the module takes the PUK.
        [ -z "${KUNCI_TOKEN_UNBLOCK_CONF:-}" ] || echo "    reset: puk"
    } >"$folder/kunci.yaml"
    settings=() unblocking=()
    [ -z "${KUNCI_TOKEN_UNBLOCK_CONF:-}" ] || unblocking=(env "OPENSC_CONF=$KUNCI_TOKEN_UNBLOCK_CONF")
    holder=(--pin-file "$folder/user.pin")
    officer=(--so-pin-file "$folder/so.pin")
    # Where there is no officer, what he would be asked is tried with a PIN of nobody's.
    [ -e "$folder/so.pin" ] || echo 55555555 >"$folder/so.pin"
}

cell() {
    printf '%s\t%s\n' "$1" "$2" >>"$cells"
}

bare() {
    said=$(timeout "$patience" "$folder/run" "${settings[@]}" "$KUNCI" --json --yes --config "$folder/kunci.yaml" \
        --module "$KUNCI_TOKEN_MODULE" "$@" </dev/null 2>>"$folder/notes")
    code=$?
    printf '%s\n%s %s\n' "kunci $*" "$code" "$said" >>"$folder/notes"
}

kunci() {
    bare --token "$KUNCI_TOKEN_LABEL" "$@"
}

tell() {
    if [ "$code" = 0 ]; then
        outcome=yes
    elif [ "$code" = 124 ]; then
        outcome=hangs
    elif [[ $said =~ \"error\":\{\"name\":\"([a-z_]+)\" ]]; then
        outcome=${BASH_REMATCH[1]}
    else
        outcome="ends with $code"
    fi
}

try() {
    kunci "$@"
    tell
}

# expect WHAT COMMAND...: a "yes" that is none becomes WHAT.
expect() {
    local what=$1
    shift
    [ "$outcome" != yes ] || "$@" >>"$folder/notes" 2>&1 || outcome=$what
}

# takes NOUN VERB OPTION: the command knows that option.
takes() {
    [[ $("$KUNCI" "$1" "$2" --help 2>&1) == *"$3"* ]]
}
has() {
    [[ $said == *"$1"* ]]
}
says_true() { # FIELD...
    local field
    for field; do has "\"$field\":true" || return; done
}

# pin_states: the flags that the token shows of the holder's PIN, in $outcome.
pin_state() {
    try pin status
    [[ $outcome == yes && $said =~ \"pin_state\":\"([^\"]*)\" ]] && outcome=${BASH_REMATCH[1]}
}
