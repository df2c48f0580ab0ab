# SPDX-License-Identifier: BSD-3-Clause
"""`sluicectl conntrack` beside conntrack(8): the same filters find the same connections, and -D deletes them with the same words (OPS: see and steer)."""

import re

import pytest

from support.bench_plan import A1, B1, FAR, UNLIMITED, plan
from support.packets import tcp, udp
from support.spec import table

SPEC = plan(table("nat", "-A POSTROUTING -o w -j MASQUERADE"), sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1})
TRAFFIC = [("a", tcp(A1, B1, 4000, 80)), ("b", tcp(B1, A1, 80, 4000, "SA", 5000, 1001)), ("a", tcp(A1, B1, 4000, 80, "A", 1001, 5001)),
           ("a", tcp(A1, B1, 4001, 80)), ("a", udp(A1, FAR, 4000, 53)), ("a", udp(A1, B1, 4002, 53)), ("b", udp(B1, A1, 53, 4002))]
FILTERS = ["", "-o extended", "-p tcp", "-p tcp --state SYN_SENT", "-p tcp --state ESTABLISHED", "-u ASSURED", "-u UNREPLIED",
           "-u SEEN_REPLY,ASSURED", "-n", "-g", "-j", "-m 0", "-m 1/1", "-p udp --reply-port-src 53", "-p udp --reply-port-dst 4002",
           "-r 10.0.2.22", "-s 10.0.1.11 -p udp --dport 53 -u UNREPLIED"]


def conntrack(lab, *words):
    """(exit status, what is printed without seconds, the remark)."""
    if lab.kind == "kernel":
        done = lab.router.namespace.run("conntrack", *words, check=False)
    else:
        done = lab.router.ctl("conntrack", *words, check=False)
    lines = [re.sub(r"^((?:ipv4 +2 )?\w+ +\d+) \d+ ", r"\1 ", line).strip() for line in done.stdout.splitlines()]
    return done.returncode, sorted(lines), done.stderr.strip()


@pytest.fixture
def busy(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        for side, packet in TRAFFIC:
            lab.step(side, packet, expect=1)
    return bench


def same(bench, *words):
    judge, *others = [conntrack(lab, *words) for lab in bench.labs]
    for lab, got in zip(bench.labs[1:], others):
        assert got == judge, f"{lab.kind}: conntrack {' '.join(words)}"
    return judge


@pytest.mark.parametrize("words", FILTERS)
def test_lists_and_deletes_the_same(busy, words):
    same(busy, "-L", *words.split())
    if "-j" in words or "UNREPLIED" in words:
        return                        # conntrack -D knows no -j, and takes `-u UNREPLIED` for any status (docs/deviations.md)
    same(busy, "-D", *words.split())
    same(busy, "-L")
    same(busy, "-C")
