# SPDX-License-Identifier: BSD-3-Clause
"""TEE: the copies, byte by byte, what they count on their way out, and what is said of those that are too large: TGT-2."""

import time

import pytest
from scapy.layers.inet import IPOption, fragment

from support.bench_plan import A1, A2, B1, B2, FAR, FAR2, GW, SIDES, W0, W9, plan
from support.differential import Case
from support.lone_router import lone_lab, lone_router
from support.packets import UDP, answer, dissect, echo, tcp, udp
from support.spec import table

LATE = "203.0.113.99"  # no route leads there by b: a copy that is sent there is for its own destination on that link

SPEC = plan(
    table("raw", f"-A PREROUTING -p udp --dport 1001 -j TEE --gateway {B2}",
          "-A PREROUTING -p udp --dport 1008 -j DROP",
          "-A OUTPUT -p udp -m ttl --ttl-eq 63", "-A OUTPUT -p udp --dport 1009 -j DROP", "-A OUTPUT -p tcp") +
    table("mangle", "-A PREROUTING -p udp --dport 1002 -j MARK --set-mark 9",
          f"-A PREROUTING -p udp --dport 1002 -j TEE --gateway {B2}",
          f"-A PREROUTING -p udp --dport 1009 -j TEE --gateway {B2}",
          f"-A PREROUTING -p udp --dport 1010 -j TEE --gateway {B2}",
          f"-A PREROUTING -p tcp --dport 80 -j TEE --gateway {B2}", f"-A PREROUTING -p tcp --sport 80 -j TEE --gateway {A2}",
          f"-A FORWARD -p udp --dport 1003 -j TEE --gateway {B2}", f"-A FORWARD -p udp --dport 1003 -j TEE --gateway {FAR}",
          f"-A FORWARD -p udp --dport 1007 -j TEE --gateway {LATE} --oif b",
          f"-A FORWARD -p udp --dport 1011 -j TEE --gateway {FAR2} --oif w",
          f"-A FORWARD -p udp --dport 1012 -j TEE --gateway {B2} --oif nowhere",
          f"-A FORWARD -p udp --dport 1013 -j TEE --gateway {W9} --oif w",
          "-A OUTPUT -p udp -m mark --mark 9", f"-A OUTPUT -p udp --dport 1003 -j TEE --gateway {A2}",
          "-A OUTPUT -p udp --dport 1010 -j MARK --set-mark 3", "-A OUTPUT -o b -p udp", "-A OUTPUT -o w -p udp",
          f"-A POSTROUTING -o w -p udp --dport 1004 -j TEE --gateway {A2}", "-A POSTROUTING -o b -p udp -m ttl --ttl-eq 63",
          "-A POSTROUTING -p tcp -j TTL --ttl-set 30") +
    table("nat", f"-A PREROUTING -p udp --dport 1006 -j TEE --gateway {B2}", "-A OUTPUT -p udp",
          f"-A PREROUTING -p udp --dport 1014 -j DNAT --to-destination {W9}:99", "-A POSTROUTING -o w -j MASQUERADE") +
    table("filter", f"-A INPUT -p icmp -j TEE --gateway {B2}", "-A INPUT -p udp -m ttl --ttl-eq 63",
          "-A FORWARD -p udp --dport 1003 -j ACCEPT", "-A FORWARD -p udp --dport 1005 -m comment --comment x",
          f"-A FORWARD -p udp --dport 1005 -j TEE --gateway {B2}", "-A FORWARD -p udp --dport 1005 -j DROP",
          f"-A FORWARD -p udp --dport 99 -j TEE --gateway {B2}", f"-A OUTPUT -p icmp -s {W0} -j TEE --gateway {B2}",
          "-A OUTPUT -m conntrack --ctstate UNTRACKED", "-A OUTPUT -p udp -m pkttype --pkt-type unicast",
          "-A OUTPUT -m addrtype --src-type LOCAL"))
SPEC.neighbors.append((FAR, SIDES["b"].host_mac, "b"))

RECORD = IPOption(b"\x07\x0b\x04" + bytes(8))


def flow(port, size=16, **ip):
    """A connection that is long enough for the short way, both ways."""
    return [("a", udp(A1, FAR, 4000, port, size=size, **ip)), ("w", lambda out: answer(out["w"][-1])),
            *[("a", udp(A1, FAR, 4000, port, size=size + more, **ip)) for more in range(4)],
            ("w", lambda out: answer(out["w"][-1]))]


CASES = [
    *[Case(f"in turn, port {port}", *flow(port)) for port in (1001, 1002, 1004, 1006, 1007, 1010, 1011, 1012, 1013)],
    Case("two copies, which are not copied again", *flow(1003)),
    Case("what is dropped behind its copy", *[("a", udp(A1, FAR, 4000, 1005)) for _ in range(4)]),
    Case("a copy that OUTPUT drops", *flow(1009)),
    Case("behind destination NAT, in front of source NAT", *[("a", udp(A1, B1, 4000, 1014)) for _ in range(3)]),
    Case("TCP, both ways", ("a", tcp(A1, FAR, 4000, 80, "S")), ("w", lambda out: answer(out["w"][-1])),
         ("a", tcp(A1, FAR, 4000, 80, "A", seq=1001, ack=5001)),
         *[("a", tcp(A1, FAR, 4000, 80, "PA", seq=1001, ack=5001, size=40)) for _ in range(3)]),
    Case("too large for the copy's way", ("a", udp(A1, FAR, 4000, 1002, size=1450)), ("a", udp(A1, FAR, 4000, 1002, size=1450)),
         ("a", udp(A1, FAR, 4000, 1003, size=1450)), ("a", udp(A1, FAR, 4000, 1004, size=1450))),
    *[Case(f"a datagram in pieces of {size} bytes, port {port}",
           *[("a", piece) for piece in fragment(udp(A1, FAR, 4000, port, size=2600, **ip), fragsize=size)])
      for port in (1001, 1002, 1003, 1004, 1014) for size, ip in ((1000, {}), (1480, {}), (1000, {"flags": "DF"}))],
    *[Case(f"the route recorded, port {port}", *[("a", udp(A1, FAR, 4000, port, options=[RECORD])) for _ in range(2)])
      for port in (1001, 1002, 1003, 1004, 1006)],
    Case("TTL", ("a", udp(A1, FAR, 4000, 1001, ttl=1)), ("a", udp(A1, FAR, 4000, 1002, ttl=2)), ("a", udp(A1, FAR, 4000, 1003, ttl=2)),
         ("a", udp(A1, FAR, 4000, 1003, ttl=1))),
    Case("headers", ("a", udp(A1, FAR, 4000, 1001, tos=0x48, flags="DF")), ("a", udp(A1, B1, 4000, 1001)), ("a", udp(A1, W0, 4000, 1001)),
         ("a", tcp(A1, FAR, 4000, 80, "SF"))),
    Case("to the router and from it", ("a", echo(A1, W0, 9)), ("w", echo(GW, W0, 9)), ("w", echo(W9, W0, 10))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_copies_leave_as_from_linux(bench, case):
    bench.check(case)


def test_two_workers_send_the_copies_of_their_packets():
    with lone_lab(lone_router(SPEC, workers=(0, 1))) as lab:
        ports = range(4000, 4060)
        for size in (16, 17, 18):
            for port in ports:
                lab.send("a", udp(A1, FAR, port, 1001, size=size))
            seen, end = lab.fence("a"), time.monotonic() + 3
            while len(seen["b"]) + len(seen["w"]) < 2 * len(ports) and time.monotonic() < end:
                time.sleep(0.01)
                lab.collect(seen)
            assert sorted(dissect(frame)[UDP].sport for frame in seen["b"]) == list(ports)
            assert len(seen["w"]) == len(ports)
        stats = lab.router.json("stats")
        assert stats["copies_sent"] == 3 * len(ports) and stats["copies_lost"] == 0
        assert len([worker for worker in stats["workers"] if worker["by_short_way"] + worker["by_long_way"] > 0]) == 2
