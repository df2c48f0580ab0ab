# SPDX-License-Identifier: BSD-3-Clause
"""CT --timeout beside Linux and nfct(8): which connections live by which timeouts, packet by packet and second by second: CT-5."""

import shutil
import time

import pytest

from support.bench_plan import A1, A2, B1, plan
from support.packets import IP, Raw, echo, tcp, udp
from support.spec import table
from support.tracking import play

pytestmark = pytest.mark.skipif(not shutil.which("nfct"), reason="needs nfct(8)")

# Names of four letters: iptables 1.8.9 prints no more of them.
POLICIES = {
    "fast": ("tcp", {"syn_sent": 7, "syn_recv": 11, "established": 1000, "fin_wait": 21, "close_wait": 22, "last_ack": 23,
                     "time_wait": 24, "close": 5, "syn_sent2": 77, "retrans": 900, "unacknowledged": 800}),
    "part": ("tcp", {"established": 5000}),
    "game": ("udp", {"unreplied": 50, "replied": 70}),
    "lite": ("udplite", {"unreplied": 51, "replied": 71}),
    "ping": ("icmp", {"timeout": 90}),
    "gene": ("generic", {"timeout": 91}),
    "tunl": ("gre", {"unreplied": 52, "replied": 72}),
    "sctp": ("sctp", {"cookie_wait": 44, "cookie_echoed": 45}),
    "soon": ("udp", {"unreplied": 1, "replied": 2}),
}
SPEC = plan(
    table("raw",
          "-A PREROUTING -p tcp --dport 81 -j CT --timeout fast", "-A PREROUTING -p tcp --dport 82 -j CT --timeout part",
          "-A PREROUTING -p udp --dport 83 -j CT --timeout game", "-A PREROUTING -p udplite -j CT --timeout lite",
          "-A PREROUTING -p icmp -m ttl --ttl-eq 50 -j CT --timeout ping", "-A PREROUTING -p 99 -j CT --timeout gene",
          "-A PREROUTING -p gre -j CT --timeout tunl", "-A PREROUTING -p sctp -j CT --timeout sctp",
          "-A PREROUTING -p udp --dport 84 -j CT --timeout soon",
          "-A PREROUTING -p udp --dport 85 -j CT --zone 5", "-A PREROUTING -p udp --dport 85 -j CT --timeout game",
          "-A PREROUTING -p udp --dport 86 -j CT --timeout game --zone 6") +
    table("filter", *(f"-A FORWARD -m conntrack --ctstate {state}" for state in ("INVALID", "NEW", "ESTABLISHED", "RELATED"))),
    sysctl={"net.ipv4.icmp_ratemask": 0, "net.netfilter.nf_conntrack_tcp_timeout_established": 4000})
SPEC.timeouts = POLICIES


def talk(port):
    """A TCP connection from its beginning to both ends, with a repeated segment in it."""
    def there(flags, seq, ack, size=0):
        return "a", tcp(A1, B1, 4000, port, flags, seq, ack, size=size)

    def back(flags, seq, ack, size=0):
        return "b", tcp(B1, A1, port, 4000, flags, seq, ack, size=size)
    return [there("S", 1000, 0), back("SA", 5000, 1001), there("A", 1001, 5001), there("PA", 1001, 5001, 10), back("A", 5001, 1011),
            *[there("PA", 1011, 5001, 10)] * 4, back("A", 5001, 1021), back("FA", 5001, 1021), there("A", 1021, 5002), there("FA", 1021, 5002),
            back("A", 5002, 1022)]


def plain(protocol, data, way="ab"):
    hosts = {"src": A1, "dst": B1} if way == "ab" else {"src": B1, "dst": A1}
    return way[0], IP(proto=protocol, id=0x7012, **hosts) / Raw(data)


GRE = b"\0\0\x08\0" + bytes(20)
LITE = bytes((0, 40, 0, 50, 0, 0, 0, 0)) + bytes(8)
STORIES = {
    "every state of TCP": talk(81),
    "one state of TCP, the others as set": talk(82),
    "no policy": talk(80),
    "both open at once": [("a", tcp(A1, B1, 4000, 81, "S", 1000)), ("b", tcp(B1, A1, 81, 4000, "S", 5000)),
                          ("a", tcp(A1, B1, 4000, 81, "S", 1000))],
    "refused": [("a", tcp(A1, B1, 4000, 81, "S", 1000)), ("b", tcp(B1, A1, 81, 4000, "RA", 0, 1001))],
    "udp": [("a", udp(A1, B1, 4000, 83)), ("b", udp(B1, A1, 83, 4000)), ("a", udp(A1, B1, 4000, 83)), ("a", udp(A2, B1, 4000, 87))],
    "a reply to a port with a policy": [("b", udp(B1, A1, 4000, 83)), ("a", udp(A1, B1, 83, 4000))],
    "an earlier CT decides": [("a", udp(A1, B1, 4000, 85)), ("b", udp(B1, A1, 85, 4000))],
    "in a zone": [("a", udp(A1, B1, 4000, 86))],
    "ping": [("a", echo(A1, B1, number=5, ttl=50)), ("b", echo(B1, A1, number=5, reply=True)), ("a", echo(A1, B1, number=6))],
    "what has no tracker": [plain(99, b"12345678"), plain(99, b"12345678", "ba"), plain(98, b"12345678")],
    "gre": [plain(47, GRE), plain(47, GRE, "ba")],
    "a policy is for those that begin": [("a", udp(A1, B1, 4000, 87)), ("b", udp(B1, A1, 87, 4000)), ("a", udp(A1, B1, 4000, 83))],
}


@pytest.mark.parametrize("name", STORIES)
def test_connections_live_by_their_policy(bench, name):
    play(bench, STORIES[name])


def test_a_stream_lives_by_the_policy_for_replies(bench):
    """The third second makes a stream of it (CT-9)."""
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.step("a", udp(A1, B1, 4000, 83), expect=1)
        lab.step("b", udp(B1, A1, 83, 4000), expect=1)
    time.sleep(2.2)
    for lab in bench.labs:
        lab.step("a", udp(A1, B1, 4000, 83), expect=1)
        lines = [line for line in lab.router.connections().splitlines() if "dport=83" in line]
        assert len(lines) == 1 and 66 <= int(lines[0].split()[2]) <= 70 and "ASSURED" in lines[0], f"{lab.kind}: {lines}"


def test_what_is_over_is_gone(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.step("a", udp(A1, B1, 4000, 84), expect=1)
        lab.step("a", udp(A1, B1, 4000, 83), expect=1)
    time.sleep(1.5)
    for lab in bench.labs:
        text = lab.router.connections()
        assert "dport=84" not in text and "dport=83" in text, f"{lab.kind}: {text}"


def test_a_reload_changes_and_takes_away_what_living_connections_have(bench):
    """A policy that changes holds for its connections at once, one that is gone leaves them to the settings, as with nfct."""
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.step("a", udp(A1, B1, 4000, 83), expect=1)
        lab.step("a", udp(A2, B1, 4000, 83), expect=1)

    def seconds(lab, source):
        lab.step("a", udp(source, B1, 4000, 83), expect=1)
        lines = [line for line in lab.router.connections().splitlines() if f"src={source} " in line.split("dport")[0]]
        assert len(lines) == 1, f"{lab.kind}: {lines}"
        return int(lines[0].split()[2])

    others = {name: policy for name, policy in POLICIES.items() if name != "game"}
    raw, rest = SPEC.rules.split("COMMIT\n", 1)
    without = "\n".join(line for line in raw.splitlines() if "--timeout game" not in line) + "\nCOMMIT\n" + rest
    try:
        for lab in bench.labs:
            longest = 50
            if lab.kind != "kernel":      # the kernel could, nfct cannot
                lab.router.change_timeouts({**POLICIES, "game": ("udp", {"unreplied": 200})})
                longest = 200
            assert longest - 3 <= seconds(lab, A1) <= longest, lab.kind
            lab.router.change_rules(without)
            assert longest - 3 <= seconds(lab, A1) <= longest, f"{lab.kind}: no rule names it, but it is there"
            lab.router.change_timeouts(others)
            assert 27 <= seconds(lab, A1) <= 30, lab.kind
            assert 27 <= seconds(lab, A2) <= 30, lab.kind
    finally:
        for lab in bench.labs:
            lab.router.change_timeouts(POLICIES)
            lab.router.change_rules(SPEC.rules)
