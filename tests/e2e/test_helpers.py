# SPDX-License-Identifier: BSD-3-Clause
"""Helpers with real programs on both sides: vsftpd and curl in all four modes, tftpd, a SIP call (ALG-1 to ALG-3)."""

import re

import pytest

from support import servers
from support.namespace import end_process
from support.office import C1, FAR, WAN, WEB, office_spec
from support.spec import table

KINDS = ("kernel", "short", "xdp")

SPEC = office_spec(
    table("raw", *(f"-A PREROUTING -p {protocol} -m {protocol} --dport {port} -j CT --helper {name}"
                   for protocol, port, name in (("tcp", 21, "ftp"), ("udp", 69, "tftp"), ("udp", 5060, "sip")))) +
    table("nat",
          f"-A PREROUTING -d {WAN}/32 -i wan -p tcp -m tcp --dport 21 -j DNAT --to-destination {WEB}",
          f"-A PREROUTING -d {WAN}/32 -i wan -p udp -m udp --dport 69 -j DNAT --to-destination {WEB}",
          "-A POSTROUTING -s 10.0.0.0/8 -o wan -j MASQUERADE") +
    table("filter",
          "-A INPUT -j DROP", "-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT",
          *(f"-A FORWARD -m conntrack --ctstate RELATED -m helper --helper {name} -j ACCEPT" for name in ("ftp", "tftp", "sip")),
          *(f"-A FORWARD -i lan -p {protocol} -m {protocol} --dport {port} -j ACCEPT" for protocol, port in (("tcp", 21), ("udp", 69), ("udp", 5060))),
          f"-A FORWARD -d {WEB}/32 -p tcp -m tcp --dport 21 -j ACCEPT", f"-A FORWARD -d {WEB}/32 -p udp -m udp --dport 69 -j ACCEPT",
          "-A FORWARD -j DROP"))

TEXT = "".join(f"line {number}\n" for number in range(20000))


@pytest.fixture(scope="module")
def served(office):
    for host in (office.far, office.web):
        servers.vsftpd(host, office.folder, TEXT)
        servers.tftpd(host, office.folder, TEXT)
    return office


def related(office, name):
    return sum(count[0] for (_table, rule, _place), count in office.router.counters().items() if f"--helper {name} -j ACCEPT" in rule)


PASSIVE = {"PASV": ["--ftp-pasv", "--disable-epsv", "--no-ftp-skip-pasv-ip"], "EPSV": ["--ftp-pasv"]}

# curl of Debian 12 cannot do active FTP where there is no IPv6.
_ACTIVE = """
import ftplib, sys
host, command, times = sys.argv[1:]
with ftplib.FTP(host, timeout=8) as ftp:
    ftp.login()
    ftp.set_pasv(False)
    ftp.sendport = ftp.sendeprt if command == "EPRT" else ftp.sendport
    for _ in range(int(times)):
        ftp.retrbinary("RETR text", sys.stdout.buffer.write)
"""


def active(host, server, command, times=1):
    return host.run("/usr/bin/python3", "-c", _ACTIVE, server, command, times).stdout


@pytest.mark.parametrize("mode", PASSIVE)
def test_passive_ftp(served, mode):
    before = related(served, "ftp")
    assert served.fetch(served.c1, f"ftp://{FAR}/text", *PASSIVE[mode]) + "\n" == TEXT
    assert served.fetch(served.far, f"ftp://{WAN}/text", *PASSIVE[mode]) + "\n" == TEXT
    assert related(served, "ftp") == before + 2


@pytest.mark.parametrize("command", ["PORT", "EPRT"])
def test_active_ftp(served, command):
    before = related(served, "ftp")
    assert active(served.c1, FAR, command) == TEXT
    assert active(served.far, WAN, command) == TEXT
    assert related(served, "ftp") == before + 2


def test_many_files_over_one_control_connection(served):
    """Each PORT shifts the sequence numbers again (ALG-3)."""
    before = related(served, "ftp")
    assert active(served.c1, FAR, "PORT", 8) == TEXT * 8
    assert related(served, "ftp") == before + 8


def test_tftp(served):
    before = related(served, "tftp")
    assert served.fetch(served.c1, f"tftp://{FAR}/text") + "\n" == TEXT
    assert served.fetch(served.far, f"tftp://{WAN}/text") + "\n" == TEXT
    assert related(served, "tftp") == before + 2


def test_a_sip_call(served):
    """sipp on both sides: the call is set up and ended, and its media port is opened from outside."""
    server = servers.sipp_server(served.far, FAR)
    before = related(served, "sip")
    answer = served.c1.run("sipp", "-sn", "uac", "-i", C1, "-p", "5060", "-mi", C1, "-m", "3", "-r", "3", "-d", "200", "-timeout", "20s",
                           "-timeout_error", "-nostdin", f"{FAR}:5060", check=False)
    end_process(server)
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-2000:]
    assert re.search(r"Successful call\s*\|\s*\d+\s*\|\s*3", answer.stdout), answer.stdout[-3000:]
    assert related(served, "sip") >= before
