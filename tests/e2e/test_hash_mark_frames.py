# SPDX-License-Identifier: BSD-3-Clause
"""HMARK: the same marks as Linux, to the last bit: TGT-2."""

import pytest

from support.bench_plan import A1, A2, B1, FAR, W0, W9, plan
from support.differential import Case
from support.packets import IP, Raw, answer, echo, error, tcp, udp
from support.spec import table

TUPLE = "--hmark-tuple src,dst,sport,dport,proto"
FULL = {
    "p": f"{TUPLE} --hmark-rnd 0xcafe --hmark-mod 4294967295",
    "q": "--hmark-src-prefix 24 --hmark-dst-prefix 0 --hmark-sport-mask 0xff00 --hmark-rnd 7 --hmark-mod 4294967295 --hmark-offset 9",
    "r": "--hmark-tuple ct,src,dst,sport,dport --hmark-rnd 0xcafe --hmark-mod 4294967295",
    "s": "--hmark-tuple src,spi --hmark-spi 0x10001 --hmark-rnd 1 --hmark-mod 4294967295",
    "t": "--hmark-dst-prefix 17 --hmark-dport 0x0101 --hmark-proto-mask 0x11 --hmark-rnd 0 --hmark-mod 1000 --hmark-offset 4294967000",
}
SHORT = [f"{TUPLE} --hmark-rnd 1 --hmark-mod 5", "--hmark-tuple ct,src,proto --hmark-rnd 2 --hmark-mod 5 --hmark-offset 100"]

MANGLE = []
for chain, options in FULL.items():
    for hook in ("PREROUTING", "POSTROUTING"):
        MANGLE += [f"-A {hook} -m dscp --dscp 1 -j HMARK {options}", f"-A {hook} -m dscp --dscp 1 -j {chain}"]
    MANGLE += [f"-A {chain} -m mark --mark {1 << bit}/{1 << bit}" for bit in range(32)]
for number, options in enumerate(SHORT):
    for hook in ("FORWARD", "POSTROUTING"):
        MANGLE += [f"-A {hook} -m dscp ! --dscp 1 -j HMARK {options}",
                   *[f"-A {hook} -m mark --mark {value + 100 * number}" for value in range(5)]]

SPEC = plan(table("mangle", *MANGLE) + table("nat", "-A POSTROUTING -o w -j MASQUERADE") +
            table("raw", "-A PREROUTING -p udp --dport 77 -j NOTRACK"))


def both(packet, size=3):
    """A packet for the rules that show each bit, and some for those that leave a path."""
    looked_at = packet.copy()
    looked_at.tos = 4
    return [("a", looked_at), *[("a", packet) for _ in range(size)]]


CASES = [
    *[Case(f"UDP {source} {port}", *both(udp(source, FAR, port, 53)), ("w", lambda out: answer(out["w"][-1])),
           ("w", lambda out: answer(out["w"][-1]))) for source in (A1, A2) for port in (4000, 53, 9, 65535)],
    Case("TCP", *both(tcp(A1, B1, 4000, 80, "S"))),
    Case("ICMP", *both(echo(A1, FAR, 7)), *both(echo(A2, W0, 7))),
    Case("untracked", *both(udp(A1, B1, 4000, 77))),
    *[Case(f"protocol {number}", *both(IP(src=A1, dst=B1, proto=number, id=0x7001) / Raw(bytes(range(1, 41)))))
      for number in (47, 50, 51, 132, 136, 4)],
    *[Case(f"cut, protocol {number}", *both(IP(src=A1, dst=B1, proto=number, id=0x7001) / Raw(bytes(range(1, 1 + size)))))
      for number, size in ((6, 6), (6, 3), (17, 4), (17, 3), (50, 3))],
    Case("errors", ("a", udp(A1, FAR, 4000, 53)), ("w", lambda out: error(W9, 3, 3, out["w"][-1], tos=4)),
         ("w", lambda out: error(W9, 3, 3, out["w"][-1], length=21, tos=4)),
         ("b", error(B1, 11, 0, udp(A1, B1, 4000, 53), tos=4))),
    Case("options", *both(IP(src=A1, dst=B1, proto=17, id=0x7001, options=b"\x01\x01\x01\x00") / udp(A1, B1, 4000, 53).payload)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_marks_are_those_of_linux(bench, case):
    bench.check(case)
