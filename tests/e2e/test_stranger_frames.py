# SPDX-License-Identifier: BSD-3-Clause
"""Matches on what lies beside the packet, counter by counter as Linux: realm, devgroup, helper, cluster, cpu."""

import pytest

from support.bench_plan import A1, A2, B1, B2, FAR, plan
from support.differential import Case
from support.packets import answer, echo, error, tcp, udp
from support.spec import table

SPEC = plan(
    table("mangle",
          *[f"-A {chain} -m realm {sign}--realm {realm}" for chain in ("INPUT", "FORWARD", "OUTPUT", "POSTROUTING")
            for sign, realm in (("", "0"), ("", "5"), ("! ", "0"), ("! ", "5/0xff"))],
          *[f"-A {chain} -m devgroup {sign}--src-group {group}" for chain in ("PREROUTING", "INPUT", "FORWARD")
            for sign, group in (("", "0"), ("", "5"), ("! ", "0"), ("! ", "5/0"))],
          *[f"-A {chain} -m devgroup {sign}--dst-group {group}" for chain in ("FORWARD", "OUTPUT", "POSTROUTING")
            for sign, group in (("", "0"), ("", "5"), ("! ", "0"))],
          "-A FORWARD -m devgroup --src-group 0 ! --dst-group 3",
          *[f'-A FORWARD -m helper {sign}--helper "{name}"' for sign in ("", "! ") for name in ("", "ftp")],
          *[f"-A {chain} -m cluster --cluster-total-nodes {nodes} {sign}--cluster-local-nodemask {mask} --cluster-hash-seed {seed}"
            for chain in ("PREROUTING", "FORWARD", "POSTROUTING") for nodes, mask, sign, seed in (
                (2, 1, "", 0), (2, 1, "! ", 0), (2, 2, "", "0xdeadbeef"), (32, 21, "", 7), (7, 9, "", 12345), (5, 31, "", 1), (1, 1, "", 5))],
          "-A FORWARD -m cpu --cpu 4000", "-A FORWARD -m cpu ! --cpu 4000") +
    table("raw", "-A PREROUTING -p udp --dport 9 -j NOTRACK", "-A PREROUTING -m cluster --cluster-total-nodes 1 --cluster-local-node 1 --cluster-hash-seed 5",
          '-A PREROUTING -m helper ! --helper ftp') +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))

CASES = [
    Case("there and back", *[("a", udp(source, B1, 4000, 53)) for source in (A1, A2)] * 3, *[("b", udp(B1, source, 53, 4000)) for source in (A1, A2)] * 3),
    Case("from the other side", *[("b", udp(B2, A1, 4000, 53))] * 2, ("a", udp(A1, B2, 53, 4000))),
    Case("translated", ("a", udp(A1, FAR, 4000, 53)), ("w", lambda out: answer(out["w"][-1])), ("a", udp(A1, FAR, 4000, 53))),
    Case("not tracked", *[("a", udp(A1, B1, 4000, 9))] * 2),
    Case("to the router and from it", ("a", echo(A1, "10.0.1.1")), ("a", udp(A1, B1, 4001, 53, ttl=1))),
    Case("an error about a connection", ("a", udp(A1, B1, 4000, 53)), ("b", error(B1, 3, 3, udp(A1, B1, 4000, 53, ttl=63)))),
    Case("invalid", ("a", tcp(A1, B1, 4000, 80, "R"))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_lies_beside_the_packet_is_asked_as_in_linux(bench, case):
    bench.check(case)
