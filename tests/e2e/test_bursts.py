# SPDX-License-Identifier: BSD-3-Clause
"""Bursts of 500 frames, order, equal-cost routes, and the limit of ICMP errors, beside Linux: FWD-1, FWD-4, ICMP-9."""

import time

from support.bench_plan import A1, A2, B1, B2, GW, W9, plan
from support.packets import Ether, IP, UDP, udp
from support.spec import Route, table

SPEC = plan(table("filter", "-A FORWARD -p udp -m udp --dport 1 -j DROP", "-A FORWARD -p udp -m udp --dport 5000", "-A FORWARD -m conntrack --ctstate INVALID"),
            routes=[Route("0.0.0.0/0", [GW]), Route("100.64.0.0/16", [B1, W9])], sysctl={})


def burst(lab, side, packets, out, patience_s=3.0):
    """Sends frames as fast as the socket takes them; returns the IP packets that come out on the other side."""
    for wire in lab.wires.values():
        wire.drain()
    place = lab.sides[side]
    frames = [bytes(Ether(dst=place.router_mac, src=place.host_mac) / packet) for packet in packets]
    for frame in frames:
        lab.wires[side].send(frame)
    got, end = [], time.monotonic() + patience_s
    while len(got) < len(packets) and time.monotonic() < end:
        got += [frame for frame in lab.wires[out].drain() if frame[12:14] == b"\x08\x00"]
        time.sleep(0.002)
    return [Ether(frame)[IP] for frame in got]


def test_a_burst_of_one_flow_arrives_whole_and_in_order(bench):
    for lab in bench.labs:
        for size in (16, 1300):
            packets = [udp(A1, B1, 4000, 5000, size=size, ident=number + 1) for number in range(500)]
            got = burst(lab, "a", packets, "b")
            assert [packet.id for packet in got] == list(range(1, 501)), f"{lab.kind}: {len(got)} of 500 came"


def test_a_burst_of_new_flows_arrives_whole(bench):
    packets = [udp(A1, B1, 10000 + number, 5000) for number in range(500)]
    for lab in bench.labs:
        lab.router.flush_connections()
        before = lab.router.counters()
        got = burst(lab, "a", packets, "b")
        assert sorted(packet[UDP].sport for packet in got) == list(range(10000, 10500)), f"{lab.kind}: {len(got)} of 500 came"
        key = next(key for key in before if "--dport 5000" in key[1])
        after = lab.router.counters()
        assert (after[key][0] - before[key][0], after[key][1] - before[key][1]) == (500, 500 * 44), lab.kind


def test_equal_cost_routes_share_the_flows_and_keep_each(bench):
    """A flow stays on its way; many flows use both ways."""
    packets = [udp(A1, f"100.64.{number % 7}.{number + 1}", 4000, 5000) for number in range(64)]
    for lab in bench.labs:
        ways = []
        for _again in range(2):
            for wire in lab.wires.values():
                wire.drain()
            for packet in packets:
                lab.send("a", packet)
            seen = lab.fence("a")
            end = time.monotonic() + 1
            while sum(map(len, seen.values())) < len(packets) and time.monotonic() < end:
                lab.collect(seen)
            ways.append({Ether(frame)[IP].dst: side for side in ("b", "w") for frame in seen[side]})
        assert len(ways[0]) == len(packets), lab.kind
        assert ways[0] == ways[1], f"{lab.kind}: a flow changed its way"
        shares = [sum(side == way for way in ways[0].values()) for side in ("b", "w")]
        assert min(shares) >= len(packets) // 8, f"{lab.kind}: {shares}"


def test_icmp_errors_are_limited_per_destination(bench):
    """The default limit of Linux: six at once to one sender, then one a second; others are not affected."""
    for lab in bench.labs:
        for wire in lab.wires.values():
            wire.drain()
        for host in (A1, A2):
            seen = {name: [] for name in lab.sides}
            for number in range(20):
                lab.send("a", udp(host, B2, 4000, 5000 + number, ttl=1))
            got = lab.fence("a")["a"]
            time.sleep(0.05)
            lab.collect(seen)
            count = len([1 for frame in got + seen["a"] if Ether(frame)[IP].dst == host])
            assert count == 6, f"{lab.kind}: {count} errors to {host}"
