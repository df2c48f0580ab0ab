# SPDX-License-Identifier: BSD-3-Clause
"""Sluice as the router: writes its configuration, runs build/sluice in the namespace, and speaks sluicectl."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time

from .namespace import run
from .spec import counters, tables_of

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", ROOT / "build"))
SLUICE = BUILD / "sluice"
SLUICECTL = BUILD / "sluicectl"
READY_WITHIN_S = 30
STOP_WITHIN_S = 2.0
STOP_WITHIN_BUSY_S = 9.0        # where more wants to run than there are processors: builds, other tests


class SluiceRouter:
    """One running Sluice. Its ports have no address of the kernel's, so nobody answers beside it."""

    def __init__(self, namespace, spec, *, short_way=True, device="net_af_packet", workers=(1,), eal_args=()):
        self.namespace, self.spec = namespace, spec
        self.kind = "short" if short_way else "long"
        self.short_way, self.device, self.workers = short_way, device, list(workers)
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-e2e-")
        self.path = pathlib.Path(self.folder.name)
        self.socket = self.path / "control.sock"
        self.config = self.path / "router.toml"
        self.eal_args = [f"--file-prefix={namespace.name}", *eal_args]
        self.process, self.log, self._ready = None, [], threading.Event()
        self._tables, self._timeouts = tables_of(spec.rules), spec.timeouts

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self):
        for port in self.spec.ports:
            if not port.parent:
                self.namespace.ip(f"link set dev {port.name} mtu {port.mtu}")
        if self.spec.sets:
            (self.path / "sets.save").write_text(self.spec.sets, encoding="ascii")
        if self.spec.rules:
            (self.path / "rules.v4").write_text(self.spec.rules, encoding="ascii")
        if not self.config.exists():
            self.config.write_text(self.toml(), encoding="utf-8")
        return self.launch()

    def launch(self):
        """Runs the configuration file as it is now."""
        assert SLUICE.exists(), f"{SLUICE} is not built"
        self._ready.clear()
        self.process = self.namespace.start(SLUICE, "run", self.config, stderr=subprocess.PIPE)
        threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True).start()
        return self

    def wait_ready(self):
        end = time.monotonic() + READY_WITHIN_S
        while not self._ready.wait(0.05):
            assert self.process.poll() is None, f"sluice ended with {self.process.returncode}:\n{self.said()}"
            assert time.monotonic() < end, f"sluice is not ready after {READY_WITHIN_S} s:\n{self.said()}"
        return self

    def stop(self):
        """SIGTERM: status 0 within two seconds is part of the promise, so every test checks it."""
        try:
            if self.process is None:
                return
            assert self.process.poll() is None, f"sluice died with {self.process.returncode}:\n{self.said()}"
            took = self.terminate()
            assert self.process.returncode == 0, f"sluice ended with {self.process.returncode}:\n{self.said()}"
            is_busy = os.getloadavg()[0] > os.cpu_count()
            assert took <= (STOP_WITHIN_BUSY_S if is_busy else STOP_WITHIN_S), f"sluice took {took:.1f} s to end:\n{self.said()}"
            assert not self.socket.exists(), "sluice left its control socket behind"
            reports = [line for line in self.log if "Sanitizer" in line]
            assert not reports, "\n".join(self.log)
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait(5)
            self.folder.cleanup()

    def terminate(self):
        """Asks the process to end; returns the seconds it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        return time.monotonic() - begin

    def said(self):
        return "\n".join(self.log[-60:])

    def _read_log(self, stream):
        for line in stream:
            text = line.decode(errors="replace").rstrip()
            self.log.append(text)
            if text.strip() == "ready":
                self._ready.set()
        stream.close()

    # -- configuration ------------------------------------------------------------------------------------------------

    def toml(self):
        lines = ["[runtime]", "main-core = 0", f"worker-cores = {self.workers}", "hugepages = false", 'memory = "512M"',
                 'idle = "sleep"', f"short-way = {str(self.short_way).lower()}", f'control-socket = "{self.socket}"',
                 f"eal-args = {json.dumps(self.eal_args)}"]
        for port in self.spec.ports:
            lines += ["", "[[interface]]", f'name = "{port.name}"']
            lines += [f'parent = "{port.parent}"', f"vlan = {port.vlan}"] if port.parent \
                else [f'device = "{self.device},iface={port.name}"']
            lines += [f"address = {json.dumps(port.address)}", f"mtu = {port.mtu}"]
            lines += [f'mac = "{port.mac}"'] if port.mac else []
        for route in self.spec.routes:
            lines += ["", "[[route]]", f'to = "{route.to}"']
            if route.via:
                lines.append(f"via = {json.dumps(route.via[0] if len(route.via) == 1 else route.via)}")
            lines += [f'dev = "{route.dev}"'] if route.dev else []
            lines += [f'type = "{route.type}"'] if route.type else []
        for address, mac, interface in self.spec.neighbors:
            lines += ["", "[[neighbor]]", f'address = "{address}"', f'mac = "{mac}"', f'interface = "{interface}"']
        if self.spec.sysctl:
            lines += ["", "[sysctl]", *(f'"{name}" = {value}' for name, value in self.spec.sysctl.items())]
        for name, (protocol, states) in self._timeouts.items():
            lines += ["", f"[conntrack.timeout.{name}]", f'protocol = "{protocol}"', *(f"{state} = {s}" for state, s in states.items())]
        if self.spec.rules:
            lines += ["", "[firewall]", 'rules = "rules.v4"']
            lines += ['sets = "sets.save"'] if self.spec.sets else []
        return "\n".join(lines) + "\n"

    # -- control ------------------------------------------------------------------------------------------------------

    def ctl(self, *words, check=True, timeout=10, **options):
        return run([SLUICECTL, "-s", self.socket, *words], timeout=timeout, check=check, **options)

    def json(self, *words):
        return json.loads(self.ctl("-j", *words).stdout)

    def wait_no_packets(self, patience_s=4):
        """All packet buffers come back when nothing is under way any more: none was lost.

        An AF_XDP device keeps a ring of buffers filled, and some that are sent until it sends again.
        """
        allowed = len(self.spec.ports) * (2048 + 64) if self.device == "net_af_xdp" else 0
        end = time.monotonic() + patience_s
        while (in_use := self.json("stats")["packet_memory"]["in_use"]) > allowed:
            assert time.monotonic() < end, f"{in_use} packet buffers are still in use"
            time.sleep(0.1)

    def counters(self):
        return counters(self.save(), self._tables)

    def save(self):
        return self.ctl("iptables-save", "-c").stdout

    def change_rules(self, rules):
        """Other rules, all at once."""
        self._tables = tables_of(rules)
        (self.path / "rules.v4").write_text(rules, encoding="ascii")
        self.ctl("reload")

    def change_timeouts(self, policies):
        self._timeouts = policies
        self.config.write_text(self.toml(), encoding="utf-8")
        self.ctl("reload")

    def iptables(self, *words):
        return self.ctl("iptables", *words).stdout

    def ipset(self, *words, **options):
        return self.ctl("ipset", *words, check=False, timeout=60, **options)

    def flush_connections(self):
        self.ctl("conntrack", "-F")

    def connections(self):
        return self.ctl("conntrack", "-L").stdout

    def expectations(self):
        return self.ctl("conntrack", "-L", "expect").stdout
