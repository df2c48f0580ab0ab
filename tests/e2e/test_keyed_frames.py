# SPDX-License-Identifier: BSD-3-Clause
"""recent and hashlimit, packet by packet and counter by counter as Linux: MAT-5."""

import time

import pytest

from support.bench_plan import A1, A2, B1, plan
from support.differential import Case
from support.packets import echo, tcp, udp
from support.spec import table

SPEC = plan(
    table("filter",
          "-A FORWARD -p udp --dport 60 -m recent --update --hitcount 3 --seconds 100 --name often -j DROP",
          "-A FORWARD -p udp --dport 60 -m recent --set --name often",
          "-A FORWARD -p udp --dport 61 -m recent ! --rcheck --name open -j DROP",
          "-A FORWARD -p udp --dport 62 -m recent --set --name open -j DROP",
          "-A FORWARD -p udp --dport 63 -m recent --remove --name open -j DROP",
          "-A FORWARD -p udp --dport 64 -m recent --set --rdest --mask 255.255.255.0 --name nets",
          "-A FORWARD -p udp --dport 64 -m recent --rcheck --hitcount 4 --rdest --mask 255.255.255.0 --name nets -j DROP",
          "-A FORWARD -p udp --dport 65 -m recent --rcheck --rttl --name ttls -j DROP",
          "-A FORWARD -p udp --dport 65 -m recent --set --name ttls",
          "-A FORWARD -p udp --dport 66 -m recent --update --seconds 50 --reap --hitcount 2 --name reaped -j DROP",
          "-A FORWARD -p udp --dport 66 -m recent --set --name reaped",
          "-A FORWARD -p udp --dport 67 -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 3 --hashlimit-mode srcip "
          "--hashlimit-name h67 -j ACCEPT", "-A FORWARD -p udp --dport 67 -j DROP",
          "-A FORWARD -p udp --dport 68 -m hashlimit --hashlimit-above 2/hour --hashlimit-burst 2 --hashlimit-mode "
          "srcip,srcport,dstip --hashlimit-name h68 -j DROP",
          "-A FORWARD -p udp --dport 69 -m hashlimit --hashlimit-above 1kb/s --hashlimit-mode srcip --hashlimit-name h69 -j DROP",
          "-A FORWARD -p udp --dport 70 -m hashlimit --hashlimit-above 1kb/s --hashlimit-burst 3kb --hashlimit-mode srcip "
          "--hashlimit-name h70 -j DROP",
          "-A FORWARD -p udp --dport 71 -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcip "
          "--hashlimit-srcmask 24 --hashlimit-name h71 -j DROP",
          "-A FORWARD -p udp --dport 72 -m hashlimit --hashlimit-upto 2/hour --hashlimit-burst 1 --hashlimit-mode srcip "
          "--hashlimit-rate-match --hashlimit-name h72 -j ACCEPT", "-A FORWARD -p udp --dport 72 -j DROP",
          "-A FORWARD -p udp --dport 73 -m hashlimit --hashlimit-above 1kb/s --hashlimit-mode srcip "
          "--hashlimit-rate-match --hashlimit-rate-interval 600 --hashlimit-name h73 -j DROP",
          "-A FORWARD -p udp --dport 74 -m hashlimit --hashlimit-above 2/sec --hashlimit-burst 1 --hashlimit-mode srcip "
          "--hashlimit-rate-match --hashlimit-htable-expire 600000 --hashlimit-name h74 -j DROP",
          "-A FORWARD -p tcp --dport 90 -m connlimit --connlimit-above 2 -j DROP",
          "-A FORWARD -p udp --dport 91 -m connlimit --connlimit-upto 3 --connlimit-mask 24 --connlimit-daddr -j ACCEPT",
          "-A FORWARD -p udp --dport 91 -j DROP",
          "-A FORWARD -p icmp -m hashlimit --hashlimit-upto 1/hour --hashlimit-burst 2 --hashlimit-mode srcport,dstport "
          "--hashlimit-name ping -j ACCEPT", "-A FORWARD -p icmp -j DROP",
          "-A FORWARD -p tcp --syn -m recent --set --name syns", "-A FORWARD -p tcp -m recent --rcheck --name syns") +
    table("raw", "-A PREROUTING -p udp --dport 64 -m recent --rcheck --name often"))


def later(seconds, packet):
    def waits(_out):
        time.sleep(seconds)
        return packet
    return waits


CASES = [
    Case("the fourth within a time, and all that follow", *[("a", udp(A1, B1, 4000, 60))] * 6,
         ("a", udp(A2, B1, 4000, 60)), *[("a", udp(A1, B1, 4001, 60))] * 2, ("a", udp(A1, B1, 4000, 64))),
    Case("opened and closed again", ("a", udp(A1, B1, 4000, 61)), ("a", udp(A1, B1, 4000, 62)),
         *[("a", udp(A1, B1, 4000, 61))] * 3, ("a", udp(A2, B1, 4000, 61)), *[("a", udp(A1, B1, 4000, 63))] * 2,
         ("a", udp(A1, B1, 4000, 61))),
    Case("networks of destinations", *[("a", udp(A1, B1, 4000 + i, 64)) for i in range(3)],
         *[("a", udp(A2, B1, 4000, 64))] * 3),
    Case("hosts by their TTL", *[("a", udp(A1, B1, 4000, 65, ttl=ttl)) for ttl in (60, 60, 61, 61, 60, 61, 61)]),
    Case("with reaping", *[("a", udp(source, B1, 4000, 66)) for source in (A1, A2, A1, A1, A2, A2)]),
    Case("three an hour for each source", *[("a", udp(source, B1, port, 67)) for port in (4000, 4001, 4000, 4002, 4000)
                                           for source in (A1, A2)]),
    Case("two an hour for each flow", *[("a", udp(source, B1, port, 68)) for port in (4000, 4001, 4000, 4001, 4000)
                                       for source in (A1, A2)]),
    Case("bytes", *[("a", udp(A1, B1, 4000, 69, size=size)) for size in (100, 500, 300, 300, 5, 900, 5)]),
    Case("bytes with a burst", *[("a", udp(A1, B1, 4000, 70, size=size)) for size in (900, 900, 900, 900, 900, 900)]),
    Case("sources of one network", *[("a", udp(source, B1, 4000, 71)) for source in (A1, A2, A1, A2)]),
    Case("a rate match counts, and does not limit", *[("a", udp(source, B1, 4000, 72)) for source in [A1] * 6 + [A2] * 4]),
    Case("a rate match in bytes", *[("a", udp(A1, B1, 4000, 73, size=size)) for size in (900, 90, 1, 5)], ("a", udp(A2, B1, 4000, 73, size=5))),
    Case("more than the rate before", *[("a", udp(A1, B1, 4000, 74))] * 6, ("a", later(1.2, udp(A1, B1, 4000, 74))),
         ("a", udp(A1, B1, 4000, 74)), ("a", later(1.2, udp(A1, B1, 4000, 74))), *[("a", udp(A1, B1, 4000, 74))] * 3),
    Case("what has no ports", *[("a", echo(A1, B1, number=number, seq=i)) for i in range(2) for number in (5, 6)]),
    Case("connections", ("a", tcp(A1, B1, 4000, 80)), ("b", tcp(B1, A1, 80, 4000, flags="SA", seq=5000, ack=1001)),
         ("a", tcp(A1, B1, 4000, 80, flags="A", seq=1001, ack=5001)), ("a", tcp(A2, B1, 4000, 80, flags="A", seq=1001, ack=5001))),
    Case("so many connections at a time", *[("a", tcp(A1, B1, port, 90)) for port in (4000, 4001, 4000, 4002)],
         ("b", tcp(B1, A1, 90, 4000, flags="SA", seq=5000, ack=1001)), ("a", tcp(A2, B1, 4000, 90)),
         ("a", tcp(A1, B1, 4000, 90, flags="A", seq=1001, ack=5001)), ("a", tcp(A1, B1, 4003, 90)),
         ("a", tcp(A1, B1, 4000, 90, flags="R", seq=1001, ack=0)), ("a", tcp(A1, B1, 4004, 90)), ("a", tcp(A1, B1, 4005, 90))),
    Case("flows to one network", *[("a", udp(source, B1, port, 91)) for port in (4000, 4001, 4002) for source in (A1, A2)],
         ("b", udp(B1, A1, 91, 4000))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hosts_are_remembered_as_in_linux(bench, case):
    bench.check(case)
