# SPDX-License-Identifier: BSD-3-Clause
"""sluicectl and the life of the process: listings as iptables prints them, reload, a second instance, statuses (OPS-1, OPS-2, OPS-5)."""

import json
import os
import re
import signal
import threading
import time

import pytest

from support.bench_plan import A0, A1, B0, FAR, GW, W0, plan
from support.lone_router import lone_lab, lone_router
from support.namespace import run
from support.packets import Ether, IP, answer, dissect, udp
from support.sluice_router import SLUICE, SLUICECTL
from support.spec import table

RULES = table("nat", "-A POSTROUTING -s 10.0.1.0/24 -o w -j MASQUERADE") + table(
    "filter", "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "-A FORWARD -i a -j ACCEPT", FORWARD="DROP")


@pytest.fixture(scope="module")
def lab():
    with lone_lab(lone_router(plan(RULES))) as lab:
        yield lab


def converse(lab, sport=4000, packets=10):
    """A flow from A1 to the world and back, through masquerade; the last frame that came back."""
    for _number in range(packets):
        out = lab.step("a", udp(A1, FAR, sport, 5000), expect=1)["w"]
        assert len(out) == 1, "the packet did not come out"
        back = lab.step("w", answer(out[0]), expect=1)["a"]
        assert len(back) == 1, "the answer did not come back"
    return out[0], back[0]


def test_status(lab):
    said = lab.router.ctl("status").stdout
    version = run([SLUICE, "version"]).stdout.split()[-1]
    assert version in said
    for word in ("a", "b", "w", "uptime"):
        assert re.search(rf"\b{word}\b", said, re.I), said
    assert isinstance(lab.router.json("status"), dict)


def test_stats_tell_the_two_ways(lab):
    """Of the packets of one flow at most the first few need the rules."""
    before = _ways(lab)
    converse(lab, 4100, 20)
    after = _ways(lab)
    short, long = (after[way] - before[way] for way in ("short", "long"))
    assert short + long >= 40
    assert short >= 36, f"short {short}, long {long}"


def test_without_the_short_way_all_go_the_long_one():
    with lone_lab(lone_router(plan(RULES), short_way=False)) as lab:
        converse(lab, 4100, 5)
        assert _ways(lab)["short"] == 0
        assert _ways(lab)["long"] >= 10


def test_conntrack_list_and_flush(lab):
    converse(lab, 4200, 1)
    lines = [line for line in lab.router.connections().splitlines() if "sport=4200" in line]
    assert len(lines) == 1
    assert re.fullmatch(rf"udp      17 \d+ src={A1} dst={FAR} sport=4200 dport=5000 "
                        rf"src={FAR} dst={W0} sport=5000 dport=4200 mark=0 use=1 *", lines[0]), lines[0]
    lab.router.ctl("conntrack", "-F")
    assert "sport=4200" not in lab.router.connections()


def test_ip_shows_the_four_tables(lab):
    route = lab.router.ctl("ip", "route", "show").stdout
    assert re.search(rf"^default via {GW} dev w\b", route, re.M), route
    assert re.search(rf"^10\.0\.1\.0/24 dev a .*\bsrc {A0}\b", route, re.M), route
    addr = lab.router.ctl("ip", "addr", "show").stdout
    assert re.search(rf"inet {B0}/24 .*\bb$", addr, re.M), addr
    link = lab.router.ctl("ip", "link", "show").stdout
    assert re.search(r"\bb: .*mtu 1400\b", link) and "02:00:00:00:0b:01" in link, link
    neigh = lab.router.ctl("ip", "neigh", "show").stdout
    assert re.search(rf"^{A1} dev a lladdr 02:00:00:00:0a:11 .*PERMANENT", neigh, re.M), neigh


def test_iptables_writes_json_too(lab):
    for words in (("stats",), ("status",), ("conntrack", "-L"), ("ip", "route", "show")):
        json.loads(lab.router.ctl("-j", *words).stdout)


def test_statuses_of_sluicectl(lab):
    """0 done, 1 refused, 2 usage, 4 no router answers."""
    assert lab.router.ctl("no-such-command", check=False).returncode == 2
    assert lab.router.ctl(check=False).returncode == 2
    refused = lab.router.ctl("iptables", "-L", "NOCHAIN", check=False)
    assert refused.returncode == 1 and refused.stderr.strip(), refused
    gone = run([SLUICECTL, "-s", lab.router.path / "nobody.sock", "status"], check=False)
    assert gone.returncode == 4 and gone.stderr.strip(), gone


def test_a_link_is_the_command_it_is_named_after(lab, tmp_path):
    link = tmp_path / "sluice-iptables-save"
    link.symlink_to(SLUICECTL)
    said = run([link, "-c"], check=False)
    # In this form the socket is the default one: no router there is status 4, and not a usage error.
    assert said.returncode in (0, 4), said


def test_sluicectl_answers_at_once(lab):
    lab.router.ctl("status")
    begin = time.monotonic()
    for _number in range(10):
        lab.router.ctl("status")
    assert (time.monotonic() - begin) / 10 < 0.1


def test_a_second_router_on_the_same_socket_says_so(lab):
    second = lab.router.namespace.run(SLUICE, "run", lab.router.config, check=False, timeout=30)
    assert second.returncode not in (0, -6, -11)
    assert "control.sock" in second.stderr, second.stderr
    converse(lab, 4300, 1)


def test_the_socket_is_not_for_everybody(lab):
    assert lab.router.socket.stat().st_mode & 0o777 == 0o660


class TestReload:
    """All or nothing; established connections live on."""

    def _edit(self, lab, change):
        path = lab.router.path / "rules.v4"
        text = path.read_text()
        path.write_text(change(text))
        return text

    def test_new_rules_apply_and_connections_stay(self, lab):
        out, _back = converse(lab, 4400, 2)
        before = self._edit(lab, lambda text: text.replace("-A FORWARD -i a -j ACCEPT", "-A FORWARD -i a -p tcp -j ACCEPT"))
        try:
            lab.router.ctl("reload")
            assert "-A FORWARD -i a -p tcp -j ACCEPT" in lab.router.ctl("iptables", "-S").stdout
            # The old flow is ESTABLISHED and goes on with its mapping, both ways; a new one is not allowed any more.
            assert len(lab.step("w", answer(out), expect=1)["a"]) == 1
            assert dissect(lab.step("a", udp(A1, FAR, 4400, 5000), expect=1)["w"][0]).src == W0
            assert not lab.step("a", udp(A1, FAR, 4401, 5000))["w"]
        finally:
            self._edit(lab, lambda _text: before)
            lab.router.ctl("reload")
        converse(lab, 4401, 1)

    def test_a_bad_file_changes_nothing(self, lab):
        out, _back = converse(lab, 4402, 1)
        rules = lab.router.ctl("iptables", "-S").stdout
        before = self._edit(lab, lambda text: text.replace("-A FORWARD -i a", "-A FORWARD --no-such-thing"))
        try:
            said = lab.router.ctl("reload", check=False)
            assert said.returncode == 1
            assert re.search(r"rules\.v4:\d+:\d+: error: .*no-such-thing", said.stderr), said.stderr
            assert lab.router.ctl("iptables", "-S").stdout == rules
            assert len(lab.step("w", answer(out), expect=1)["a"]) == 1
            converse(lab, 4403, 1)
        finally:
            self._edit(lab, lambda _text: before)

    def test_hangup_reloads_too(self, lab):
        before = self._edit(lab, lambda text: text.replace("-A FORWARD -i a -j ACCEPT", "-A FORWARD -i a -p udp -j ACCEPT"))
        try:
            lab.router.process.send_signal(signal.SIGHUP)
            _until(lambda: "-A FORWARD -i a -p udp -j ACCEPT" in lab.router.ctl("iptables", "-S").stdout)
        finally:
            self._edit(lab, lambda _text: before)
            lab.router.process.send_signal(signal.SIGHUP)
            _until(lambda: "-A FORWARD -i a -j ACCEPT" in lab.router.ctl("iptables", "-S").stdout)

    def test_reloads_under_traffic_lose_nothing(self, lab):
        """A flow of numbered packets while the configuration is read again and again: all arrive, in order, translated alike."""
        out, _back = converse(lab, 4404, 1)
        lab.wires["w"].drain()
        stop = threading.Event()
        reloads = []

        def reload_on():
            while not stop.is_set():
                reloads.append(lab.router.ctl("reload", check=False).returncode)

        thread = threading.Thread(target=reload_on)
        thread.start()
        got = []
        try:
            for number in range(1, 1001):
                lab.send("a", udp(A1, FAR, 4404, 5000, ident=number))
                time.sleep(0.0005)
                got += lab.wires["w"].drain()
        finally:
            stop.set()
            thread.join()
        time.sleep(0.1)
        got += lab.wires["w"].drain()
        packets = [Ether(frame)[IP] for frame in got if frame[12:14] == b"\x08\x00"]
        assert reloads and not any(reloads)
        assert [packet.id for packet in packets] == list(range(1, 1001)), f"{len(packets)} of 1000 came"
        assert {packet.src for packet in packets} == {W0}


def test_it_starts_again_at_once_after_sigterm(lab):
    """The first one's end leaves nothing that hinders the second: no socket, no lock, no device."""
    with lone_lab(lone_router(plan(RULES))) as other:
        for _round in range(2):
            converse(other, 4500, 1)
            assert other.router.terminate() <= 2.0
            assert other.router.process.returncode == 0, other.router.said()
            other.router.launch().wait_ready()
        converse(other, 4501, 1)


def test_interrupt_ends_it_cleanly_too():
    with lone_lab(lone_router(plan(RULES))) as lab:
        lab.router.process.send_signal(signal.SIGINT)
        assert lab.router.process.wait(5) == 0
        lab.router.launch().wait_ready()


@pytest.mark.parametrize("fault, place, word", [
    ('[[interface]]\nname = "a"\ndevice = "net_null"\nadress = ["10.0.0.1/24"]\n', 4, "address"),
    ('[runtime]\nidle = "slepe"\n', 2, "sleep"),
    ('[[route]]\nto = "0.0.0.0/0"\nvia = "192.0.2.1"\n', 3, ""),
    ('[firewall.filter]\nFORWARD = ["-p tcp --dprt 80 -j ACCEPT"]\n', 2, "dprt"),
    ("[runtime\n", 1, ""),
])
def test_run_refuses_what_check_refuses(tmp_path, fault, place, word):
    """OPS-1: file, line and column, and what would be right; the same words from both commands."""
    path = tmp_path / "bad.toml"
    path.write_text(fault)
    check = run([SLUICE, "check", path], check=False)
    assert check.returncode == 1
    assert re.search(rf"^{re.escape(str(path))}:{place}:\d+: error: .*{word}", check.stdout + check.stderr, re.M), check
    started = run([SLUICE, "run", path], check=False)
    assert started.returncode not in (0, -6, -11)
    assert f"{path}:{place}:" in started.stderr, started.stderr


def _ways(lab):
    said = lab.router.json("stats")
    return {"short": said["short_way"], "long": said["long_way"]}


def _until(condition, patience_s=3):
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_sleeping_worker_leaves_the_core_to_others(lab):
    """idle = "sleep": with nothing to do, a worker takes a small part of its core, and is awake when something comes."""
    def used_s():
        with open(f"/proc/{lab.router.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    before = used_s()
    time.sleep(1.0)
    assert used_s() - before < 0.3
    begin = time.monotonic()
    converse(lab, 4600, 1)
    assert time.monotonic() - begin < 0.5
