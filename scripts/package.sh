#!/usr/bin/env bash
# Puts up what Azure is to run: a directory with the name of each app under build/, and a zip beside it. Both hold the same
# code; they differ in their entry, which Azure finds as function_app.py, and in the packages that requirements.txt names.
#
#   scripts/package.sh            # build/api, build/api.zip, build/video, build/video.zip
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}

# package NAME ENTRY REQUIREMENTS...: the requirements are put into one file, because Azure reads one.
package() {
    local place=$build/$1 entry=$2
    shift 2
    rm -rf "$place" "$place.zip"
    mkdir -p "$place"
    tar --exclude=__pycache__ -c host.json functions shared | tar -x -C "$place"
    cp "$entry" "$place/function_app.py"
    grep -hEv '^(-r |#|$)' "$@" >"$place/requirements.txt"
    python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[1])' "$place"
    echo "$place.zip"
}

package api function_app.py requirements.txt
package video video_app.py requirements.txt requirements-video.txt
