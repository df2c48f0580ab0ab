# SPDX-License-Identifier: BSD-3-Clause
"""A network namespace that belongs to one test run: made, used, and taken away with everything started in it."""

import contextlib
import ctypes
import itertools
import os
import re
import signal
import subprocess
import time

PREFIX = "e2e"
_CLONE_NEWNET = 0x40000000
_serial = itertools.count()
_libc = ctypes.CDLL(None, use_errno=True)


def run(command, timeout=20, check=True, **options):
    """Runs a program to its end. A failure shows what it said; a timeout kills it."""
    done = subprocess.run([str(word) for word in command], timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def sweep_leftovers():
    """Deletes namespaces of runs whose process is gone (killed before it could clean up)."""
    for line in run(["ip", "netns", "list"]).stdout.splitlines():
        found = re.match(rf"({PREFIX}-(\d+)-\S+)", line)
        if found and not os.path.exists(f"/proc/{found.group(2)}"):
            run(["ip", "netns", "del", found.group(1)], check=False)


class Namespace:
    """One network namespace; its name holds the process id of the run, so that runs side by side do not meet."""

    def __init__(self, role):
        self.name = f"{PREFIX}-{os.getpid()}-{next(_serial)}-{role}"
        self.processes = []
        run(["ip", "netns", "add", self.name])
        # The wire stays quiet: no router solicitations, no multicast listener reports, no duplicate address detection.
        self.sysctl(**{"net.ipv6.conf.all.disable_ipv6": 1, "net.ipv6.conf.default.disable_ipv6": 1})
        self.ip("link set lo up")

    def ip(self, *lines):
        """Runs lines of ip(8) in one process; what stands in a line is what would follow `ip`."""
        run(["ip", "-n", self.name, "-batch", "-"], input="\n".join(lines) + "\n")

    def sysctl(self, **values):
        with self.entered():
            for name, value in values.items():
                # Only the dots between words are separators: interface names may not hold dots here.
                path = "/proc/sys/" + name.replace(".", "/")
                if os.path.exists(path):
                    with open(path, "w", encoding="ascii") as file:
                        file.write(str(value))

    def run(self, *command, timeout=20, check=True, **options):
        return run(["ip", "netns", "exec", self.name, *command], timeout, check, **options)

    def start(self, *command, **options):
        """Starts a program in the background; close() ends it. Its output goes to /dev/null unless options say otherwise."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
        process = subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, command)], **options)
        self.processes.append(process)
        return process

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace inside `with`; a socket made there stays there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _enter(there)
            yield
        finally:
            _enter(home)
            os.close(home)
            os.close(there)

    def wait_listening(self, port, proto="t", deadline_s=10):
        """Waits until some program of the namespace listens on the port."""
        end = time.monotonic() + deadline_s
        while time.monotonic() < end:
            if f":{port} " in self.run("ss", f"-ln{proto}", check=False).stdout:
                return
            time.sleep(0.05)
        raise AssertionError(f"nothing listens on port {port} of {self.name}")

    def close(self):
        for process in self.processes:
            end_process(process)
        run(["ip", "netns", "del", self.name], check=False)


def end_process(process, patience_s=3):
    """SIGTERM, then SIGKILL after a while; returns the status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
    return process.returncode


def _enter(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def cable(left, left_name, right, right_name, *, left_mac=None, right_mac=None, mtu=1500):
    """A veth pair between two namespaces, up, with all offloads off: what is sent is what is on the wire."""
    mac = lambda side, text: f"{side}address {text}" if text else ""
    left.ip(f"link add name {left_name} mtu {mtu} {mac('', left_mac)} type veth "
            f"peer name {right_name} netns {right.name} mtu {mtu} {mac('', right_mac)}",
            f"link set dev {left_name} up")
    right.ip(f"link set dev {right_name} up")
    for namespace, name in ((left, left_name), (right, right_name)):
        namespace.run("ethtool", "-K", name, "tx", "off", "rx", "off", "sg", "off", "tso", "off", "gso", "off",
                      "gro", "off", check=False)
