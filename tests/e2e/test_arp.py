# SPDX-License-Identifier: BSD-3-Clause
"""ARP, question by question, beside Linux: FWD-9, OPS-6."""

import time

import pytest

from support.bench_plan import A0, A1, B0, B1, SIDES, W0, plan
from support.packets import ARP, IP, Ether, echo, udp

SPEC = plan()
SPEC.neighbors = []                                       # nothing is known beforehand
ASKER, OTHER, SILENT = "10.0.1.30", "10.0.2.40", "10.0.2.99"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def question(target, sender=ASKER, mac="02:00:00:00:0a:30", to=BROADCAST, asked="00:00:00:00:00:00"):
    return Ether(dst=to, src=mac) / ARP(op=1, hwsrc=mac, psrc=sender, hwdst=asked, pdst=target)


def reply(target, mac, to, to_mac):
    return Ether(dst=to_mac, src=mac) / ARP(op=2, hwsrc=mac, psrc=target, hwdst=to_mac, pdst=to)


QUESTIONS = {
    "own address": ("a", question(A0)),
    "own address, asked at its MAC": ("a", question(A0, to="02:00:00:00:0a:01")),
    "own address, sent to another station": ("a", question(A0, to="02:00:00:00:99:99")),
    "an address of another port": ("a", question(B0)),
    "the address towards the world": ("a", question(W0)),
    "an address of nobody": ("a", question("10.0.1.77")),
    "a host of another network": ("a", question(B1)),
    "a probe by nobody (RFC 5227)": ("a", question(A0, sender="0.0.0.0")),
    "an announcement of a host": ("a", question(ASKER)),
    "from the broadcast address": ("a", question(A0, sender="255.255.255.255")),
    "from an address of the router": ("a", question(A0, sender=A0)),
    "an answer nobody asked for": ("a", reply("10.0.1.31", "02:00:00:00:0a:31", A0, "02:00:00:00:0a:01")),
    "of another hardware": ("a", Ether(dst=BROADCAST, src="02:00:00:00:0a:30")
                            / ARP(hwtype=6, op=1, hwsrc="02:00:00:00:0a:30", psrc=ASKER, pdst=A0)),
    "of another protocol": ("a", Ether(dst=BROADCAST, src="02:00:00:00:0a:30")
                            / ARP(ptype=0x86DD, op=1, hwsrc="02:00:00:00:0a:30", psrc=ASKER, pdst=A0)),
    "cut short": ("a", bytes(question(A0))[:30]),
    "of an unknown kind": ("a", Ether(dst=BROADCAST, src="02:00:00:00:0a:30")
                           / ARP(op=9, hwsrc="02:00:00:00:0a:30", psrc=ASKER, pdst=A0)),
}


def arps(frames):
    return [Ether(frame)[ARP] for frame in frames if frame[12:14] == b"\x08\x06" and len(frame) >= 42]


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers(bench, name):
    side, frame = QUESTIONS[name]
    answers = []
    for lab in bench.labs:
        lab.wires[side].drain()
        lab.wires[side].send(bytes(frame))
        # The same question with a known answer closes the wait.
        lab.wires[side].send(bytes(question(A0, sender="10.0.1.251", mac="02:00:00:00:0a:fb")))
        frames, closed = lab.wires[side].wait(lambda got: got[12:14] == b"\x08\x06" and got[38:42] == bytes([10, 0, 1, 251]))
        assert closed, f"{lab.kind} does not answer any more"
        answers.append([(arp.op, arp.psrc, arp.hwsrc, arp.pdst, arp.hwdst) for arp in arps(frames)
                        if arp.op == 2 and arp.pdst != "10.0.1.251"])
    assert all(got == answers[0] for got in answers), dict(zip((lab.kind for lab in bench.labs), answers))


def test_packets_wait_for_the_answer(bench):
    """Packets to an unknown neighbour are kept while it is asked for, and go in their order when it answers."""
    for lab in bench.labs:
        for wire in lab.wires.values():
            wire.drain()
        lab.wires["a"].send(bytes(question(A0, sender=A1, mac=SIDES["a"].host_mac)))
        for number in range(3):
            lab.send("a", udp(A1, OTHER, 4000, 5000 + number))
        frames, asked = lab.wires["b"].wait(lambda got: arps([got]) and arps([got])[0].pdst == OTHER)
        assert asked, f"{lab.kind} does not ask"
        ask = arps(frames)[-1]
        assert (ask.op, ask.psrc, ask.hwsrc) == (1, B0, SIDES["b"].router_mac)
        assert Ether(frames[-1]).dst == BROADCAST
        lab.wires["b"].send(bytes(reply(OTHER, "02:00:00:00:0b:40", B0, SIDES["b"].router_mac)))
        end, got = time.monotonic() + 2, []
        while len(got) < 3 and time.monotonic() < end:
            got += [Ether(frame) for frame in lab.wires["b"].drain() if frame[12:14] == b"\x08\x00"]
            time.sleep(0.005)
        assert [frame[IP].payload.dport for frame in got] == [5000, 5001, 5002], lab.kind
        assert {frame.dst for frame in got} == {"02:00:00:00:0b:40"}
        # From now on nobody is asked.
        lab.send("a", udp(A1, OTHER, 4000, 5003))
        frames, came = lab.wires["b"].wait(lambda frame: frame[12:14] == b"\x08\x00")
        assert came and not [arp for arp in arps(frames) if arp.pdst == OTHER and Ether(frames[0]).dst == BROADCAST], lab.kind


def test_host_unreachable_after_three_questions(bench):
    """Each packet that waited is answered by 3/1 when nobody is there."""
    for lab in bench.labs:
        for wire in lab.wires.values():
            wire.drain()
        lab.wires["a"].send(bytes(question(A0, sender=A1, mac=SIDES["a"].host_mac)))
        lab.send("a", echo(A1, SILENT))
    end, asked, told = time.monotonic() + 5, {}, {}
    while time.monotonic() < end and len(told) < len(bench.labs):
        for lab in bench.labs:
            asked[lab.kind] = asked.get(lab.kind, 0) + len([1 for arp in arps(lab.wires["b"].drain()) if arp.pdst == SILENT])
            for frame in lab.wires["a"].drain():
                packet = Ether(frame)
                if IP in packet and packet[IP].proto == 1 and packet[IP].payload.type == 3:
                    told[lab.kind] = (packet[IP].src, packet[IP].dst, packet[IP].payload.code)
        time.sleep(0.02)
    assert told == {lab.kind: (A0, A1, 1) for lab in bench.labs}
    assert asked == {lab.kind: 3 for lab in bench.labs}
