# shellcheck shell=bash
# For tests/tokens/NAME, each of which brings one kind of token up in a folder,
# beside whatever the machine has of its own, and takes it away again:
#
#   NAME packages    the Debian packages it needs, a line each
#   NAME up DIR      makes DIR, an isolated token in it, and what a client needs:
#                      DIR/env        variables, as lines for a shell
#                      DIR/run        runs a command where the token can be reached
#                      DIR/*.pin      user, so and, for cards, puk: a PIN and a line end
#   NAME down DIR    ends what "up" started, and nothing else, and removes DIR
#
# A token defines token_packages and token_up, which works in $dir, stops at the
# first command that fails and prints into DIR/log; then it calls token_main "$@".
# "up" ends with 3 where the machine has not what it takes.

# What is set here is read by those who source it, and the other way round.
# shellcheck disable=SC2034,SC2154,SC2119,SC2120

set -euo pipefail
umask 077
token_name=$(basename "$0")
# As it was called, not resolved: an installation and a build tree are laid out alike.
token_scripts=$(cd "$(dirname "$0")" && pwd)
dir=

# ---- for token_up ----

# refuse SENTENCE: ends "up"; the last line of the log is what is told.
refuse() {
    echo "$*"
    exit 1
}

# put NAME VALUE: a variable that clients get.
put() {
    printf "export %s='%s'\n" "$1" "${2//\'/\'\\\'\'}" >>"$dir/env"
}

# put_pin user|so|puk PIN: clients get the name of its file, never the PIN.
put_pin() {
    local -A variables=([user]=PIN [so]=SO_PIN [puk]=PUK)
    printf '%s\n' "$2" >"$dir/$1.pin"
    put "KUNCI_TOKEN_${variables[$1]}_FILE" "$dir/$1.pin"
}

# Eight digits that nobody can guess.
random_pin() {
    local bytes pin=
    while [ ${#pin} -lt 8 ]; do
        bytes=$(od -An -N8 -tu1 /dev/urandom)
        # 250 and above would make some digits likelier than others.
        for byte in $bytes; do [ "$byte" -ge 250 ] || pin+=$((byte % 10)); done
    done
    echo "${pin:0:8}"
}

# library_file NAME: where Debian keeps a library, on this kind of machine.
library_file() {
    local folder
    for folder in "/usr/lib/$(uname -m)-linux-gnu" /usr/lib; do
        [ ! -e "$folder/$1" ] || {
            echo "$folder/$1"
            return
        }
    done
    refuse "$1 is not installed"
}

# Kept with the time it started: an id alone may be somebody else's later on.
started_at() {
    local about
    about=$(<"/proc/$1/stat") || return 1
    read -ra about <<<"${about##*) }" # the name before may hold spaces
    [ "${about[0]}" != Z ] || return 1 # ended, and nobody asked how
    echo "${about[19]}"
} 2>/dev/null

# start NAME COMMAND...: in the background, away from the terminal, and noted for
# "down". Its id is $started, what it says is in DIR/NAME.log.
start() {
    started_log=$dir/$1.log
    shift
    setsid "$@" </dev/null >"$started_log" 2>&1 3>&- &
    started=$!
    echo "$started $(started_at $started)" >>"$dir/processes"
}

# wait_for WHAT COMMAND...: until it succeeds, while what was started last lives.
wait_for() {
    local what=$1 try
    shift
    for ((try = 0; try < 200; try++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        kill -0 "$started" 2>/dev/null || break
        sleep 0.05
    done
    refuse "$what does not answer: $(tail -n 1 "$started_log")"
}

# make_run [COMMAND...]: what DIR/run puts before the command it is given, which
# begins in the folder of the caller even where namespaces are entered.
make_run() {
    {
        echo '#!/bin/bash'
        printf '. %q/env\n' "$dir"
        printf 'exec %s env --chdir="$PWD" "$@"\n' "$*"
    } >"$dir/run"
    chmod 700 "$dir/run"
}

# need_namespaces KIND...: as unshare names them. Root of a container may make none.
need_namespaces() {
    unshare "${@/#/--}" true || {
        echo "it needs root, for namespaces of its own ($*)"
        exit 3
    }
}

# ---- the verbs ----

usage() {
    echo "usage: $token_name packages | up DIR | down DIR" >&2
    exit 2
}

# The name goes into settings files of many kinds, and into those of sockets.
check_dir() {
    [[ $dir =~ ^/[A-Za-z0-9._/+@-]{1,80}$ ]] || {
        echo "$token_name: $dir has too long a name, or other characters than A-Z a-z 0-9 . _ + @ -" >&2
        exit 2
    }
}

check_packages() {
    local installed missing=() package
    command -v dpkg-query >/dev/null || return 0 # not Debian: what is missing shows later
    installed=" $(dpkg-query -W -f '${Package}/${db:Status-Status} ' "${token_packages[@]}" 2>/dev/null || true)"
    for package in "${token_packages[@]}"; do
        [[ $installed == *" $package/installed "* ]] || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] || {
        echo "$token_name: packages are missing; apt-get install ${missing[*]}" >&2
        exit 3
    }
}

# end_process ID STARTED: asked first, then made to.
end_process() {
    local try
    for ((try = 0; try < 100; try++)); do
        [ "$(started_at "$1")" = "$2" ] || return 0
        case $try in
        0) kill "$1" ;;
        60) kill -9 "$1" ;;
        esac 2>/dev/null || true
        sleep 0.05
    done
}

remove() {
    local id time
    [ ! -e "$dir/processes" ] || tac "$dir/processes" | while read -r id time; do
        end_process "$id" "$time"
    done
    rm -rf -- "$dir"
}

# Says what went wrong where "up" did not get to its end, and leaves nothing.
up_end() {
    local code=$?
    trap - EXIT
    [ $code != 0 ] || return 0
    echo "$token_name: the token could not be brought up: $(grep -v '^ *$' "$dir/log" | tail -n 1)" >&3
    remove 2>/dev/null
    exit $code
}

bring_up() {
    dir=$(realpath -m -- "$1")
    check_dir
    check_packages
    if ! mkdir -p -- "$dir" || [ -n "$(ls -A -- "$dir")" ]; then
        echo "$token_name: $dir cannot be made, or is not empty" >&2
        exit 1
    fi
    chmod 700 "$dir"
    echo "$token_name" >"$dir/kind"
    exec 3>&2 </dev/null >"$dir/log" 2>&1
    trap up_end EXIT
    trap 'exit 130' INT TERM HUP
    make_run
    token_up
    put KUNCI_TOKEN_RUN "$dir/run"
}

take_down() {
    dir=$(realpath -m -- "$1")
    [ -e "$dir" ] || return 0
    [ "$(cat -- "$dir/kind" 2>/dev/null)" = "$token_name" ] || {
        echo "$token_name: $dir was not made by \"$token_name up\"" >&2
        exit 1
    }
    remove
}

token_main() {
    case "${1-} $#" in
    "packages 1") printf '%s\n' "${token_packages[@]}" ;;
    "up 2") bring_up "$2" ;;
    "down 2") take_down "$2" ;;
    *) usage ;;
    esac
}
