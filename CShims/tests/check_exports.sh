#!/bin/sh
# check_exports.sh MODULE...: what a module shows and what it needs; both lists are closed.
set -eu
for module in "$@"; do
    case $module in
    *pam_stepup.so)
        wanted='pam_sm_acct_mgmt pam_sm_authenticate pam_sm_close_session pam_sm_open_session pam_sm_setcred '
        libraries='libc.so.6 libpam.so.0 '
        ;;
    *)
        wanted='rlm_stepup '
        libraries='libc.so.6 libfreeradius-radius.so libfreeradius-server.so libtalloc.so.2 '
        ;;
    esac
    exported=$(nm -D --defined-only "$module" | awk '{print $3}' | sort | tr '\n' ' ')
    needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort | tr '\n' ' ')
    [ "$exported" = "$wanted" ] || { echo "$module exports: $exported" >&2; exit 1; }
    [ "$needed" = "$libraries" ] || { echo "$module needs: $needed" >&2; exit 1; }
    readelf -lW "$module" | grep -q GNU_RELRO || { echo "$module has no relro" >&2; exit 1; }
    readelf -dW "$module" | grep -q 'NOW' || { echo "$module is not bound now" >&2; exit 1; }
    readelf -lW "$module" | grep 'GNU_STACK' | grep -qv 'RWE' || { echo "$module wants an executable stack" >&2; exit 1; }
    if nm -D --undefined-only "$module" | grep -Ew '(getenv|secure_getenv|system|popen|pthread_create|fork|strcpy|sprintf|gets)'; then
        echo "$module calls what no module may call" >&2
        exit 1
    fi
    # The server's own table of a module cannot be constant; it is not written to.
    writable=$(objdump -t "$module" | awk '($4 == ".data" || $4 == ".bss") && $3 == "O" && $NF !~ /^(completed\.[0-9]+|__dso_handle|__TMC_END__|rlm_stepup)$/ {print $NF}')
    [ -z "$writable" ] || { echo "$module keeps state: $writable" >&2; exit 1; }
    echo "$module: $(echo $wanted | wc -w) symbols, $libraries- no state"
done
