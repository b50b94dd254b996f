# shellcheck shell=bash
# For flow tests: an authority that runs, with a token each for it, officials and operators,
# in $work. Sourced after flow.sh.
#
#   holders_up RULE...           renewal=..., issuance=...: brings it up
#   of NAME COMMAND...           kunci with that person's token
#   by NAME COMMAND...           the same, the PIN given
#   ahead DAYS                   moves everybody's clock to so many days from the start
#   password_of NAME             file with the account's password
# shellcheck disable=SC2154 # flow.sh

serving=
free_port() {
    perl -MIO::Socket::INET -e \
        'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport . "\n"'
}

# One folder a token: processes that run at the same time lose sight of others'.
token_of() {
    local folder=$work/tokens/$1
    mkdir -p "$folder/tokens"
    printf 'directories.tokendir = %s/tokens\nlog.level = ERROR\n' "$folder" >"$folder/softhsm2.conf"
    [ "${2:-}" = blank ] || SOFTHSM2_CONF=$folder/softhsm2.conf softhsm2-util --init-token --free \
        --label "$1" --so-pin 31415926 --pin 48151623 >"$work/made"
}

settings() { # RULE...
    local port public
    port=$(free_port) public=$(free_port)
    cat <<END
module: $(pkg-config --variable=p11_module_path p11-kit-1 2>/dev/null)/../softhsm/libsofthsm2.so
clock: $work/clock
procedures: $root/tests/lib/procedures
authority: {url: "https://127.0.0.1:$port", ca: $work/root.pem}
ams:
  store: $work/ams.db
  token: ca
  pin_file: $work/pin
  listen: 127.0.0.1:$port
  url: https://127.0.0.1:$port
  public: 127.0.0.1:$public
  public_url: http://127.0.0.1:$public
  renewal_days: 30
  rules: [$(printf '%s, ' "$@")]
END
}

ahead() {
    printf '%+011d\n' $(($1 * 86400)) >"$work/clock.new" && cat "$work/clock.new" >"$work/clock"
    [ -z "$serving" ] || answers
}

of() {
    local name=$1
    shift
    SOFTHSM2_CONF=$work/tokens/$name/softhsm2.conf XDG_STATE_HOME=$work/state/$name \
        KUNCI_CONFIG=$work/kunci.yaml "$KUNCI" "$@" </dev/null
}
by() {
    of "$@" --pin-file "$work/pin"
}

password_of() {
    echo "$work/$1.password"
}

data_of() { # NAME NIK
    echo "{nik: \"$2\", nip: \"198501012010011001\", name: $1 Contoh, email: $1@contoh.go.id}"
}

account() { # NAME NIK [ROLE]
    local name=$1 role=${3:+--role $3}
    data_of "$name" "$2" >"$work/$name.yaml"
    echo "sandi rahasia $name" >"$(password_of "$name")"
    # shellcheck disable=SC2086 # words
    set -- ams user add "$name" --data "$work/$name.yaml" --scope kapuas $role \
        --password-file "$(password_of "$name")"
    if [ -f "$work/$name.csr" ]; then
        by ca "$@" --csr "$work/$name.csr" -o "$work/$name.pem" &&
            by "$name" cert import "$work/$name.pem"
    else
        by ca "$@" --subject "C=ID, O=Dinas Contoh, CN=$name Contoh"
    fi
}

certified() { # NAME
    by "$1" key new --type p256 --label tanda-tangan &&
        by "$1" csr new --subject "C=ID, O=Dinas Contoh, OU=Bidang Persandian, CN=$1 Contoh" -o "$work/$1.csr"
}

serve() {
    SOFTHSM2_CONF=$work/tokens/ca/softhsm2.conf KUNCI_CONFIG=$work/kunci.yaml \
        "$KUNCI" ams serve --pin-file "$work/pin" </dev/null >"$work/served" 2>&1 &
    serving=$!
    answers
}

# Until it answers with a TLS certificate of that day.
answers() {
    local tries=0
    until by budi request list --mine --cert nobody >"$work/asked" 2>&1 || ! grep -q fetched "$work/asked"; do
        kill -0 $serving 2>/dev/null && [ $((tries += 1)) -lt 100 ] || return 1
        sleep 0.1
    done
}

unserve() {
    kill "$serving" && wait "$serving"
    serving=
}

# A trap in the place of flow.sh's, which it calls.
holders_end() {
    local code=$?
    [ -z "$serving" ] || kill "$serving" 2>/dev/null
    (exit $code)
    flow_end
}

holders_up() {
    local name
    echo 48151623 >"$work/pin"
    ahead 0
    settings "$@" >"$work/kunci.yaml"
    sed -i "s#^module: .*#module: $(find /usr/lib -name libsofthsm2.so | head -1)#" "$work/kunci.yaml"
    token_of siti blank
    for name in ca budi satu dua; do
        token_of $name || return
    done
    by ca ams init "Otoritas Contoh" -o "$work/root.pem" || return
    for name in budi satu dua; do
        certified $name || return
    done
    account budi 6203010101850001 && account siti 6203014101850002 &&
        account satu 6203010101800003 op && account dua 6203010101800004 op && serve
}
