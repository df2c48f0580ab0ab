# SPDX-License-Identifier: BSD-3-Clause
"""CT --zone and what stands in raw behind a CT, packet by packet, counter by counter and connection by connection as
Linux: CT-12, TGT."""

import pytest

from support.bench_plan import A1, A2, B1, FAR, UNLIMITED, W0, plan
from support.differential import Case
from support.packets import echo, error, tcp, udp
from support.spec import table
from support.tracking import play

BEHIND = ["-m conntrack --ctstate NEW", "-m conntrack --ctstate INVALID", "-m conntrack --ctstate UNTRACKED", "-m connmark --mark 0",
          "-m connmark ! --mark 0", "-m conntrack --ctproto 17", "-m conntrack --ctorigsrc 0.0.0.0", "-m conntrack ! --ctorigsrc 10.0.1.11"]
SPEC = plan(
    table("raw",
          *(f"-A PREROUTING -p udp --dport {port} -j CT {zone}" for port, zone in (
              (5001, "--zone 7"), (5002, "--zone 8"), (5003, "--zone-orig 9"), (5004, "--zone-reply 9"), (5005, ""))),
          "-A PREROUTING -p udp --sport 5001 -j CT --zone 7", "-A PREROUTING -p udp --sport 5004 -j CT --zone-orig 10",
          "-A PREROUTING -p udp --sport 5006 -j CT --zone-reply 5", "-A PREROUTING -p udp --dport 5006 -j CT --zone-reply 5",
          "-A PREROUTING -m ttl --ttl-eq 50 -j CT --zone 3", "-A PREROUTING -p icmp -m ttl --ttl-eq 51 -j CT --zone 7",
          "-A PREROUTING -m ttl --ttl-eq 52 -j MARK --set-mark 0x10005",
          "-A PREROUTING -p udp --dport 5007 -j CT --zone mark", "-A PREROUTING -p udp --sport 5007 -j CT --zone mark",
          "-A PREROUTING -m ttl --ttl-eq 53 -j MARK --set-mark 6",
          *(f"-A PREROUTING {ask}" for ask in BEHIND),
          "-A PREROUTING -p udp --dport 5005 -j NOTRACK", "-A PREROUTING -p udp --dport 5008 -j NOTRACK", "-A PREROUTING -p udp --dport 5008 -j CT --zone 4") +
    table("filter", *(f"-A FORWARD -m conntrack --ctstate {state}" for state in ("INVALID", "NEW", "ESTABLISHED", "RELATED", "UNTRACKED"))) +
    table("nat", "-A POSTROUTING -o w -j MASQUERADE", "-A PREROUTING -i a -p udp --dport 5009 -j DNAT --to-destination 10.0.2.22-10.0.2.23"),
    sysctl=UNLIMITED | {"net.netfilter.nf_conntrack_acct": 1})


def there(port, **ip):
    return "a", udp(A1, B1, 4000, port, **ip)


def back(port, **ip):
    return "b", udp(B1, A1, port, 4000, **ip)


STORIES = {
    **{f"port {port}": [there(port), back(port), there(port), back(port), there(port)] for port in range(5001, 5009)},
    "replies first": [back(5003), there(5003), back(5003), back(5004), there(5004), there(5004), there(5006), back(5006)],
    "one tuple in two zones": [there(53), there(53, ttl=50), back(53, ttl=50), back(53), there(53), there(53, ttl=50)],
    "a segment in a zone": [("a", tcp(A1, B1, 4000, 80, ttl=50)), ("b", tcp(B1, A1, 80, 4000, "SA", 5000, 1001, ttl=50)),
                            ("a", tcp(A1, B1, 4000, 80, "A", 1001, 5001, ttl=50)), ("a", tcp(A1, B1, 4000, 80, "A", 1001, 5001))],
    "pings": [("a", echo(A1, B1, number=5, ttl=50)), ("b", echo(B1, A1, number=5, ttl=50, reply=True)), ("a", echo(A1, B1, number=5))],
    "the mark that it has then": [there(5007, ttl=52), there(5007, ttl=53), there(5007), back(5007, ttl=52), back(5007, ttl=53)],
    "errors": [there(5001), ("b", error(B1, 3, 3, udp(A1, B1, 4000, 5001, ttl=63), 36, ttl=51)), ("b", error(B1, 3, 3, udp(A1, B1, 4000, 5001, ttl=63), 36))],
    "the same port for both": [("a", udp(A1, FAR, 4000, 53)), ("a", udp(A2, FAR, 4000, 53, ttl=50)), ("w", udp(FAR, W0, 53, 4000, ttl=50)),
                               ("w", udp(FAR, W0, 53, 4000))],
    "addresses of a range": [("a", udp(A1, FAR, 4000, 5009, ttl=50)), ("a", udp(A1, FAR, 4001, 5009)), ("a", udp(A2, FAR, 4001, 5009, ttl=50))],
}


@pytest.mark.parametrize("name", STORIES)
def test_zones_are_tables_of_their_own(bench, name):
    play(bench, STORIES[name])


@pytest.mark.parametrize("case", [
    Case("behind a CT", *[there(port) for port in (5001, 5005, 5008, 53) for _ in range(3)], *[back(port) for port in (5001, 5005, 5008, 53)])], ids=str)
def test_rules_behind_a_ct_see_what_stands_in(bench, case):
    bench.check(case)
