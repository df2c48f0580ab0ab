# SPDX-License-Identifier: BSD-3-Clause
"""Random rules, random conversations, and after each packet the question whether all routers did the same (HOOK-1 to 5, MAT-1, TGT-1, NAT, ICMP, OPS-2).

A failure names its seed: SLUICE_E2E_SEEDS=SEED,... runs those alone. The rules are changed by `reload`, which is a test
of that as well.
"""

import os
import random

import pytest

from support.bench_plan import UNLIMITED, plan
from support.packets import text_of
from support.random_rules import RandomRules
from support.random_traffic import RandomTraffic
from support.spec import table

SEEDS = [int(seed) for seed in os.environ.get("SLUICE_E2E_SEEDS", ",".join(map(str, range(1, 17)))).split(",")]
PACKETS = 60
# Redirects are sent more and more rarely as time passes, and the routers do not run at the same moments: they have cases
# of their own in test_forwarding_frames.py and test_nat_frames.py.
SPEC = plan(table("filter", "-A FORWARD -m conntrack --ctstate INVALID -j DROP") + table("nat"),
            sysctl=UNLIMITED | {f"net.ipv4.conf.{name}.send_redirects": 0 for name in ("all", "a", "b", "w")})


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_frames_and_counters(bench, seed):
    dice = random.Random(seed)
    rules = RandomRules(dice).text()
    for lab in bench.labs:
        lab.router.change_rules(rules)
        lab.router.flush_connections()
        lab.idents.clear()
    before = [lab.router.counters() for lab in bench.labs]
    traffic = RandomTraffic(dice)
    for number in range(PACKETS):
        side, packet = traffic.next()
        judged = None
        for lab in bench.labs:
            out = lab.step(side, packet, expect=len(judged) if judged else 0)
            said = lab.normal(side, out)
            if judged is None:
                judged = said
                traffic.learn(out)
            assert said == judged, _story(seed, number, rules, side, packet, bench.labs[0].kind, judged, lab.kind, said)
    expected = _counted(bench.labs[0], before[0])
    for lab, old in zip(bench.labs[1:], before[1:]):
        counted = _counted(lab, old)
        wrong = [f"{key[0]} {key[1]}: {bench.labs[0].kind} {expected.get(key)}, {lab.kind} {counted.get(key)}"
                 for key in sorted({*expected, *counted}) if expected.get(key) != counted.get(key)]
        assert not wrong, f"seed {seed}\n" + "\n".join(wrong) + "\n" + rules


def _counted(lab, before):
    """What was counted since: a reload may keep the counter of a rule that stays (Linux begins anew)."""
    return {key: (value[0] - before[key][0], value[1] - before[key][1]) for key, value in lab.router.counters().items()}


def _story(seed, number, rules, side, packet, judge, expected, kind, got):
    lines = [f"seed {seed}, packet {number + 1} into {side}: {packet.summary()}  {bytes(packet).hex()}"]
    lines += [f"  {judge:>6} {name}: {text_of(frame)}" for name, frame in expected]
    lines += [f"  {kind:>6} {name}: {text_of(frame)}" for name, frame in got]
    return "\n".join([*lines, rules])
