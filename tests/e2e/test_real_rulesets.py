# SPDX-License-Identifier: BSD-3-Clause
"""Rulesets of real machines: each loads, prints back, and gives each packet and each counter what Linux gives (OPS-5).

They stand beside the checkout, where they are at hand. What in them is refused by name is left out for both.
"""

import random

import pytest

from support import real_rules
from support.bench_plan import UNLIMITED, plan
from support.packets import answer, dissect
from support.spec import table

PACKETS = 60
SPEC = plan(table("filter"), sets=real_rules.sets(), sysctl=UNLIMITED | {f"net.ipv4.conf.{name}.send_redirects": 0 for name in ("all", "a", "b", "w")})


@pytest.mark.skipif(not real_rules.files(), reason="no real rulesets beside the checkout")
@pytest.mark.parametrize("path", real_rules.files(), ids=lambda path: getattr(path, "stem", "none"))
def test_a_real_ruleset_behaves_as_in_linux(bench, path):
    rules, dice = real_rules.ruleset(path), random.Random(path.name)
    before = []
    for lab in bench.labs:
        lab.router.change_rules(rules)
        lab.router.flush_connections()
        lab.idents.clear()
        before.append(lab.router.counters())
        assert sorted(before[0]) == sorted(before[-1]), f"{lab.kind} prints other rules"
    traffic, told, reply = real_rules.RuleTraffic(rules, dice), [], None
    for _number in range(PACKETS):
        side, packet = reply if reply and dice.random() < 0.5 else traffic.next()
        told.append(f"{side}: {packet.summary()}")
        judged, reply = None, None
        for lab in bench.labs:
            out = lab.step(side, packet, expect=len(judged) if judged else 0)
            said = lab.normal(side, out)
            if judged is None:
                judged, reply = said, _answer_to(side, out)
            assert said == judged, f"{told[-1]}\n{bench.labs[0].kind}: {judged}\n{lab.kind}: {said}\n" + "\n".join(told)
    expected = _counted(bench.labs[0], before[0])
    for lab, old in zip(bench.labs[1:], before[1:]):
        counted = _counted(lab, old)
        wrong = [f"{key[0]} {key[1]}: {bench.labs[0].kind} {expected[key]}, {lab.kind} {counted[key]}"
                 for key in sorted(expected) if expected[key] != counted[key]]
        assert not wrong, "\n".join([*wrong, *told])


def _counted(lab, before):
    return {key: (value[0] - before[key][0], value[1] - before[key][1]) for key, value in lab.router.counters().items()}


def _answer_to(side, out):
    """What the host would say that the packet reached; none where it reached nobody else."""
    for name, frames in out.items():
        for frame in frames:
            if name != side and frame[12:14] == b"\x08\x00" and dissect(frame).proto in (6, 17):
                return name, answer(frame)
    return None
