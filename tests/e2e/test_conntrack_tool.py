# SPDX-License-Identifier: BSD-3-Clause
"""`sluicectl conntrack` beside conntrack(8): the same filters find the same connections, and -D deletes them with the same words (OPS: see and steer)."""

import re
import time

import pytest

from support.bench_plan import A1, B1, FAR, UNLIMITED, W0, plan
from support.packets import answer, dissect, echo, tcp, udp
from support.spec import table

SPEC = plan(table("nat", "-A POSTROUTING -o w -j MASQUERADE"), sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1})
TRAFFIC = [("a", tcp(A1, B1, 4000, 80)), ("b", tcp(B1, A1, 80, 4000, "SA", 5000, 1001)), ("a", tcp(A1, B1, 4000, 80, "A", 1001, 5001)),
           ("a", tcp(A1, B1, 4001, 80)), ("a", udp(A1, FAR, 4000, 53)), ("a", udp(A1, B1, 4002, 53)), ("b", udp(B1, A1, 53, 4002)),
           ("a", echo(A1, B1, number=77))]
FILTERS = ["", "-o extended", "-p tcp", "-p tcp --state SYN_SENT", "-p tcp --state ESTABLISHED", "-u ASSURED", "-u UNREPLIED",
           "-u SEEN_REPLY,ASSURED", "-n -p udp", "-g -p tcp", "-j -p udp", "-m 0", "-m 1/1", "-p udp --reply-port-src 53", "-p udp --reply-port-dst 4002",
           "-r 10.0.2.22", "-s 10.0.1.11 -p udp --dport 53 -u UNREPLIED", "-s 10.0.0.0/16", "-s 10.0.9.11 --mask-src 255.255.0.255",
           "-d 10.0.2.99/24 -p tcp", f"-n {W0}", f"-n {W0}:5", "-n 1.2.3.4", f"-j {W0}", "-n -g -p udp", "-p icmp", "-p icmp --icmp-type 8",
           "-p icmp --icmp-type 8 --icmp-code 0 --icmp-id 77", "-p icmp --icmp-type 13", "-p 17 --orig-port-src 4002", "-p tcp --sport=4001",
           "-w 0", "-w 5", "-f ipv6", "-q 10.0.1.11 -p tcp", "-u SEEN,ASS", "-p gre", "-p 47 --srckey 1", "--orig-zone 0"]
FORMS = ["-o save", "-o xml", "-o id", "-o xml,id", "-o ext,id", "-p udp -o save", "-m 9 -o xml", "-o timestamp"]
WRONG = ["-L -x", "-L --foo", "-L -p", "-L -s", "-L -s 300.1.1.1", "-L -s 1.1.1.0/33", "-L --mask-src 255.255.255.0", "-L -r 2.2.2.0/24",
         "-L -p foo", "-L -p tcp --state FOO", "-L --sport 5", "-L -p tcp --icmp-type 5", "-L -p udp --state ESTABLISHED", "-L -u FOO",
         "-L -u ASSURED,FOO", "-L -o foo", "-L -j -n", "-L -t 5", "-L -i 5", "-L -e NEW", "-L -f ipx", "-L -b 5", "-L -L", "-L -D", "-L foo",
         "-L -n 1.2.3.4:", "-L -n 1.2.3.4:x", "-L -n foo", "-C -s 1.1.1.1", "-F -s 1.1.1.1", "-E -t 5", "-E -e FOO", "-S -p tcp", "-D -e NEW",
         "-G -p tcp -s 1.1.1.1", "-G -s 1.1.1.1 -d 2.2.2.2", "-G -p tcp -s 1.1.1.1 -d 2.2.2.2", "-G -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2",
         "-G -p icmp -s 1.1.1.1 -d 2.2.2.2", "-G -m 5 -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2",
         "-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2", "-I -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2 -t 5",
         "-I -p udp -s 1.1.1.1 -t 5", "-I -s 1.1.1.1 -d 2.2.2.2 -t 5", "-I -p icmp -s 1.1.1.1 -d 2.2.2.2 -t 5", "-U -d 9.9.9.9 -m 1", "-U -z",
         "-U -p tcp --orig-vtag 3"]
CHANGES = ["-I -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 --state ESTABLISHED -t 100 -u ASSURED,SEEN_REPLY -m 5",
           "-I -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 --state ESTABLISHED -t 100",
           "-A -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 --state ESTABLISHED -t 100",
           "-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 -t 100 -n 5.5.5.5",
           "-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 11 --dport 20 -t 100 -g 5.5.5.5:77 -w 7",
           "-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 12 --dport 20 -t 100 -n 6.6.6.6 -g 5.5.5.5:77",
           "-I -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 13 --dport 20 -t 100 --orig-zone 8",
           "-I -p icmp -s 1.1.1.1 -d 2.2.2.2 --icmp-type 8 --icmp-code 0 --icmp-id 9 -t 100", "-I -p 99 -s 1.1.1.1 -d 2.2.2.2 -t 100",
           "-I -p gre -s 1.1.1.1 -d 2.2.2.2 --srckey 1 --dstkey 2 -t 100",
           "-I -p sctp -s 1.1.1.1 -d 2.2.2.2 --sport 1 --dport 2 --state ESTABLISHED --orig-vtag 3 --reply-vtag 4 -t 100",
           "-I -p tcp -r 2.2.2.2 -q 1.1.1.1 --reply-port-src 10 --reply-port-dst 22 --state ESTABLISHED -t 50", "-L", "-L -o save",
           "-L -g 5.5.5.5:77", "-L -j 5.5.5.5", "-L -w 7", "-L --orig-zone 8", "-L -p gre --srckey 1",
           "-G -p udp -s 1.1.1.1 -d 2.2.2.2 --sport 11 --dport 20", "-U -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 -m 9",
           "-U -p tcp -s 1.1.1.1 -d 2.2.2.2 --sport 10 --dport 20 -m 0x4/0xf",
           "-U -p tcp -s 2.2.2.2 -m 1", "-D -p gre -o save", "-D -p gre", "-D -p icmp -o xml", "-L"]


def conntrack(lab, *words):
    """(exit status, what is printed without seconds and ids, the remark)."""
    if lab.kind == "kernel":
        done = lab.router.namespace.run("conntrack", *words, check=False)
    else:
        done = lab.router.ctl("conntrack", *words, check=False)
    text = re.sub(r"<timeout>\d+<|<id>\d+<", "<T<", re.sub(r" use=\d id=\d+| use=\d$", " use=1 id=N", done.stdout, flags=re.MULTILINE))
    text = re.sub(r"^(-[AD] -t) \d+ ", r"\1 ", text, flags=re.MULTILINE)
    lines = [re.sub(r"^((?:ipv4 +2 )?\w+ +\d+) \d+ ", r"\1 ", line).strip() for line in text.splitlines()]
    return done.returncode, sorted(lines), done.stderr.strip()


@pytest.fixture
def busy(bench):
    for lab in bench.labs:
        lab.router.flush_connections()
        for side, packet in TRAFFIC:
            lab.step(side, packet, expect=1)
    return bench


def same(bench, *words):
    judge, *others = [conntrack(lab, *words) for lab in bench.labs]
    for lab, got in zip(bench.labs[1:], others):
        assert got == judge, f"{lab.kind}: conntrack {' '.join(words)}"
    return judge


@pytest.mark.parametrize("words", FILTERS)
def test_lists_and_deletes_the_same(busy, words):
    same(busy, "-L", *words.split())
    if "-j" in words or "UNREPLIED" in words:
        return                        # conntrack -D knows no -j, and takes `-u UNREPLIED` for any status (docs/deviations.md)
    same(busy, "-D", *words.split())
    same(busy, "-L")
    same(busy, "-C")


def test_shows_the_same_in_every_form(busy):
    for words in FORMS:
        same(busy, "-L", *words.split())


def test_refuses_the_same_in_the_same_words(bench):
    for words in WRONG:
        same(bench, *words.split())


def test_makes_and_changes_the_same(bench):
    """-I, -A, -G, -U: one after the other, on a table of their own."""
    for lab in bench.labs:
        lab.router.flush_connections()
    for words in CHANGES:
        same(bench, *words.split())


def test_a_connection_that_was_made_is_one(bench):
    """What -I has translated is translated; what -U has marked is marked, and its packets prolong it."""
    for lab in bench.labs:
        lab.router.flush_connections()
        conntrack(lab, *f"-I -p udp -s {A1} -d {FAR} --sport 4000 --dport 53 -t 50 -n {W0}:5555".split())
    for lab in bench.labs:
        out = lab.step("a", udp(A1, FAR, 4000, 53), expect=1)["w"]
        assert [dissect(frame)[1].sport for frame in out] == [5555], lab.kind
        assert len(lab.step("w", answer(out[0]), expect=1)["a"]) == 1, lab.kind
    same(bench, "-L")


def test_a_timeout_that_was_set_holds_until_the_next_packet(busy):
    for lab in busy.labs:
        conntrack(lab, *f"-U -s {A1} -d {B1} -p tcp --sport 4000 --dport 80 -t 2".split())
        conntrack(lab, *"-D -p udp".split())
        conntrack(lab, *"-D -p icmp".split())
    time.sleep(2.2)
    assert len(same(busy, "-L")[1]) == 1
