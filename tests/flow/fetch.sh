#!/bin/bash
# Fetching from servers that others wrote: busybox httpd, and s_server for https.
. "$(dirname "$0")/../lib/flow.sh"

fetch=$(dirname "$KUNCI")/../tests/real/fetch
[ -x "$fetch" ] || bail "$fetch is not built"

free_port() {
    perl -MIO::Socket::INET -e '
        print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}
ends() { # CODE COMMAND...
    local wanted=$1 code=0
    "${@:2}" || code=$?
    [ $code = "$wanted" ]
}
up() { # PORT
    local i
    for ((i = 0; i < 100; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        sleep 0.1
    done
    return 1
}

mkdir "$work/www"
head -c 3000000 /dev/urandom >"$work/www/crl.der"
: >"$work/www/empty"
port=$(free_port)
busybox httpd -f -p "127.0.0.1:$port" -h "$work/www" &
httpd=$!
trap 'kill $httpd $tls 2>/dev/null; flow_end' EXIT
tls=

ok "httpd answers" up "$port"
"$fetch" "http://127.0.0.1:$port/crl.der" >"$work/got"
ok "a file comes whole" cmp "$work/got" "$work/www/crl.der"
"$fetch" "http://127.0.0.1:$port/empty" >"$work/got"
ok "an empty one too" cmp "$work/got" "$work/www/empty"
ok "one that is not there does not" ends 3 "$fetch" "http://127.0.0.1:$port/none"

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/tls.key" -out "$work/tls.pem" -days 2 \
    -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
port=$(free_port)
(cd "$work/www" && exec openssl s_server -WWW -quiet -accept "127.0.0.1:$port" \
    -cert "$work/tls.pem" -key "$work/tls.key") &
tls=$!
ok "s_server answers" up "$port"
SSL_CERT_FILE=$work/tls.pem "$fetch" "https://127.0.0.1:$port/crl.der" >"$work/got"
ok "https from a server that is believed" cmp "$work/got" "$work/www/crl.der"
ok "from no other" ends 3 "$fetch" "https://127.0.0.1:$port/crl.der"
ok "nor one of another name" ends 3 \
    env SSL_CERT_FILE="$work/tls.pem" "$fetch" "https://localhost:$port/crl.der"
