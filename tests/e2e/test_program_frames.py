# SPDX-License-Identifier: BSD-3-Clause
"""Programs of classic BPF, run as Linux runs them: a program for each kind of instruction, and many of random ones. MAT-2, ROB-1."""

import random
import shutil
import subprocess

import pytest
from scapy.layers.inet import fragment

from support.bench_plan import A1, B1, FAR, plan
from support.differential import Case
from support.packets import IP, Raw, answer, echo, tcp, udp
from support.spec import table

NEAR, FRAME, OTHER = 0xFFF00000, 0xFFE00000, 0xFFFFF000     # from the IP header, from the frame's, and what is no byte
CELLS = [(0x02, 0, 0, 0), (0x03, 0, 0, 1), (0x02, 0, 0, 2)]


def program(*code):
    return f'-m bpf --bytecode "{len(code)},' + ",".join(" ".join(map(str, one)) for one in code) + '"'


def is_equal(*code, value):
    return program(*code, (0x15, 0, 1, value), (0x06, 0, 0, 1), (0x06, 0, 0, 0))


LOADS = [
    is_equal((0x30, 0, 0, 9), value=17), is_equal((0x28, 0, 0, 2), value=44), is_equal((0x20, 0, 0, 12), value=0x0A00010B),
    is_equal((0xB1, 0, 0, 0), (0x48, 0, 0, 2), value=53), is_equal((0xB1, 0, 0, 0), (0x50, 0, 0, 0xFFFFFFFF), value=0x16),
    is_equal((0x80, 0, 0, 0), value=44), is_equal((0x81, 0, 0, 0), (0x87, 0, 0, 0), value=44),
    program((0x30, 0, 0, 43), (0x06, 0, 0, 1)), program((0x28, 0, 0, 43), (0x06, 0, 0, 1)), program((0x20, 0, 0, 1399), (0x06, 0, 0, 1)),
    *[program((code, 0, 0, base + at), (0x06, 0, 0, 1)) for code in (0x20, 0x28, 0x30) for base in (NEAR, FRAME)
      for at in (0, 13, 14, 40, 41, 43, 44, 54, 57, 58, 800, 823, 840, 1400)],
    is_equal((0x20, 0, 0, FRAME), value=0x02000000), is_equal((0x28, 0, 0, FRAME + 4), value=0x0A01), is_equal((0x28, 0, 0, FRAME + 10), value=0x0A11),
    is_equal((0x20, 0, 0, FRAME + 12), value=0x08004500), is_equal((0x28, 0, 0, NEAR + 2), value=44),
    *[program((0x01, 0, 0, base), (0x40, 0, 0, at), (0x06, 0, 0, 1)) for base in (NEAR, FRAME, OTHER, 0xFFFFFFFC, 0x80000000, 0x7FFFFFFF)
      for at in (0, 4, 40, 0x80000000)],
    *[program((code, 0, 0, at), (0x06, 0, 0, 1)) for code in (0x20, 0xB1) for at in (0x7FFFFFFF, 0x80000000, FRAME - 1, FRAME - 4, OTHER - 4)],
]
OTHERS = [
    *[is_equal((code, 0, 0, OTHER), value=0x800) for code in (0x20, 0x28, 0x30)],
    *[is_equal((0x20, 0, 0, OTHER + 4), value=kind) for kind in range(4)], is_equal((0x20, 0, 0, OTHER + 20), value=7),
    is_equal((0x00, 0, 0, 6), (0x01, 0, 0, 5), (0x20, 0, 0, OTHER + 40), value=3),
    *[is_equal((0x00, 0, 0, 6), (0x20, 0, 0, OTHER + which), value=0) for which in (44, 48, 60)],
    *[program((0x00, 0, 0, 5), (0xB1, 0, 0, at), (0x06, 0, 0, 1)) for at in (OTHER, OTHER + 20)],
]
NUMBERS = [0, 1, 2, 5, 31, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
ARITHMETIC = [program((0x00, 0, 0, a), (0x01, 0, 0, b), (code, 0, 0, b if code & 8 == 0 else 0), (0x02, 0, 0, 0), (0x00, 0, 0, 3), (0x07, 0, 0, 0),
                      (0x60, 0, 0, 0), (0x9C, 0, 0, 0), (0x16, 0, 0, 0))
              for code in (0x0C, 0x1C, 0x2C, 0x3C, 0x9C, 0x6C, 0x7C, 0x84, 0xAC, 0x4C, 0x5C) for a in (5, 0x80000001) for b in NUMBERS[:4] + [33, 0xFFFFFFFF]]
JUMPS = [program((0x00, 0, 0, a), (0x01, 0, 0, b), (code, 0, 1, b if code & 8 == 0 else 9), (0x06, 0, 0, 1), (0x06, 0, 0, 0))
         for code in (0x15, 0x1D, 0x25, 0x2D, 0x35, 0x3D, 0x45, 0x4D) for a, b in ((5, 5), (5, 6), (6, 5), (0xFFFFFFFF, 1), (1, 0xFFFFFFFF))]


def random_offset(dice):
    if dice.random() < 0.75:
        return dice.randrange(48)
    if dice.random() < 0.6:
        return dice.choice((NEAR, FRAME)) + dice.randrange(60)
    return dice.choice((dice.randrange(1500), dice.randrange(1 << 32)))


def random_instruction(dice, behind):
    kind = dice.random()
    number = dice.choice((dice.randrange(64), dice.randrange(1 << 32), dice.choice(NUMBERS)))
    if kind < 0.3:
        code, offset = dice.choice((0x20, 0x28, 0x30, 0x40, 0x48, 0x50)), random_offset(dice)
        if code < 0x40 and (offset >= OTHER or dice.random() < 0.15):
            offset = OTHER + dice.choice((0, 4, 20, 40, 44, 48, 60))
        return code, 0, 0, offset
    if kind < 0.45:
        code = dice.choice((0x00, 0x01, 0x60, 0x61, 0x80, 0x81, 0xB1))
        return code, 0, 0, dice.randrange(3) if code in (0x60, 0x61) else random_offset(dice) if code == 0xB1 else number
    if kind < 0.65:
        code = dice.choice((0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0x84, 0x94, 0xA4))
        if code != 0x84 and dice.random() < 0.5:
            return code + 8, 0, 0, number
        return code, 0, 0, dice.randrange(1, 32)
    if kind < 0.85 and behind > 1:
        if dice.random() < 0.15:
            return 0x05, 0, 0, dice.randrange(min(behind, 3))
        return dice.choice((0x15, 0x25, 0x35, 0x45)) + dice.choice((0, 0, 8)), dice.randrange(min(behind, 6)), dice.randrange(min(behind, 6)), number
    return dice.choice(((0x02, 0, 0, dice.randrange(3)), (0x03, 0, 0, dice.randrange(3)), (0x07, 0, 0, 0), (0x87, 0, 0, 0), (0x16, 0, 0, 0)))


def random_program(dice):
    """Ends with a bit of A, so that about half of the packets match."""
    size = dice.randrange(1, 20)
    body = [random_instruction(dice, size + 1 - i) for i in range(size)]
    return program(*CELLS, *body, *((0x07, 0, 0, 0), (0x74, 0, 0, dice.randrange(32)), (0xAC, 0, 0, 0), (0x54, 0, 0, 1), (0x16, 0, 0, 0)))


DICE = random.Random(20261121)
RANDOM = [random_program(DICE) for _ in range(240)]


def compiled(text):
    """As tcpdump compiles a filter; what it prints is what --bytecode reads, with commas between."""
    code = subprocess.run(["tcpdump", "-ddd", "-y", "RAW", text], capture_output=True, check=True, text=True, timeout=20).stdout
    return f'-m bpf --bytecode "{",".join(code.split(chr(10)))}"'


FILTERS = [compiled(text) for text in ("udp port 53", "tcp[13] & 2 != 0", "icmp[0] == 8 and len > 50", "net 10.0.2.0/24 and not tcp",
                                       "ip[6:2] & 0x1fff = 0 and udp[8:4] = 0x01080f16", "ip[8] < 64")] if shutil.which("tcpdump") else []

SPEC = plan(
    table("mangle", "-A PREROUTING -p udp --dport 54 -j MARK --set-mark 7",
          *[f"-A FORWARD {text}" for text in LOADS + OTHERS + ARITHMETIC + JUMPS + FILTERS],
          f"-A PREROUTING {LOADS[2]}", *[f"-A POSTROUTING {text}" for text in (LOADS[2], is_equal((0x30, 0, 0, 8), value=63), is_equal((0x20, 0, 0, 12), value=0xC6336402))],
          *[f"-A {chain} {text}" for chain in ("INPUT", "OUTPUT", "POSTROUTING") for text in OTHERS[:4] + [
              program((0x30, 0, 0, FRAME), (0x06, 0, 0, 1)), program((0x20, 0, 0, NEAR), (0x06, 0, 0, 1)), is_equal((0x28, 0, 0, FRAME + 10), value=0x0A11)]]) +
    table("security", *[f"-A FORWARD {text}" for text in RANDOM]) +
    table("filter", f"-A FORWARD {is_equal((0xB1, 0, 0, 0), (0x50, 0, 0, 8), value=0x99)} -j DROP") +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE"))


def pieces(packet, size=800):
    return [("a", piece) for piece in fragment(packet, size)]


CASES = [
    Case("a question", *[("a", udp(A1, B1, 4000, 53))] * 3, ("b", udp(B1, A1, 53, 4000))),
    Case("of many lengths", *[("a", udp(A1, B1, 4000, 53, size=size)) for size in (0, 1, 2, 15, 16, 17, 300, 1371, 1372)]),
    Case("marked", *[("a", udp(A1, B1, 4000, 54))] * 3),
    Case("with options", ("a", udp(A1, B1, 4000, 53, options=b"\x94\x04\x00\x00")), ("a", tcp(A1, B1, 4000, 80, "S", options=b"\x01\x01\x01\x01"))),
    Case("a conversation", ("a", tcp(A1, B1, 4001, 80, "S", 100)), ("b", tcp(B1, A1, 80, 4001, "SA", 500, 101)), ("a", tcp(A1, B1, 4001, 80, "A", 101, 501)),
         *[("a", tcp(A1, B1, 4001, 80, "PA", 101 + 10 * i, 501, size=10)) for i in range(3)]),
    Case("pings", *[("a", echo(A1, B1, number=9, seq=i, ttl=60 + i)) for i in range(6)], ("a", echo(A1, "10.0.1.1"))),
    Case("translated", *[("a", udp(A1, FAR, 4000, 53))] * 3, ("w", lambda out: answer(out["w"][-1])), ("w", lambda out: answer(out["w"][-1]))),
    Case("in pieces", *pieces(udp(A1, B1, 4000, 53, size=1390)), *pieces(udp(A1, B1, 4000, 53, size=1390))),
    Case("dropped by a program", *[("a", IP(src=A1, dst=B1, id=0x7013, proto=17) / Raw(bytes([15, 160, 0, 53, 0, 10, 0, 0, byte, 1])))
                                   for byte in (0x98, 0x99, 0x99, 0x9A)]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_programs_answer_as_in_linux(bench, case):
    bench.check(case)
