# SPDX-License-Identifier: BSD-3-Clause
"""A home gateway with real programs: masquerade, port forwarding, hairpin, path MTU, traceroute, iperf3 (NAT-4 to NAT-6, ICMP-1, ICMP-4)."""

import errno
import json
import re
import socket

import pytest

from support.office import C1, DMZ, FAR, ISP, LAN, NARROW, WAN, WEB, office_spec
from support.servers import NAME
from support.spec import table

KINDS = ("kernel", "short", "xdp")     # without the short way: by the tests of frames

SPEC = office_spec(
    table("nat",
          f"-A PREROUTING -d {WAN}/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination {WEB}:80",
          f"-A PREROUTING -d {WAN}/32 -p udp -m udp --dport 7000 -j DNAT --to-destination {WEB}:7",
          f"-A PREROUTING -d {WAN}/32 -p udp -m udp --dport 7001 -j DNAT --to-destination {WEB}:7999",
          f"-A PREROUTING -i lan -d {LAN}/32 -p udp -m udp --dport 53 -j DNAT --to-destination {FAR}",
          f"-A PREROUTING -i lan -d {LAN}/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination {FAR}",
          "-A PREROUTING -i lan -p udp -m udp --dport 7777 -j REDIRECT --to-ports 7778",
          f"-A POSTROUTING -s 10.0.2.0/24 -d {WEB}/32 -j MASQUERADE",
          "-A POSTROUTING -s 10.0.1.0/24 -o wan -p udp -m udp --dport 7 -j SNAT --to-source 198.51.100.2:30000-30099",
          "-A POSTROUTING -s 10.0.0.0/8 -o wan -j MASQUERADE") +
    table("filter",
          "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT",
          "-A INPUT -i lan -j ACCEPT",
          "-A FORWARD -m conntrack --ctstate INVALID -j DROP",
          "-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
          "-A FORWARD -i lan -p tcp -m tcp --dport 25 -j REJECT --reject-with tcp-reset",
          "-A FORWARD -i lan -p tcp -m tcp --dport 26 -j REJECT --reject-with icmp-admin-prohibited",
          "-A FORWARD -i lan -p tcp -m tcp --dport 27 -j DROP",
          "-A FORWARD ! -i wan -j ACCEPT",
          f"-A FORWARD -i wan -d {WEB}/32 -j ACCEPT",
          INPUT="DROP", FORWARD="DROP"))


def rule_hits(office, piece):
    """Packets that met the rules that hold these words."""
    return sum(count[0] for (_table, rule, _place), count in office.router.counters().items() if piece in rule)


def test_curl_out_is_masqueraded(office):
    before = rule_hits(office, "-j MASQUERADE")
    assert re.fullmatch(rf"internet sees {WAN} \d+", office.fetch(office.c1, f"http://{FAR}/"))
    assert re.fullmatch(rf"internet sees {WAN} \d+", office.fetch(office.c2, f"http://{FAR}/"))
    assert rule_hits(office, "-j MASQUERADE") == before + 2, "nat meets the first packet of a connection, and no other (HOOK-3)"


def test_a_source_port_stays_where_it_is_free(office):
    assert office.fetch(office.c1, f"http://{FAR}/", "--local-port", "40123") == f"internet sees {WAN} 40123"


def test_equal_source_ports_of_two_hosts_do_not_mix(office):
    """NAT-2: the second one gets another port, and each gets its own answer."""
    with office.udp(office.c1, FAR, 53, 41000) as one, office.udp(office.c2, FAR, 53, 41000) as two:
        question = bytes.fromhex("01000001000000000000") + b"\x08internet\x04test\0\0\1\0\1"
        one.send(b"\0\1" + question)
        two.send(b"\0\2" + question)
        assert one.recv(512)[:2] == b"\0\1"
        assert two.recv(512)[:2] == b"\0\2"


def test_curl_in_through_dnat(office):
    assert office.fetch(office.far, f"http://{WAN}:8080/").startswith(f"dmz sees {FAR} ")


def test_curl_from_the_lan_through_dnat(office):
    assert office.fetch(office.c1, f"http://{WAN}:8080/").startswith(f"dmz sees {C1} ")


def test_hairpin_from_the_server_to_itself(office):
    assert office.fetch(office.web, f"http://{WAN}:8080/").startswith(f"dmz sees {DMZ} ")


def test_a_long_download_arrives_whole(office):
    whole = office.web.run("sh", "-c", "curl -sS --max-time 8 http://127.0.0.1/big | sha256sum").stdout
    assert office.far.run("sh", "-c", f"curl -sS --max-time 8 http://{WAN}:8080/big | sha256sum").stdout == whole
    assert office.c1.run("sh", "-c", f"curl -sS --max-time 8 http://{FAR}/big | sha256sum").stdout == whole


def test_dig_through_dnat(office):
    for way in ("+notcp", "+tcp"):
        assert office.c1.run("dig", "+short", "+tries=2", "+time=2", way, f"@{LAN}", NAME).stdout.strip() == FAR


def test_udp_snat_uses_its_port_range(office):
    with office.udp(office.c1, FAR) as link:
        link.send(b"hello")
        address, port, data = link.recv(512).split()
    assert (address, data) == (WAN.encode(), b"hello") and 30000 <= int(port) <= 30099


def test_udp_in_through_dnat(office):
    with office.udp(office.far, WAN, 7000) as link:
        link.send(b"hello")
        assert link.recv(512).startswith(FAR.encode())


def test_port_unreachable_comes_back_through_dnat(office):
    with office.udp(office.far, WAN, 7001) as link:
        link.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            link.recv(512)


def test_port_unreachable_comes_back_through_masquerade(office):
    with office.udp(office.c1, FAR, 4999) as link:
        link.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            link.recv(512)


def test_redirect_to_a_closed_port_of_the_router(office):
    with office.udp(office.c1, FAR, 7777) as link:
        link.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            link.recv(512)


def test_ping_through_masquerade(office):
    said = office.c1.run("ping", "-c", 5, "-i", 0.02, "-W", 2, FAR).stdout
    assert "5 received" in said and "ttl=62" in said


def test_large_pings_are_fragmented_and_rebuilt(office):
    for size in (1472, 1473, 3000):
        assert "2 received" in office.c1.run("ping", "-c", 2, "-i", 0.05, "-W", 2, "-s", size, FAR).stdout


def test_fragmentation_needed_comes_from_beyond_the_nat(office):
    said = office.c1.run("ping", "-c", 1, "-W", 2, "-M", "do", "-s", 1400, NARROW, check=False).stdout
    assert f"From {ISP} icmp_seq=1 Frag needed and DF set (mtu = 1280)" in said


def test_tcp_finds_the_path_mtu_through_nat(office):
    """A download by a narrow link: the sender must learn its MTU from errors that cross the NAT."""
    office.c1.ip("route flush cache")
    assert office.fetch(office.c1, f"http://{NARROW}/", "--data-binary", "x" * 6000, "-o", "/dev/null", "-w", "%{size_upload}") == "6000"


@pytest.mark.parametrize("mode", ["udp", "icmp", "tcp"])
def test_traceroute_shows_each_hop_through_nat(office, mode):
    options = {"udp": [], "icmp": ["-I"], "tcp": ["-T", "-p", "80"]}[mode]
    said = office.c1.run("traceroute", "-n", *options, "-q", 1, "-N", 1, "-w", 2, "-m", 6, FAR).stdout
    hops = re.findall(r"^\s*\d+\s+(\S+)", said, re.M)
    assert hops == [LAN, ISP, FAR], said


def test_traceroute_from_outside_sees_the_public_address(office):
    said = office.far.run("traceroute", "-n", "-T", "-p", 8080, "-q", 1, "-N", 1, "-w", 2, "-m", 6, WAN).stdout
    assert re.findall(r"^\s*\d+\s+(\S+)", said, re.M) == ["203.0.113.1", WAN, WAN], said


def test_a_rejected_connection_is_refused_at_once(office):
    with pytest.raises(ConnectionRefusedError):
        connect(office.c1, FAR, 25)
    with pytest.raises(OSError) as seen:
        connect(office.c1, FAR, 26)
    assert seen.value.errno == errno.EHOSTUNREACH, "administratively prohibited is no route to the host"


def connect(host, address, port):
    with host.entered():
        link = socket.socket()
    with link:
        link.settimeout(2)
        link.connect((address, port))


def test_a_dropped_connection_is_silent(office):
    before = rule_hits(office, "--dport 27")
    assert office.c1.run("curl", "-sS", "--max-time", 1.5, f"http://{FAR}:27/", check=False).returncode == 28
    assert rule_hits(office, "--dport 27") > before


def test_nothing_unasked_comes_in(office):
    before = rule_hits(office, "INPUT policy DROP")
    assert office.far.run("curl", "-sS", "--max-time", 1.2, f"http://{WAN}:22/", check=False).returncode == 28
    assert rule_hits(office, "INPUT policy DROP") > before


@pytest.mark.parametrize("options", [(), ("-R",), ("-u", "-b", "20M")], ids=["upload", "download", "udp"])
def test_iperf3(office, options):
    said = json.loads(office.c1.run("iperf3", "-c", FAR, "-t", 2, "-J", *options, timeout=30, check=False).stdout)
    assert "error" not in said, said.get("error")
    end = said["end"]
    if "-u" in options:
        assert end["sum"]["lost_percent"] < 1, end["sum"]
        assert end["sum"]["bits_per_second"] > 18e6
    else:
        assert end["sum_received"]["bits_per_second"] > 50e6


def test_the_conntrack_list_names_both_sides(office):
    with office.udp(office.c1, FAR, 7, 42111) as link:
        link.send(b"hello")
        link.recv(512)
        lines = [line for line in office.router.connections().splitlines() if "sport=42111" in line]
    assert len(lines) == 1
    assert re.search(rf"^udp +17 \d+ src={C1} dst={FAR} sport=42111 dport=7 src={FAR} dst={WAN} sport=7 dport=300\d\d ", lines[0])
