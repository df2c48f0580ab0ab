# SPDX-License-Identifier: BSD-3-Clause
"""A restart keeps connections: `sluicectl conntrack --save FILE`, stop, start, `--load FILE` (OPS: see and steer)."""

import re
import subprocess
import time

from support.office import C1, FAR, WAN, office_spec
from support.spec import table

KINDS = ("short",)
# Who comes in the middle of a connection that the router does not know gets nowhere: without the file nothing goes on.
SPEC = office_spec(
    table("nat", "-A POSTROUTING -s 10.0.0.0/8 -o wan -j MASQUERADE") +
    table("mangle", "-A FORWARD -p tcp -m tcp --dport 80 -j CONNMARK --set-xmark 0x2a/0xffffffff") +
    table("filter", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -m connmark --mark 42 -j ACCEPT",
          "-A FORWARD -i lan -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT", FORWARD="DROP", INPUT="DROP"),
    sysctl={"net.netfilter.nf_conntrack_tcp_loose": 0, "net.netfilter.nf_conntrack_acct": 1})


def connections(router):
    return [re.sub(r"(packets|bytes)=\d+ |^(\S+ +\d+) \d+", r"\2", line) for line in router.ctl("conntrack", "-L", "-p", "tcp").stdout.splitlines()]


def test_a_download_survives_a_restart_of_the_router(office):
    router, kept = office.router, office.router.path / "connections"
    client = office.c1.start("curl", "-sS", "--limit-rate", "1M", "--max-time", 40, "--local-port", "40123", "-o", "/dev/null", "-w",
                             "%{http_code} %{size_download}", f"http://{FAR}/big", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    before = connections(router)
    assert len(before) == 1 and "ESTABLISHED" in before[0] and f"dst={WAN}" in before[0] and "mark=42" in before[0], before
    assert router.ctl("conntrack", "--save", kept).stderr == "1 connections are saved.\n"
    router.terminate()
    router.launch().wait_ready()
    assert router.ctl("conntrack", "-C").stdout == "0\n"
    assert router.ctl("conntrack", "--load", kept).stderr == "1 connections are restored.\n"
    assert connections(router) == before
    out, remark = client.communicate(timeout=40)
    assert out.decode() == f"200 {4 << 20}", remark.decode()


def test_what_is_there_stays_and_is_named(office):
    router, kept = office.router, office.router.path / "connections"
    office.fetch(office.c1, f"http://{FAR}/", "--local-port", "40124")
    router.ctl("conntrack", "--save", kept)
    again = router.ctl("conntrack", "--load", kept, check=False)
    assert again.returncode == 1
    assert "clash with others, which stay:" in again.stderr and f"tcp src={C1} dst={FAR} sport=40124" in again.stderr


def test_a_file_that_is_wrong_changes_nothing(office):
    router, kept = office.router, office.router.path / "connections"
    router.ctl("conntrack", "--save", kept)
    router.flush_connections()
    kept.write_text(kept.read_text().replace("sport=", "sprot=", 1))
    wrong = router.ctl("conntrack", "--load", kept, check=False)
    assert wrong.returncode == 1 and "connections:2: 'sprot=" in wrong.stderr and "nothing is loaded" in wrong.stderr, wrong.stderr
    assert router.ctl("conntrack", "-C").stdout == "0\n"
