#!/bin/sh
# Installs this checkout beside what is there, tries it, and switches to it; the three newest releases are kept.
#   deploy/install.sh          install and switch
#   deploy/install.sh back     switch to the release before
# PREFIX (/opt/warta) and PYTHON (python3) may be set.
set -eu
umask 022
prefix=${PREFIX:-/opt/warta}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)

switch() {
    ln -sfn "releases/$1" "$prefix/next"
    mv -T "$prefix/next" "$prefix/current"
    echo "$prefix/current is $1 now"
    if [ -z "${PREFIX:-}" ] && systemctl --quiet is-active warta; then
        systemctl restart warta
    fi
}

case ${1:-} in
back)
    now=$(basename "$(readlink "$prefix/current")")
    before=$(ls "$prefix/releases" | sort | awk -v now="$now" '$0 == now { exit } { last = $0 } END { print last }')
    [ -n "$before" ] || { echo "there is no release before $now" >&2; exit 1; }
    switch "$before"
    ;;
"")
    name=$(date -u +%Y%m%d-%H%M%S)
    release=$prefix/releases/$name
    mkdir -p "$prefix/releases"
    try=$(mktemp -d)
    trap 'rm -rf "$try" "$release"' EXIT
    trap 'exit 1' INT TERM
    "$python" -m venv "$release"
    "$release/bin/pip" install --quiet --disable-pip-version-check --constraint "$here/deploy/constraints.txt" "$here[llm,pdf]"
    # Five questions about sample news: that builds the model, too.
    WARTA_CACHE=$prefix/model "$release/bin/warta" --data "$try" demo > "$try/said" < /dev/null
    chmod -R a+rX "$prefix/model" # its folder is its builder's own at first, and the bot is somebody else
    trap 'rm -rf "$try"' EXIT
    switch "$name"
    ls "$prefix/releases" | sort -r | tail -n +4 | while read -r old; do
        [ "$old" = "$name" ] || rm -rf "${prefix:?}/releases/$old"
    done
    ;;
*)
    echo "usage: deploy/install.sh [back]" >&2
    exit 2
    ;;
esac
