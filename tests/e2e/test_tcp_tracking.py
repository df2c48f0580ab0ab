# SPDX-License-Identifier: BSD-3-Clause
"""Single crafted segments through each router: the same state for rules, the same line of `conntrack -L` after each (CT-1 to CT-6, ROB-3).

The conversations that a person would write down are named; the random ones name their seed when they differ
(SLUICE_E2E_SEEDS=SEED,... runs those alone).
"""

import os
import random

import pytest

from support.bench_plan import A1, B1, UNLIMITED, plan
from support.packets import IP, TCP, Raw
from support.spec import table
from support.tracking import play

SEEDS = [int(seed) for seed in os.environ.get("SLUICE_E2E_SEEDS", ",".join(map(str, range(1, 9)))).split(",")]
SEGMENTS = 40
SPEC = plan(
    table("filter", *(f"-A FORWARD -p tcp -m conntrack --ctstate {state}" for state in ("INVALID", "NEW", "ESTABLISHED"))),
    sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1})
SCALE7, SACK = [("NOP", None), ("WScale", 7)], [("SAckOK", b""), ("NOP", None), ("NOP", None)]


def segment(way, flags, seq, ack=0, size=0, window=8192, options=()):
    """From the client (">") or the server ("<")."""
    head = IP(src=A1, dst=B1, id=0x7002) / TCP(sport=4000, dport=80) if way == ">" else \
        IP(src=B1, dst=A1, id=0x7002) / TCP(sport=80, dport=4000)
    head[TCP].flags, head[TCP].seq, head[TCP].ack, head[TCP].window = flags, seq, ack, window
    head[TCP].options = list(options)
    return ("a" if way == ">" else "b"), head / Raw(bytes(size)) if size else head


OPEN = [segment(">", "S", 1000), segment("<", "SA", 5000, 1001), segment(">", "A", 1001, 5001)]
CLOSE = [segment(">", "FA", 1001, 5001), segment("<", "FA", 5001, 1002), segment(">", "A", 1002, 5002)]
STORIES = {
    "open and close": [*OPEN, *CLOSE],
    "half closed": [*OPEN, segment(">", "FA", 1001, 5001), segment("<", "A", 5001, 1002), segment("<", "PA", 5001, 1002, 50),
                    segment(">", "A", 1002, 5051), segment("<", "FA", 5051, 1002), segment(">", "A", 1002, 5052)],
    "both open": [segment(">", "S", 1000), segment("<", "S", 5000), segment(">", "SA", 1000, 5001), segment("<", "SA", 5000, 1001),
                  segment("<", "A", 5001, 1001), segment(">", "A", 1001, 5001)],
    "refused": [segment(">", "S", 1000), segment("<", "RA", 0, 1001)],
    "reopened": [*OPEN, *CLOSE, segment(">", "S", 90_000)],
    "reopened by the server": [*OPEN, *CLOSE, segment("<", "S", 90_000)],
    "begun anew": [*OPEN, segment(">", "S", 70_000, options=SCALE7), segment("<", "SA", 90_000, 70_001, options=SCALE7),
                   segment(">", "A", 70_001, 90_001), segment(">", "PA", 70_001 + 500_000, 90_001, 10)],
    "begun anew, refused": [*OPEN, segment(">", "S", 70_000), segment("<", "RA", 0, 70_001)],
    "challenged": [*OPEN, segment(">", "S", 70_000), segment("<", "A", 5001, 1001), segment(">", "R", 1001)],
    "challenged in last ack": [*OPEN, *CLOSE[:2], segment(">", "S", 70_000), segment("<", "A", 5002, 1002)],
    "challenged half open": [segment(">", "S", 1000), segment("<", "A", 5001, 900), segment(">", "R", 900)],
    "reset exactly": [*OPEN, segment("<", "A", 5001, 1001), segment(">", "R", 1001)],
    "reset in window": [*OPEN, segment("<", "A", 5001, 1001), segment(">", "R", 1100)],
    "reset too low": [*OPEN, segment("<", "A", 5001, 1001), segment(">", "R", 900)],
    "reset behind data": [*OPEN, segment("<", "A", 5001, 1001), segment(">", "PA", 1001, 5001, 19), segment(">", "R", 1020)],
    "out of window": [*OPEN, segment(">", "PA", 50_000, 5001, 10), segment(">", "PA", 1001, 9999, 10), segment(">", "FA", 50_000, 5001),
                      segment("<", "FA", 50_000, 1001)],
    "overshot": [*OPEN, segment(">", "PA", 9200, 5001, 100), segment("<", "A", 5001, 9300)],
    "old": [*OPEN, segment(">", "PA", 1001, 5001, 1000), segment("<", "A", 5001, 2001), segment(">", "PA", 2001, 5001, 1000),
            segment(">", "PA", 1001, 5001, 1000), segment(">", "PA", 4_294_900_000, 5001, 10), segment(">", "A", 3001, 4_294_900_000)],
    "scaled": [segment(">", "S", 1000, options=SCALE7), segment("<", "SA", 5000, 1001, options=SCALE7), segment(">", "A", 1001, 5001),
               segment(">", "PA", 500_000, 5001, 10), segment("<", "A", 5001, 500_010), segment(">", "PA", 900_000_000, 5001, 10)],
    "scaled by one": [segment(">", "S", 1000, options=SCALE7), segment("<", "SA", 5000, 1001), segment(">", "A", 1001, 5001),
                      segment(">", "PA", 500_000, 5001, 10)],
    "sack": [segment(">", "S", 1000, options=SACK), segment("<", "SA", 5000, 1001, options=SACK), segment(">", "A", 1001, 5001),
             segment(">", "PA", 1101, 5001, 100), segment("<", "A", 5001, 1001, options=[("NOP", None), ("NOP", None), ("SAck", (1101, 1201))]),
             segment("<", "A", 5001, 1001, options=[("NOP", None), ("NOP", None), ("SAck", (8101, 8201))])],
    "repeated": [*OPEN, *[segment("<", "A", 5001, 1001)] * 5, segment(">", "A", 1001, 5001)],
    "not acknowledged": [*OPEN, segment(">", "PA", 1001, 5001, 100), segment("<", "A", 5001, 1101)],
    "no window": [*OPEN, segment("<", "A", 5001, 1001, window=0), segment(">", "PA", 1001, 5001, 1), segment("<", "A", 5001, 1002)],
    "picked up": [segment(">", "PA", 1000, 5000, 10), segment("<", "A", 5000, 1010), segment(">", "PA", 1_000_000, 5000, 10)],
    "keepalive after picking up": [segment(">", "A", 1000, 5000), segment("<", "A", 5000, 1001), segment("<", "A", 5000, 1001)],
    "impossible flags": [*OPEN, *(segment(">", flags, 1001, 5001) for flags in ("", "SF", "SR", "FSRPAU", "F", "U", "AU", "SU", "PA"))],
    "repeated opening": [segment(">", "S", 1000), segment(">", "S", 1000), segment(">", "S", 2000, options=SCALE7),
                         segment("<", "SA", 5000, 2001, options=SCALE7), segment("<", "SA", 6000, 2001), segment(">", "A", 2001, 6001)],
}


@pytest.mark.parametrize("story", STORIES)
def test_conversations(bench, story):
    play(bench, STORIES[story], told)


@pytest.mark.parametrize("seed", SEEDS)
def test_random_segments(bench, seed):
    play(bench, random_segments(random.Random(seed)), told)


def told(packet):
    return (f"{packet[TCP].sprintf('%TCP.flags%')} seq {packet.seq} ack {packet.ack} win {packet.window} "
            f"data {len(packet[TCP].payload)} options {packet[TCP].options}")


def random_segments(dice):
    """Two ends that talk, mostly as they should."""
    number = {way: dice.getrandbits(32) for way in "<>"}
    window = {way: dice.choice([0, 1, 500, 8192, 65535]) for way in "<>"}
    scaled = {way: dice.random() < 0.5 for way in "<>"}

    def near(value):
        return dice.choice([0, value + dice.randint(-1, 1), value - dice.randrange(2000), value + dice.randint(-70_000, 70_000),
                            value + dice.randint(-10**9, 10**9), dice.getrandbits(32)]) % 2**32

    for count in range(SEGMENTS):
        way, flags = dice.choice("<>"), dice.choice(["A", "A", "A", "PA", "PA", "S", "SA", "FA", "RA", "R", "A"])
        if count < 3 and dice.random() < 0.9:
            way, flags = [(">", "S"), ("<", "SA"), (">", "A")][count]
        other = "<" if way == ">" else ">"
        size = dice.randrange(1200) if "S" not in flags and dice.random() < 0.4 else 0
        seq = number[way] if dice.random() < 0.8 else near(number[way])
        ack = (number[other] if "A" in flags else 0) if dice.random() < 0.85 else near(number[other])
        if dice.random() < 0.15:
            window[way] = dice.choice([0, 1, 500, 8192, 65535])
        options = []
        if "S" in flags:
            options = [("WScale", dice.randrange(17)), ("NOP", None)] if scaled[way] else []
            options += SACK if dice.random() < 0.6 else []
        elif dice.random() < 0.2:
            options = [("NOP", None), ("NOP", None), ("SAck", (near(number[other]), near(number[other])))]
        yield segment(way, flags, seq, ack, size, window[way], options)
        end = (seq + size + ("S" in flags) + ("F" in flags)) % 2**32
        if (end - number[way]) % 2**32 < 2**31 or ("S" in flags and dice.random() < 0.5):
            number[way] = end
