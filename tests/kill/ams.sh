# shellcheck shell=bash disable=SC2034,SC2154
# The authority, from its start over a renewal by kapuas-2026 with its decisions to its end:
# what it acknowledged is there when it is started again, and the renewal ends well.
. "$here/../lib/kill.sh"
program=kuncid

prepare() {
    lab_state renewal=kapuas-2026
}
pulled() {
    [ -n "${folder:-}" ] || folder=$(token_folder "CA Lab")
    echo "$folder"
}
renewed() { # as far as it goes without waiting
    local answer
    answer=$(k renew "${budi[@]}" --no-wait) || { echo "$answer"; return 1; }
    number=$(number_of "$answer")
    [[ $answer != *'"finished":true'* ]]
}
victim() {
    serve under "$KUNCID" --module "$FAULT" --in-process
    renewed && decided "$number" && k renew "${budi[@]}" --no-wait
    unserve
}
again() {
    local number
    meanwhile=$(agreed 2>&1)
    serve || return
    # It may be over: then the next would be too early. Or nobody has to decide any more.
    if ! agreed whole >/dev/null 2>&1 && renewed; then
        decided "$number"
        k renew "${budi[@]}" --no-wait
    fi
}
checked() {
    [ -z "$meanwhile" ] || printf '%s\n' "after the run:" "$meanwhile" "after the next:"
    looked
}
finish() {
    unserve
}
