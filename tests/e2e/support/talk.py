# SPDX-License-Identifier: BSD-3-Clause
"""A TCP conversation of crafted segments, whose ends speak as real ones do: each acknowledges what it has got.

    ftp = Talk(("a", A1, 4000), (FAR, 21), "w")
    steps = [*ftp.open(), ftp.server("220 hello\\r\\n"), ftp.client("USER x\\r\\n")]

The steps are for support.differential: functions of the frames that came out so far, so that an end answers what this
router made of the other's words, which may have become longer or shorter.
"""

from .packets import IP, Raw, TCP, dissect


class Talk:
    def __init__(self, client, called, server_side):
        """`client`: side, address, port; `called`: the address and port that it calls; `server_side`: where that is."""
        self.side, self.address, self.port = client
        self.called, self.server_side = called, server_side
        self.first = self.port * 100            # of its own, so that its SYN is known among those of others
        self.sequence = {"client": self.first, "server": self.first + 50_000_000}
        self.ident = 0x7100

    def open(self):
        return [self.client(flags="S"), self.server(flags="SA"), self.client()]

    def client(self, text="", flags=None, **change):
        return self._step("client", self.side, text, flags, change)

    def server(self, text="", flags=None, **change):
        return self._step("server", self.server_side, text, flags, change)

    def _step(self, who, side, text, flags, change):
        again = change.pop("again", False)      # the last words once more
        length = len(text) + ("S" in (flags or "") or "F" in (flags or ""))
        if again:
            self.sequence[who] -= length
        sequence = self.sequence[who]
        self.sequence[who] += length
        self.ident += 1
        ident = self.ident

        def build(out):
            source, target, sport, dport = self._ends(who, out)
            got = self._got(side, out, sport, dport)
            acknowledged = {} if flags == "S" else {"ack": got}
            fields = {"flags": flags or ("PA" if text else "A"), "seq": sequence, "window": 8192, **acknowledged, **change}
            return IP(src=source, dst=target, id=ident) / TCP(sport=sport, dport=dport, **fields) / Raw(text.encode("latin-1"))
        return side, build

    def _ends(self, who, out):
        if who == "client":
            return self.address, self.called[0], self.port, self.called[1]
        for packet in self._segments(self.server_side, out):
            if "S" in packet[TCP].flags and packet[TCP].seq == self.first:
                return packet.dst, packet.src, packet[TCP].dport, packet[TCP].sport
        return self.called[0], self.address, self.called[1], self.port

    @staticmethod
    def _segments(side, out):
        packets = [dissect(frame) for frame in out[side] if bytes(frame)[12:14] == b"\x08\x00"]
        return [packet for packet in packets if TCP in packet]

    def _got(self, side, out, sport, dport):
        """The number behind all that this end has got, in the numbers that it got."""
        behind = [segment[TCP].seq + len(bytes(segment[TCP].payload)) + ("S" in segment[TCP].flags) + ("F" in segment[TCP].flags)
                  for segment in self._segments(side, out) if (segment[TCP].sport, segment[TCP].dport) == (dport, sport)]
        return max(behind, default=0)
