# SPDX-License-Identifier: BSD-3-Clause
"""SCTP, UDP-Lite, DCCP, GRE and unknown protocols through each router: the same state for rules and the same line of `conntrack -L` after each packet (CT-4, CT-9, CT-10)."""

import random
import struct

import pytest

from support.bench_plan import A1, B1, UNLIMITED, plan
from support.packets import IP, Raw
from support.spec import table
from support.tracking import play

SPEC = plan(
    table("filter", *(f"-A FORWARD -m conntrack --ctstate {state}" for state in ("INVALID", "NEW", "ESTABLISHED"))),
    sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1})

DATA, INIT, INIT_ACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK, COMPLETE = (
    0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 14)
TYPES = (DATA, 3, INIT, INIT_ACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK, COMPLETE)


def packet(way, protocol, payload):
    """From the client (">") or the server ("<")."""
    source, destination = (A1, B1) if way == ">" else (B1, A1)
    return ("a" if way == ">" else "b"), IP(src=source, dst=destination, id=0x7002, proto=protocol) / Raw(payload)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def chunk(kind, tag=0, flags=0, length=None):
    """With an announced tag (INIT and INIT ACK) or four bytes of whatever."""
    body = struct.pack("!IIHHI", tag, 65535, 1, 1, 7) if kind in (INIT, INIT_ACK) else bytes(4)
    return struct.pack("!BBH", kind, flags, 4 + len(body) if length is None else length) + body


def sctp(way, tag, *chunks, good=True):
    ports = (4000, 80) if way == ">" else (80, 4000)
    head, body = struct.pack("!HHI", *ports, tag), b"".join(chunks)
    crc = crc32c(head + bytes(4) + body) ^ (0 if good else 1)
    return packet(way, 132, head + struct.pack("<I", crc) + body)


# The client's packets carry 22, the server's 11.
ASSOCIATE = [sctp(">", 0, chunk(INIT, 11)), sctp("<", 11, chunk(INIT_ACK, 22)), sctp(">", 22, chunk(COOKIE_ECHO)),
             sctp("<", 11, chunk(COOKIE_ACK))]
STORIES = {
    "associated and shut down": [*ASSOCIATE, sctp(">", 22, chunk(DATA)), sctp("<", 11, chunk(3)), sctp(">", 22, chunk(SHUTDOWN)),
                                 sctp("<", 11, chunk(SHUTDOWN_ACK)), sctp(">", 22, chunk(COMPLETE))],
    "shut down by the server": [*ASSOCIATE, sctp("<", 11, chunk(SHUTDOWN)), sctp(">", 22, chunk(SHUTDOWN_ACK)), sctp("<", 11, chunk(COMPLETE))],
    "wrong tags": [*ASSOCIATE, sctp(">", 23, chunk(DATA)), sctp(">", 23, chunk(ABORT)), sctp(">", 11, chunk(ABORT)), sctp(">", 11, chunk(ABORT, flags=1))],
    "aborted": [*ASSOCIATE, sctp("<", 11, chunk(ABORT))],
    "init again": [sctp(">", 0, chunk(INIT, 11)), sctp(">", 0, chunk(INIT, 11)), sctp(">", 0, chunk(INIT, 12)), sctp("<", 11, chunk(INIT_ACK, 22)),
                   sctp("<", 12, chunk(INIT_ACK, 22))],
    "init with a tag": [sctp(">", 5, chunk(INIT, 11))],
    "both begin": [sctp(">", 0, chunk(INIT, 11)), sctp("<", 0, chunk(INIT, 22)), sctp(">", 22, chunk(INIT_ACK, 11)), sctp("<", 11, chunk(COOKIE_ECHO)),
                   sctp(">", 22, chunk(COOKIE_ACK))],
    "another path": [sctp(">", 22, chunk(HEARTBEAT)), sctp("<", 11, chunk(HEARTBEAT_ACK)), sctp(">", 22, chunk(DATA)), sctp("<", 11, chunk(DATA))],
    "another path, another association": [sctp(">", 22, chunk(HEARTBEAT)), sctp("<", 11, chunk(HEARTBEAT_ACK)), sctp(">", 33, chunk(HEARTBEAT)),
                                          sctp("<", 44, chunk(HEARTBEAT_ACK)), sctp(">", 33, chunk(HEARTBEAT))],
    "out of the blue": [sctp(">", 1, chunk(kind)) for kind in TYPES],
    "shutdown ack out of the blue": [sctp(">", 9, chunk(SHUTDOWN_ACK)), sctp("<", 9, chunk(COMPLETE, flags=1))],
    "chunks that must be alone": [*ASSOCIATE, sctp(">", 22, chunk(DATA), chunk(COOKIE_ACK)), sctp(">", 22, chunk(COMPLETE), chunk(DATA)),
                                  sctp(">", 22, chunk(DATA), chunk(SHUTDOWN)), sctp(">", 22)],
    "chunks without sense": [*ASSOCIATE, sctp(">", 22, chunk(DATA, length=0)), sctp(">", 22, chunk(DATA, length=1)), sctp(">", 22, chunk(DATA, length=60000)),
                             sctp(">", 22, b"abc"), sctp(">", 0, chunk(INIT, 11)[:12])],
    "wrong checksums": [sctp(">", 0, chunk(INIT, 11), good=False), sctp(">", 0, chunk(INIT, 11)), sctp("<", 11, chunk(INIT_ACK, 22), good=False)],
    "cut off": [packet(">", 132, bytes(size)) for size in (4, 8, 11, 12)],
    "udp-lite": [packet(way, 136, struct.pack("!HHHH", *ports, 8, checksum) + b"abc") for way, ports, checksum in
                 ((">", (4000, 80), 0), (">", (4000, 80), 1))],
    "gre": [packet(">", 47, bytes(12)), packet("<", 47, bytes(12)), packet(">", 47, bytes(12))],
    "gre of pptp": [packet(">", 47, bytes.fromhex("3001880b00080009") + bytes(8)), packet("<", 47, bytes.fromhex("3001880b00080007") + bytes(8)),
                    packet(">", 47, bytes.fromhex("30018800000800") + bytes(8)), packet(">", 47, bytes(2))],
    "dccp": [packet(">", 33, struct.pack("!HHBBHBBH", 4000, 80, 3, 0, 0, 0, 0, 1) + bytes(8)), packet("<", 33, bytes(20))],
    "esp, ah and others": [packet(way, protocol, bytes(24)) for protocol in (50, 51, 99, 4) for way in "><>"],
}


@pytest.mark.parametrize("story", STORIES)
def test_conversations(bench, story):
    play(bench, STORIES[story])


@pytest.mark.parametrize("seed", range(1, 7))
def test_random_chunks(bench, seed):
    dice = random.Random(seed)
    steps = ASSOCIATE[:dice.randrange(5)]
    for _packet in range(30):
        way = dice.choice("<>")
        right = 22 if way == ">" else 11
        chunks = [chunk(dice.choice(TYPES), dice.choice([11, 22, 33]), dice.choice([0, 0, 0, 1])) for _chunk in range(dice.choice([1, 1, 1, 2, 3]))]
        steps.append(sctp(way, dice.choice([right, right, right, 0, 33 - right, 77]), *chunks))
    play(bench, steps)
