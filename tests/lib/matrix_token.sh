# shellcheck shell=bash disable=SC2154,SC2034 # what is shared with matrix.sh
# For tests/flow/matrix.sh: what is tried on a token, in this order.

types=(rsa2048 rsa3072 rsa4096 p256 p384 p521 ed25519)
algorithms=(RSA-SHA256:rsa2048 RSA-SHA384:rsa2048 RSA-SHA512:rsa2048 PSS-SHA256:rsa2048
    PSS-SHA512:rsa2048 ECDSA-SHA256:p256 ECDSA-SHA384:p384 ECDSA-SHA512:p521 Ed25519:ed25519)

measure_token() {
    bare token list
    tell
    expect "not listed" has "\"label\":\"$KUNCI_TOKEN_LABEL\""
    cell "token list" "$outcome"
    try token info
    cell "token info" "$outcome"
    [[ $said =~ \"key_types\":\[([^]]*)\] ]]
    outcome=${BASH_REMATCH[1]//\"/}
    cell "types of key it offers" "${outcome//,/ }"
    bare token watch --timeout 1
    tell
    cell "token watch" "$outcome"
    try pin status
    cell "pin status" "$outcome"
}

# field NAME: the first of that name in what was answered.
field() {
    [[ $said =~ \"$1\":\"([^\"]*)\" ]] && echo "${BASH_REMATCH[1]}"
}

# ---- keys ----

# A card comes with some, at fixed places; what is made here goes before them.
declare -A keys

measure_new_keys() {
    local type by=()
    keys=()
    [ ! -e "$folder/card" ] || keys=([rsa2048]=01 [p256]=02 [p384]=03)
    takes key new --so-pin-file && by=("${officer[@]}")
    made=
    for type in "${types[@]}"; do
        try key new --type "$type" --label "tanda-$type" "${holder[@]}" "${by[@]}"
        cell "key new, $type" "$outcome"
        if [ "$outcome" = yes ]; then
            keys[$type]=$(field id) # a card has labels of its own
            made=$type
        fi
    done
    outcome="no key"
    if [ -n "$made" ]; then
        try key show --key "${keys[$made]}" "${holder[@]}"
        all_true has_private has_public sensitive always_sensitive never_extractable \
            made_on_token id_conforms
    fi
    cell "made so that it never leaves" "$outcome"
}

# all_true FIELD...: a "yes" becomes one but for those that are false.
all_true() {
    local field not=()
    [ "$outcome" = yes ] || return
    for field; do says_true "$field" || not+=("$field"); done
    [ ${#not[@]} = 0 ] || outcome="yes, but ${not[*]}"
}

measure_keys() {
    local key=${keys[${made:-rsa2048}]:-}
    try key list "${holder[@]}"
    if [ -n "$key" ]; then
        expect "not listed" says_true has_private has_public
    else
        expect "one is listed" has '"keys":[]'
        [ "$outcome" != yes ] || outcome="yes, none"
    fi
    cell "key list" "$outcome"
    outcome="no key"
    if [ -n "$key" ]; then
        try key show --key "$key" "${holder[@]}"
        expect "no public half" has "BEGIN PUBLIC KEY"
    fi
    cell "key show" "$outcome"
}

# ---- signatures, by way of a request ----

sign_request() { # KEY ALGORITHM FILE
    rm -f "$3"
    try csr new --key "$1" --alg "$2" --subject "CN=Budi Santoso" "${holder[@]}" -o "$3"
    expect "a wrong signature" openssl req -in "$3" -noout -verify
}

measure_signatures() {
    local pair key
    for pair in "${algorithms[@]}"; do
        key=${keys[${pair#*:}]:-}
        outcome="no key"
        [ -z "$key" ] || sign_request "$key" "${pair%:*}" "$folder/request.pem"
        cell "csr new, ${pair%:*}" "$outcome"
    done
}

# ---- certificates ----

issue() { # FILE
    openssl x509 -req -in "$folder/request.pem" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
        -days 30 -out "$1" 2>>"$folder/notes"
}

exported() { # FILE
    cmp <(openssl x509 -in "$folder/exported.pem" -outform DER) <(openssl x509 -in "$1" -outform DER)
}

measure_certificates() {
    local key=${keys[rsa2048]:-${keys[p256]:-}} there=''
    certificate=''
    cell "csr show" "no key"
    cell "cert import" "no key"
    if [ -n "$key" ] && sign_request "$key" "$([ -n "${keys[rsa2048]:-}" ] && echo RSA-SHA256 ||
        echo ECDSA-SHA256)" "$folder/request.pem" && [ "$outcome" = yes ]; then
        bare csr show "$folder/request.pem"
        tell
        expect "another subject" has "CN=Budi Santoso"
        cell "csr show" "$outcome"
        issue "$folder/issued.pem"
        try cert import "$folder/issued.pem" "${holder[@]}" "${officer[@]}"
        cell "cert import" "$outcome"
        if [ "$outcome" = yes ]; then
            there=$folder/issued.pem
            certificate=$(field label)
        fi
    fi
    if [ -z "$there" ] && [ -e "$folder/piv/9a.pem" ]; then # the first that the card has
        kunci cert list
        certificate=$(field label)
        there=$folder/piv/9a.pem
    fi
    measure_certificate "$certificate" "$there"
}

measure_certificate() { # KEY FILE
    local certificates=("cert list" "cert show" "cert export" "cert delete")
    if [ -z "$2" ]; then
        try cert list
        expect "one is listed" has '"certificates":[]'
        [ "$outcome" != yes ] || outcome="yes, none"
        cell "cert list" "$outcome"
        for outcome in "${certificates[@]:1}"; do cell "$outcome" "no certificate"; done
        return
    fi
    try cert list
    expect "not beside its key" says_true has_key
    cell "cert list" "$outcome"
    try cert show --cert "$1"
    cell "cert show" "$outcome"
    try cert export --cert "$1" -o "$folder/exported.pem"
    expect "another certificate" exported "$2"
    cell "cert export" "$outcome"
}

not_there() { # KIND NAME
    kunci "$1" list "${holder[@]}"
    [ "$code" = 0 ] && ! has "\"label\":\"$2\"" && ! has "\"id\":\"$2\""
}

certificate_gone() {
    kunci cert show --cert "$certificate"
    [ "$code" != 0 ]
}

# Last of all that needs them.
measure_deletion() {
    local key=${keys[rsa2048]:-${keys[p256]:-}}
    outcome="no key"
    if [ -n "$key" ]; then
        try cert delete --cert "${certificate:-$key}" "${holder[@]}" "${officer[@]}"
        [ "$outcome" != cert_not_found ] || outcome="no certificate"
        expect "says so, and it stays" certificate_gone
        cell "cert delete" "$outcome"
        try key delete --key "$key" "${holder[@]}"
        expect "says so, and it stays" not_there key "$key"
    fi
    cell "key delete" "$outcome"
}

# ---- many at once ----

processes_at_once() { # KEY
    local i
    for i in 1 2 3 4 5 6 7 8; do
        (
            try csr new --key "$1" --subject CN=Budi "${holder[@]}" -o "$folder/many.$i.pem" --force
            expect "a wrong signature" openssl req -in "$folder/many.$i.pem" -noout -verify
            echo "$outcome" >"$folder/many.$i"
        ) &
    done
    wait
    outcome=$(cat "$folder"/many.[1-8] | sort -u | paste -sd' ')
}

measure_many() {
    local key=${keys[rsa2048]:-${keys[p256]:-}}
    cell "8 processes at once" "no key"
    cell "8 threads at once" "no key"
    [ -n "$key" ] || return
    again processes_at_once "$key"
    cell "8 processes at once" "$outcome"
    again threads_at_once "$key"
    cell "8 threads at once" "$outcome"
}

# again FUNCTION WORD...: one that fails now and then does so soon.
again() {
    local i
    for ((i = 0; i < rounds; i++)); do
        "$@"
        [ "$outcome" = yes ] || break
    done
    [ "$outcome" = yes ] || outcome=$not_always
}

threads_at_once() { # KEY
    outcome=$(KUNCI_TOKEN_KEY=$1 timeout "$patience" "$folder/run" "$real/threads" 8 5 \
        2>>"$folder/notes") || outcome="ends with $?"
    echo "threads: $outcome" >>"$folder/notes"
}

# ---- a card that is taken out ----

# seen WORD FILE: "late" is long after the deadline of a call that did not come back.
seen() {
    local i
    for ((i = 0; i < 300; i++)); do
        if grep -q "$1" "$2"; then
            outcome=yes
            [ $i -lt 200 ] || outcome=late # the deadline is 15 s
            return
        fi
        sleep 0.1
    done
    outcome="not seen"
}

measure_pulling() {
    [ -e "$folder/card" ] || return
    # With the usual deadline: the time that a call may take is what is looked at.
    timeout "$patience" "$folder/run" "$KUNCI" --json --module "$KUNCI_TOKEN_MODULE" token watch \
        --timeout 90 >"$folder/watched" 2>>"$folder/notes" &
    local watching=$!
    sleep 1.5 # until it looks
    "$folder/card" remove
    seen '"out"' "$folder/watched"
    cell "token watch says it is gone" "$outcome"
    try key list "${holder[@]}"
    cell "key list without it" "$outcome"
    "$folder/card" insert
    seen '"in"' "$folder/watched"
    cell "token watch says it is back" "$outcome"
    kill $watching 2>/dev/null
    wait $watching 2>/dev/null
    try key list "${holder[@]}"
    cell "key list with it again" "$outcome"
}

# ---- PINs ----

opens() {
    kunci key list "${holder[@]}" && [ "$code" = 0 ]
}

measure_pins() {
    echo 27182818 >"$folder/new.pin"
    try pin change "${holder[@]}" --new-pin-file "$folder/new.pin"
    [ "$outcome" != yes ] || holder=(--pin-file "$folder/new.pin")
    expect "says so, and the new one is refused" opens
    cell "pin change" "$outcome"
    # An officer whose PIN is 24 bytes wants 24 new ones.
    sed 's/[0-9]/7/g;s/7$/1/' "$folder/so.pin" >"$folder/new-so.pin"
    try pin change --so "${officer[@]}" --new-so-pin-file "$folder/new-so.pin"
    cell "pin change --so" "$outcome"
    [ "$outcome" != yes ] || officer=(--so-pin-file "$folder/new-so.pin")
    reset_pin 16180339
    cell "pin reset" "$outcome"
}

# reset_pin PIN: by the officer, or where the command knows how, by a card's PUK.
reset_pin() {
    local whose="by SO PIN" means=("${officer[@]}")
    echo "$1" >"$folder/reset.pin"
    if [ -e "$folder/puk.pin" ] && takes pin reset --puk-file; then
        whose="by PUK" means=(--puk-file "$folder/puk.pin")
    fi
    settings=("${unblocking[@]}")
    try pin reset "${means[@]}" --new-pin-file "$folder/reset.pin"
    settings=()
    [ "$outcome" = yes ] || return
    holder=(--pin-file "$folder/reset.pin")
    expect "$whose, but the PIN is refused" opens
    [ "$outcome" != yes ] || outcome=$whose
}

measure_init() {
    try token init --erase --label "$KUNCI_TOKEN_LABEL" "${officer[@]}"
    cell "token init --erase" "$outcome"
    echo 14142135 >"$folder/first.pin"
    try pin set "${officer[@]}" --new-pin-file "$folder/first.pin"
    holder=(--pin-file "$folder/first.pin")
    expect "says so, and the PIN is refused" opens
    cell "pin set" "$outcome"
}

# ---- wrong PINs, on a token that is thrown away ----

wrong() {
    echo $((90000000 + ++wrong_count)) >"$folder/wrong.pin"
}

measure_wrong_pins() {
    local tries=0 states=() answers=()
    wrong_count=0
    echo 27182818 >"$folder/new.pin"
    wrong
    try pin change --pin-file "$folder/wrong.pin" --new-pin-file "$folder/new.pin"
    cell "pin change, wrong PIN" "$outcome"
    kunci key list "${holder[@]}" --last-try # makes up for it
    wrong
    try key list --pin-file "$folder/wrong.pin"
    cell "a wrong PIN" "$outcome"
    try key list "${holder[@]}"
    cell "then the right one" "$outcome"
    try key list "${holder[@]}" --last-try
    cell "the same with --last-try" "$outcome"
    while [ $tries -lt 5 ]; do
        wrong
        try key list --pin-file "$folder/wrong.pin" --last-try
        answers+=("$outcome")
        tries=$((tries + 1))
        pin_state
        states+=("$outcome")
        [[ $outcome != locked && ${answers[-1]} == pin_incorrect ]] || break
    done
    cell "wrong ones in a row" "$(words "${answers[@]}")"
    cell "what pin status says after each" "$(words "${states[@]}")"
    try key list "${holder[@]}" --last-try
    cell "the right one after these" "$outcome"
    reset_pin 16180339
    cell "pin reset after these" "$outcome"
    # As long as the right one, whatever the officer's PIN is.
    sed 's/[0-9]/9/g' "$folder/so.pin" >"$folder/wrong.pin"
    try pin reset --so-pin-file "$folder/wrong.pin" --new-pin-file "$folder/reset.pin"
    cell "a wrong SO PIN" "$outcome"
}

# words WORD...: one after the other, those that repeat counted.
words() {
    printf '%s\n' "$@" | uniq -c | sed 's/^ *1 //;s/^ *\([0-9]*\) \(.*\)/\2 (\1 times)/' |
        awk 'NR > 1 { printf ", " } { printf "%s", $0 } END { print "" }'
}
