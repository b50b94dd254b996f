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

echo 'remote: |p11-kit remote /usr/lib/softhsm/libsofthsm2.so' >config/soft.module
ok "one that p11-kit runs elsewhere is used" shows budi
ok "and started anew" configured timeout 20 "$KUNCI" token watch --timeout 1
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

# ---- built wrongly ----

printf 'module: /usr/lib/softhsm/libsofthsm2.so\n' >config/soft.module
rm config/a.module config/z.module
wrong=${KUNCI%/bin/kunci}/tests/wrong
printf 'modules: {hangs.so: {deadline: 1}}\n' >kunci.yaml
export KUNCI_CONFIG=$work/kunci.yaml
paths=()
for name in no_list refuses null_list holes half aborts hangs undefined; do
    printf 'module: %s\n' "$wrong/$name.so" >"config/$name.module"
    paths+=("$wrong/$name.so")
done
ok "those that were built wrongly hide nothing and are named" shows budi "${paths[@]}"
rm config/[!s]*.module
nothing_to_ask() {
    local answer
    answer=$("$KUNCI" --module "$wrong/half.so" token list --json)
    [ $? = 3 ] && [[ $answer == *'"module_failed"'* ]]
}
ok "one without a list of slots has failed" nothing_to_ask

# One that answers nothing, or dies, after it was loaded.
export KUNCI_FAULT_FILE=$work/faults
fault=${KUNCI%/bin/kunci}/lib/kunci/kunci-fault-module.so
printf 'module: %s\n' "$fault" >config/fault.module
printf 'modules: {kunci-fault-module.so: {deadline: 1}}\n' >kunci.yaml
for how in hang crash; do
    echo "$how C_Initialize" >faults
    ok "one that does $how when it is started is named" shows budi "$fault"
    echo "$how C_GetSlotList" >faults
    ok "one that does $how when it is asked is named" shows budi "$fault"
done
