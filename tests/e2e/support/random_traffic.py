# SPDX-License-Identifier: BSD-3-Clause
"""Random conversations: flows that begin on any side, their answers, errors about them, their proper end.

Source ports and ping numbers are never used twice, so that no router has to throw dice for a free one; sequence numbers
are those of a real conversation.
"""

from .bench_plan import A0, A1, A2, B0, B1, B2, FAR, FAR2, GW, W0
from .packets import ICMP, IP, TCP, UDP, dissect, echo, error, tcp, udp

_HOSTS = {"a": [A1, A2], "b": [B1, B2], "w": [FAR, FAR2]}
_TARGETS = [A1, A2, B1, B2, FAR, FAR2, FAR, FAR2, W0, W0, A0, B0]
_PORTS = [22, 53, 80, 85, 999, 1005, 4050, 8080, 8085]


class Flow:
    """One conversation as its two ends see it: what each sent and what of it came out on the other side."""

    def __init__(self, side, packet):
        self.side, self.first, self.turn = side, packet, 0
        self.arrived = None              # (side, packet): the last one of the opener that reached somebody
        self.seq = {"opener": 1000, "other": 5000}


class RandomTraffic:
    def __init__(self, dice):
        self.dice, self.flows, self._serial, self._ident = dice, [], 4000, 0x6000
        self._asked = None

    def next(self):
        """(side, packet) of the next step. learn() has to hear what came out."""
        self._ident += 1
        choice = self.dice.random()
        live = [flow for flow in self.flows[-6:] if flow.arrived]
        if live and choice < 0.55:
            flow = self.dice.choice(live)
            side, packet, by_opener = self._go_on(flow)
        elif live and choice < 0.65:
            flow = self.dice.choice(live)
            (side, packet), by_opener = self._complain(flow), False
        else:
            (side, packet), by_opener = self._open(), True
            flow = Flow(side, packet)
            self.flows.append(flow)
        packet.id = self._ident
        self._asked = flow if by_opener else None
        return side, packet

    def learn(self, out):
        """What came out of the step, by side."""
        if self._asked is None:
            return
        for side, frames in out.items():
            for frame in frames:
                packet = dissect(frame) if frame[12:14] == b"\x08\x00" else None
                # The packet itself, and no error or answer of the router about it.
                if packet is not None and packet.id == self._ident and packet.proto == self._asked.first.proto:
                    self._asked.arrived = (side, packet)

    def _open(self):
        self._serial += 1
        side = self.dice.choice("aaabww")
        source = self.dice.choice(_HOSTS[side])
        target = self.dice.choice([name for name in _TARGETS if name not in _HOSTS[side]])
        extra = {"ttl": 1} if self.dice.random() < 0.05 else {}
        kind = self.dice.random()
        size = self.dice.choice([0, 1, 20, 300, 1340])
        if kind < 0.45:
            return side, udp(source, target, self._serial, self.dice.choice(_PORTS), size=size, **extra)
        if kind < 0.8:
            return side, tcp(source, target, self._serial, self.dice.choice(_PORTS), "S", seq=1000, **extra)
        return side, echo(source, target, number=self._serial, size=size, **extra)

    def _go_on(self, flow):
        """(side, packet, whether it is the opener's)."""
        side, seen = flow.arrived
        by_opener = self.dice.random() < 0.5
        if ICMP in seen:
            if by_opener:
                return flow.side, echo(flow.first.src, flow.first.dst, number=flow.first[ICMP].id, seq=2), True
            return side, echo(seen.dst, seen.src, number=seen[ICMP].id, seq=seen[ICMP].seq, reply=True), False
        if UDP in seen:
            size = self.dice.choice([0, 5, 900])
            if by_opener:
                return flow.side, udp(flow.first.src, flow.first.dst, flow.first[UDP].sport, flow.first[UDP].dport, size), True
            return side, udp(seen.dst, seen.src, seen[UDP].dport, seen[UDP].sport, size), False
        return self._tcp(flow, side, seen)

    # Handshake, data both ways, both closes; then it starts over with retransmissions of the last segment.
    _SCRIPT = (("other", "SA", 0), ("opener", "A", 0), ("opener", "PA", 120), ("other", "A", 0), ("other", "PA", 700),
               ("opener", "A", 0), ("opener", "FA", 0), ("other", "A", 0), ("other", "FA", 0), ("opener", "A", 0))

    def _tcp(self, flow, side, seen):
        if flow.turn == 0:
            flow.seq["opener"] = 1001                   # its SYN has been sent
        who, flags, size = self._SCRIPT[min(flow.turn, len(self._SCRIPT) - 1)]
        flow.turn += 1
        seq, ack = flow.seq[who], flow.seq["opener" if who == "other" else "other"]
        flow.seq[who] += size + ("S" in flags) + ("F" in flags)
        if who == "other":
            return side, tcp(seen.dst, seen.src, seen[TCP].dport, seen[TCP].sport, flags, seq=seq, ack=ack, size=size), False
        return flow.side, tcp(flow.first.src, flow.first.dst, flow.first[TCP].sport, flow.first[TCP].dport, flags,
                              seq=seq, ack=ack, size=size), True

    def _complain(self, flow):
        side, seen = flow.arrived
        kind, code = self.dice.choice([(3, 0), (3, 1), (3, 3), (3, 4), (3, 13), (11, 0), (12, 0)])
        hop = self.dice.choice([seen.dst, GW if side == "w" else seen.dst])
        return side, error(hop, kind, code, IP(bytes(seen)), length=self.dice.choice([28, 60]), mtu=1300 if code == 4 else 0)
