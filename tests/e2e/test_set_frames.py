# SPDX-License-Identifier: BSD-3-Clause
"""Sets below rules, packet by packet, counter by counter and element by element as Linux: MAT-7."""

import threading
import time

import pytest

from support.bench_plan import A1, A2, B1, B2, FAR, FAR2, W0, plan
from support.differential import Case
from support.packets import Ether, answer, echo, tcp, udp
from support.sets import same_sets
from support.spec import table

SETS = """
create hosts hash:ip counters
create slash30 hash:ip netmask 30
create nets hash:net counters
create ports hash:ip,port
create netports hash:net,port
create ifs hash:net,iface
create three hash:ip,port,ip
create threenet hash:ip,port,net
create bits bitmap:ip range 10.0.1.0-10.0.2.255 counters
create bitports bitmap:port range 0-65535
create bitmacs bitmap:ip,mac range 10.0.0.0/16
create all list:set counters
create brief hash:ip timeout 600
create six hash:ip family inet6
add hosts 10.0.1.11
add hosts 203.0.113.80
add slash30 10.0.1.8
add nets 10.0.0.0/8
add nets 10.0.2.0/24 nomatch
add nets 10.0.2.22
add nets 203.0.113.0/24
add ports 10.0.2.22,tcp:80
add ports 10.0.2.22,udp:53
add ports 10.0.2.22,icmp:8/0
add ports 10.0.2.22,47:0
add netports 10.0.2.0/24,udp:53
add netports 10.0.2.22,udp:53 nomatch
add netports 203.0.113.0/24,6:80
add ifs 10.0.0.0/8,a
add ifs 10.0.2.0/24,b nomatch
add ifs 0.0.0.0/0,w
add three 10.0.1.11,udp:53,10.0.2.22
add threenet 10.0.1.11,udp:53,10.0.2.0/24
add bits 10.0.1.11
add bits 10.0.2.20/30
add bitports 53
add bitports 80-81
add bitmacs 10.0.1.11
add bitmacs 10.0.1.12,02:00:00:00:0a:99
add all ports
add all hosts
add all nets
add brief 10.0.1.12
create one hash:ip
create other hash:ip
add one 10.0.1.11
add other 10.0.1.11
"""

# The types with MACs and marks and those of two networks are not there: the judge's kernel has been built without them.
# Rules that count and go on, so that each packet is put to all of them.
ASKED = [
    "hosts src", "hosts dst", "slash30 src", "nets src", "nets dst", "nets dst --return-nomatch", "ports src,src",
    "ports dst,dst", "ports dst", "ports dst,src", "netports dst,dst", "netports dst,dst --return-nomatch",
    "netports src,dst", "ifs src,src", "ifs dst,dst", "ifs dst,dst --return-nomatch", "ifs src,dst", "three src,dst,dst",
    "three src,dst", "threenet src,dst,dst", 
    "bits src", "bits dst",
    "bitports src", "bitports dst", "bitmacs src,src", "bitmacs dst,dst", "all src", "all dst,dst", "brief src", "brief dst", "one src",
]
COUNTED = [
    "hosts src --packets-gt 5", "hosts src --packets-lt 20", "hosts src ! --packets-eq 7", "hosts src --bytes-gt 1000",
    "hosts src ! --update-counters --packets-eq 3", "nets src --packets-gt 10 --bytes-lt 5000", "all src --packets-gt 4",
    "all src ! --update-counters", "all src ! --update-subcounters", "all dst,dst ! --update-subcounters --bytes-gt 200",
    "bits src --packets-gt 2",
]
ACTS = ["-m set --match-set brief dst -j DROP", "-p udp --dport 99 -m set ! --match-set hosts src -j REJECT"]
SPEC = plan(
    table("mangle", "-A PREROUTING -m set --match-set ifs src,src", "-A PREROUTING -m set --match-set ifs src,dst",
          "-A POSTROUTING -m set --match-set ifs dst,dst", "-A OUTPUT -m set --match-set bitmacs src,src",
          "-A OUTPUT -m set --match-set hosts dst", "-A INPUT -m set --match-set ports src,src") +
    table("filter", *(f"-A FORWARD -m set --match-set {asked}" for asked in ASKED + COUNTED),
          *(f"-A FORWARD -m set ! --match-set {asked}" for asked in ASKED[:8]),
          *(f"-A FORWARD {rule}" for rule in ACTS)) +
    table("nat", "-A POSTROUTING -o w -m set --match-set nets src -j MASQUERADE"), sets=SETS)


def back(out, side="w", **change):
    return answer(out[side][-1], **change)


def frame(packet, source):
    return Ether(src=source, dst="02:00:00:00:0a:01") / packet


CASES = [
    Case("datagrams of one connection, there and back",
         *[("a", udp(A1, B1, 4000, 53, size=size)) for size in (16, 16, 400, 16)],
         *[("b", udp(B1, A1, 53, 4000)) for _ in range(4)], ("a", udp(A1, B1, 4000, 53)), ("b", udp(B1, A1, 53, 4000))),
    Case("to a neighbour that a network leaves out", *[("a", udp(A1, B2, 4000, 53)) for _ in range(4)],
         *[("b", udp(B2, A1, 53, 4000)) for _ in range(4)]),
    Case("TCP through NAT", ("a", tcp(A1, FAR, 4000, 80, "S")), ("w", lambda out: back(out, flags="SA")),
         ("a", tcp(A1, FAR, 4000, 80, "A", 1)), ("w", lambda out: back(out, flags="A"))),
    Case("echoes", *[("a", echo(A1, B1, 7)) for _ in range(3)], ("a", echo(A1, FAR2, 8))),
    Case("another host, and another frame", ("a", udp(A2, B1, 4000, 53)),
         ("a", frame(udp(A1, B1, 4001, 81), "02:00:00:00:0a:99")), ("a", frame(udp(A2, B1, 4002, 81), "02:00:00:00:0a:99")),
         ("a", frame(udp(A1, B1, 4001, 81), "02:00:00:00:0a:11"))),
    Case("what the sets decide", ("a", udp(A1, B1, 4000, 99)), ("a", udp(A2, B1, 4000, 99)), ("b", udp(B1, A2, 4000, 99)),
         ("b", udp(B1, A1, 4000, 99)), ("b", udp(B1, A2, 4000, 98))),
    Case("to the router", ("a", udp(A1, W0, 4000, 53)), ("a", echo(A1, W0, 9)), ("b", echo(B1, W0, 9))),
    Case("the same again, by remembered paths", *[("a", udp(A1, B1, 4010, 53, size=size)) for size in (16, 16, 16, 16, 200, 16)],
         *[("b", udp(B1, A1, 53, 4010)) for _ in range(5)]),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_packets_are_in_sets_as_in_linux(bench, case):
    bench.check(case)
    same_sets(bench)


EDITS = [
    "add brief 10.0.2.22", "del brief 10.0.2.22", "add brief 10.0.2.22 timeout 1", "create next hash:net counters",
    "add next 10.0.1.0/24", "swap next nets", "swap next nets", "destroy next", "flush hosts", "add hosts 10.0.1.11",
    "create counting hash:ip counters", "add counting 10.0.1.11", "swap counting slash30", "swap counting slash30",
    "swap slash30 counting", "swap slash30 counting", "destroy counting", "add all bits", "del all bits", "-exist add hosts 10.0.1.11 packets 100 bytes 1",
]
REFUSED = ["destroy hosts", "rename hosts guests", "add hosts 10.0.1.11", "del hosts 1.1.1.1", "swap hosts nets", "destroy", "add none 1.1.1.1",
           "test hosts 10.0.1.12", "test hosts 10.0.1.11", "add all all", "frob", "create"]


@pytest.mark.parametrize("command", EDITS)
def test_sets_change_below_rules_in_use(bench, command):
    for one in bench.labs:
        assert one.router.ipset(*command.split()).returncode == 0, one.kind
    if "timeout 1" in command:
        time.sleep(1.2)
    bench.check(Case(command, *[("a", udp(A1, B1, 4000, 53)) for _ in range(3)], *[("b", udp(B1, A1, 53, 4000)) for _ in range(3)],
                   ("a", udp(A1, FAR, 4000, 53)), flush=False))
    same_sets(bench)


@pytest.mark.parametrize("command", REFUSED)
def test_refusals_are_in_ipsets_words(bench, command):
    judge, *others = [one.router.ipset(*command.split()) for one in bench.labs]
    for one, done in zip(bench.labs[1:], others):
        assert (done.returncode, done.stdout, done.stderr) == (judge.returncode, judge.stdout, judge.stderr), one.kind


def test_a_rule_with_a_set_that_is_not_there_is_refused(bench):
    for one in bench.labs[1:]:
        for name, words in (("none", "Set none doesn't exist."),
                            ("six", "The protocol family of set six is IPv6, which is not applicable.")):
            done = one.router.ctl("iptables", "-A", "FORWARD", "-m", "set", "--match-set", name, "src", check=False)
            assert done.returncode != 0 and words in done.stderr


def test_a_packet_meets_one_set_or_the_other_while_they_are_swapped(bench):
    """Both sets have the sender, so each packet counts, whatever happens meanwhile."""
    def counted(router):
        return sum(count[0] for (where, rule, _), count in router.counters().items()
                   if where == "filter" and rule == "-A FORWARD -m set --match-set one src")

    for one in bench.labs[1:]:
        before, stop = counted(one.router), threading.Event()

        def swap(router=one.router, stop=stop):
            while not stop.is_set():
                assert router.ipset("swap", "one", "other").returncode == 0
                assert router.ipset("restore", input="flush other\nadd other 10.0.1.11\n").returncode == 0

        swapper = threading.Thread(target=swap)
        swapper.start()
        for number in range(300):
            one.step("a", udp(A1, B1, 4000 + number % 3, 53))
        stop.set()
        swapper.join()
        assert counted(one.router) - before == 300, one.kind


def test_a_million_elements_in_seconds(bench):
    text = "create million hash:net maxelem 1048576\n" + "".join(
        f"add million {10 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/24\n" for i in range(1_000_000))
    for one in bench.labs[1:]:
        begin = time.monotonic()
        done = one.router.ipset("restore", input=text)
        took = time.monotonic() - begin
        assert done.returncode == 0, done.stderr
        assert took < 20, f"{took:.1f} s"
        assert one.router.ipset("test", "million", "24.255.255.7").returncode == 0
        begin = time.monotonic()
        assert one.router.ipset("destroy", "million").returncode == 0
        assert time.monotonic() - begin < 5


def test_a_reload_takes_new_sets_and_leaves_alone_what_has_not_changed(bench):
    for one in bench.labs[1:]:
        router = one.router
        assert router.ipset("add", "one", "10.7.7.7").returncode == 0
        router.ctl("reload")
        assert router.ipset("test", "one", "10.7.7.7").returncode == 0, "nothing was changed"
        (router.path / "sets.save").write_text(SETS + "create later hash:ip\nadd later 10.0.1.11\nadd one 10.8.8.8\n", encoding="ascii")
        router.ctl("reload")
        assert router.ipset("test", "one", "10.7.7.7").returncode == 1
        assert router.ipset("test", "one", "10.8.8.8").returncode == 0
        router.ctl("iptables", "-A", "FORWARD", "-m", "set", "--match-set", "later", "src", "-j", "DROP")
        assert not one.step("a", udp(A1, B1, 4000, 53))["b"]
        assert one.step("a", udp(A2, B1, 4000, 53))["b"]
        (router.path / "sets.save").write_text("create one hash:net\n", encoding="ascii")
        refused = router.ctl("reload", check=False)
        assert refused.returncode != 0 and "Set hosts doesn't exist" not in refused.stderr and "cannot become" in refused.stderr
        assert router.ipset("test", "one", "10.8.8.8").returncode == 0
