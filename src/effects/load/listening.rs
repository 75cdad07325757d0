//! Finds the process that listens at a TCP port of this machine, in `/proc`. Sends nothing. Without `/proc`, and for the
//! processes of other users, less is known.

use std::{fs, path::Path};

use super::process::Process;
use crate::{
    install::deployment::{PortHolder, Server},
    store::files::read_regular,
};

/// The state of a listening socket in `/proc/net/tcp` (Linux `include/net/tcp_states.h`, `TCP_LISTEN`).
const LISTEN: &str = "0A";
/// The largest table of sockets that is read, in bytes.
const MOST: u64 = 4 * 1024 * 1024;
/// Programs that forward a port to a container, so Score may be the server behind them, or that start Score.
const FORWARDING: &[&str] = &[
    "java",
    "wrapper",
    "docker-proxy",
    "rootlesskit",
    "rootlessport",
    "slirp4netns",
    "pasta",
    "kubectl",
    "ssh",
    "socat",
];

/// Returns the process that listens at the port. `None` if the port is free, as far as that is known.
pub(super) fn holder(proc: &Path, port: u16) -> Option<PortHolder> {
    let inode = ["net/tcp", "net/tcp6"].iter().find_map(|table| inode_in(&proc.join(table), port))?;
    let server = match process(proc, &inode) {
        None => Server::Unknown,
        Some(process) if process.is_score() => Server::Score(process.number),
        Some(process) => {
            let name = fs::read_to_string(proc.join(process.number.to_string()).join("comm")).unwrap_or_default();
            let name = name.trim().to_owned();
            // the name of a process has at most 15 bytes
            let forwards = FORWARDING.iter().any(|program| name == program[..program.len().min(15)]);
            if forwards || name.is_empty() { Server::Unknown } else { Server::Other { name, process: process.number } }
        }
    };
    Some(PortHolder { port, server })
}

/// Returns the inode of the socket that listens at the port.
fn inode_in(table: &Path, port: u16) -> Option<String> {
    let text = String::from_utf8_lossy(&read_regular(table, MOST).ok()?).into_owned();
    text.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let (address, state) = (fields.nth(1)?, fields.nth(1)?);
        let number = u16::from_str_radix(address.rsplit(':').next()?, 16).ok()?;
        (number == port && state == LISTEN).then(|| fields.nth(5).map(str::to_owned)).flatten()
    })
}

/// Returns the process that has the socket open.
fn process(proc: &Path, inode: &str) -> Option<Process> {
    let socket = format!("socket:[{inode}]");
    let has = |folder: &Path| {
        let open = fs::read_dir(folder.join("fd")).into_iter().flatten().flatten();
        open.take(MOST_OPEN)
            .any(|file| fs::read_link(file.path()).is_ok_and(|link| link.as_os_str() == socket.as_str()))
    };
    let folders = fs::read_dir(proc).ok()?.flatten().map(|entry| entry.path());
    folders.filter(|folder| has(folder)).find_map(|folder| Process::below(proc, &folder))
}

/// The open files of one process that are looked at.
const MOST_OPEN: usize = 4096;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_process_at_a_port_is_named_as_far_as_it_is_known() {
        let proc = TempDir::new().unwrap();
        let write = |name: &str, text: &str| {
            let path = proc.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let row = |port: u16, state: &str, inode: u32| {
            format!(
                "   0: 00000000:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 0 0 {inode} 1 0\n"
            )
        };
        write("net/tcp", &[head, &row(8080, LISTEN, 71), &row(8081, "01", 72), &row(8084, LISTEN, 74)].concat());
        write(
            "net/tcp6",
            &format!(
                "{head}{}",
                row(8082, LISTEN, 73).replace("00000000:1F92", "00000000000000000000000000000000:1F92")
            ),
        );
        for (number, name, words, inode) in [
            (7, "nginx", "nginx: master\0", 71),
            (8, "java", "/usr/bin/java\0-cp\0lib/score-server-5.11.0.jar\0bio.overture.score.server.ServerMain\0", 73),
        ] {
            write(&format!("{number}/comm"), &format!("{name}\n"));
            write(&format!("{number}/cmdline"), words);
            fs::create_dir_all(proc.path().join(format!("{number}/fd"))).unwrap();
            symlink(format!("socket:[{inode}]"), proc.path().join(format!("{number}/fd/3"))).unwrap();
        }
        let at = |port| holder(proc.path(), port).map(|holder| holder.server);
        assert_eq!(at(8080), Some(Server::Other { name: "nginx".into(), process: 7 }));
        assert_eq!(at(8081), None, "a connection is not a listener");
        assert_eq!(at(8082), Some(Server::Score(8)));
        assert_eq!(at(8083), None);
        assert_eq!(at(8084), Some(Server::Unknown));
        assert_eq!(holder(Path::new("/no/proc"), 8080), None);
    }
}
