# shellcheck shell=bash disable=SC2154 # tests/kill/run's
# For scenarios of tests/kill/run in which a certificate is renewed: a lab in which that of
# Budi Santoso can be, its authority not running.
#
#   lab_state RULE   makes state/: by which procedure renewals run
#   k WORD...        kunci in the lab, answering in JSON
#   serve WORD...    the authority at work, "$KUNCID" unless other words are given
#   unserve          ends it
#   decided          the operator verifies, the head approves what waits for them
#   looked           prints what does not agree after the renewal

public_url() {
    sed -n 's/.*"public_url": "\(.*\)".*/\1/p' kunci.yaml
}
k() {
    timeout 60 "$KUNCI" --config kunci.yaml --json --yes "$@" </dev/null
}
budi=(--token "Budi Santoso" --pin-file pins/budi.pin)

is_ready() {
    curl -sf -o /dev/null --max-time 5 "$(public_url)/health"
}
serve() {
    local tries
    [ $# -gt 0 ] || set -- "$KUNCID"
    # shellcheck disable=SC2034 # for under()
    local become=exec
    "$@" --config kunci.yaml ams serve </dev/null >>ams/kuncid.log 2>&1 &
    serving=$!
    for ((tries = 0; tries < 300; tries++)); do
        ! is_ready || return 0
        kill -0 $serving 2>/dev/null || return
        sleep 0.05
    done
    return 1
}
unserve() {
    [ -n "${serving:-}" ] || return 0
    kill "$serving" 2>/dev/null
    wait "$serving" 2>/dev/null
    serving=
}

number_of() { # ANSWER
    [[ $1 =~ \"request\":([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}
decided() { # REQUEST
    k request verify "$1" --token "Operator Lab" --pin-file pins/operator.pin
    k request approve "$1" --token "Kepala Badan Lab" --pin-file pins/kepala.pin
}
enrolled() {
    local answer
    echo "surat contoh" >people/surat
    answer=$(k enrol "${budi[@]}" --account budi --password-file pins/budi.password --type p256 \
        --fields people/budi.fields --attach surat-rekomendasi=people/surat --no-wait) &&
        decided "$(number_of "$answer")" &&
        k enrol "${budi[@]}" --account budi --password-file pins/budi.password
}
lab_state() { # RULE
    "$KUNCI" lab up --dir "$place/run" && cd "$place/run" || return
    export SOFTHSM2_CONF=$place/run/softhsm2.conf XDG_STATE_HOME=$place/run/state
    serving=$(cut -d ' ' -f 1 ams/kuncid.pid)
    enrolled || return
    kill "$serving"
    while kill -0 "$serving" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$serving/status"; do
        sleep 0.05
    done
    serving=
    rm -r state/* ams/kuncid.pid
    # The folder of procedures beside what is shipped; 710 days later.
    sed -i -e "s|renewal=kapuas-2026|$1|" -e "2i \"procedures\": \"$here/../lib/procedures\"," kunci.yaml
    printf '%+011d\n' $((710 * 86400)) >clock
    cd "$place" && mv run state
}

# The folder of a token, by its label: its name ends with the serial number.
token_folder() { # LABEL
    local serial folder
    serial=$(k token list | sed "s/.*\"label\":\"$1\"[^}]*\"serial\":\"\([0-9a-f]*\)\".*/\1/")
    for folder in tokens/*; do
        [[ $(tr -d - <<<"${folder#tokens/}") != *"$serial" ]] || echo "$place/run/$folder"
    done
}

agreed() { # whole, or nothing
    "$AGREE" . budi "Budi Santoso" pins/budi.pin "$@"
}
# The authority, at work, says the same as the store.
looked() {
    local said label revoked=0 good=0
    for label in $(k cert list --token "Budi Santoso" | grep -o '"label":"[^"]*"' |
        cut -d '"' -f 4 | tr ' ' '+'); do
        said=$(k cert verify --token "Budi Santoso" --cert "${label//+/ }")
        [[ $said != *'"reason":"REVOKED_NO_POE"'* ]] || revoked=$((revoked + 1))
        [[ $said != *'"indication":"TOTAL-PASSED"'* ]] || good=$((good + 1))
    done
    [ "$revoked $good" = "1 1" ] || echo "OCSP: $revoked revoked, $good good"
    said=$(k audit verify) || echo "audit: $said"
    agreed whole
}
