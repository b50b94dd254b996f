#!/bin/bash
# The modules of p11-kit's configuration: what is broken is named and hides nothing.
# The configuration is hidden from, and another one shown to, one process each time.
. "$(dirname "$0")/../lib/flow.sh"

cd "$work" || exit 1
mkdir tokens config
printf 'directories.tokendir = %s/tokens\n' "$work" >softhsm2.conf
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm2-util --init-token --free --label budi --so-pin 31415926 --pin 48151623 >/dev/null

# configured COMMAND...: sees the files in config/ and no others.
configured() {
    # shellcheck disable=SC2016 # the inner shell's words
    unshare -m bash -c 'mount --bind "$0" /usr/share/p11-kit/modules && exec "$@"' \
        "$work/config" "$@"
}
configured true 2>/dev/null || {
    flow_count=1
    echo "ok 1 - modules # SKIP no mounts of its own here"
    exit 0
}

# shows TOKEN BROKEN...: the token is listed, and each of these as broken.
shows() {
    local answer path
    answer=$(configured "$KUNCI" token list --json) || return
    echo "$answer"
    [[ $answer == *"\"label\":\"$1\""* ]] || return
    shift
    for path; do
        [[ $answer == *"\"name\":\"$path\""* ]] || return
    done
    [ $# -gt 0 ] || [[ $answer == *'"broken":[]'* ]]
}

echo 'module: /usr/lib/softhsm/libsofthsm2.so' >config/soft.module
ok "a module of the configuration is used" shows budi
echo 'module: /nowhere/vendor.so' >config/a.module
ok "one that is not there is named" shows budi /nowhere/vendor.so
printf 'module: /etc/passwd\n' >config/z.module
ok "and so are two" shows budi /nowhere/vendor.so /etc/passwd
printf 'module: /nowhere/vendor.so\ncritical: yes\n' >config/a.module
ok "one that is called critical hides no other" shows budi /nowhere/vendor.so /etc/passwd
printf 'module: /usr/lib/softhsm/libsofthsm2.so\ntrust-policy: yes\n' >config/soft.module
no_modules() {
    local answer
    answer=$(configured "$KUNCI" token list --json)
    [ $? = 3 ] && [[ $answer == *'"module_none"'* ]]
}
ok "a store of trusted certificates is none of ours" no_modules
