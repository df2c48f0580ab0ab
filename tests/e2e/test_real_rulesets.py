# SPDX-License-Identifier: BSD-3-Clause
"""Rulesets of real machines, where the folder with them is at hand (OPS-5): each is printed as iptables-save prints it, or what is refused is named."""

import collections
import os
import pathlib

import pytest

from support.namespace import Namespace, run
from support.sluice_router import ROOT, SLUICE

FOLDER = pathlib.Path(os.environ.get("SLUICE_RULESETS", ROOT.parent / "shared" / "rulesets"))
FILES = sorted(FOLDER.glob("*.v4")) if FOLDER.is_dir() else []

CONFIG = """
[runtime]
worker-cores = [1]
hugepages = false
[[interface]]
name = "wan"
device = "net_null"
address = ["203.0.113.2/24"]
[firewall]
rules = "{}"
"""


@pytest.fixture()
def judge():
    namespace = Namespace("judge")
    yield namespace
    namespace.close()


def tables(text):
    """The lines of each table without comments and counters."""
    found = collections.defaultdict(list)
    name = ""
    for line in text.splitlines():
        name = line if line.startswith("*") else name
        if not line.startswith("#"):
            found[name].append(line.split(" [")[0] if line.startswith(":") else line)
    return dict(found)


def dumped(folder, rules):
    config = folder / "router.toml"
    config.write_text(CONFIG.format(rules), encoding="utf-8")
    return run([SLUICE, "check", "--dump", config], check=False, timeout=60)


def reasons(said, file):
    """What is refused and how often; each message names its place."""
    refused = [line.split(": error: ", 1) for line in said.stderr.splitlines() if ": error: " in line]
    assert bool(refused) == bool(said.returncode), said.stderr
    for place, why in refused:
        assert place.startswith(f"{file}:") and len(place.split(":")) == 3, (place, why)
    counted = collections.Counter(why for _place, why in refused).most_common()
    return "; ".join(f"{why} ({count})" for why, count in counted)


@pytest.mark.skipif(not FILES, reason="no real rulesets beside the checkout")
@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_real_ruleset(file, judge, tmp_path):
    first = dumped(tmp_path, file)
    refused = reasons(first, file)
    if first.stdout:  # it can be read; whether it can be loaded is another question
        again = tmp_path / "again.v4"
        again.write_text(first.stdout, encoding="utf-8")
        assert tables(dumped(tmp_path, again).stdout) == tables(first.stdout), "what is saved is restored to the same"
        if judge.run("iptables-restore", file, check=False, timeout=60).returncode == 0:
            assert tables(first.stdout) == tables(judge.run("iptables-save").stdout)
    if refused:
        pytest.xfail(f"refused: {refused}")
