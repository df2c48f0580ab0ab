# SPDX-License-Identifier: BSD-3-Clause
"""A plain router without rules, with real programs: ping of all sizes, path MTU, traceroute, iperf3 (FWD-1 to FWD-4, FRAG-1)."""

import json
import re

import pytest

from support.office import C1, DMZ, FAR, ISP, LAN, NARROW, WAN, WEB, office_spec

SPEC = office_spec()
UPSTREAM_KNOWS_LAN = True


@pytest.mark.parametrize("address", [LAN, DMZ, WAN])
def test_every_address_of_the_router_answers_ping(office, address):
    for host in (office.c1, office.web, office.far):
        assert "2 received" in host.run("ping", "-c", 2, "-i", 0.02, "-W", 2, address).stdout


@pytest.mark.parametrize("size", [0, 1, 56, 1471, 1472, 1473, 2000, 3000])
def test_pings_of_all_sizes_cross(office, size):
    said = office.c1.run("ping", "-c", 2, "-i", 0.02, "-W", 2, "-s", size, WEB).stdout
    assert "2 received" in said
    assert "ttl=63" in said


@pytest.mark.parametrize("size", [2000, 3000])
def test_the_router_itself_answers_large_pings(office, size):
    assert "2 received" in office.c1.run("ping", "-c", 2, "-i", 0.02, "-W", 2, "-s", size, LAN).stdout


def test_a_large_datagram_is_fragmented_for_the_narrow_link(office):
    assert "2 received" in office.c1.run("ping", "-c", 2, "-i", 0.02, "-W", 2, "-M", "dont", "-s", 1400, NARROW).stdout


def test_fragmentation_needed_crosses(office):
    said = office.c2.run("ping", "-c", 1, "-W", 2, "-M", "do", "-s", 1400, NARROW, check=False).stdout
    assert f"From {ISP} icmp_seq=1 Frag needed and DF set (mtu = 1280)" in said


@pytest.mark.parametrize("mode", ["udp", "icmp", "tcp"])
def test_traceroute_shows_each_hop(office, mode):
    options = {"udp": [], "icmp": ["-I"], "tcp": ["-T", "-p", "80"]}[mode]
    said = office.c1.run("traceroute", "-n", *options, "-q", 1, "-N", 1, "-w", 2, "-m", 6, FAR).stdout
    assert re.findall(r"^\s*\d+\s+(\S+)", said, re.M) == [LAN, ISP, FAR], said


def test_traceroute_to_the_router_itself(office):
    said = office.far.run("traceroute", "-n", "-q", 1, "-N", 1, "-w", 2, "-m", 6, LAN).stdout
    assert re.findall(r"^\s*\d+\s+(\S+)", said, re.M) == ["203.0.113.1", LAN], said


def test_addresses_stay_as_they_are(office):
    assert office.fetch(office.c1, f"http://{FAR}/").startswith(f"internet sees {C1} ")


def test_a_closed_port_of_the_router(office):
    assert office.c1.run("curl", "-sS", "--max-time", 3, f"http://{LAN}:81/", check=False).returncode == 7
    with office.udp(office.c1, LAN, 82) as link:
        link.send(b"hello")
        with pytest.raises(ConnectionRefusedError):
            link.recv(100)


def test_host_unreachable_when_nobody_answers_arp(office):
    """FWD-9: three questions, then ICMP host unreachable to the sender."""
    said = office.c1.run("ping", "-c", 1, "-W", 5, "10.0.2.99", check=False).stdout
    assert f"From {LAN} icmp_seq=1 Destination Host Unreachable" in said


@pytest.mark.parametrize("options", [(), ("-R",)], ids=["upload", "download"])
def test_iperf3(office, options):
    said = json.loads(office.c1.run("iperf3", "-c", WEB, "-t", 2, "-J", *options, timeout=30, check=False).stdout)
    assert "error" not in said, said.get("error")
    assert said["end"]["sum_received"]["bits_per_second"] > 50e6
