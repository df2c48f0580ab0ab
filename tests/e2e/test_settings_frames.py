# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's settings by their own names, with the same effect: FWD-6, CT-5, CT-9, and the time to live of the router's own packets."""

import time

import pytest

from support.bench_plan import A0, A1, B1, FAR, W0, W9, UNLIMITED, plan
from support.differential import Case
from support.packets import echo, tcp, udp
from support.spec import table

SPEC = plan(
    table("nat", "-A POSTROUTING -s 10.0.1.0/24 -o w -j MASQUERADE")
    + table("filter", "-A FORWARD -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset",
            "-A FORWARD -p udp -m udp --dport 25 -j REJECT --reject-with icmp-port-unreachable"),
    sysctl=UNLIMITED | {
        "net.ipv4.conf.a.rp_filter": 1, "net.ipv4.conf.w.rp_filter": 2, "net.ipv4.ip_default_ttl": 77,
        "net.netfilter.nf_conntrack_udp_timeout": 1, "net.netfilter.nf_conntrack_icmp_timeout": 1,
        "net.netfilter.nf_conntrack_tcp_timeout_syn_sent": 1, "net.netfilter.nf_conntrack_tcp_loose": 0})

CASES = [
    Case("strict: from its own network", ("a", udp(A1, B1, 1, 2))),
    Case("strict: from another port's network", ("a", udp(W9, B1, 1, 2))),
    Case("strict: from the world", ("a", udp("10.0.9.9", B1, 1, 2))),
    Case("strict: to the router itself", ("a", udp(W9, A0, 1, 2))),
    Case("loose: from another port's network", ("w", udp(A1, B1, 1, 2))),
    Case("loose: from the world", ("w", udp(FAR, B1, 1, 2))),
    Case("off: from another port's network", ("b", udp(W9, A1, 1, 2))),
    Case("an echo reply's time to live", ("a", echo(A1, A0))),
    Case("an error's time to live", ("a", udp(A1, A0, 1, 2)), ("a", udp(A1, FAR, 1, 2, ttl=1))),
    Case("a reset's time to live", ("a", tcp(A1, A0, 1, 2)), ("a", tcp(A1, FAR, 1, 25))),
    Case("a refusal's time to live", ("a", udp(A1, FAR, 1, 25))),
    Case("not loose: a connection begins with SYN", ("a", tcp(A1, FAR, 4000, 80, "A", 5, 6)), ("a", tcp(A1, FAR, 4000, 80, "S", 5))),
]


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_settings(bench, case):
    bench.check(case)


def test_timeouts(bench):
    """After its time a connection is gone: the late answer meets the router itself, not the host inside."""
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.step("a", udp(A1, FAR, 4000, 5000), expect=1)
        lab.step("a", echo(A1, FAR, number=5), expect=1)
        lab.step("a", tcp(A1, FAR, 4001, 80), expect=1)
    time.sleep(0.3)
    for lab in bench.labs:
        assert len(lab.step("w", udp(FAR, W0, 5000, 4000), expect=1)["a"]) == 1, f"{lab.kind}: gone too early"
    time.sleep(2.2)
    for lab in bench.labs:
        assert not lab.step("w", udp(FAR, W0, 5000, 4000))["a"], f"{lab.kind}: udp is still there"
        assert not lab.step("w", echo(FAR, W0, number=5, reply=True))["a"], f"{lab.kind}: icmp is still there"
        assert not lab.step("w", tcp(FAR, W0, 80, 4001, "SA", 9, 1001))["a"], f"{lab.kind}: tcp is still there"
