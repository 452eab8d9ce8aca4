#!/bin/bash
# check.sh FOLDER FLAGS: fetches the source package of the installed libfreeradius-dev into FOLDER, with a sources list of its
# own, and compares what our stand-ins make of the server's structures with what the real headers make of them.
set -euo pipefail
folder=$1 flags=$2
version=$(dpkg-query -W -f '${source:Version}' libfreeradius-dev)
source=$folder/$version
if [ ! -d "$source/src" ]; then
    apt=$folder/apt
    rm -rf "$source" "$apt"
    mkdir -p "$source" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/parts"
    # The machine's own, for sources: both of apt's formats.
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/^deb /deb-src /p' > "$apt/sources.list" || true
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" > "$apt/parts/${file##*/}"
    done
    options=(-q -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/parts" -o "Dir::State::lists=$apt/lists"
        -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=")
    (cd "$source" && apt-get "${options[@]}" update && apt-get "${options[@]}" --download-only source "freeradius=$version" &&
        dpkg-source --no-check -x ./*.dsc src) > "$folder/log" 2>&1 ||
        { tail -5 "$folder/log" >&2; echo "the source of freeradius $version cannot be had: is it still in the archive?" >&2; exit 1; }
fi
# The eight that Debian leaves out, under the names that Debian gives the others.
rm -rf "$folder/headers"
mkdir -p "$folder/headers/freeradius"
for header in rlm_stepup/freeradius/*.h; do
    sed 's#<freeradius-devel/#<freeradius/#' "$source/src/src/include/${header##*/}" > "$folder/headers/freeradius/${header##*/}"
done
# Both with the flags of the module's build; the real ones before ours.
build() {
    # shellcheck disable=SC2086
    $CC -std=gnu11 -w -include stddef.h "${@:2}" $flags -iquote rlm_stepup tests/abi/probe.c -o "$folder/$1"
    "$folder/$1" > "$folder/$1.txt"
}
build ours
build real -isystem "$folder/headers"
diff -u "$folder/ours.txt" "$folder/real.txt" ||
    { echo "rlm_stepup/freeradius does not lay out FreeRADIUS $version as its own headers do (-: ours, +: real)" >&2; exit 1; }
echo "freeradius $version: $(wc -l < "$folder/real.txt") sizes, offsets, values and signatures are the same"
