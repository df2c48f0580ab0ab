# SPDX-License-Identifier: BSD-3-Clause
"""Crafted packets through the filter table, frame by frame and counter by counter as Linux: HOOK-1 to 5, MAT-1, TGT-1, CT-4."""

import pytest

from support.bench_plan import A0, A1, A2, B0, B1, B2, FAR, W0, plan
from support.differential import Case
from support.packets import ICMP, IP, TCP, UDP, Raw, answer, echo, error, tcp, udp
from support.spec import table, without_figures

# Each rule is met by some packet below and missed by others. Ports name the rule: 1000 + n.
RULES = table(
    "filter",
    # INPUT: the policy drops; some things are let in or refused aloud.
    "-A INPUT -p icmp -m icmp --icmp-type 8 -s 10.0.1.0/24 -j ACCEPT",
    "-A INPUT -p udp -m udp --dport 1001 -j REJECT --reject-with icmp-port-unreachable",
    "-A INPUT -p tcp -m tcp --dport 1002 -j REJECT --reject-with tcp-reset",
    "-A INPUT ! -i w -p tcp -m tcp --dport 1003 -j ACCEPT",
    "-A INPUT -i lo -j ACCEPT",
    # OUTPUT: what the router itself says.
    "-A OUTPUT -p icmp -m icmp --icmp-type 11 -d 10.0.1.12/32 -j DROP",
    "-A OUTPUT -p icmp -m icmp --icmp-type 3/3 -j ACCEPT",
    "-A OUTPUT -o b -p icmp -j ACCEPT",
    # FORWARD: states first, then one rule for each kind of match and target.
    "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
    "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A FORWARD -m conntrack ! --ctstate NEW -j DROP",
    "-A FORWARD -p udp -m udp --dport 1010 -j DROP",
    "-A FORWARD -p udp -m udp --dport 1011 -j REJECT --reject-with icmp-net-unreachable",
    "-A FORWARD -p udp -m udp --dport 1012 -j REJECT --reject-with icmp-host-unreachable",
    "-A FORWARD -p udp -m udp --dport 1013 -j REJECT --reject-with icmp-port-unreachable",
    "-A FORWARD -p udp -m udp --dport 1014 -j REJECT --reject-with icmp-proto-unreachable",
    "-A FORWARD -p udp -m udp --dport 1015 -j REJECT --reject-with icmp-net-prohibited",
    "-A FORWARD -p udp -m udp --dport 1016 -j REJECT --reject-with icmp-host-prohibited",
    "-A FORWARD -p udp -m udp --dport 1017 -j REJECT --reject-with icmp-admin-prohibited",
    "-A FORWARD -p tcp -m tcp --dport 1018 -j REJECT --reject-with tcp-reset",
    "-A FORWARD -p tcp -m tcp --dport 1019 -j REJECT --reject-with icmp-port-unreachable",
    "-A FORWARD -p icmp -m icmp --icmp-type 8 -d 10.0.2.23/32 -j REJECT --reject-with icmp-host-prohibited",
    "-A FORWARD -p udp -m udp --dport 1020:1029 -j first",
    "-A FORWARD -p udp -m udp --dport 1030 ! -s 10.0.1.11/32 -j DROP",
    "-A FORWARD -p udp -m udp --dport 1031 ! -d 10.0.2.22/32 -j DROP",
    "-A FORWARD -p udp -m udp --dport 1032 ! -i a -j DROP",
    "-A FORWARD -p udp -m udp --dport 1033 ! -o b -j DROP",
    "-A FORWARD -p udp -m udp ! --sport 4000:4010 --dport 1034 -j DROP",
    "-A FORWARD -p udp -m udp --sport 4011 ! --dport 1:65000 -j DROP",
    "-A FORWARD -i a+ -o b+ -p udp -m udp --dport 1035 -j DROP",
    "-A FORWARD -i w+ -p udp -m udp --dport 1036 -j DROP",
    "-A FORWARD ! -p udp -d 10.0.2.23/32 -j DROP",
    "-A FORWARD -p icmp -m icmp --icmp-type 13 -j DROP",
    "-A FORWARD -p icmp -m icmp ! --icmp-type 8 -j count",
    "-A FORWARD -p 47 -j DROP",
    "-A FORWARD -s 10.0.1.0/255.255.255.0 -d 10.0.2.0/24 -p udp -m udp --dport 1037",
    "-A FORWARD -p udp -m udp --dport 1038 -j empty",
    "-A FORWARD -p udp -m state --state NEW -m udp --dport 1039 -j DROP",
    # User chains: nested, shared, with RETURN at several depths.
    "-A first -p udp -m udp --dport 1020 -j RETURN",
    "-A first -p udp -m udp --dport 1021:1025 -j second",
    "-A first -j count",
    "-A first -p udp -m udp --dport 1026 -j DROP",
    "-A second -p udp -m udp --dport 1021 -j DROP",
    "-A second -p udp -m udp --dport 1022 -j RETURN",
    "-A second -p udp -m udp --dport 1023 -j ACCEPT",
    "-A second -j third",
    "-A third -p udp -m udp --dport 1024 -j REJECT --reject-with icmp-admin-prohibited",
    "-A third -j count",
    "-A count",
    chains=["empty"], INPUT="DROP")
SPEC = plan(RULES)
LISTINGS = [["-S"], ["-S", "FORWARD"], ["-L", "-n"], ["-L", "-n", "--line-numbers"], ["-L", "-n", "-v"], ["-L", "first", "-n", "-v", "-x", "--line-numbers"]]


def to_forward(port, **more):
    return ("a", udp(A1, B1, 4000, port, **more))


INPUT = [
    Case("echo from the lan", ("a", echo(A1, A0))),
    Case("echo to the far address", ("a", echo(A1, B0))),
    Case("echo from outside meets the policy", ("w", echo(FAR, W0))),
    Case("udp refused with port unreachable", ("a", udp(A1, A0, 4000, 1001))),
    Case("udp refused at the far address", ("a", udp(A1, B0, 4000, 1001, size=700))),
    Case("tcp refused with reset", ("a", tcp(A1, A0, 4000, 1002))),
    Case("tcp data refused with reset", ("a", tcp(A1, A0, 4000, 1002, flags="PA", ack=7, size=33))),
    Case("tcp reset is never answered", ("a", tcp(A1, A0, 4000, 1002, flags="R"))),
    Case("tcp allowed to a closed port from inside", ("a", tcp(A1, A0, 4000, 1003))),
    Case("tcp to the same port from outside", ("w", tcp(FAR, W0, 4000, 1003))),
    Case("anything else meets the policy", ("a", udp(A1, A0, 4000, 1004))),
]

OUTPUT = [
    Case("time exceeded is let out to one", ("a", udp(A1, B1, 1, 2, ttl=1))),
    Case("and not to the other", ("a", udp(A2, B1, 1, 2, ttl=1))),
    Case("time exceeded out of the other port", ("b", udp(B1, A1, 1, 2, ttl=1))),
    Case("port unreachable out of the other port", ("b", udp(B1, B0, 4000, 1001))),
]

TARGETS = [Case(f"port {port}", to_forward(port)) for port in range(1010, 1018)] + [
    Case("reject a long packet", to_forward(1013, size=1100)),
    Case("reject with bad udp checksum is silent",
         ("a", IP(src=A1, dst=B1, id=0x7001) / UDP(sport=1, dport=1013, chksum=0x1111) / b"x")),
    Case("reject of a syn", ("a", tcp(A1, B1, 4000, 1018))),
    Case("reject of a syn with data and options",
         ("a", IP(src=A1, dst=B1, id=0x7002) / TCP(sport=1, dport=1018, flags="S", seq=9, options=[("MSS", 1460)]) / b"hello")),
    Case("reject of an ack in the middle", ("a", tcp(A1, B1, 4000, 1018, flags="A", seq=77, ack=4242))),
    Case("reject of a push with data", ("a", tcp(A1, B1, 4000, 1018, flags="PA", seq=77, ack=4242, size=11))),
    Case("reject tcp by icmp", ("a", tcp(A1, B1, 4000, 1019))),
    Case("reject a ping", ("a", echo(A1, B2))),
    Case("reject with ttl 2", to_forward(1013, ttl=2)),
    Case("ttl 1 comes before the rules", to_forward(1013, ttl=1)),
    Case("reject from outside", ("w", udp(FAR, B1, 4000, 1013))),
    Case("reject to the sender of a broadcast frame is silent", ("a", udp(A1, "10.0.1.255", 4000, 1013))),
]

CHAINS = [Case(f"user chains, port {port}", to_forward(port)) for port in (*range(1020, 1028), 1037, 1038)]

MATCHES = [
    Case("not from the one source", to_forward(1030), ("a", udp(A2, B1, 4000, 1030))),
    Case("not to the one destination", to_forward(1031), ("a", udp(A1, B2, 4000, 1031))),
    Case("not in by a", to_forward(1032), ("w", udp(FAR, B1, 4000, 1032))),
    Case("not out by b", to_forward(1033), ("a", udp(A1, FAR, 4000, 1033))),
    Case("not from a range of ports", to_forward(1034), ("a", udp(A1, B1, 4010, 1034)), ("a", udp(A1, B1, 4011, 1034)),
         ("a", udp(A1, B1, 3999, 1034))),
    Case("not to a range of ports", ("a", udp(A1, B1, 4011, 65000)), ("a", udp(A1, B1, 4011, 65001))),
    Case("interface wildcards", to_forward(1035), ("a", udp(A1, FAR, 4000, 1035)), ("w", udp(FAR, B1, 4000, 1035))),
    Case("another wildcard", to_forward(1036), ("w", udp(FAR, B1, 4000, 1036))),
    Case("not of a protocol", ("a", tcp(A1, B2, 1, 2)), ("a", udp(A1, B2, 1, 2)),
         ("a", IP(src=A1, dst=B2, proto=99, id=0x7001) / Raw(b"12345678"))),
    Case("icmp types", ("a", IP(src=A1, dst=B1, id=0x7001) / ICMP(type=13, id=5)), ("a", echo(A1, B1)),
         ("a", IP(src=A1, dst=B1, id=0x7001) / ICMP(type=17, id=5))),
    Case("a protocol by number", ("a", IP(src=A1, dst=B1, proto=47, id=0x7001) / Raw(b"\0\0\x08\0abcd"))),
    Case("the state match", to_forward(1039)),
]

STATES = [
    Case("udp: new, established, established", to_forward(2000), ("b", lambda out: answer(out["b"][-1])), to_forward(2000)),
    Case("an answer without a question is new", ("b", udp(B1, A1, 53, 4000))),
    Case("tcp: a whole conversation",
         ("a", tcp(A1, B1, 4000, 80, seq=100)), ("b", tcp(B1, A1, 80, 4000, "SA", 500, 101)),
         ("a", tcp(A1, B1, 4000, 80, "A", 101, 501)), ("a", tcp(A1, B1, 4000, 80, "PA", 101, 501, size=100)),
         ("b", tcp(B1, A1, 80, 4000, "A", 501, 201)), ("b", tcp(B1, A1, 80, 4000, "PA", 501, 201, size=1000)),
         ("a", tcp(A1, B1, 4000, 80, "FA", 201, 1501)), ("b", tcp(B1, A1, 80, 4000, "FA", 1501, 202)),
         ("a", tcp(A1, B1, 4000, 80, "A", 202, 1502))),
    Case("tcp: refused", ("a", tcp(A1, B1, 4001, 80, seq=100)), ("b", tcp(B1, A1, 80, 4001, "RA", 0, 101))),
    Case("tcp: SYN+ACK out of nowhere", ("b", tcp(B1, A1, 80, 4002, "SA", 500, 101))),
    Case("tcp: FIN out of nowhere", ("a", tcp(A1, B1, 4003, 80, "FA", 500, 101))),
    Case("tcp: RST out of nowhere", ("a", tcp(A1, B1, 4004, 80, "R", 500))),
    Case("tcp: ACK out of nowhere is new", ("a", tcp(A1, B1, 4005, 80, "A", 500, 101))),
    Case("tcp: no flags, all flags", ("a", tcp(A1, B1, 4006, 80, "")), ("a", tcp(A1, B1, 4006, 80, "FSRPAU"))),
    Case("icmp: reply without request", ("b", echo(B1, A1, reply=True))),
    Case("icmp: reply to a request of another number", ("a", echo(A1, B1, number=1)), ("b", echo(B1, A1, number=2, reply=True))),
    Case("icmp: request, reply, reply again",
         ("a", echo(A1, B1)), ("b", echo(B1, A1, reply=True)), ("b", echo(B1, A1, reply=True))),
    Case("an unknown protocol both ways",
         ("a", IP(src=A1, dst=B1, proto=99, id=0x7001) / Raw(b"12345678")), ("b", IP(src=B1, dst=A1, proto=99, id=0x7001) / Raw(b"12345678"))),
]

FLOW = udp(A1, B1, 4000, 2001, size=40)
SEGMENT = tcp(A1, B1, 4000, 81)
ERRORS = [
    Case(f"error {kind}/{code} about udp is related", ("a", FLOW), ("b", error(B1, kind, code, FLOW)))
    for kind, code in ((3, 0), (3, 1), (3, 3), (3, 13), (4, 0), (11, 0), (11, 1), (12, 0))] + [
    Case("fragmentation needed from a hop between", ("a", FLOW), ("b", error(B2, 3, 4, FLOW, mtu=1280))),
    Case("about tcp, eight bytes quoted", ("a", SEGMENT), ("b", error(B1, 3, 3, SEGMENT))),
    Case("about tcp, all quoted", ("a", SEGMENT), ("b", error(B1, 3, 3, SEGMENT, length=40))),
    Case("about a ping", ("a", echo(A1, B1)), ("b", error(B1, 3, 1, echo(A1, B1), length=60))),
    Case("about no flow is invalid", ("b", error(B1, 3, 3, udp(A1, B1, 4444, 2001)))),
    Case("fewer than the ports quoted", ("a", FLOW), ("b", error(B1, 3, 3, FLOW, length=23))),
    Case("with a bad outer checksum", ("a", FLOW), ("b", _bad := error(B1, 3, 3, FLOW).copy())),
    Case("a redirect", ("a", FLOW), ("b", error(B1, 5, 1, FLOW))),
    Case("of an unknown type", ("a", FLOW), ("b", error(B1, 6, 0, FLOW))),
    Case("about a reply", ("a", FLOW), ("b", udp(B1, A1, 2001, 4000)), ("a", error(A1, 3, 3, udp(B1, A1, 2001, 4000)))),
    Case("in the wrong direction", ("a", FLOW), ("a", error(A1, 3, 3, FLOW, to=B1))),
]
_bad[ICMP].chksum = 0x1234


@pytest.mark.parametrize("case", INPUT, ids=repr)
def test_input(bench, case):
    """HOOK-1, HOOK-5, TGT-1."""
    bench.check(case)


@pytest.mark.parametrize("case", OUTPUT, ids=repr)
def test_output(bench, case):
    """HOOK-2."""
    bench.check(case)


@pytest.mark.parametrize("case", TARGETS, ids=repr)
def test_targets(bench, case):
    """TGT-1."""
    bench.check(case)


@pytest.mark.parametrize("case", CHAINS, ids=repr)
def test_user_chains(bench, case):
    """HOOK-4."""
    bench.check(case)


@pytest.mark.parametrize("case", MATCHES, ids=repr)
def test_matches(bench, case):
    """MAT-1."""
    bench.check(case)


@pytest.mark.parametrize("case", STATES, ids=repr)
def test_states(bench, case):
    """CT-1, CT-4, CT-9, CT-10, MAT-8."""
    bench.check(case)


@pytest.mark.parametrize("case", ERRORS, ids=repr)
def test_icmp_errors(bench, case):
    """ICMP-1, ICMP-2, ICMP-3, ICMP-6."""
    bench.check(case)


def test_deviation_quotes_of_four_to_seven_bytes_are_invalid(bench):
    """ICMP-2, RFC 792: an error quotes at least eight bytes. Linux takes the ports alone for enough; Sluice does not."""
    for lab in bench.labs:
        lab.router.flush_connections()
        lab.step("a", FLOW, expect=1)
        out = lab.step("b", error(B1, 3, 3, FLOW, length=27), expect=lab.kind == "kernel")["a"]
        assert len(out) == (1 if lab.kind == "kernel" else 0), lab.kind


@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_listings_are_those_of_iptables(bench, words):
    """HOOK-5, OPS-5: the words, the order and the columns; the figures are compared case by case above."""
    said = [without_figures(lab.router.iptables(*words)) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)


def test_the_saved_rules_are_those_of_iptables(bench):
    """OPS-5."""
    said = [without_figures(lab.router.save()) for lab in bench.labs]
    assert all(text == said[0] for text in said), "\n---\n".join(said)
