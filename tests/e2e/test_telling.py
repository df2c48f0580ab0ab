# SPDX-License-Identifier: BSD-3-Clause
"""Targets that tell of packets: NFLOG's file, read by tcpdump, and the log's lines (TGT-2)."""

import time

from support.bench_plan import A1, B1, plan
from support.lone_router import lone_lab
from support.namespace import run
from support.packets import udp
from support.sluice_router import SluiceRouter
from support.spec import table

RULES = table("filter", '-A FORWARD -i a -j NFLOG --nflog-group 5 --nflog-prefix "from a: " --nflog-threshold 1',
              "-A FORWARD -i b -j NFLOG --nflog-size 24 --nflog-threshold 1", "-A FORWARD -i b -j AUDIT --type accept")


class TellingRouter(SluiceRouter):
    """A router that keeps NFLOG's packets in three files of a mebibyte."""

    def toml(self):
        return super().toml() + f'\n[nflog]\nfile = "{self.kept}"\nsize = "1M"\nfiles = 3\n'

    @property
    def kept(self):
        return self.path / "kept.pcapng"


def read(path):
    """The file as tcpdump shows it, and how many bytes of each packet are there."""
    text = run(["tcpdump", "-nn", "-t", "-r", path]).stdout.splitlines()
    sizes = [int(line) for line in run(["/usr/bin/python3", "-c", """
import sys
from scapy.all import PcapNgReader
for packet in PcapNgReader(sys.argv[1]):
    print(len(packet))
""", path]).stdout.split()]
    return text, sizes


def wait_for(condition, what, patience_s=3):
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def test_nflog_keeps_packets_in_a_file_that_tcpdump_reads():
    with lone_lab(lambda namespace: TellingRouter(namespace, plan(RULES))) as lab:
        router = lab.router
        for size in (16, 600):
            lab.step("a", udp(A1, B1, 4000, 53, size=size), expect=1)
        lab.step("b", udp(B1, A1, 53, 4000, size=100), expect=1)
        wait_for(lambda: len(router.kept.read_bytes()) > 900, "the packets are not in the file")
        text, sizes = read(router.kept)
        assert [line.split(": ")[0] for line in text] == [f"IP {A1}.4000 > {B1}.53"] * 2 + [f"IP {B1}.53 > {A1}.4000"]
        assert sizes == [20 + 8 + 16, 20 + 8 + 600, 24]
        raw = router.kept.read_bytes()
        assert raw.count(b"from a: ") == 2 and raw.count(b"IN=a OUT=b") == 2 and raw.count(b"IN=b OUT=a") == 1
        log = "\n".join(router.log)
        assert f"<6>from a: IN=a OUT=b MAC=02:00:00:00:0a:01:02:00:00:00:0a:11:08:00 SRC={A1} DST={B1} " in log
        assert f"mark=0x0 saddr={B1} daddr={A1} proto=17" in log and "<5>audit: type=1324 audit(" in log
        assert router.json("stats")["nflog_lost"] == 0


def test_a_file_of_nflog_that_is_full_makes_room_for_another():
    with lone_lab(lambda namespace: TellingRouter(namespace, plan(RULES))) as lab:
        router = lab.router
        for _round in range(30):
            for _packet in range(100):
                lab.send("a", udp(A1, B1, 4000, 53, size=1300))
            lab.fence("a")
        elder = router.kept.with_name("kept.pcapng.1")
        wait_for(elder.exists, "the full file was not put aside")
        assert elder.stat().st_size <= 1 << 20
        assert len(read(elder)[1]) > 500
        assert router.json("stats")["log_lost"] == 0
