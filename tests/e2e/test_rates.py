# SPDX-License-Identifier: BSD-3-Clause
"""RATEEST and rateest: the same answers as Linux while a rate rises and falls: MAT-5."""

import time

import pytest

from support.bench_plan import A1, B1, SIDES, plan
from support.differential import Bench
from support.packets import udp
from support.spec import table

QUESTIONS = [
    "--rateest fast --rateest-gt --rateest-pps 5", "--rateest fast --rateest-eq --rateest-pps 0",
    "--rateest fast ! --rateest-lt --rateest-bps 2kbit", "--rateest slow --rateest-gt --rateest-pps 5",
    "--rateest1 fast --rateest2 slow --rateest-gt --rateest-pps", "--rateest1 slow --rateest2 fast --rateest-eq --rateest-bps",
    "--rateest fast --rateest-delta --rateest-pps1 1000000 --rateest-lt --rateest-pps2 999995",
    "--rateest never --rateest-gt --rateest-pps 0",
]
SPEC = plan(
    table("mangle", "-A PREROUTING -p udp --dport 7 -j RATEEST --rateest-name fast --rateest-interval 250ms --rateest-ewmalog 500ms",
          "-A FORWARD -p udp --dport 7 -j RATEEST --rateest-name slow --rateest-interval 1s --rateest-ewmalog 17s",
          "-A PREROUTING -p tcp -j RATEEST --rateest-name never --rateest-interval 1s --rateest-ewmalog 2s") +
    table("filter", *(f"-A FORWARD -p udp --dport 8 -m rateest {question}" for question in QUESTIONS)))


def asked(lab):
    """Sends one packet that is put to every question, and returns which rules it has matched."""
    before = lab.router.counters()
    lab.step("a", udp(A1, B1, 4000, 8), expect=1)
    time.sleep(0.05)
    return sorted(key for key, value in lab.router.counters().items()
                  if "rateest" in str(key) and value[0] - before.get(key, (0, 0))[0] == 1)


@pytest.fixture(scope="module")
def bench():
    """Linux has one name space of estimators for each network namespace, so the labs do not meet."""
    bench = Bench(SPEC, SIDES, ("kernel", "short", "long"))
    yield bench
    bench.close()


def test_rates_rise_and_fall_as_in_linux(bench):
    answers = {}
    for lab in bench.labs:
        seen = [asked(lab)]
        for _round in range(20):
            for _packet in range(40):
                lab.send("a", udp(A1, B1, 4000, 7))
            lab.fence("a")
            time.sleep(0.1)
        time.sleep(0.3)
        seen += [asked(lab), asked(lab)]
        time.sleep(6)
        seen.append(asked(lab))
        answers[lab.kind] = seen
    assert len(answers["kernel"][0]) != len(answers["kernel"][1])
    assert answers["short"] == answers["kernel"]
    assert answers["long"] == answers["kernel"]
