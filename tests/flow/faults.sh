#!/bin/bash
# Every fault of the fault module at every call that a command makes, one by one: the
# command ends in time with success or a clear error, no PIN is tried twice, and what
# may be left on the token is named.
. "$(dirname "$0")/../lib/flow.sh"

deadline=3 # seconds a call may take; making a key twelve times as many
export patience=$((12 * deadline + 20))
cd "$work" || exit 1
export work KUNCI

# ---- a token with a key that has no certificate yet ----

cp "${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so" fault.so # a name of its own
mkdir blank blank/tokens jobs
echo 48151623 >pin
echo 31415926 >so-pin
echo 16180339 >new-pin
printf 'modules:\n  fault.so:\n    deadline: %d\n' $deadline >settings.yaml
settings() { # FOLDER
    printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$1" >"$1/softhsm2.conf"
}
settings "$work/blank"
export SOFTHSM2_CONF=$work/blank/softhsm2.conf
softhsm2-util --init-token --free --label budi --so-pin 31415926 --pin 48151623 >/dev/null ||
    bail "SoftHSM does not make a token"
kunci() { # WORD...: through the fault module
    timeout -k 5 "$patience" "$KUNCI" --module "$work/fault.so" --config "$work/settings.yaml" \
        --yes --json "$@" </dev/null
}
export -f kunci settings
export SOFTHSM2_CONF
unset KUNCI_FAULT_FILE KUNCI_FAULT_LOG
kunci key new --token budi --label tte --type p256 --pin-file pin >/dev/null || bail "no key"
kunci csr new --token budi --key tte --subject CN=Budi --pin-file pin -o tte.csr >/dev/null ||
    bail "no request"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -subj /CN=CA \
    -out ca.pem 2>/dev/null
openssl x509 -req -in tte.csr -CA ca.pem -CAkey ca.key -out tte.pem 2>/dev/null ||
    bail "no certificate"

# ---- the commands ----

# run NAME: does it in the folder that stands first in the path of the token.
run() {
    case $1 in
    token-list) kunci token list ;;
    pin-reset) kunci pin reset --token budi --so-pin-file "$work/so-pin" \
        --new-pin-file "$work/new-pin" ;;
    key-new) kunci key new --token budi --label fresh --type p256 --pin-file "$work/pin" ;;
    csr-new) kunci csr new --token budi --key tte --subject CN=Budi --pin-file "$work/pin" \
        -o request.pem ;;
    cert-import) kunci cert import --token budi --pin-file "$work/pin" "$work/tte.pem" ;;
    esac
}

# What the command says of an error, in $name; false where it is no clear one.
read_error() {
    local said
    said=$(<said)
    [[ $said =~ \"error\":\{\"name\":\"([a-z_]+)\",\"message\":\".+\",\"next\":\".+\" ]] || return
    name=${BASH_REMATCH[1]}
}

# opens PIN-FILE: the token takes this PIN; what is on it is in $keys and $certs.
opens() {
    keys=$(kunci key list --token budi --in-process --last-try --pin-file "$1" 2>&1) &&
        certs=$(kunci cert list --token budi --in-process 2>&1)
}

# What is wrong with the state the command left; nothing is printed where all is well.
state() { # COMMAND CODE NAME
    local keys certs made=0 whole=0 written=0
    unset KUNCI_FAULT_FILE KUNCI_FAULT_LOG
    if [ "$1" = pin-reset ]; then
        if opens "$work/pin"; then
            [ "$2" != 0 ] || echo "the PIN is said to be new, and is not"
        elif opens "$work/new-pin"; then
            [ "$2" = 0 ] || [ "$3" = outcome_unknown ] || echo "the PIN is new, and nothing says so"
        else
            echo "no PIN opens the token: $keys"
        fi
        return
    fi
    opens "$work/pin" || echo "the token does not open: $keys $certs"
    [[ $keys != *'"label":"fresh"'* ]] || made=1
    [[ ! $keys =~ \"label\":\"fresh\"[^{}]*\"has_private\":true,\"has_public\":true[^{}]*\"id_conforms\":true ]] || whole=1
    [[ $certs != *'"sha256"'* ]] || written=1
    case $1 in
    key-new)
        [ "$2" != 0 ] || [ $whole = 1 ] || echo "the key is not whole: $keys"
        [ "$2" = 0 ] || [ $made = 0 ] || [ "$3" = outcome_unknown ] ||
            echo "something was left behind and not named: $keys"
        ;;
    cert-import)
        [ "$2" != 0 ] || [ $written = 1 ] || echo "the certificate is not there"
        [ "$2" = 0 ] || [ $written = 0 ] || [ "$3" = outcome_unknown ] ||
            echo "the certificate is there, and nothing says so"
        ;;
    csr-new)
        [ "$2" = 0 ] || [ ! -e request.pem ] || echo "a request is there in spite of the error"
        [ "$2" != 0 ] || openssl req -verify -noout -in request.pem >/dev/null 2>&1 ||
            echo "the request is not sound"
        ;;
    esac
}

# After a login that failed, none of the same kind is tried.
tries() {
    awk '$2 == "C_Login" { if (failed[$4]) print "PIN of " $4 " tried again"
        failed[$4] = $3 != "CKR_OK" }' log
}

# job COMMAND MODE FAULT...: prints one line: what came of it.
job() {
    local command=$1 mode=$2 code name=''
    shift 2
    local folder=$work/jobs/$BASHPID
    cp -r "$work/blank" "$folder" && cd "$folder" && settings "$folder" || exit 1
    export SOFTHSM2_CONF=$folder/softhsm2.conf KUNCI_FAULT_FILE=$folder/faults \
        KUNCI_FAULT_LOG=$folder/log
    printf '%s\n' "$*" >faults
    touch log
    if [ "$mode" = here ]; then
        run "$command" --in-process >said 2>notes
    else
        run "$command" >said 2>notes
    fi
    code=$?
    [ $code = 0 ] || read_error || echo "no clear error" >>wrong
    {
        [[ $code == [0-3] ]] || echo "exit code $code"
        tries
        state "$command" $code "$name"
    } >>wrong
    if [ -s wrong ]; then
        echo "WRONG $command $mode '$*': $(head -c 2000 wrong said notes | tr '\n' ' ')"
    else
        echo "fine $command $mode '$*': ${name:-done}"
        rm -rf "$folder"
    fi
}
export -f run read_error opens state tries job

# ---- what is tried ----

# At a call.
at_call=("hang" "crash" "abort" "exit" "removed during" "error CKR_DEVICE_ERROR"
    "error CKR_HOST_MEMORY" "error CKR_SESSION_HANDLE_INVALID" "error CKR_USER_NOT_LOGGED_IN"
    "error 0x80000042" "error-after CKR_DEVICE_ERROR" "slow 50" "chatter 200000" "threads 3")
# In the same process what can be survived there.
here=("removed during" "error CKR_DEVICE_ERROR" "error CKR_SESSION_HANDLE_INVALID"
    "error-after CKR_FUNCTION_FAILED")
# At a call that answers a length or a count.
lengths="C_GetSlotList C_GetMechanismList C_FindObjects C_GetAttributeValue C_Sign"
# All the time.
always=("removed" "locked" "so-locked" "final-try" "count-low" "pinpad $work/nobody" "write-protected"
    "sessions 1" "no-mechanism CKM_ECDSA" "no-mechanism CKM_EC_KEY_PAIR_GEN" "error CKR_PIN_INCORRECT C_Login"
    "error CKR_PIN_LOCKED C_Login" "slow 5")

# The calls that a command makes by itself, "C_Name N" a line.
calls_of() {
    local folder=$work/jobs/calls-$1
    cp -r "$work/blank" "$folder" && settings "$folder"
    (cd "$folder" && SOFTHSM2_CONF=$folder/softhsm2.conf KUNCI_FAULT_LOG=$folder/log run "$1") \
        >/dev/null 2>&1
    awk '$2 != "C_GetFunctionList" { print $2, $1 }' "$folder/log"
}

plan() { # COMMAND
    local call fault
    calls_of "$1" >"$1.calls"
    while read -r call; do
        for fault in "${at_call[@]}"; do echo "$1 apart $fault $call"; done
        for fault in "${here[@]}"; do echo "$1 here $fault $call"; done
        if [[ " $lengths " == *" ${call% *} "* ]]; then
            echo "$1 apart wrong-length $call"
            echo "$1 here wrong-length $call"
        fi
    done <"$1.calls"
    for fault in "${always[@]}"; do
        echo "$1 apart $fault"
        echo "$1 here $fault"
    done
}

# A sanitizer makes each run many times as long: then one in seven is enough.
chosen() {
    if ldd "$KUNCI" | grep -q 'lib[at]san'; then
        awk 'NR % 7 == 1'
    else
        cat
    fi
}

# try COMMAND: many at once, since those that hang do nothing but wait.
try() {
    plan "$1" | chosen >"$1.plan"
    # shellcheck disable=SC2016 # the inner shell's words
    xargs -P 16 -I{} bash -c 'job $1' _ {} <"$1.plan" >"$1.results"
    [ "$(grep -c '^fine' "$1.results")" = "$(wc -l <"$1.plan")" ] && [ "$(wc -l <"$1.calls")" -gt 5 ] && return
    grep -v '^fine' "$1.results"
    return 1
}

for command in token-list pin-reset key-new csr-new cert-import; do
    ok "$command bears every fault at every call" try $command
    echo "# $(wc -l <$command.calls) calls, $(wc -l <$command.plan) faults:" \
        "$(sed -n "s/^fine.*': //p" $command.results | sort | uniq -c | sort -rn |
            awk '{printf "%s%s %s", sep, $1, $2; sep = ", "}')"
done

ended() {
    ! pgrep -f "kunci-worker $work/fault.so"
}
ok "no process of a module is left" ended
