# shellcheck shell=bash
# For the tokens that are a PIV card: the emulated card in a virtual reader, and a
# pcscd for it alone.
#
#   piv_up READER    the card in a reader of that name, with keys and certificates
#   DIR/card         insert | remove | slow MS | tries N | fail SW
#
# What is set here is read by lib.sh, and the other way round.
# shellcheck disable=SC2034,SC2154

token_packages=(pcscd vsmartcard-vpcd opensc opensc-pkcs11 yubico-piv-tool iproute2 util-linux
    openssl)
port=35963 # 0x8C7B; in a network namespace of its own it is always free

# An installation and a build tree have the emulator beside the scripts' folder.
card_program() {
    local file
    for file in "${token_scripts%/*}/kunci-piv-card" \
        "${BUILD:-$token_scripts/../../build/release}/lib/kunci/kunci-piv-card"; do
        [ ! -x "$file" ] || {
            echo "$file"
            return
        }
    done
    refuse "kunci-piv-card is not built"
}

# The path of pcscd's socket is compiled in; clients find ours by a variable.
make_namespaces() {
    cat <<END
mount --make-rprivate /
mkdir -p /run/pcscd
mount --bind "$dir/pcscd" /run/pcscd
ip link set lo up
# The reader sends the length of an APDU and the APDU apart: without this the second
# waits 44 ms for the first to be acknowledged.
ip route replace local 127.0.0.1 dev lo table local proto kernel scope host src 127.0.0.1 quickack 1
exec pcscd --foreground --config "$dir/reader"
END
}

# start_pcscd READER
start_pcscd() {
    mkdir "$dir/pcscd" "$dir/reader"
    # The daemon's socket is for whoever can reach this folder, which we alone can.
    printf '%s\n' "FRIENDLYNAME \"$1\"" "DEVICENAME /dev/null:0x8C7B" \
        "LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so" "CHANNELID 0x8C7B" >"$dir/reader/vpcd"
    make_namespaces >"$dir/namespaces.sh"
    start pcscd unshare --mount --net bash -e "$dir/namespaces.sh"
    wait_for pcscd grep -q ":$(printf %X $port) " "/proc/$started/net/tcp"
    export PCSCLITE_CSOCK_NAME=$dir/pcscd/pcscd.comm
    put PCSCLITE_CSOCK_NAME "$PCSCLITE_CSOCK_NAME"
}

make_card_script() {
    {
        echo '#!/bin/bash'
        echo '# insert | remove | slow MS | tries N | fail SW'
        # A writer would wait for ever where the card's process is gone.
        printf 'exec timeout 5 tee %q <<<"$*" >/dev/null\n' "$dir/control"
    } >"$dir/card"
    chmod 700 "$dir/card"
}

card_answers() {
    opensc-tool --atr | grep -q :
}

insert_card() {
    local program
    program=$(card_program)
    mkfifo "$dir/control"
    make_card_script
    start card nsenter --target "$started" --net "$program" 127.0.0.1 $port "$dir/control"
    wait_for "the card" card_answers
}

# fill_slot SLOT ALGORITHM READER: a key, and a certificate by an authority of the lab.
fill_slot() {
    local slot=$1 algorithm=$2 reader=$3 files=$dir/piv
    yubico-piv-tool -r "$reader" -a generate -s "$slot" -A "$algorithm" -o "$files/$slot.pub"
    openssl x509 -new -force_pubkey "$files/$slot.pub" -subj "/CN=Lab $slot" -days 365 \
        -CA "$files/ca.pem" -CAkey "$files/ca.key" -out "$files/$slot.pem"
    yubico-piv-tool -r "$reader" -a import-certificate -s "$slot" -i "$files/$slot.pem"
}

# The card is as it comes from the factory but for its four keys.
piv_up() {
    local reader=$1
    need_namespaces mount net ipc
    start_pcscd "$reader"
    insert_card
    mkdir "$dir/piv"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Lab CA" \
        -days 365 -keyout "$dir/piv/ca.key" -out "$dir/piv/ca.pem"
    fill_slot 9a RSA2048 "$reader"
    fill_slot 9c ECCP256 "$reader"
    fill_slot 9d ECCP384 "$reader"
    fill_slot 9e ECCP256 "$reader"
    put KUNCI_TOKEN_CARD "$dir/card"
    put_pin user 123456
    put_pin puk 12345678
}
