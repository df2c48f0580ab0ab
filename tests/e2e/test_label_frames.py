# SPDX-License-Identifier: BSD-3-Clause
"""Labels of connections, set and asked for as in Linux, and shown as conntrack(8) shows them. MAT-7."""

import os

import pytest
from test_conntrack_tool import same

from support.bench_plan import A1, A2, B1, FAR, plan
from support.differential import Case
from support.packets import answer, echo, error, tcp, udp
from support.spec import table


def asks(label):
    return [f"-m connlabel --label {label}", f"-m connlabel ! --label {label}"]


SPEC = plan(
    table("raw", *[f"-A PREROUTING {ask}" for ask in asks(1) + ["-m connlabel --label 1 --set", "-m connlabel ! --label 1 --set"]],
          "-A PREROUTING -p udp --dport 9 -j NOTRACK") +
    table("mangle", *[f"-A PREROUTING {ask}" for label in (0, 63, 64, 127) for ask in asks(label)],
          "-A PREROUTING -p udp -m udp --dport 53 -m connlabel --label 0 --set",
          "-A FORWARD -m length --length 100:200 -m connlabel --label 63 --set -m ttl --ttl-lt 50",
          "-A FORWARD -m length --length 201:300 -m connlabel ! --label 64 --set",
          "-A FORWARD -m connlabel --label 127 --set -m length --length 301:400 -j TOS --set-tos 0x10",
          *[f"-A {chain} {ask}" for chain in ("POSTROUTING", "INPUT", "OUTPUT", "FORWARD") for label in (0, 63, 64, 127) for ask in asks(label)]) +
    table("filter", "-A FORWARD -i a -m connlabel --label 63 -m connlabel --label 64 -j DROP", "-A FORWARD -m ttl --ttl-lt 40 -m connlabel --label 5 --set",
          "-A FORWARD -m length --length 401:500 -j DROP", "-A INPUT -m connlabel --label 7 --set -j ACCEPT") +
    table("nat", "-A PREROUTING -m connlabel --label 2 --set", "-A POSTROUTING -o w -j MASQUERADE"))

CASES = [
    Case("set by the first", *[("a", udp(A1, B1, 4000, 53)), ("b", udp(B1, A1, 53, 4000))] * 3, ("a", udp(A2, B1, 4000, 53))),
    Case("set by a later one", *[("a", udp(A1, B1, 4001, 54))] * 2, ("a", udp(A1, B1, 4001, 54, size=100)), *[("a", udp(A1, B1, 4001, 54))] * 2,
         ("b", udp(B1, A1, 54, 4001)), ("a", udp(A1, B1, 4001, 54, size=100, ttl=45)), ("a", udp(A1, B1, 4001, 54, size=200)),
         *[("a", udp(A1, B1, 4001, 54))] * 2, ("b", udp(B1, A1, 54, 4001)), ("a", udp(A1, B1, 4001, 55))),
    Case("set on the way to a drop", ("a", udp(A1, B1, 4002, 54)), ("a", udp(A1, B1, 4002, 54, size=400, ttl=30)), ("a", udp(A1, B1, 4002, 54, size=400)),
         ("a", udp(A1, B1, 4002, 54, ttl=30))),
    Case("a conversation", ("a", tcp(A1, B1, 4003, 80, "S", 100)), ("b", tcp(B1, A1, 80, 4003, "SA", 500, 101)), ("a", tcp(A1, B1, 4003, 80, "A", 101, 501)),
         *[("a", tcp(A1, B1, 4003, 80, "PA", 101 + 200 * i, 501, size=200)) for i in range(3)], ("b", tcp(B1, A1, 80, 4003, "R", 501))),
    Case("not tracked", *[("a", udp(A1, B1, 4000, 9))] * 2),
    Case("invalid", *[("a", tcp(A1, B1, 4004, 80, "SFRPAU"))] * 2),
    Case("to the router", *[("a", echo(A1, "10.0.1.1", seq=i)) for i in range(3)]),
    Case("an error about it", ("a", udp(A1, B1, 4005, 53)), ("b", error(B1, 3, 3, udp(A1, B1, 4005, 53)))),
    Case("translated", *[("a", udp(A1, FAR, 4000, 53, size=size)) for size in (16, 100, 200, 300)], ("w", lambda out: answer(out["w"][-1])),
         ("w", lambda out: answer(out["w"][-1]))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_labels_as_in_linux(bench, case):
    bench.check(case)


@pytest.mark.skipif(not os.path.exists("/etc/xtables/connlabel.conf"), reason="this machine has no names for labels")
@pytest.mark.parametrize("words", [
    "-L", "-L -o labels", "-L -o extended,labels", "-L -l {name}", "-L -o labels -l {name} -p udp", "-L -l {name},{name}", "-D -l {name}"])
def test_labels_are_listed_as_by_conntrack(bench, words):
    """The first name of the file should be of a label that the rules here set: 0, 2, 63, 64 or 127."""
    with open("/etc/xtables/connlabel.conf", encoding="ascii") as names:
        name = next(line for line in names if line[0] != "#").split(maxsplit=1)[1].strip()
    for lab in bench.labs:
        lab.router.flush_connections()
        for side, packet in (("a", udp(A1, B1, 4000, 53)), ("a", udp(A1, B1, 4001, 54)), ("a", udp(A1, B1, 4001, 54, size=100))):
            lab.step(side, packet, expect=1)
    assert same(bench, *[word.format(name=name) for word in words.split()])[1]
