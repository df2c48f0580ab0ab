# SPDX-License-Identifier: BSD-3-Clause
"""The target SET: what packets put into sets and take out of them, element by element as Linux: MAT-7."""

import pytest

from support.bench_plan import A1, A2, B1, B2, FAR, FAR2, W0, plan
from support.differential import Case
from support.packets import answer, echo, tcp, udp
from support.sets import same_sets
from support.spec import table

SETS = """
create seen hash:ip timeout 600 counters
create pairs hash:ip,port,ip timeout 600
create nets hash:net
create ifs hash:net,iface
create ports bitmap:port range 0-65535
create hosts bitmap:ip range 10.0.0.0/16 netmask 30
create macs bitmap:ip,mac range 10.0.0.0/16
create gone hash:ip
create tiny hash:ip maxelem 2
create knocked hash:ip timeout 5
create fresh hash:ip timeout 0
create marks hash:ip skbinfo
create first hash:ip,port
create second hash:ip
create both list:set
add nets 192.0.2.0/24
add gone 10.0.1.11
add gone 10.0.2.22
add both first
add both second
add marks 10.0.1.11 skbmark 0x30/0xf0
add marks 10.0.1.12 skbmark 0x7
"""

FORWARD = [
    "-p icmp -m set --match-set seen src -j DROP",
    "-j SET --add-set seen src", "-j SET --add-set seen dst --exist --timeout 900",
    "-p udp -j SET --add-set pairs src,dst,dst", "-j SET --add-set nets dst", "-j SET --add-set ifs src,src",
    "-j SET --add-set ifs dst,dst", "-j SET --add-set ports dst", "-j SET --add-set hosts src", "-j SET --add-set macs src,src",
    "-p udp --dport 98 -j SET --del-set gone src", "-p udp --dport 99 -j SET --add-set gone src --del-set gone dst",
    "-j SET --add-set tiny src", "-m set --match-set tiny src", "-j SET --add-set fresh dst", "-j SET --add-set both src",
    "-j SET --add-set both dst,dst",
    "-p udp --dport 1001 -j SET --add-set knocked src", "-p udp --dport 1002 -m set ! --match-set knocked src -j DROP",
    "-m set --match-set seen src --packets-gt 2", "-m set --match-set both src",
]
SPEC = plan(
    table("mangle", "-A PREROUTING -j MARK --set-mark 0xff", "-A FORWARD -j SET --map-set marks src --map-mark",
          "-A FORWARD -m mark --mark 0x3f", "-A FORWARD -m mark --mark 0x7", "-A FORWARD -m mark --mark 0xff",
          "-A OUTPUT -j SET --add-set macs src,src") +
    table("raw", "-A PREROUTING -p udp --dport 97 -j SET --add-set gone dst") +
    table("filter", *(f"-A FORWARD {rule}" for rule in FORWARD), "-A INPUT -j SET --add-set seen src"), sets=SETS)

CASES = [
    Case("a connection, there and back", *[("a", udp(A1, B1, 4000, 53)) for _ in range(4)],
         *[("b", udp(B1, A1, 53, 4000)) for _ in range(4)], ("a", udp(A1, B1, 4000, 53))),
    Case("others", ("a", udp(A2, B2, 4000, 53)), ("b", udp(B2, A2, 53, 4000)), ("b", tcp(B2, A2, 4000, 80, "S")),
         ("a", tcp(A1, FAR, 4000, 443, "S")), ("w", lambda out: answer(out["w"][-1], flags="SA"))),
    Case("who has been seen may not ask for an echo", ("a", echo(A1, B1, 7)), ("b", echo(B1, A1, 7)), ("a", echo(A1, FAR2, 8))),
    Case("knocking", ("a", udp(A1, B1, 4000, 1002)), ("a", udp(A1, B1, 4001, 1001)), ("a", udp(A1, B1, 4000, 1002)),
         ("a", udp(A2, B1, 4000, 1002))),
    Case("deleted and added", ("a", udp(A1, B1, 4000, 98)), ("a", udp(A1, B1, 4000, 99)), ("b", udp(B1, A1, 4000, 99)),
         ("a", udp(A1, B2, 4000, 97)), ("a", udp(A1, B1, 4000, 98))),
    Case("to the router", ("a", echo(A2, W0, 9)), ("b", echo(B1, W0, 9))),
    Case("marks", *[("a", udp(A1, B1, 4010, 53)) for _ in range(3)], *[("a", udp(A2, B1, 4010, 53)) for _ in range(3)],
         *[("b", udp(B2, A1, 4010, 53)) for _ in range(3)]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_packets_change_sets_as_in_linux(bench, case):
    bench.check(case)
    same_sets(bench)
