# SPDX-License-Identifier: BSD-3-Clause
"""`sluicectl conntrack -E` beside conntrack(8): the same traffic is told in the same lines (OPS: see and steer)."""

import contextlib
import re
import signal
import subprocess
import time

import pytest

from support.bench_plan import A1, A2, B1, FAR, UNLIMITED, plan
from support.lone_router import lone_lab, lone_router
from support.packets import IP, UDP, Raw, answer, echo, error, tcp, udp
from support.sluice_router import SLUICECTL
from support.spec import table

# nf_conntrack_events = 1: with 2 Linux takes the events that a CT names only if somebody listens when the rule is loaded.
SPEC = plan(table("nat", "-A POSTROUTING -o w -j MASQUERADE") +
            table("raw", "-A PREROUTING -p udp -m udp --dport 56 -j CT --ctevents destroy",
                  "-A PREROUTING -p udp -m udp --dport 57 -j CT --ctevents new,mark",
                  "-A PREROUTING -p tcp -m tcp --dport 83 -j CT --ctevents assured,protoinfo",
                  "-A PREROUTING -p udp -m udp --dport 69 -j CT --helper tftp",
                  "-A PREROUTING -p udp -m udp --dport 70 -j CT --helper tftp --ctevents helper,destroy") +
            table("mangle", "-A FORWARD -p udp -m udp --dport 54 -j CONNMARK --set-xmark 0x7/0xffffffff",
                  "-A FORWARD -p tcp -m tcp --dport 81 --tcp-flags FIN,SYN,RST,ACK ACK -j CONNMARK --set-xmark 0x9/0xffffffff") +
            table("filter", "-A FORWARD -p udp -m udp --dport 55 -j DROP",
                  "-A FORWARD -i b -p tcp -m tcp --sport 82 --tcp-flags SYN,ACK SYN,ACK -j DROP"),
            sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1, "net.netfilter.nf_conntrack_events": 1})
FAREWELL = "conntrack v1.4.7 (conntrack-tools): {} flow events have been shown.\n"


def start(lab, *words):
    command = ["conntrack"] if lab.kind == "kernel" else [SLUICECTL, "-s", lab.router.socket, "conntrack"]
    return lab.router.namespace.start(*command, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def lines_of(process):
    """What it has printed when it is ended by Ctrl-C, without instants and who asked for it."""
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, remark = (text.decode() for text in process.communicate(timeout=5))
    assert remark.endswith(FAREWELL.format(len([line for line in out.splitlines() if "src" in line]))), remark
    for pattern, plain in ((r" \[USERSPACE\] portid=\d+( progname=\S+)?", ""), (r" id=\d+$", " id=N"), (r"<id>\d+<", "<id>N<"), (r"<when>.*</when>", "<when/>"),
                           (r"^\[\d{10}\.\d{6}\]\t", "[T]\t"), (r"(?<= )(2[89]|11[89]|43199[89])(?= )|(?<=<timeout>)(2[89]|11[89]|43199[89])(?=<)", nearest)):
        out = re.sub(pattern, plain, out, flags=re.MULTILINE)
    return out.splitlines()


def nearest(seconds):
    """A second or two may be over when it is told."""
    return str((int(seconds.group()) + 2) // 10 * 10)


def converse(sport, dport):
    """A TCP connection from its beginning to its end."""
    there = lambda *more: ("a", tcp(A1, B1, sport, dport, *more))
    back = lambda *more: ("b", tcp(B1, A1, dport, sport, *more))
    return [there(), back("SA", 5000, 1001), there("A", 1001, 5001), there("A", 1001, 5001), there("FA", 1001, 5001), back("FA", 5001, 1002),
            there("A", 1002, 5002)]


STORIES = {
    "a tcp connection": converse(4000, 80),
    "a tcp connection that a rule marks": converse(4001, 81),
    "an answer that a rule drops is told with the next packet": converse(4006, 82),
    "a reset": [*converse(4002, 80)[:3], ("b", tcp(B1, A1, 80, 4002, "R", 5001))],
    "a refused connection": [("a", tcp(A1, B1, 4003, 80)), ("b", tcp(B1, A1, 80, 4003, "RA", 0, 1001))],
    "udp": [("a", udp(A1, B1, 4000, 53)), ("a", udp(A1, B1, 4000, 53)), ("b", udp(B1, A1, 53, 4000)), ("b", udp(B1, A1, 53, 4000))],
    "udp that a rule marks": [("a", udp(A1, B1, 4000, 54)), ("b", udp(B1, A1, 54, 4000)), ("a", udp(A1, B1, 4000, 54))],
    "a packet that is dropped begins nothing": [("a", udp(A1, B1, 4000, 55))],
    "translated": [("a", udp(A1, FAR, 4000, 53)), ("w", lambda out: answer(out["w"][-1])), ("a", udp(A2, FAR, 4001, 53))],
    "a ping": [("a", echo(A1, B1, number=5)), ("b", echo(B1, A1, number=5, reply=True)), ("a", echo(A1, B1, number=5))],
    "an error about it changes nothing": [("a", udp(A1, B1, 4004, 53)), ("b", error(B1, 3, 3, udp(A1, B1, 4004, 53, ttl=63), 36))],
    "what a rule has told of": [*[("a", udp(A1, B1, 4007, port)) for port in (56, 57)], *[("b", udp(B1, A1, port, 4007)) for port in (56, 57)],
                                f"-U -s {A1} -d {B1} -p udp --sport 4007 --dport 57 -m 5", "-D -p udp --dport 56", "-D -p udp --dport 57"],
    "tcp of which a rule has told": converse(4008, 83),
    "connections with a helper, and what they expect": [
        step for port in (69, 70) for step in (("a", IP(src=A1, dst=B1) / UDP(sport=4000 + port, dport=port) / Raw(b"\0\1file\0octet\0")),
                                               ("b", udp(B1, A1, 3000, 4000 + port)), ("a", udp(A1, B1, 4000 + port, 3000)))],
    "the operator": [("a", udp(A1, B1, 4005, 53)), f"-U -s {A1} -d {B1} -p udp --sport 4005 --dport 53 -m 5", "-D -p udp --sport 4005",
                     "-D -p udp --sport 4004"],
}


def play(lab, story):
    seen = {}
    for step in story:
        if isinstance(step, str):
            command = ["conntrack"] if lab.kind == "kernel" else [SLUICECTL, "-s", lab.router.socket, "conntrack"]
            lab.router.namespace.run(*command, *step.split(), check=False)
            continue
        side, packet = step
        for name, frames in lab.step(side, packet(seen) if callable(packet) else packet).items():
            seen.setdefault(name, []).extend(frames)


def told(bench, story, *words):
    """What each lab tells of a story."""
    for lab in bench.labs:
        lab.router.flush_connections()
    listeners = [start(lab, "-E", *words) for lab in bench.labs]
    time.sleep(0.4)
    for lab in bench.labs:
        play(lab, story)
    return [lines_of(listener) for listener in listeners]


def test_tells_the_same(bench):
    judge, *others = told(bench, [step for story in STORIES.values() for step in story])
    assert len(judge) > 30
    for lab, got in zip(bench.labs[1:], others):
        assert got == judge, lab.kind


@pytest.mark.parametrize("words", ["-e NEW,DESTROY", "-p tcp --sport 4000 --state ESTABLISHED", "-o extended,id,timestamp",
                                   "-o xml,timestamp", "-o save", "-m 7"])
def test_tells_the_same_of_what_is_asked_for(bench, words):
    story = converse(4000, 80) + STORIES["udp that a rule marks"] + STORIES["translated"] + ["-D -p udp"]
    judge, *others = told(bench, story, *words.split())
    for lab, got in zip(bench.labs[1:], others):
        assert sorted(got) == sorted(judge), lab.kind  # -D goes through the table in an order of its own


@contextlib.contextmanager
def listening(lab, *words):
    process = start(lab, "-E", *words)
    time.sleep(0.4)
    yield process
    process.kill()


def test_two_listeners_and_one_that_went_away():
    """Each is told all that it asks for, of what began while they listen: nf_conntrack_events = 2."""
    with lone_lab(lone_router(plan())) as lab:
        play(lab, [("a", udp(A1, B1, 3999, 53))])
        with listening(lab) as one, listening(lab, "-e", "NEW") as other, listening(lab) as gone:
            gone.kill()
            play(lab, [*STORIES["udp"], ("b", udp(B1, A1, 53, 3999))])
            assert [len(lines_of(process)) for process in (one, other)] == [2, 1]
