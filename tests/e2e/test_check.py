# SPDX-License-Identifier: BSD-3-Clause
"""What `sluice check` tells of rules, and `explain` on files and on the live router (OPS-1)."""

import re

import pytest

from support.bench_plan import plan
from support.lone_router import lone_lab, lone_router
from support.namespace import run
from support.sluice_router import SLUICE
from support.spec import table

RULES = table("nat", "-A POSTROUTING -s 10.0.1.0/24 -o w -j MASQUERADE") + table(
    "filter", "-A FORWARD -i a -j ACCEPT", "-A FORWARD -i a -p udp -j DROP", FORWARD="DROP")
PACKET = ["-i", "a", "-s", "10.0.1.10", "-d", "10.0.2.10", "-p", "udp", "--sport", "4000", "--dport", "53"]


@pytest.fixture(scope="module")
def lab():
    with lone_lab(lone_router(plan(RULES))) as lab:
        yield lab


def test_a_rule_that_never_matches_is_named_with_the_one_before_it(lab):
    said = run([SLUICE, "check", lab.router.config])
    assert said.stdout == "ok\n"
    assert "warning: this rule never matches: rule 1 of chain FORWARD ('-A FORWARD -i a -j ACCEPT', line " in said.stderr


def test_the_cost_of_rules_is_told(lab):
    said = run([SLUICE, "check", "--cost", lab.router.config]).stdout
    assert re.fullmatch(r"3 rules compile in \d+ ms and take \d+\.\d MiB\nok\n", said), said


def test_files_and_the_live_router_explain_a_packet_alike(lab):
    live = lab.router.ctl("explain", *PACKET).stdout
    assert live == run([SLUICE, "check", "--explain", " ".join(PACKET), lab.router.config]).stdout
    assert "    1  yes  -A FORWARD -i a -j ACCEPT" in live
    assert lab.router.json("explain", *PACKET)["verdict"] == "leaves by b as udp 10.0.1.10:4000 > 10.0.2.10:53"


def test_explain_follows_live_edits_and_counts_nothing(lab):
    lab.router.ctl("iptables", "-I", "FORWARD", "-p", "udp", "-j", "REJECT")
    assert lab.router.json("explain", *PACKET)["verdict"].startswith("rejected in table filter by")
    lab.router.ctl("iptables", "-D", "FORWARD", "1")
    assert "-A FORWARD -i a -c 0 0 -j ACCEPT" in lab.router.ctl("iptables", "-S", "FORWARD", "-v").stdout
    assert lab.router.ctl("explain", "-i", "none", "-s", "1.1.1.1", "-d", "2.2.2.2", check=False).returncode == 1
