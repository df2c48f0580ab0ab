# SPDX-License-Identifier: BSD-3-Clause
"""Packet by packet through every router, with a look at its connections after each."""

import re
import time


def play(bench, steps, told=None):
    """Sends the steps, (side, packet), from an empty table on. After each, all routers count it under the same
    --ctstate rules and show the same connections; `told` puts a packet into words."""
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.idents.clear()
    story = []
    for side, packet in steps:
        story.append(f"{side} {told(packet) if told else packet.summary() + ' ' + bytes(packet).hex()}")
        judged = None
        for lab in bench.labs:
            before = lab.router.counters()
            began = time.monotonic()
            lab.step(side, packet, expect=1)
            after = lab.router.counters()
            states = sorted(key[1] for key, value in after.items() if value != before[key] and "ctstate" in key[1])
            known = sorted(filter(None, map(_known, lab.router.connections().splitlines())))
            got = states, known, time.monotonic() - began
            judged = judged or got
            assert _same(judged, got), "\n".join([*story, f"{bench.labs[0].kind}: {judged}", f"{lab.kind}: {got}"])
        story[-1] += f"  -> {judged}"


def _known(line):
    """(the line without its seconds and its use count, the seconds) of a connection between the test's hosts."""
    found = re.match(r"(\w+ +\d+) (\d+) (.*src=10\.0\..*)$", line)
    return found and (f"{found[1]} " + re.sub(r" use=\d+", "", found[3]).strip(), int(found[2]))


def _same(judged, got):
    """The seconds that are left may differ by what the slower of the two took from the packet to the look."""
    slack = 2 + max(judged[2], got[2])
    return judged[0] == got[0] and [line for line, _ in judged[1]] == [line for line, _ in got[1]] and all(
        abs(want - have) <= slack for (_, want), (_, have) in zip(judged[1], got[1]))
