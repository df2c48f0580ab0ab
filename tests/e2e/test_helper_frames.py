# SPDX-License-Identifier: BSD-3-Clause
"""Helpers, packet by packet and counter by counter as Linux: what they read, expect, rewrite and shift (ALG-1 to ALG-4, CT-12)."""

import re

import pytest

from support.bench_plan import A1, A2, B1, FAR, FAR2, UNLIMITED, W0, plan
from support.differential import Case
from support.packets import IP, UDP, Raw, dissect, tcp, udp
from support.spec import table
from support.talk import Talk

STATES = [f"-A FORWARD -m conntrack --ctstate {state}" for state in ("INVALID", "NEW", "ESTABLISHED", "RELATED")]
SPEC = plan(
    table("raw",
          "-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp", "-A PREROUTING -p tcp -m tcp --dport 6667 -j CT --helper irc",
          "-A PREROUTING -p udp -m udp --dport 5060 -j CT --helper sip", "-A PREROUTING -p tcp -m tcp --dport 5060 -j CT --helper sip",
          "-A PREROUTING -p tcp -m tcp --dport 1723 -j CT --helper pptp",
          "-A PREROUTING -p udp -m udp --dport 69 -j CT --helper tftp", "-A PREROUTING -p udp -m udp --dport 10080 -j CT --helper amanda") +
    table("mangle", "-A FORWARD -p tcp -m tcp --dport 21 -j CONNMARK --set-xmark 0x5/0xffffffff", "-A FORWARD -m connmark --mark 0x5") +
    table("nat", "-A PREROUTING -d 198.51.100.2/32 -i w -p tcp -m tcp --dport 21 -j DNAT --to-destination 10.0.2.22",
          "-A PREROUTING -d 198.51.100.2/32 -i w -p udp -m udp --dport 69 -j DNAT --to-destination 10.0.2.22",
          "-A PREROUTING -d 198.51.100.2/32 -i w -p udp -m udp --dport 5060 -j DNAT --to-destination 10.0.2.22",
          "-A POSTROUTING -o w -j MASQUERADE") +
    table("filter", *STATES, *(f"-A FORWARD -m helper --helper {name}" for name in ("ftp", "tftp", "irc", "amanda", "sip", "pptp", '""')),
          "-A FORWARD -m helper ! --helper ftp", "-A INPUT -m conntrack --ctstate RELATED", "-A INPUT -p tcp -j DROP"),
    sysctl=UNLIMITED)


def ftp(client=("a", A1, 4000), called=(FAR, 21), server_side="w", user=True):
    """A control connection, and the steps until somebody has logged in."""
    talk = Talk(client, called, server_side)
    steps = [*talk.open(), talk.server("220 here\r\n"), talk.client()]
    if user:
        steps += [talk.client("USER x\r\n"), talk.server("230 in\r\n"), talk.client()]
    return talk, steps


def active(command, *more, port=4000, data=(20, 5536), **options):
    """Active FTP: the client's command, and the server's connection to what it read there."""
    talk, steps = ftp(client=("a", A1, port), **options)
    back = Talk(("w", FAR, data[0]), (W0, data[1]), "a")
    return Case(command.strip() or "nothing", *steps, talk.client(command), talk.server("200 ok\r\n"), talk.client(), *more,
                *back.open(), back.client("data " * 10), back.server(), talk.client("NOOP\r\n"), talk.server("200 yes\r\n"), talk.client())


def passive(answer, *, client=("w", FAR, 4000), called=(W0, 21), data=(W0, 5537)):
    talk, steps = ftp(client=client, called=called, server_side="b")
    more = Talk((client[0], client[1], 4001), data, "b")
    other = Talk((client[0], client[1], 4002), data, "b")
    return Case(answer.strip(), *steps, talk.client("PASV\r\n"), talk.server(answer), talk.client(), *more.open(), more.client("data"),
                more.server(), other.client(flags="S"), talk.client("NOOP\r\n"), talk.server("200 yes\r\n"), talk.client())


PORT = "PORT 10,0,1,11,21,160\r\n"      # 5536


@pytest.mark.parametrize("case", [
    active(PORT), active("port 10,0,1,11,21,160\r\n"), active("EPRT |1|10.0.1.11|5536|\r\n"), active("EPRT !1!10.0.1.11!5536!\r\n"),
    active("PORTX 10,0,1,11,21,160\r\n"), active("PORT 10,0,1,11,21,160 \r\n"), active("PORT 010,0,1,11,021,160\r\n"),
    active("PORT 10,0,1,11,0,0\r\n"), active("PORT 10,0,1,267,21,160\r\n"), active("PORT 10,0,1,11,21,416\r\n"),
    # another host, a stranger, nothing
    active("PORT 10,0,1,12,21,160\r\n"), active("PORT 203,0,113,81,21,160\r\n"), active("EPRT |1|10.0.1.12|5536|\r\n"),
    active("PORT 10,0,1,11,21\r\n"), active("PORT\r\n"), active("PORT \r\n"), active("PO"), active("EPRT |2|::1|5536|\r\n"),
    active("EPRT |1|10.0.1.11|5536"), active("EPRT |1|10.0.1.11|0|\r\n"), active("EPRT |1|10.0.1.11|70000|\r\n"), active("NOOP\r\n"),
    active("PORT 4294967306,0,1,11,21,160\r\n"), active("XPORT 10,0,1,11,21,160\r\n"), active("227 10,0,1,11,21,160\r\n")], ids=str)
def test_active_ftp_through_masquerade(bench, case):
    bench.check(case)


@pytest.mark.parametrize("case", [
    passive("227 Entering Passive Mode (10,0,2,22,21,161)\r\n"), passive("227 =10,0,2,22,21,161\r\n"), passive("227 10,0,2,22,21,161.\r\n"),
    passive("229 Extended (|||5537|)\r\n"), passive("229 (|||5537|)\r\n"), passive("229 |||5537|\r\n"), passive("229 (!!!5537!)\r\n"),
    passive("227 Entering Passive Mode (10,0,2,23,21,161)\r\n"), passive("227 no\r\n"), passive("227 10,0,2,22,21,161"),
    passive("PORT 10,0,2,22,21,161\r\n"), passive("229 (|||0|)\r\n"), passive("229 (||5537|)\r\n")], ids=str)
def test_passive_ftp_through_dnat(bench, case):
    bench.check(case)


@pytest.mark.parametrize("case", [
    passive("227 Entering Passive Mode (10,0,2,22,21,161)\r\n", client=("a", A1, 4000), called=(B1, 21), data=(B1, 5537)),
    passive("229 Extended (|||5537|)\r\n", client=("a", A1, 4000), called=(B1, 21), data=(B1, 5537))], ids=str)
def test_passive_ftp_without_nat(bench, case):
    bench.check(case)


def sent_again():
    """A PORT that comes twice, with other words behind it; acknowledgements and SACK in numbers of both ends."""
    talk, steps = ftp()
    lost = talk.client(PORT)
    again = talk.client(PORT, again=True)
    before = [talk.server("200 ok\r\n"), talk.client(), talk.client("LIST\r\n"), talk.server()]
    side, words = talk.server("150 now\r\n")
    return Case("sent again", *steps, lost, again, *before,
                (side, lambda out: _with_options(words(out), [("NOP", None), ("NOP", None), ("SAck", _sacked(out))])),
                talk.client("PORT 10,0,1,11,21,170\r\n"), talk.server("200 ok\r\n"), talk.client("QUIT\r\n"), talk.server("221 bye\r\n", flags="FPA"),
                talk.client(flags="FA"), talk.server())


def _sacked(out):
    """Two edges in the numbers of the last segment that the server got."""
    last = dissect(out["w"][-1])
    behind = last.getlayer("TCP").seq
    return (behind - 4, behind)


def _with_options(packet, options):
    packet["TCP"].options = options
    packet["TCP"].window = 8000
    return packet


def used_once():
    """The expectation is for one connection, from the server, to the announced port (ALG-2)."""
    talk, steps = ftp()
    stranger = Talk(("w", FAR2, 20), (W0, 5536), "a")
    beside = Talk(("w", FAR, 20), (W0, 5537), "a")
    first, second = Talk(("w", FAR, 20), (W0, 5536), "a"), Talk(("w", FAR, 30), (W0, 5536), "a")
    return Case("used once", *steps, talk.client(PORT), talk.server("200 ok\r\n"), talk.client(), stranger.client(flags="S"),
                beside.client(flags="S"), *first.open(), second.client(flags="S"))


def first_line():
    """Nobody has seen a line end before it: the first words of a direction are not looked at (surprise 16)."""
    talk, steps = ftp(user=False)
    back = Talk(("w", FAR, 20), (W0, 5536), "a")
    return Case("first line", *steps, talk.client(PORT), talk.server("200 ok\r\n"), back.client(flags="S"), talk.client(PORT), back.client(flags="S"))


def two_offers():
    """Each new offer takes the place of the one before; the same one again stays."""
    talk, steps = ftp()
    old, new = Talk(("w", FAR, 20), (W0, 5536), "a"), Talk(("w", FAR, 20), (W0, 5546), "a")
    return Case("two offers", *steps, talk.client(PORT), talk.server("200 ok\r\n"), talk.client("PORT 10,0,1,11,21,170\r\n"),
                talk.server("200 ok\r\n"), old.client(flags="S"), talk.client("PORT 10,0,1,11,21,170\r\n"), talk.server("200 ok\r\n"), *new.open())


def in_pieces():
    """A command in two segments: the first is dropped and comes again as a whole."""
    talk, steps = ftp()
    whole = talk.client(PORT)
    talk.sequence["client"] -= len(PORT)
    piece = talk.client(PORT[:12])
    talk.sequence["client"] += len(PORT) - 12
    back = Talk(("w", FAR, 20), (W0, 5536), "a")
    return Case("in pieces", *steps, piece, whole, talk.server("200 ok\r\n"), *back.open())


@pytest.mark.parametrize("case", [sent_again(), used_once(), first_line(), two_offers(), in_pieces()], ids=str)
def test_the_life_of_an_expectation(bench, case):
    bench.check(case)


def datagram(source, target, sport, dport, text, ident=0x7500):
    return IP(src=source, dst=target, id=ident) / UDP(sport=sport, dport=dport) / Raw(text if isinstance(text, bytes) else text.encode())


READ, WRITE, OTHER = b"\0\1file\0octet\0", b"\0\2file\0octet\0", b"\0\5\0\0no\0"


@pytest.mark.parametrize("case", [
    Case(f"tftp {number}", ("a", datagram(A1, FAR, 4000, 69, request)), ("w", datagram(FAR, W0, 3000, 4000, b"\0\3\0\1data")),
         ("a", datagram(A1, FAR, 4000, 3000, b"\0\4\0\1")), ("w", datagram(FAR, W0, 3001, 4000, b"\0\3\0\1data")),
         ("w", datagram(FAR2, W0, 3000, 4000, b"\0\3\0\1data")))
    for number, request in enumerate((READ, WRITE, b"\0\1", b"\0\1f"))] + [
    *(Case(f"no request {number}", ("a", datagram(A1, FAR, 4000, 69, words)), ("w", datagram(FAR, W0, 3000, 4000, b"\0\3\0\1data")))
      for number, words in enumerate((OTHER, b"\0", b"\1\1file"))),
    Case("tftp inwards", ("w", datagram(FAR, W0, 4000, 69, READ)), ("b", datagram(B1, FAR, 3000, 4000, b"\0\3\0\1data")),
         ("w", datagram(FAR, W0, 4000, 3000, b"\0\4\0\1")), ("b", datagram(B1, FAR, 3001, 4000, b"\0\3\0\2data"))),
    Case("tftp twice", ("a", datagram(A1, FAR, 4000, 69, READ)), ("a", datagram(A1, FAR, 4000, 69, READ)),
         ("w", datagram(FAR, W0, 3000, 4000, b"\0\3\0\1data")), ("w", datagram(FAR, W0, 3001, 4000, b"\0\3\0\1data"))),
    Case("tftp without nat", ("a", datagram(A1, B1, 4000, 69, READ)), ("b", datagram(B1, A1, 3000, 4000, b"\0\3\0\1data")))], ids=str)
def test_tftp(bench, case):
    bench.check(case)


def offer(words, address=W0, port=5536):
    talk = Talk(("a", A1, 4000), (FAR, 6667), "w")
    caller = Talk(("w", FAR2, 7000), (address, port), "a")
    return Case(repr(words), *talk.open(), talk.client("NICK me\r\n"), talk.server(":s 001 me\r\n"), talk.client(words), talk.server(":s x\r\n"),
                *([*caller.open()] if "\1" in words and "\n" in words else [caller.client(flags="S")]), talk.client("QUIT\r\n"), talk.server())


NUMBER = 10 * 2**24 + 2**8 + 11         # 10.0.1.11


@pytest.mark.parametrize("case", [
    offer(f"PRIVMSG you :\1DCC SEND file {NUMBER} 5536 1000\1\r\n"), offer(f"PRIVMSG you :\1DCC CHAT chat {NUMBER} 5536\1\n"),
    offer(f"privmsg you :\1DCC TSEND f {NUMBER}  5536 7\1\n"), offer(f"  \r\nPRIVMSG you :\1DCC SCHAT f {NUMBER} 5536\1\n"),
    offer(f"PRIVMSG you :\1DCC MOVE f {198 * 2**24 + 51 * 2**16 + 100 * 2**8 + 2} 5536 7\1\n")], ids=str)
def test_irc_offers(bench, case):
    bench.check(case)


@pytest.mark.parametrize("words", [
    f"PRIVMSG you :\1DCC SEND file {NUMBER + 1} 5536 1000\1\r\n", f"PRIVMSG you :\1DCC SEND file {NUMBER} 0 1000\1\r\n",
    f"PRIVMSG you :\1DCC SEND file {NUMBER} 5536 1000\1\r", f"NOTICE you :\1DCC SEND file {NUMBER} 5536 1000\1\r\n",
    f"PRIVMSG you : \1DCC SEND file {NUMBER} 5536 1000\1\r\n", f"PRIVMSG you :\1DCC XSEND file {NUMBER} 5536 1000\1\r\n",
    "PRIVMSG you :\1DCC SEND file 5536 1000\1\r\n", "PRIVMSG you :hello\r\n"])
def test_what_is_no_offer_opens_nothing(bench, words):
    talk = Talk(("a", A1, 4000), (FAR, 6667), "w")
    bench.check(Case(repr(words), *talk.open(), talk.client("NICK me\r\n"), talk.server(":s 001 me\r\n"), talk.client(words), talk.server(),
                     ("w", tcp(FAR2, W0, 7000, 5536)), talk.client("QUIT\r\n"), talk.server()))


def amanda(words, *ports):
    calls = [call for port in ports for call in Talk(("a", A1, 600 + port), (B1, port), "b").open()]
    return Case(words, ("a", datagram(A1, B1, 700, 10080, "Amanda 2.6 REQ")), ("b", datagram(B1, A1, 10080, 700, words)), *calls)


@pytest.mark.parametrize("case", [
    amanda("REP\nCONNECT DATA 5001 MESG 5002 INDEX 5003\nOPTIONS ;\n", 5001, 5002, 5003), amanda("CONNECT STATE 5004 DATA 5001\n", 5001, 5004),
    amanda("CONNECT DATA 0 MESG 5002\n"), amanda("DATA 5001\n"), amanda("CONNECT DATA 5001")], ids=str)
def test_amanda(bench, case):
    bench.check(case)


def test_amanda_through_masquerade(bench):
    """The server calls from outside, and its client's ports are opened on the address that it knows."""
    call = Talk(("w", FAR, 700), (W0, 5001), "a")
    bench.check(Case("amanda out", ("a", datagram(A1, FAR, 700, 10080, "Amanda 2.6 REQ")), ("w", datagram(FAR, W0, 10080, 700, "CONNECT DATA 5001 MESG 5002\n")),
                     *Talk(("a", A1, 1300), (FAR, 5001), "w").open(), *Talk(("a", A1, 1301), (FAR, 5002), "w").open(), call.client(flags="S")))


LINES = "\r\n"


def sip(first, *headers, body=(), sequence="1 INVITE", via=f"UDP {A1}:5060;branch=z9", contact=f"<sip:me@{A1}:5060>", ends=LINES):
    """A message: a first line, the usual headers, and a body."""
    text = ends.join(body) + ends if body else ""
    kept = [f"Via: SIP/2.0/{via}" if via else "", f"From: <sip:me@{A1}:5060>;tag=1", f"To: <sip:you@{FAR}>", "Call-ID: 77@here",
            f"CSeq: {sequence}", f"Contact: {contact}" if contact else "", *headers, f"Content-Length: {len(text)}"]
    return ends.join([first, *filter(None, kept)]) + ends + ends + text


def media(address=A1, port=7000, *more, own=None):
    return ["v=0", f"o=me 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP 0",
            *([f"c=IN IP4 {own}"] if own else []), *more]


INVITE, OK, REGISTER = f"INVITE sip:you@{FAR} SIP/2.0", "SIP/2.0 200 OK", f"REGISTER sip:{FAR} SIP/2.0"


def called(words, port=5060):
    return "a", datagram(A1, FAR, port, 5060, words)


def answered(words, port=5060):
    return "w", datagram(FAR, W0, 5060, port, words)


def stream(port, source=FAR, sport=9000):
    """Media from outside to a port that was announced, and the answer from there."""
    return ("w", datagram(source, W0, sport, port, "rtp")), ("a", lambda out: _reply_if_any(out, "a", port))


def _reply_if_any(out, side, port):
    for frame in out[side]:
        packet = dissect(frame)
        if packet.haslayer(UDP) and packet[UDP].dport == port:
            return datagram(packet.dst, packet.src, port, packet[UDP].sport, "rtp back")
    return udp(A2, FAR, 4444, 53)


SDP_OK = sip(OK, body=media(FAR, 9000), contact=f"<sip:you@{FAR}:5060>")
CALLS = {
    "a call": [called(sip(INVITE, body=media())), answered(sip("SIP/2.0 100 Trying", contact=None)), answered(SDP_OK),
               called(sip(f"ACK sip:you@{FAR} SIP/2.0", sequence="1 ACK")), *stream(7000), *stream(7001, sport=9001),
               ("a", datagram(A1, FAR, 7000, 9000, "rtp out")), called(sip(f"BYE sip:you@{FAR} SIP/2.0", sequence="2 BYE"))],
    "an odd port": [called(sip(INVITE, body=media(port=7003))), answered(SDP_OK), *stream(7002), *stream(7003)],
    "media of another host": [called(sip(INVITE, body=media("10.0.1.12"))), answered(SDP_OK), ("w", datagram(FAR, W0, 9000, 7000, "rtp"))],
    "an address of the media": [called(sip(INVITE, body=media(port=7000, own=A1))), *stream(7000)],
    "audio and video": [called(sip(INVITE, body=media(A1, 7000, "a=x", "m=video 7010 RTP/AVP 31", "m=image 7020 udptl t38"))), *stream(7000),
                        *stream(7010), *stream(7011), *stream(7020)],
    "a text stream, and one that is not in use": [called(sip(INVITE, body=media(A1, 7000, "m=text 7012 RTP/AVP 31", "m=video 0 RTP/AVP 31"))), *stream(7000),
                                                  ("w", datagram(FAR, W0, 9000, 7012, "rtp"))],
    "a low port": [called(sip(INVITE, body=media(port=80)))],
    "no address": [called(sip(INVITE, body=["v=0", "s=-", "m=audio 7000 RTP/AVP 0"]))],
    "no owner": [called(sip(INVITE, body=["v=0", "s=-", f"c=IN IP4 {A1}", "m=audio 7000 RTP/AVP 0"]))],
    "no body": [called(sip(INVITE)), answered(sip("SIP/2.0 180 Ringing"))],
    "not taken": [called(sip(INVITE, body=media())), answered(sip("SIP/2.0 486 Busy", contact=None)), ("w", datagram(FAR, W0, 9000, 7000, "rtp"))],
    "a stranger's media": [called(sip(INVITE, body=media())), answered(SDP_OK), ("w", datagram(FAR2, W0, 9000, 7000, "rtp"))],
    "an early answer": [called(sip(INVITE, body=media())), answered(sip("SIP/2.0 183 Progress", body=media(FAR, 9000))), *stream(7000)],
    "an update": [called(sip(INVITE, body=media())), called(sip(f"UPDATE sip:you@{FAR} SIP/2.0", sequence="2 UPDATE", body=media(port=7004))),
                  answered(sip(OK, sequence="2 UPDATE", body=media(FAR, 9000))), *stream(7004)],
    "invited again": [called(sip(INVITE, body=media())), called(sip(INVITE, sequence="2 INVITE", body=media(port=7006))), *stream(7006),
                      ("w", datagram(FAR, W0, 9000, 7000, "rtp"))],
}
FORMS = {
    "bare line feeds": sip(INVITE, body=media(), ends="\n"), "short names": sip(INVITE, body=media()).replace("Via:", "v:").replace("Contact:", "m :").replace("Content-Length", "l"),
    "continued lines": sip(INVITE, body=media()).replace("Contact: ", "Contact:\r\n  ").replace("From: <sip", "From: me\r\n\t<sip"),
    "parameters of via": sip(INVITE, body=media(), via=f"UDP {A1}:5060;maddr={A1};rport;branch=z9"), "no via": sip(INVITE, via=None), "no contact": sip(INVITE, contact=None),
    "contacts": sip(INVITE, contact=f"<sip:a@{A1}:5060>, <sip:b@{A1}:5060>, <sip:c@{A2}:5060>"), "names": sip(INVITE, contact="<sip:me@here.example>"),
    "no port": sip(INVITE, contact=f"sip:{A1}", body=media()), "a low port": sip(INVITE, contact=f"<sip:me@{A1}:99>"), "no cseq": sip(INVITE).replace("CSeq", "CXeq"),
    "cseq of nothing": sip(INVITE, sequence="x INVITE"), "no length": sip(INVITE, body=media()).replace("Content-Length", "X-Length"), "lower case": sip(INVITE, body=media()).replace("INVITE", "invite"),
    "options": sip(f"OPTIONS sip:you@{FAR} SIP/2.0", sequence="1 OPTIONS"), "short": "INVITE", "garbage": "\0\1\2 not SIP at all\r\nVia: SIP/2.0/UDP 10.0.1.11:5060\r\n",
    "a request for me": sip(f"INVITE sip:{A1}:5060 SIP/2.0", body=media()), "addresses that are none": sip(INVITE, contact="<sip:me@10.0.1.300:5060>", via="UDP 10.0.1:5060"),
    "a letter behind": sip(INVITE, contact=f"<sip:me@{A1}a:5060>"), "a digit more": sip(INVITE, contact=f"<sip:me@{A1}.4:5060>"), "a port too many": sip(INVITE, contact=f"<sip:me@{A1}:70000>"),
    "bye": sip(f"BYE sip:you@{FAR} SIP/2.0", sequence="3 BYE"), "prack": sip(f"PRACK sip:you@{FAR} SIP/2.0", sequence="3 PRACK", body=media()),
}
CONTACT = f"<sip:me@{A1}:5060>"
REGISTRATIONS = {
    "registered": [called(sip(REGISTER, sequence="1 REGISTER", contact=CONTACT + ";expires=60")),
                   answered(sip(OK, sequence="1 REGISTER", contact=f"<sip:me@{W0}:5060>;expires=60")), answered(sip(INVITE, contact=None, via=f"UDP {FAR}:5060")),
                   ("w", datagram(FAR2, W0, 5060, 5060, "INVITE x"))],
    "by its header": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER")), answered(sip(OK, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{W0}:5060>"))],
    "another port": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070>")),
                     answered(sip(OK, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{W0}:5070>")), answered(sip(INVITE, contact=None), port=5070),
                     ("w", datagram(FAR, W0, 5062, 5070, "INVITE x"))],
    "not yet": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070>")), answered(sip(INVITE, contact=None), port=5070)],
    "refused": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070>")), answered(sip("SIP/2.0 403 No", sequence="1 REGISTER", contact=None)),
                answered(sip(INVITE, contact=None), port=5070)],
    "taken back": [called(sip(REGISTER, "Expires: 0", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070>")), answered(sip(OK, "Expires: 0", sequence="1 REGISTER", contact=f"<sip:me@{W0}:5070>")),
                   answered(sip(INVITE, contact=None), port=5070)],
    "of another": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A2}:5070>"))],
    "by another way": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070;transport=tcp>"))],
    "by this way": [called(sip(REGISTER, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{A1}:5070;transport=UDP>"))],
    "an old answer": [called(sip(REGISTER, "Expires: 60", sequence="2 REGISTER", contact=f"<sip:me@{A1}:5070>")), answered(sip(OK, "Expires: 60", sequence="1 REGISTER", contact=f"<sip:me@{W0}:5070>")),
                      answered(sip(INVITE, contact=None), port=5070)],
}


@pytest.mark.parametrize("name", CALLS)
def test_sip_calls(bench, name):
    bench.check(Case(name, *CALLS[name]))


@pytest.mark.parametrize("name", FORMS)
def test_sip_in_many_forms(bench, name):
    bench.check(Case(name, called(FORMS[name]), *stream(7000)))


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_sip_registrations(bench, name):
    bench.check(Case(name, *REGISTRATIONS[name]))


def test_sip_to_a_server_behind_dnat(bench):
    """The other way round: the call comes from outside, and the answer announces the server's media."""
    outside = sip(f"INVITE sip:you@{W0} SIP/2.0", body=media(FAR, 9000), via=f"UDP {FAR}:5060;received={W0};rport=5060", contact=f"<sip:me@{FAR}:5060>")
    inside = sip(OK, body=media(B1, 8000), via=f"UDP {FAR}:5060", contact=f"<sip:you@{B1}:5060>")
    bench.check(Case("dnat", ("w", datagram(FAR, W0, 5060, 5060, outside)), ("b", datagram(B1, FAR, 5060, 5060, inside)),
                     ("w", datagram(FAR, W0, 9000, 8000, "rtp")), ("b", datagram(B1, FAR, 8000, 9000, "rtp"))))


def test_sip_of_a_phone_that_listens_elsewhere(bench):
    """Requests come from a high port, answers go to the port of the Via header (forced_dport)."""
    words = sip(INVITE, body=media(), via=f"UDP {A1}:5062", contact=f"<sip:me@{A1}:5062>")
    bench.check(Case("phone", called(words, port=50000), answered(sip(OK, body=media(FAR, 9000), via=f"UDP {A1}:5062"), port=50000), *stream(7000)))


def test_sip_over_tcp(bench):
    """Messages behind each other in one segment, and sequence numbers behind them."""
    talk = Talk(("a", A1, 4000), (FAR, 5060), "w")
    one = sip(INVITE, body=media(), via=f"TCP {A1}:4000", contact=f"<sip:me@{A1}:4000>")
    two = sip(f"OPTIONS sip:you@{FAR} SIP/2.0", sequence="2 OPTIONS", via=f"TCP {A1}:4000")
    bench.check(Case("tcp", *talk.open(), talk.client(one + two), talk.server(SDP_OK), talk.client(two), talk.server(), *stream(7000),
                     talk.client(one[:100]), talk.server(), talk.client("QUIT"), talk.server()))


# message type, and how long its body is
START, STARTED, STOP, STOPPED, CALL, CALLED, RING, TAKE, CONNECTED, CLEAR, DISCONNECT, ERROR, LINK = (
    (1, 144), (2, 144), (3, 4), (4, 4), (7, 156), (8, 20), (9, 208), (10, 12), (11, 16), (12, 4), (13, 136), (14, 28), (15, 12))


def control(kind, *begin, cookie=0x1A2B3C4D):
    """A control message of PPTP (RFC 2637): its body begins with `begin`, zeros follow."""
    body = b"".join(number.to_bytes(size, "big") for number, size in begin)
    body += bytes(kind[1] - len(body))
    head = (12 + len(body)).to_bytes(2, "big") + b"\0\1" + cookie.to_bytes(4, "big") + kind[0].to_bytes(2, "big") + b"\0\0"
    return (head + body).decode("latin-1")


def gre(source, target, call, ident=0x7600, flags=0x3001):
    return IP(src=source, dst=target, id=ident, proto=47) / Raw(flags.to_bytes(2, "big") + b"\x88\x0b\0\4" + call.to_bytes(2, "big") + b"\0\0\0\1ppp!")


MINE, YOURS = 0x0101, 0x0202          # call ids of client and server


def session(*, side="a", client=A1, called=(FAR, 1723), server_side="w", port=4000):
    talk = Talk((side, client, port), called, server_side)
    return talk, [*talk.open(), talk.client(control(START)), talk.server(control(STARTED, (0x100, 2), (1, 1)))]


def call(talk, result=1):
    """The server's answer bears the client's call id as it knows it."""
    request = talk.client(control(CALL, (MINE, 2)))
    side, _ = talk.server("")
    length = 32
    sequence = talk.sequence["server"]
    talk.sequence["server"] += length

    def answer(out):
        seen = next(bytes(packet["TCP"].payload) for packet in talk._segments(side, out) if bytes(packet["TCP"].payload)[8:10] == b"\0\7")
        peer = int.from_bytes(seen[12:14], "big")
        source, target, sport, dport = talk._ends("server", out)
        words = control(CALLED, (YOURS, 2), (peer, 2), (result, 1)).encode("latin-1")
        return tcp(source, target, sport, dport, "PA", sequence, talk._got(side, out, sport, dport), ident=0x7700) / Raw(words)
    return [request, (side, answer), talk.client()]


def inwards(called):
    """GRE from the server, with the call id that it knows the client by."""
    def build(out):
        for frame in out["w"]:
            packet = dissect(frame)
            if packet.haslayer("TCP") and bytes(packet["TCP"].payload)[8:10] == b"\0\7":
                return gre(FAR, called, int.from_bytes(bytes(packet["TCP"].payload)[12:14], "big"), 0x7602)
        return gre(FAR, called, MINE, 0x7602)
    return "w", build


def tunnels():
    talk, steps = session()
    end = [talk.client(control(CLEAR, (MINE, 2))), talk.server(control(DISCONNECT, (YOURS, 2))), ("a", gre(A1, FAR, YOURS, 0x7603))]
    yield Case("the client sends first", *steps, *call(talk), ("a", gre(A1, FAR, YOURS)), inwards(W0), ("a", gre(A1, FAR, YOURS, 0x7604)), inwards(W0), *end)
    talk, steps = session()
    yield Case("the server sends first", *steps, *call(talk), inwards(W0), ("a", gre(A1, FAR, YOURS)), inwards(W0))
    talk, steps = session()
    yield Case("not taken", *steps, *call(talk, result=2), inwards(W0))
    talk, steps = session()
    yield Case("another call id", *steps, *call(talk), ("a", gre(A1, FAR, YOURS + 1)), ("w", gre(FAR, W0, MINE + 7)))
    talk, steps = session()
    yield Case("links and errors", *steps, *call(talk), talk.server(control(LINK, (MINE, 2))), talk.server(control(ERROR, (MINE, 2))), talk.client(control(LINK, (YOURS, 2))))
    talk, steps = session()
    yield Case("short and foreign", *steps, talk.client(control((7, 20), (MINE, 2))), talk.client(control(CALL, (MINE, 2), cookie=1)), talk.client("x" * 9), talk.client(control((99, 8))))
    talk, steps = session()
    yield Case("a call before the session", *Talk(("a", A1, 4001), (FAR, 1723), "w").open(), *steps[:3], talk.client(control(CALL, (MINE, 2))))
    talk, steps = session()
    yield Case("the server calls", *steps, talk.server(control(RING, (YOURS, 2))), talk.client(control(TAKE, (MINE, 2), (YOURS, 2), (1, 1))))
    talk, steps = session(called=(B1, 1723), server_side="b")
    yield Case("without nat", *steps, *call(talk), ("a", gre(A1, B1, YOURS)), ("b", gre(B1, A1, MINE)), ("a", gre(A1, B1, YOURS, 0x7605)),
               talk.server(control(DISCONNECT, (YOURS, 2))), ("b", gre(B1, A1, MINE, 0x7606)))
    talk, steps = session(called=(B1, 1723), server_side="b")
    yield Case("without nat, the server first", *steps, *call(talk), ("b", gre(B1, A1, MINE)), ("a", gre(A1, B1, YOURS)), talk.client("", flags="R"))


@pytest.mark.parametrize("case", tunnels(), ids=str)
def test_pptp(bench, case):
    bench.check(case)


def listed(lab):
    """What the router expects, as conntrack prints it, and its connections with a helper; without seconds."""
    expected = re.sub(r"^\d+ ", "", lab.router.expectations(), flags=re.M)
    helped = [re.sub(r"^(\w+ +\d+) \d+", r"\1", line) for line in lab.router.connections().splitlines() if "helper=" in line]
    return sorted(expected.splitlines()), sorted(re.sub(r" use=\d+", "", line).strip() for line in helped)


@pytest.mark.parametrize("name", ["ftp", "call", "registered", "tftp", "amanda", "pptp"])
def test_what_is_expected_is_listed_as_by_conntrack(bench, name):
    talk, steps = ftp()
    tunnel, before = session()
    story = {"ftp": [*steps, talk.client(PORT)], "call": CALLS["a call"][:1], "registered": REGISTRATIONS["registered"][:1],
             "tftp": [("a", datagram(A1, FAR, 4000, 69, READ))], "pptp": [*before, *call(tunnel)],
             "amanda": [("a", datagram(A1, B1, 700, 10080, "Amanda")), ("b", datagram(B1, A1, 10080, 700, "CONNECT DATA 5001 MESG 5002\n"))]}[name]
    lists = []
    for lab in bench.labs:
        bench.run(lab, Case(name, *story))
        lists.append((lab.kind, listed(lab)))
    assert lists[0][1][0] and lists[0][1][1]
    for kind, got in lists[1:]:
        assert got == lists[0][1], kind


def test_no_helper_unless_a_rule_names_one(bench):
    """ALG-1: FTP at another port is just a connection."""
    talk, steps = ftp(called=(FAR, 2121))
    bench.check(Case("no helper", *steps, talk.client(PORT), talk.server("200 ok\r\n"), ("w", tcp(FAR, W0, 20, 5536)), ("a", udp(A2, FAR, 4000, 53))))
