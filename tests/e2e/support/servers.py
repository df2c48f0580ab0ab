# SPDX-License-Identifier: BSD-3-Clause
"""Real servers in a namespace: nginx, dnsmasq, iperf3, and a UDP echo."""

import pathlib
import shutil

NAME = "internet.test"


def nginx(namespace, folder, says, port=80):
    """A web server: `/` says who it is and whom it sees, `/big` is a file of four megabytes."""
    place = pathlib.Path(folder) / f"nginx-{namespace.name}-{port}"
    place.mkdir(parents=True)
    place.chmod(0o755)
    (place / "big").write_bytes(bytes(range(256)) * (4 << 12))
    (place / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {place}/pid; error_log stderr; user root;
        events {{ worker_connections 256; }}
        http {{
            access_log off; client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c;
            uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;
            server {{
                listen {port}; root {place};
                location = / {{ return 200 "{says} sees $remote_addr $remote_port\\n"; }}
                location = /big {{ }}
            }}
        }}""", encoding="ascii")
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = namespace.start(program, "-p", place, "-c", place / "nginx.conf", "-e", "stderr")
    namespace.wait_listening(port)
    return process


def dnsmasq(namespace, address):
    """A name server that knows one name."""
    process = namespace.start(shutil.which("dnsmasq") or "/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null",
                              "--no-hosts", "--no-resolv", "--user=root", "--group=root", "--pid-file=", "--bind-interfaces",
                              "--except-interface=nothing", f"--address=/{NAME}/{address}", "--port=53", "--log-facility=-")
    namespace.wait_listening(53, "u")
    return process


def iperf3(namespace, port=5201):
    process = namespace.start("iperf3", "-s", "-p", port)
    namespace.wait_listening(port)
    return process


_ECHO = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", int(sys.argv[1])))
while True:
    data, peer = s.recvfrom(65535)
    s.sendto(peer[0].encode() + b" " + str(peer[1]).encode() + b" " + data, peer)
"""


def udp_echo(namespace, port):
    """Sends each datagram back with the address and port that it came from."""
    process = namespace.start("/usr/bin/python3", "-c", _ECHO, port)
    namespace.wait_listening(port, "u")
    return process


def _shared(folder, name, text):
    place = pathlib.Path(folder) / name
    place.mkdir(parents=True)
    place.parent.chmod(0o755)           # servers that become nobody must get there
    place.chmod(0o555)
    (place / "text").write_text(text, encoding="ascii")
    return place


def vsftpd(namespace, folder, text):
    """An FTP server for anybody, with one file."""
    place = _shared(folder, f"ftp-{namespace.name}", text)
    conf, jail = (pathlib.Path(folder) / f"vsftpd-{namespace.name}{what}" for what in (".conf", "-jail"))
    jail.mkdir(mode=0o555)
    conf.write_text("\n".join((
        "listen=YES", "background=NO", "anonymous_enable=YES", "local_enable=NO", f"anon_root={place}", "no_anon_password=YES",
        "xferlog_enable=NO", f"secure_chroot_dir={jail}",
        "pasv_promiscuous=YES", "port_promiscuous=YES", "seccomp_sandbox=NO", "nopriv_user=nobody", "")), encoding="ascii")
    conf.chmod(0o600)
    process = namespace.start(shutil.which("vsftpd") or "/usr/sbin/vsftpd", conf)
    namespace.wait_listening(21)
    return process


def tftpd(namespace, folder, text):
    """A TFTP server with one file."""
    place = _shared(folder, f"tftp-{namespace.name}", text)
    process = namespace.start(shutil.which("in.tftpd") or "/usr/sbin/in.tftpd", "--foreground", "--user", "nobody", "--secure", place)
    namespace.wait_listening(69, "u")
    return process


def sipp_server(namespace, address):
    """Takes every call."""
    process = namespace.start("sipp", "-sn", "uas", "-i", address, "-p", 5060, "-mi", address, "-nostdin")
    namespace.wait_listening(5060, "u")
    return process
