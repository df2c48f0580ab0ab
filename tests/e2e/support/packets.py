# SPDX-License-Identifier: BSD-3-Clause
"""Builders for crafted packets, and the form in which two routers' frames are compared."""

from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw

__all__ = ["ARP", "Dot1Q", "Ether", "ICMP", "IP", "Raw", "TCP", "UDP", "answer", "dissect", "echo", "error", "normal",
           "tcp", "text_of", "udp"]

_ICMP_REQUESTS = {8, 13, 15, 17}


def udp(src, dst, sport, dport, size=16, ident=0x7001, **ip):
    return IP(src=src, dst=dst, id=ident, **ip) / UDP(sport=sport, dport=dport) / Raw(_data(size))


def tcp(src, dst, sport, dport, flags="S", seq=1000, ack=0, size=0, ident=0x7002, window=8192, **ip):
    packet = IP(src=src, dst=dst, id=ident, **ip) / TCP(sport=sport, dport=dport, flags=flags, seq=seq, ack=ack,
                                                        window=window)
    return packet / Raw(_data(size)) if size else packet


def echo(src, dst, number=77, seq=1, size=32, ident=0x7003, reply=False, **ip):
    return IP(src=src, dst=dst, id=ident, **ip) / ICMP(type=0 if reply else 8, id=number, seq=seq) / Raw(_data(size))


def error(src, kind, code, quoted, length=28, to=None, mtu=0, ident=0x7004, **ip):
    """An ICMP error from `src` to the sender of `quoted`, that quotes its first `length` bytes."""
    quoted = quoted if isinstance(quoted, IP) else dissect(quoted)
    head = IP(src=src, dst=to or quoted.src, id=ident, **ip) / ICMP(type=kind, code=code, nexthopmtu=mtu) \
        if kind == 3 else IP(src=src, dst=to or quoted.src, id=ident, **ip) / ICMP(type=kind, code=code)
    return head / Raw(bytes(quoted)[:length])


def answer(frame, **change):
    """What the host that received the frame would say: addresses and ports turned round."""
    got = dissect(frame)
    head = IP(src=got.dst, dst=got.src, id=change.pop("ident", 0x7005), ttl=change.pop("ttl", 64))
    size = change.pop("size", 16)
    if UDP in got:
        return head / UDP(sport=got[UDP].dport, dport=got[UDP].sport) / Raw(_data(size))
    if TCP in got:
        segment = got[TCP]
        fields = {"flags": "SA", "seq": 5000, "ack": (segment.seq + 1) & 0xFFFFFFFF, "window": 8192} | change
        return head / TCP(sport=segment.dport, dport=segment.sport, **fields)
    if ICMP in got:
        return head / ICMP(type=0, id=got[ICMP].id, seq=got[ICMP].seq) / Raw(bytes(got[ICMP].payload))
    return head / Raw(_data(size))


def dissect(frame):
    """The IP packet of a frame, padding cut."""
    ether = Ether(bytes(frame))
    packet = ether[IP]
    return IP(bytes(packet)[: packet.len])


def normal(frame, own_addresses, idents, came_back=False):
    """The frame without what a router is free to choose: the identification of packets that it makes itself.

    Those are the packets with an identification that nobody sent, and the ICMP answers that come from an address of the
    router or out of the port that the question came in by. The checksum that covers it is made good for the new value,
    unless it was wrong before.
    """
    data = bytearray(frame)
    at = 14
    while data[at - 2: at] == b"\x81\x00":
        at += 4
    if data[at - 2: at] != b"\x08\x00" or len(data) < at + 20:
        return bytes(data)
    size = 4 * (data[at] & 15)
    source = ".".join(map(str, data[at + 12: at + 16]))
    is_answer = data[at + 9] == 1 and len(data) > at + size and data[at + size] not in _ICMP_REQUESTS
    ident = int.from_bytes(data[at + 4: at + 6], "big")
    if ident not in idents or (is_answer and (came_back or source in own_addresses)):
        good = _sum(data[at: at + size]) == 0xFFFF
        data[at + 4: at + 6] = b"\0\0"
        if good:
            data[at + 10: at + 12] = b"\0\0"
            data[at + 10: at + 12] = (0xFFFF - _sum(data[at: at + size])).to_bytes(2, "big")
    return bytes(data)


def text_of(frame):
    """One frame for a person: a line of words and a line of hexadecimal digits."""
    ether = Ether(frame)
    words = ether.summary()
    if IP in ether:
        ip = ether[IP]
        words += f"  ttl={ip.ttl} tos={ip.tos:#x} id={ip.id:#x} len={ip.len} flags={ip.flags} frag={ip.frag}"
    return f"{words}\n        {frame.hex()}"


def _data(size):
    return bytes((i * 7 + 1) & 0xFF for i in range(size))


def _sum(data):
    total = sum(int.from_bytes(data[i: i + 2], "big") for i in range(0, len(data) & ~1, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
