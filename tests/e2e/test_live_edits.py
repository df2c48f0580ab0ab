# SPDX-License-Identifier: BSD-3-Clause
"""The same commands to iptables in a namespace and to the running Sluice: the same listings, statuses and words (OPS-2, HOOK-5)."""

import shlex
import threading

import pytest

from support.bench_plan import A1, FAR, plan
from support.lone_router import lone_lab, lone_router
from support.namespace import Namespace
from support.packets import udp
from support.spec import table

RULES = table("nat", "-A POSTROUTING -s 10.0.1.0/24 -o w -j MASQUERADE") + table("filter", "-A FORWARD -i a -j ACCEPT")

# Each line is a command. After each, -S, -L and iptables-save of both are compared; a `!` in front: the words of the
# refusal are the same too.
EDITS = """
-A INPUT -s 10.0.0.0/8 -p tcp --dport 80 -j ACCEPT
-I INPUT -s 10.0.0.1,10.0.0.2 -j DROP
-I INPUT 2 -p icmp --icmp-type echo-request
-v -A INPUT -p udp -m multiport --dports 1:5,9 -j REJECT
-N foo
-N bar
! -N foo
! -N INPUT
-A INPUT -j foo
-A FORWARD -i eth0 -o eth1 -g foo
-A foo -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-R INPUT 1 -s 1.2.3.4 -m comment --comment "hello there" -j RETURN
! -R INPUT 99 -j ACCEPT
! -R none 1 -j ACCEPT
! -D INPUT 99
! -D none 1
! -D INPUT -p udp -j ACCEPT
! -D none -j ACCEPT
! -C INPUT -p udp -j ACCEPT
-C INPUT -j foo
-v -C INPUT -j foo
! -A none -j ACCEPT
! -A INPUT -j none
! -I INPUT 99 -j ACCEPT
! -X none
! -F none
! -Z none
! -E none other
! -E foo bar
! -E foo foo
! -P none DROP
! -P foo DROP
! -P INPUT REJECT
! -R INPUT 1 -s 1.1.1.1,2.2.2.2
-D INPUT 2
-D INPUT -s 10.0.0.0/8 -p tcp --dport 80 -j ACCEPT
-E foo long-name-of-a-chain
-A bar -c 5 600 -p sctp
-c 7 800 -I bar -p 99
-Z bar 1
-Z bar
-w -A bar -j DROP
-w 3 -D bar -j DROP
--append bar --protocol tcp --jump ACCEPT
--delete bar --protocol tcp --jump ACCEPT
--policy OUTPUT DROP
--policy OUTPUT ACCEPT
-P FORWARD DROP
-F FORWARD
-v -F INPUT
-F bar
-X bar
-v -F
-v -Z
-v -X
-P FORWARD ACCEPT
-t nat -A PREROUTING -p tcp --dport 8080 -j REDIRECT --to-ports 80
-A POSTROUTING -t nat -s 10.9.0.0/16 -j SNAT --to-source 192.0.2.1
-t nat -I POSTROUTING -j RETURN
-t nat -D POSTROUTING 1
-t nat -F
-t mangle -A PREROUTING -j ACCEPT
-t raw -A PREROUTING -j ACCEPT
"""

FILES = [
    ("", "*filter\n:INPUT DROP [5:6]\n:foo - [0:0]\n[1:2] -A foo -j ACCEPT\n-A INPUT -j foo\nCOMMIT\n"),
    ("-c", "*filter\n:INPUT ACCEPT [5:6]\n:foo - [0:0]\n[1:2] -A foo -j ACCEPT\n-A INPUT -j foo\nCOMMIT\n"),
    ("-n", "*filter\n:foo - [0:0]\n-A foo -j DROP\n-A INPUT -p udp -j foo\nCOMMIT\n"),
    ("-n", "*filter\n-D INPUT -j foo\n-A INPUT -p tcp -j foo\n-F foo\n-N x\n-R INPUT 1 -p sctp\nCOMMIT\n"),
    ("-n", "*filter\n-D INPUT -p 99\nCOMMIT\n"),
    ("-n", "*filter\n-E none y\nCOMMIT\n"),
    ("-t", "*filter\n-A INPUT -p 17 -j ACCEPT\nCOMMIT\n"),
    ("-n -T nat", "*filter\n-A INPUT -p 17 -j ACCEPT\nCOMMIT\n*nat\n-A PREROUTING -j ACCEPT\nCOMMIT\n"),
    ("-c", "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"),
    ("-v", "*filter\n:FORWARD ACCEPT [3:4]\n-A INPUT -j ACCEPT\nCOMMIT\n"),
    ("", "*nat\nCOMMIT\n*filter\nCOMMIT\n"),
]


class Pair:
    """iptables in a namespace of its own, and a Sluice."""

    def __init__(self, namespace, router):
        self.namespace, self.router = namespace, router

    def both(self, tool, *words, **options):
        """What each has said: status, stdout, stderr."""
        kernel = self.namespace.run(tool, *words, check=False, **options)
        sluice = self.router.ctl(tool, *words, check=False, **options)
        return [(one.returncode, one.stdout, one.stderr.replace("(nf_tables)", "(sluice)")) for one in (kernel, sluice)]

    def assert_alike(self, why):
        for words in (("iptables", "-S"), ("iptables", "-t", "nat", "-S", "-v"), ("iptables", "-L", "-n", "-v", "-x"),
                      ("iptables", "-L", "-n", "--line-numbers"), ("iptables", "-t", "nat", "-vnL")):
            kernel, sluice = self.both(*words)
            assert sluice[:2] == kernel[:2], (why, words)
        kernel, sluice = (self.tables(said[1]) for said in self.both("iptables-save", "-c"))
        for name in kernel:
            assert sluice[name] == kernel[name], (why, name)

    @staticmethod
    def tables(text):
        found, name = {}, ""
        for line in text.splitlines():
            name = line if line.startswith("*") else name
            if not line.startswith("#"):
                found.setdefault(name, []).append(line)
        return found


@pytest.fixture(scope="module")
def lab():
    with lone_lab(lone_router(plan(RULES))) as lab:
        yield lab


@pytest.fixture()
def pair(lab):
    namespace = Namespace("edits")
    pair = Pair(namespace, lab.router)
    pair.both("iptables-restore", input="*nat\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n")
    yield pair
    namespace.close()
    lab.router.ctl("reload")


def test_commands_do_what_iptables_does(pair):
    pair.assert_alike("at the start")
    for line in EDITS.strip().splitlines():
        same_words = line.startswith("!")
        kernel, sluice = pair.both("iptables", *shlex.split(line.lstrip("! ")))
        assert sluice[:2] == kernel[:2], line
        assert (kernel[0] != 0) == same_words, line
        assert not same_words or sluice[2] == kernel[2], line
        pair.assert_alike(line)


def test_files_do_what_iptables_restore_does(pair):
    for words, text in FILES:
        kernel, sluice = pair.both("iptables-restore", *words.split(), input=text)
        assert sluice == kernel, (words, text)
        pair.assert_alike((words, text))


def test_ten_thousand_rules_are_edited_in_less_than_a_second(pair):
    import time
    lines = [f"-A FORWARD -s 10.{i >> 8}.{i & 255}.0/24 -p tcp --dport {1 + i} -j ACCEPT" for i in range(10_000)]
    pair.router.ctl("iptables-restore", input="\n".join(["*filter", *lines, "COMMIT", ""]))
    begin = time.monotonic()
    pair.router.ctl("iptables", "-I", "FORWARD", "5000", "-s", "192.0.2.1", "-j", "DROP")
    assert time.monotonic() - begin < 1
    assert pair.router.ctl("iptables", "-S", "FORWARD", "5000").stdout == "-A FORWARD -s 192.0.2.1/32 -j DROP\n"


def test_counters_of_the_other_rules_live_on_and_no_packet_is_lost(lab):
    """Edits follow each other while packets flow: what is neither counted nor let through would show."""
    router = lab.router
    router.ctl("iptables-restore", input=table("filter", "-A FORWARD -p icmp -j ACCEPT", "-A FORWARD -i a -j ACCEPT", FORWARD="DROP"))
    stop = threading.Event()

    def edit():
        while not stop.is_set():
            router.ctl("iptables", "-I", "FORWARD", "-s", "192.0.2.1", "-j", "DROP")
            router.ctl("iptables", "-D", "FORWARD", "1")

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for number in range(200):
            out = lab.step("a", udp(A1, FAR, 4000 + number % 3, 5000), expect=1)["w"]
            assert len(out) == 1, number
    finally:
        stop.set()
        editor.join()
    said = router.ctl("iptables", "-S", "FORWARD", "-v").stdout.splitlines()
    assert said[-1].startswith("-A FORWARD -i a -c 200 "), said
    router.ctl("reload")


def test_established_connections_meet_a_new_rule_at_once(lab):
    router = lab.router
    router.ctl("iptables-restore", input=table("filter", "-A FORWARD -i a -j ACCEPT", FORWARD="DROP"))
    for _number in range(5):
        assert len(lab.step("a", udp(A1, FAR, 4500, 5000), expect=1)["w"]) == 1
    router.ctl("iptables", "-I", "FORWARD", "-p", "udp", "--sport", "4500", "-j", "DROP")
    assert not lab.step("a", udp(A1, FAR, 4500, 5000), expect=0)["w"]
    router.ctl("iptables", "-D", "FORWARD", "1")
    assert len(lab.step("a", udp(A1, FAR, 4500, 5000), expect=1)["w"]) == 1
    router.ctl("reload")


def test_save_survives_a_reload(lab):
    router = lab.router
    router.ctl("iptables", "-A", "FORWARD", "-s", "192.0.2.7", "-j", "DROP")
    router.ctl("save")
    router.ctl("reload")
    assert "-A FORWARD -s 192.0.2.7/32 -j DROP\n" in router.ctl("iptables", "-S").stdout
