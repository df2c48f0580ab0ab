# SPDX-License-Identifier: BSD-3-Clause
"""Targets that tell of packets: NFLOG's file, read by tcpdump, the log's lines, and TRACE beside Linux (TGT-2, HOOK-4)."""

import re
import subprocess
import threading
import time

import pytest

from support.bench_plan import A1, B1, SIDES, plan
from support.differential import Bench
from support.kernel_router import backend
from support.lone_router import lone_lab, lone_router
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


TRACED = (table("raw", "-A PREROUTING -p udp --dport 53 -j TRACE", "-A PREROUTING -s 10.0.1.0/24", "-A PREROUTING -p udp -j u",
                "-A u -p udp -j RETURN") +
          table("mangle", "-A FORWARD -j MARK --set-mark 5", "-A FORWARD -g v", "-A v -m comment --comment x -j ACCEPT",
                "-A POSTROUTING -j TTL --ttl-set 9") +
          table("nat", "-A POSTROUTING -o b -j MASQUERADE") +
          table("filter", "-A FORWARD -j w", "-A FORWARD -j x", "-A FORWARD -m comment --comment y", "-A FORWARD -j ACCEPT",
                "-A w -j RETURN", "-A x -p tcp -j DROP"))


def kernel_says(mark):
    """The lines of TRACE in the kernel's log behind a mark, without the time."""
    lines = run(["dmesg"]).stdout.splitlines()
    begin = max((i for i, line in enumerate(lines) if mark in line), default=None)
    assert begin is not None
    return [line[line.index("TRACE: "):] for line in lines[begin:] if "TRACE: " in line and f"SRC={A1} " in line]


def test_traced_packets_are_told_of_as_in_linux():
    with open("/proc/sys/net/netfilter/nf_log_all_netns", encoding="ascii") as setting:
        if setting.read().strip() != "1" or "legacy" not in backend(""):
            pytest.skip("this kernel does not log for namespaces, or has no legacy tables")
    bench = Bench(plan(TRACED), SIDES, ("kernel", "short", "long"))
    try:
        said = {}
        for lab in bench.labs:
            mark = f"trace test {lab.router.namespace.name}"
            with open("/dev/kmsg", "w", encoding="ascii") as log:
                log.write(mark)
            for number in range(3):
                packet = udp(A1, B1, 4000, 53, size=16 + number)
                packet.id = 7000 + number
                lab.step("a", packet, expect=1)
            time.sleep(0.1)
            said[lab.kind] = kernel_says(mark) if lab.kind == "kernel" else \
                [line[3:] for line in lab.router.log if line.startswith("<4>TRACE: ")]
        assert len(said["kernel"]) > 40
        plain = {kind: [line.strip() for line in lines] for kind, lines in said.items()}
        assert plain["short"] == plain["kernel"]
        assert plain["long"] == plain["kernel"]
    finally:
        bench.close()


def test_sluicectl_trace_follows():
    with lone_lab(lone_router(plan(TRACED))) as lab:
        follower = lab.router.namespace.start(*_trace(lab.router), stdout=subprocess.PIPE)
        lines = []
        threading.Thread(target=lambda: lines.extend(line.decode() for line in follower.stdout), daemon=True).start()
        time.sleep(0.5)
        lab.step("a", udp(A1, B1, 4000, 53), expect=1)
        lab.step("a", udp(A1, B1, 4000, 54), expect=1)
        wait_for(lambda: any("POSTROUTING:policy" in line for line in lines), "nothing is shown of a traced packet")
        assert all(re.match(r"TRACE: \w+:\w+:(rule|policy|return):\d+ IN=a ", line) for line in lines), lines
        assert {line.split(" DPT=")[1].split()[0] for line in lines} == {"53"}
        follower.send_signal(2)
        assert follower.wait(3) == 0


def _trace(router):
    from support.sluice_router import SLUICECTL
    return [SLUICECTL, "-s", router.socket, "trace"]
