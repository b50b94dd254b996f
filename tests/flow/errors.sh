#!/bin/bash
# Walks the table of errors: each that real parts can be brought to is provoked
# through the command, and has to have its exit code and stable name, and a sentence
# and a next step in both languages. The rest are named below, with the test that
# shows them; a row that is in neither list fails.
. "$(dirname "$0")/../lib/flow.sh"

root=$(realpath "$(dirname "$0")/../..")
module=/usr/lib/softhsm/libsofthsm2.so
empty_module=$(find /usr/lib -name opensc-pkcs11.so | head -n 1)
subject="C=ID, O=Dinas Contoh, CN=Budi Santoso"
cd "$work" || exit 1
mkdir tokens
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
printf 'module: %s\n' "$module" >kunci.yaml
export SOFTHSM2_CONF=$work/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml PIN=48151623

echo 31415926 >so
echo 48151623 >pin
echo 27182818 >wrong
echo 123 >short
printf 'colour: red\n' >bad.yaml
printf 'not a certificate\n' >letter
truncate -s 200M huge

kunci() {
    "$KUNCI" --token budi "$@" </dev/null
}
holder() {
    kunci "$@" --pin-file pin
}
opensc() {
    pkcs11-tool --module "$module" --token-label budi --login --pin env:PIN "$@" >/dev/null 2>&1
}

# ---- a token for each trouble ----

prepare() {
    softhsm2-util --init-token --free --label budi --so-pin 31415926 --pin 48151623 &&
        softhsm2-util --init-token --free --label twin --so-pin 31415926 --pin 48151623 &&
        softhsm2-util --init-token --free --label twin --so-pin 31415926 --pin 48151623 &&
        softhsm2-util --init-token --free --label tried --so-pin 31415926 --pin 48151623 &&
        holder key new --type p256 --label tte && holder key new --type p256 --label other &&
        holder key new --type p256 --label alone && holder key new --type p256 --label swapped &&
        "$KUNCI" token init --label new --new-so-pin-file so </dev/null
}
# Two of one label, a private half without its public one, and one with another's.
spoil() {
    local id
    id=$(kunci key show --key swapped --json --pin-file pin | sed 's/.*"id":"\([0-9a-f]*\)".*/\1/')
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -outform DER -out foreign.der &&
        openssl pkey -inform DER -in foreign.der -pubout -outform DER -out foreign.pub &&
        opensc --keypairgen --key-type EC:prime256v1 --label double --id 01 &&
        opensc --keypairgen --key-type EC:prime256v1 --label double --id 02 &&
        opensc --delete-object --type pubkey --label alone &&
        opensc --delete-object --type pubkey --label swapped &&
        opensc --write-object foreign.pub --type pubkey --label swapped --id "$id"
}
certify() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key \
        -out ca.pem -subj /CN=Lab -days 2 &&
        holder csr new --key tte --subject "$subject" -o tte.csr &&
        openssl x509 -req -in tte.csr -CA ca.pem -CAkey ca.key -days 1 -out tte.pem &&
        openssl x509 -req -in tte.csr -CA ca.pem -CAkey ca.key -days 1 -out tte2.pem &&
        holder cert import tte.pem && holder cert import tte2.pem
}
ok "the tokens are there" prepare
ok "and spoiled" spoil
ok "and have certificates" certify

# ---- what a wrong answer looks like ----

declare -A exit_of seen
while IFS='|' read -r _ name code _; do
    name=${name//[\` ]/}
    [[ $code =~ ^[[:space:]]*[0-3] && $name != ok ]] && exit_of[$name]=${code// /}
done <"$root/docs/errors.md"

field() { # of the JSON in $answer
    sed -n "s/.*\"$1\":\"\(\([^\"\\\\]\|\\\\.\)*\)\".*/\1/p" <<<"$answer"
}

# speaks LANGUAGE NAME COMMAND...: what --json says, in $message and $next.
speaks() {
    local language=$1 name=$2 code=0
    shift 2
    answer=$("$@" --json --lang "$language") || code=$?
    answer=$(grep -a '"error"' <<<"$answer")
    message=$(field message)
    next=$(field next)
    echo "$code $answer"
    [ "$code" = "${exit_of[$name]:-}" ] && [ "$(field name)" = "$name" ] &&
        [[ $message == *. && $next == *. && $message$next != *[{}]* ]]
}

shows() {
    local english
    speaks en "$@" || return
    english=$message$next
    speaks id "$@" || return
    [ "$english" != "$message$next" ]
}

# error NAME COMMAND...
error() {
    seen[$1]=1
    ok "$1" shows "$@"
}

# ---- the table ----

error file_read "$KUNCI" csr show nowhere.pem
error file_write holder csr new --key tte --subject "$subject" -o /nowhere/tte.csr
error file_exists holder csr new --key tte --subject "$subject" -o tte.csr
error file_too_large "$KUNCI" csr show huge
error config_invalid "$KUNCI" --config bad.yaml token list
if ldd "$KUNCI" | grep -q 'lib[at]san'; then
    seen[secret_memory]=1 # a sanitizer's mlock() does nothing
else
    error secret_memory setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock \
        prlimit --memlock=0 "$KUNCI" key list --token budi --pin-file pin
fi

error usage_command "$KUNCI" token lsit
error usage_option "$KUNCI" token list --colour
error usage_misplaced "$KUNCI" token list --subject x
error usage_repeated "$KUNCI" token list --token a --token b
error usage_missing "$KUNCI" key new --label x
error usage_value "$KUNCI" key new --label x --type rsa512
error usage_argument "$KUNCI" token list all
error confirm_needed holder key delete --key other

error module_load "$KUNCI" --module /nowhere.so token list
# Where this may be done: the folder of p11-kit's modules, hidden from one process.
printf 'lang: en\n' >no-module.yaml
without_modules() {
    unshare -m bash -c 'mount -t tmpfs none /usr/share/p11-kit/modules && exec "$@"' bash \
        "$KUNCI" --config no-module.yaml "$@"
}
if without_modules help >/dev/null 2>&1; then
    error module_none without_modules token list
else
    seen[module_none]=1
    flow_count=$((flow_count + 1))
    echo "ok $flow_count - module_none # SKIP no mounts of its own here"
fi
# A module that fails on purpose, in its own process.
export KUNCI_FAULT_FILE=$work/faults
fault=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
printf 'module: %s\nmodules: {kunci-fault-module.so: {deadline: 1}}\n' "$fault" >fault.yaml
# faulty FAULT COMMAND...
faulty() {
    echo "$1" >faults
    shift
    holder --config fault.yaml "$@"
}
error module_late faulty "hang C_Sign" csr new --key tte --subject "$subject"
error module_died faulty "crash C_Sign" csr new --key tte --subject "$subject"
# by_puk FAULT: a card whose module takes the PUK where nobody is logged in.
printf 'module: %s\nmodules: {kunci-fault-module.so: {reset: puk}}\n' "$fault" >puk.yaml
by_puk() {
    echo "$1" >faults
    shift
    "$KUNCI" --config puk.yaml --token budi pin reset --puk-file wrong --new-pin-file new --yes \
        "$@" </dev/null
}
echo 16180339 >new
error puk_incorrect by_puk "error CKR_PIN_INCORRECT C_SetPIN"
error puk_locked by_puk "error CKR_PIN_LOCKED C_SetPIN"
# By its name it is known what a module leaves to the card's own program.
by_tool() { # MODULE COMMAND...
    echo >faults
    cp "$fault" "$1"
    "$KUNCI" --module "$work/$1" --token budi "${@:2}" </dev/null
}
error token_tool by_tool libykcs11.so pin reset
error token_tool by_tool libykcs11.so key delete
error token_tool by_tool opensc-pkcs11.so pin change --so
error outcome_unknown faulty "crash C_GenerateKeyPair" key new --type p256 --label unknown

error token_none "$KUNCI" --module "$empty_module" key list
error token_not_found "$KUNCI" --token nobody key list
error token_ambiguous "$KUNCI" --token twin key list
error token_blank "$KUNCI" --token 'pkcs11:serial=' key list
error token_initialised kunci token init --label budi --so-pin-file so
error token_label kunci token init --erase --yes --label "$(printf 'x%.0s' {1..33})"

error pin_required kunci key list
error pin_source kunci key list --pin-file nowhere
error pin_length kunci key list --pin-file short
error pin_not_set "$KUNCI" --token new key list --pin-file pin
error pin_already_set kunci pin set --so-pin-file so --new-pin-file pin

# A right PIN takes the mark of a wrong one away again.
wrong_pin() {
    "$KUNCI" --token tried key list --pin-file pin --last-try >/dev/null 2>&1
    "$KUNCI" --token tried key list --pin-file wrong "$@"
}
wrong_so_pin() {
    "$KUNCI" --token tried pin reset --yes --so-pin-file so --new-pin-file pin \
        --last-try >/dev/null 2>&1
    "$KUNCI" --token tried pin reset --yes --so-pin-file wrong --new-pin-file pin "$@"
}
error pin_incorrect wrong_pin
error pin_count_low "$KUNCI" --token tried key list --pin-file pin
error so_pin_incorrect wrong_so_pin
error so_pin_count_low "$KUNCI" --token tried pin reset --yes --so-pin-file so --new-pin-file pin

error uri_invalid "$KUNCI" --token 'pkcs11:token=%4' key list
error uri_unknown "$KUNCI" --token 'pkcs11:colour=red' key list
error uri_repeated "$KUNCI" --token 'pkcs11:token=a;token=b' key list
error uri_misplaced "$KUNCI" --token 'pkcs11:token=a;pin-source=/x' key list
error uri_pin_value "$KUNCI" --token 'pkcs11:token=a?pin-value=1234' key list

error key_not_found holder key show --key nothing
error key_ambiguous holder key show --key double
error key_exists holder key new --type p256 --label tte
error attest_none holder key show --key tte --attest
error key_no_public holder csr new --key alone --subject "$subject"
error key_no_public holder csr new --key swapped --subject "$subject" # another's has its id
error sign_unsupported holder csr new --key tte --subject "$subject" --alg RSA-SHA256
error subject_invalid holder csr new --key tte --subject Budi
error csr_invalid "$KUNCI" csr show letter
error cert_invalid "$KUNCI" cert show letter
error trust_file "$KUNCI" cert verify tte.pem --trust letter
error trust_policy "$KUNCI" cert verify tte.pem --policy letter
error cert_not_found kunci cert show --cert nothing
error cert_ambiguous kunci cert show --cert tte
error cert_exists holder cert import tte.pem
error cert_no_key holder cert import ca.pem

"$KUNCI" lab up --dir lab >/dev/null 2>&1
mkdir half && cp lab/.kunci-lab half/ && mkdir half/tokens
error lab_exists "$KUNCI" lab up --dir lab
error lab_missing "$KUNCI" lab env --dir nowhere
error lab_unfinished "$KUNCI" lab up --dir half
"$KUNCI" lab down --dir lab >/dev/null
error proc_failed "$KUNCI" lab up --dir "a name" --with softhsm
# An installation without its authority.
mkdir -p alone/bin && cp "$KUNCI" alone/bin/ && ln -s "$(dirname "$KUNCI")/../lib" alone/lib
error lab_failed alone/bin/kunci lab up --dir lab3

# ---- what needs a person at a terminal ----

# at_terminal KEYS COMMAND...: types KEYS, a line each, whenever something is asked.
at_terminal() {
    local keys=$1
    shift
    expect -f - -- "$keys" "$@" 2>&1 <<'END'
log_user 1
set keys [split [lindex $argv 0] ","]
spawn -noecho {*}[lrange $argv 1 end]
foreach key $keys {
    expect -re {[]:?] $}
    send "$key"
}
expect eof
exit [lindex [wait] 3]
END
}
if [ ! -e /dev/pts/ptmx ]; then
    error() {
        seen[$1]=1
        flow_count=$((flow_count + 1))
        echo "ok $flow_count - $1 # SKIP no terminals here"
    }
fi
error declined at_terminal $'n\r' "$KUNCI" --token budi key delete --key other --pin-file pin
error pin_mismatch at_terminal $'27182818\r,27182819\r' "$KUNCI" --token budi pin change \
    --pin-file pin
error interrupted at_terminal $'\003' "$KUNCI" --token budi key list

# ---- the rest of the table ----

declare -A elsewhere=(
    [no_memory]=oom/oom
    [openssl_failed]=unit/base/test_error
    [proc_timeout]=unit/base/test_proc [proc_output]=unit/base/test_proc
    [module_failed]=unit/token/test_sessions
    [token_removed]=unit/token/test_sessions [token_busy]=unit/token/test_pins
    [token_write_protected]=unit/token/test_pins [token_full]=unit/token/test_ck
    [token_unable]=unit/token/test_ck [session_limit]=unit/token/test_sessions
    [pin_known_bad]=unit/token/test_pins [pin_final_try]=unit/token/test_pins
    [pin_locked]=unit/token/test_pins [pin_expired]=unit/token/test_ck
    [pin_refused]=unit/token/test_ck [so_pin_final_try]=unit/token/test_pins
    [so_pin_locked]=unit/token/test_pins
    [attest_invalid]=unit/x509/test_attest [cert_place]=flow/officer
    [fetch_failed]=unit/net/test_fetch [fetch_late]=unit/net/test_fetch
    [fetch_too_large]=unit/net/test_fetch [fetch_library]=unit/net/test_missing
    [alt_name_invalid]=flow/certs [lint_failed]=flow/certs [extension_invalid]=unit/x509/test_csr
    [usage_invalid]=unit/x509/test_csr [cert_unproved]=flow/certs [cert_old_stays]=flow/certs
    [profile_invalid]=flow/certs [profile_not_found]=flow/certs
    [profile_refused]=unit/x509/test_issue
    [key_weak]=unit/sign/test_cades [sign_cert_expired]=unit/sign/test_cades
    [sign_cert_early]=unit/sign/test_cades [sign_cert_usage]=unit/sign/test_cades
    [sign_no_cert]=flow/sign [file_changed]=flow/sign [sign_one_piece]=flow/sign
    [sign_same_output]=flow/sign [sign_incomplete]=flow/sign [join_invalid]=flow/sign
    [timestamp_failed]=flow/timestamp [timestamp_nowhere]=flow/timestamp
    [verify_no_signature]=flow/verify [cms_invalid]=unit/cms/test_check
    [sop_invalid]=unit/flow/test_procedure_wrong [sop_not_found]=flow/sop
    [sop_twice]=unit/flow/test_engine [sop_faulty]=flow/sop [play_unknown]=flow/sop
    [flow_not_possible]=unit/flow/test_engine [flow_no_right]=unit/flow/test_engine
    [flow_four_eyes]=unit/flow/test_engine [flow_document_missing]=unit/flow/test_engine
    [flow_field_missing]=unit/flow/test_engine [flow_rule]=unit/flow/test_engine
    [flow_condition]=unit/flow/test_engine [flow_reason_missing]=unit/flow/test_engine
    [flow_waiting]=unit/flow/test_engine [flow_over]=unit/flow/test_engine
    [flow_events_invalid]=unit/flow/test_entry
    [account_exists]=unit/ams/test_accounts [account_unknown]=unit/ams/test_accounts
    [login_refused]=flow/ams [session_none]=unit/ams/test_sessions [right_none]=unit/ams/test_routes
    [request_unknown]=flow/ams [body_invalid]=unit/ams/test_accounts
    [call_unknown]=unit/ams/test_routes [cert_unknown]=flow/ams [too_many]=unit/ams/test_sessions
    [ams_unset]=flow/ams [ams_missing]=flow/ams [ams_exists]=flow/ams
    [key_mismatch]=unit/x509/test_csr [key_type]=unit/token/test_keys [evp_unsupported]=unit/token/test_evp
    [listen_failed]=unit/net/test_listen
    [ams_refused]=unit/enrol/test_ams [ams_answer]=unit/enrol/test_ams
    [renew_nothing]=flow/renew [renew_early]=flow/renew [cert_not_as_asked]=flow/renew
    [request_rejected]=flow/renew [request_paused]=flow/renew
    [journal_busy]=flow/renew [journal_damaged]=flow/renew
    [store_failed]=unit/store/test_store [store_damaged]=unit/store/test_store
    [store_newer]=unit/store/test_store [audit_broken]=unit/audit/test_trail
    [renew_late]=unit/ams/test_requests [request_conflict]=unit/ams/test_requests
    [proof_invalid]=unit/ams/test_requests_wrong
    [decision_invalid]=unit/ams/test_requests_wrong [cert_state]=unit/ams/test_ca
)

every_row_is_shown() {
    local name missing=0
    for name in "${!exit_of[@]}"; do
        [ -n "${seen[$name]:-}" ] || [ -n "${elsewhere[$name]:-}" ] || {
            echo "$name is shown nowhere"
            missing=1
        }
    done
    return $missing
}
# The test that is said to show it names it.
the_others_do() {
    local name missing=0
    for name in "${!elsewhere[@]}"; do
        grep -qi "\b\(KUNCI_\)\?$name\b" "$root/tests/${elsewhere[$name]}".* || {
            echo "$name is not in ${elsewhere[$name]}"
            missing=1
        }
    done
    return $missing
}
ok "every row of the table is shown here or elsewhere" every_row_is_shown
ok "elsewhere is where it says" the_others_do
