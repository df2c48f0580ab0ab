# SPDX-License-Identifier: BSD-3-Clause
"""`sluicectl ip … add/del/replace` and `sluicectl sysctl` beside ip(8) and sysctl(8): the same words, the same answers, the same frames
and connections after each: NAT-5, CT-5, FWD-4, OPS-2."""

import re
import time

import pytest

from support.bench_plan import A1, A2, B1, FAR, FAR2, GW, SIDES, W0, plan
from support.packets import echo, tcp, udp
from support.spec import table

W1, GW1 = "192.0.2.2", "192.0.2.1"
SPEC = plan(table("nat", "-A POSTROUTING -o w -j MASQUERADE"))


def tool(lab, line):
    """What a command says: its output, and its complaint without the colours of either tool."""
    words = line.split()
    if lab.kind == "kernel":
        done = lab.router.namespace.run(*words, check=False)
    else:
        done = lab.router.ctl(*words, check=False)
    if line.startswith("ip neigh show"):         # in no order, and what was learnt comes and goes
        return True, sorted(text for text in done.stdout.splitlines() if "PERMANENT" in text)
    return done.returncode == 0, (done.stdout + re.sub(r"^sluicectl: ", "", done.stderr)).strip()


def every(bench, *lines):
    for line in lines:
        judge, *others = [tool(lab, line) for lab in bench.labs]
        for lab, got in zip(bench.labs[1:], others):
            assert got == judge, f"{lab.kind}: {line}"


def out(bench, side, packet):
    """What comes out after a packet, alike from all: [(side, source, destination)]."""
    found = []
    for lab in bench.labs:
        seen = lab.step(side, packet, expect=1, settle_s=0.05)
        found.append(lab.normal(side, seen))
    for lab, got in zip(bench.labs[1:], found[1:]):
        assert got == found[0], f"{lab.kind}: {packet.summary()}"
    return found[0]


def known(bench):
    """The connections of the test's hosts, alike in all before long, without what counts and runs."""
    def lines(lab):
        text = [re.sub(r"(packets|bytes|use|mark)=\d+ ?", "", line) for line in lab.router.connections().splitlines()]
        return sorted(re.sub(r"^(\w+ +\d+) \d+ ", r"\1 ", line).strip() for line in text if "src=10.0." in line)

    end = time.monotonic() + 2                   # Linux ends masqueraded connections from a work queue
    while True:
        found = [lines(lab) for lab in bench.labs]
        if all(got == found[0] for got in found) or time.monotonic() > end:
            break
        time.sleep(0.05)
    for lab, got in zip(bench.labs[1:], found[1:]):
        assert got == found[0], lab.kind
    return found[0]


@pytest.fixture(autouse=True)
def from_an_empty_table(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.idents.clear()


def test_masquerade_follows_addresses_that_come_and_go(bench):
    neighbour = SIDES["w"].host_mac
    out(bench, "a", udp(A1, FAR, 4000, 53))
    out(bench, "a", tcp(A1, B1, 4000, 80))
    every(bench, f"ip addr add {W1}/24 brd + dev w", f"ip neigh add {GW1} lladdr {neighbour} dev w", f"ip route replace default via {GW1}")
    try:
        out(bench, "a", udp(A1, FAR, 4000, 53))                 # keeps what it had
        out(bench, "a", udp(A1, FAR2, 4001, 53))                # takes the new address
        out(bench, "a", echo(A2, FAR, number=9))
        out(bench, "w", udp(FAR2, W1, 53, 4001))
        lines = known(bench)
        assert len(lines) == 4 and sum(f"dst={W1}" in line for line in lines) == 2, lines
    finally:
        every(bench, f"ip addr del {W1}/24 dev w")
    lines = known(bench)
    assert len(lines) == 2 and not any(W1 in line for line in lines), lines
    every(bench, f"ip route replace default via {GW} dev w", f"ip neigh del {GW1} dev w")
    out(bench, "w", udp(FAR, W0, 53, 4000))                     # the others live on
    out(bench, "w", udp(FAR2, W1, 53, 4001))
    out(bench, "a", udp(A1, FAR2, 4001, 53))                    # and what is gone begins anew
    assert len(known(bench)) == 3


def test_the_words_of_ip(bench):
    every(bench,
          "ip addr add 10.0.7.1/24 dev b", "ip addr add 10.0.7.1/24 dev b", "ip addr add 10.0.7.2/24 dev b", "ip addr replace 10.0.7.2/24 dev b",
          "ip addr del 10.0.7.9/24 dev b", "ip addr add 10.0.7.3/24 dev nope", "ip addr add 10.0.300.1/24 dev b", "ip addr add 10.0.7.3/24",
          "ip route show", "ip route add 10.7.0.0/16 via 10.0.7.7", "ip route add 10.7.0.0/16 via 10.0.7.8", "ip route add 10.8.0.0/16 via 10.99.0.1",
          "ip route add 10.7.0.1/16 via 10.0.7.7", "ip route add foo via 10.0.7.7", "ip route add 10.8.0.0/16", "ip route add 10.8.0.0/16 dev nope",
          "ip route del 10.9.0.0/16", "ip route del 10.7.0.0/16 via 10.0.7.8", "ip route add 10.0.7.0/24 via 10.0.7.7", "ip route show",
          "ip route replace 10.7.0.0/16 via 10.0.7.8 dev b", "ip route change 10.6.0.0/16 via 10.0.7.8", "ip route add blackhole 10.5.0.0/16",
          "ip route add prohibit 10.4.0.0/16", "ip route add 10.3.0.0/16 dev b scope link",
          "ip route add 10.2.0.0/16 nexthop via 10.0.7.7 nexthop via 10.0.7.8", "ip route show",
          "ip route del 10.2.0.0/16", "ip route del 10.3.0.0/16", "ip route del prohibit 10.4.0.0/16", "ip route del blackhole 10.5.0.0/16",
          "ip neigh add 10.0.7.7 lladdr 02:00:00:00:00:77 dev b", "ip neigh add 10.0.7.7 lladdr 02:00:00:00:00:77 dev b",
          "ip neigh change 10.0.7.99 lladdr 02:00:00:00:00:77 dev b", "ip neigh replace 10.0.7.7 lladdr 02:00:00:00:00:78 dev b",
          "ip neigh show dev b", "ip neigh add 10.0.7.98 dev b", "ip neigh add 10.0.7.98 lladdr xx dev b", "ip neigh add 10.0.7.98 lladdr 02:00:00:00:00:77",
          "ip neigh del 10.0.7.7 dev b", "ip neigh del 10.0.7.7 dev b", "ip route del 10.7.0.0/16", "ip route show",
          "ip addr del 10.0.7.1/24 dev b", "ip addr del 10.0.7.2/24 dev b", "ip route show")


def test_routes_that_come_and_go_take_packets_with_them(bench):
    out(bench, "a", udp(A1, "10.44.0.1", 4000, 53))             # by the default route
    every(bench, f"ip route add 10.44.0.0/16 via {B1}")
    assert [side for side, _ in out(bench, "a", udp(A1, "10.44.0.1", 4001, 53))] == ["b"]
    every(bench, "ip route replace unreachable 10.44.0.0/16")
    assert [side for side, _ in out(bench, "a", udp(A1, "10.44.0.1", 4002, 53))] == ["a"]
    every(bench, "ip route del 10.44.0.0/16")
    assert [side for side, _ in out(bench, "a", udp(A1, "10.44.0.1", 4003, 53))] == ["w"]


def test_a_new_address_answers_and_an_old_one_is_a_neighbours(bench):
    every(bench, "ip addr add 10.0.2.77/24 dev b")
    assert [side for side, _ in out(bench, "a", echo(A1, "10.0.2.77"))] == ["a"]
    every(bench, "ip addr del 10.0.2.77/24 dev b", f"ip neigh replace 10.0.2.77 lladdr {SIDES['b'].host_mac} dev b")
    assert [side for side, _ in out(bench, "a", echo(A1, "10.0.2.77"))] == ["b"]
    every(bench, "ip neigh del 10.0.2.77 dev b")


def test_sysctl(bench):
    """CT-5: a value is in force for the next packet."""
    names = ["net.ipv4.ip_default_ttl", "net/ipv4/conf/a/rp_filter", "net.netfilter.nf_conntrack_udp_timeout", "net.ipv4.ip_forward"]
    every(bench, *(f"sysctl {name}" for name in names), "sysctl -n net.ipv4.ip_default_ttl net.ipv4.ip_forward",
          "sysctl net.ipv4.nonsense", "sysctl -w net.ipv4.ip_default_ttl=300", "sysctl -w net.ipv4.ip_forward=x")
    try:
        every(bench, "sysctl -w net.ipv4.ip_default_ttl=77")
        out(bench, "a", udp(A1, FAR, 4000, 53, ttl=1))
        every(bench, "sysctl net.netfilter.nf_conntrack_udp_timeout=9")
        out(bench, "a", udp(A1, FAR, 4000, 53))
        for lab in bench.labs:
            seconds = [int(line.split()[2]) for line in lab.router.connections().splitlines() if f"dst={FAR} " in line]
            assert len(seconds) == 1 and 7 <= seconds[0] <= 9, f"{lab.kind}: {seconds}"
        every(bench, "sysctl -q -w net.ipv4.conf.a.rp_filter=1", "sysctl net.ipv4.conf.a.rp_filter")
        assert not out(bench, "a", udp(FAR2, B1, 4000, 53))
        every(bench, "sysctl -w net.ipv4.conf.a.rp_filter=0")
        assert out(bench, "a", udp(FAR2, B1, 4000, 53))
        every(bench, "sysctl -w net.ipv4.ip_forward=0", "sysctl net.ipv4.conf.b.forwarding")
        assert not out(bench, "a", udp(A1, B1, 4000, 53))
        assert not out(bench, "a", udp(A1, FAR, 4000, 53))      # of a living connection neither
    finally:
        every(bench, "sysctl -w net.ipv4.ip_forward=1", "sysctl -w net.ipv4.conf.a.rp_filter=0", "sysctl -w net.ipv4.ip_default_ttl=64",
              "sysctl -w net.netfilter.nf_conntrack_udp_timeout=30")
    assert out(bench, "a", udp(A1, B1, 4000, 53))
