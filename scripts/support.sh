# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What scripts/demo and scripts/test share: packages, the build, and a little colour. Sourced, not run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# To build Sluice.
PACKAGES_BUILD=(build-essential meson ninja-build pkg-config libdpdk-dev dpdk libhyperscan-dev libtomlplusplus-dev
    libexpected-dev libfmt-dev libspdlog-dev nlohmann-json3-dev libcli11-dev libsystemd-dev)
# To build its tests.
PACKAGES_TEST_BUILD=(libgtest-dev libgmock-dev libbenchmark-dev clang libclang-rt-14-dev)
# To run it between real programs.
PACKAGES_WORLD=(iproute2 iptables conntrack nfct ipset nginx-light dnsmasq-base iperf3 curl traceroute bind9-dnsutils tcpdump
    ethtool iputils-ping netcat-openbsd procps)
PACKAGES_TEST_RUN=(python3-pytest python3-scapy stun-client coturn vsftpd tftpd-hpa sip-tester)

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
    BOLD='' DIM='' RED='' GREEN='' PLAIN=''
fi

say() { printf '%s\n' "${BOLD}== $*${PLAIN}"; }
die() { printf '%s\n' "${RED}$*${PLAIN}" >&2; exit 1; }

need_root() {
    [[ $EUID -eq 0 ]] || die "this makes network namespaces and installs packages: run it as root (sudo $0)"
}

# Installs from apt what is missing, and only that. Nothing that is installed may start to listen.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [[ ${#missing[@]} -eq 0 ]] && return
    say "installing ${missing[*]}"
    local policy=/usr/sbin/policy-rc.d made='' log status=0
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && made=yes
    fi
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    {
        apt-get -qq -o DPkg::Lock::Timeout=120 update &&
            apt-get -qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 --no-install-recommends install "${missing[@]}"
    } >"$log" 2>&1 </dev/null || status=$?
    [[ -n $made ]] && rm -f "$policy"
    if [[ $status -ne 0 ]]; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "apt could not install the packages above"
    fi
    rm -f "$log"
}

# Runs a command as whoever owns the checkout, so that sudo leaves no files of root in a user's folder.
as_owner() {
    local owner
    owner=$(stat -c %u "$ROOT")
    if [[ $owner -eq 0 ]]; then
        "$@"
    else
        setpriv --reuid "$owner" --regid "$(stat -c %g "$ROOT")" --init-groups -- env HOME="$(getent passwd "$owner" | cut -d: -f6)" "$@"
    fi
}

# build DIRECTORY [meson option]... : sets up where that was not done, and leaves the rest to ninja.
# Quiet where it goes well; the whole story where it does not.
set_up_build() {
    local directory=$ROOT/$1 log
    shift
    [[ -f $directory/build.ninja ]] && return
    log=$(mktemp)
    chmod 666 "$log"
    (cd "$ROOT" && as_owner meson setup "$directory" "$@") >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "meson failed"; }
    rm -f "$log"
}

build() {
    local directory=$ROOT/$1
    shift
    if [[ -t 1 ]]; then
        as_owner ninja -C "$directory" "$@" || die "the build failed"
    else
        local log
        log=$(mktemp)
        chmod 666 "$log"
        as_owner ninja -C "$directory" "$@" >"$log" 2>&1 || { grep -v '^\[' "$log" | tail -n 80 >&2; rm -f "$log"; die "the build failed"; }
        rm -f "$log"
    fi
}
