# SPDX-License-Identifier: BSD-3-Clause
"""The test's own end of a cable: sends frames exactly as given and sees every frame that arrives."""

import select
import socket
import struct
import time

_ETH_P_ALL = 3
_SOL_PACKET = 263
_PACKET_AUXDATA = 8
_PACKET_IGNORE_OUTGOING = 23
_VLAN_VALID = 0x10


class Wire:
    """A raw socket on one device of a namespace. VLAN tags, which Linux takes off a frame, are put back."""

    def __init__(self, namespace, device):
        with namespace.entered():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self._socket.bind((device, _ETH_P_ALL))
        self._socket.setblocking(False)

    def send(self, frame):
        """Sends one frame; waits where the device's queue is full for a moment."""
        end = time.monotonic() + 2
        while True:
            try:
                return self._socket.send(bytes(frame))
            except (BlockingIOError, OSError) as trouble:
                if getattr(trouble, "errno", 0) not in (11, 105) or time.monotonic() > end:
                    raise
                select.select([], [self._socket], [], 0.05)

    def drain(self):
        """All frames that have arrived and were not read yet."""
        frames = []
        while True:
            try:
                frames.append(self._receive())
            except BlockingIOError:
                return frames

    def wait(self, wanted, timeout_s=2.0):
        """Reads until a frame satisfies `wanted`; returns (all frames read, whether it came)."""
        frames, end = [], time.monotonic() + timeout_s
        while (left := end - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                break
            frames.append(self._receive())
            if wanted(frames[-1]):
                return frames, True
        return frames, False

    def close(self):
        self._socket.close()

    def _receive(self):
        data, extras, _flags, _sender = self._socket.recvmsg(65536, 256)
        for level, kind, content in extras:
            if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
                status, _length, _snap, _mac, _net, tci, tpid = struct.unpack("=IIIHHHH", content[:20])
                if status & _VLAN_VALID:
                    data = data[:12] + struct.pack("!HH", tpid or 0x8100, tci) + data[12:]
        return data
