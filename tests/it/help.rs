//! Tests the help, the manual pages and the completions, which all come from the definition of the command line.

use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

use clap_complete::Shell;
use score_setup::shell::cli::{Cli, examples::examples};
use tempfile::TempDir;

/// The width of the help in snapshots. On a terminal, it follows the window.
const WIDTH: usize = 100;

fn names() -> Vec<String> {
    let names = Cli::definition().get_subcommands().map(|command| command.get_name().to_owned()).collect::<Vec<_>>();
    names.into_iter().filter(|name| name != "help").collect()
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env("LC_ALL", "C.UTF-8");
    let mut child = command.spawn().unwrap();
    // A program that does not read its input closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn printed(arguments: &[&str]) -> String {
    let ran = run(arguments, b"");
    assert_eq!((ran.status.code(), ran.stderr.as_slice()), (Some(0), b"".as_slice()), "{arguments:?}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn every_page_of_the_help_is_as_accepted() {
    let mut pages = Vec::new();
    for name in [None].into_iter().chain(names().iter().map(|name| Some(name.clone()))) {
        let root = Cli::definition().term_width(WIDTH);
        let page = match &name {
            None => root.clone().render_long_help(),
            Some(name) => root.find_subcommand(name).unwrap().clone().term_width(WIDTH).render_long_help(),
        };
        pages.push(format!("───── {} ─────\n{page}\n", name.as_deref().unwrap_or("score-setup")));
    }
    let lines: Vec<_> = pages.iter().flat_map(|page| page.lines()).map(str::trim_end).collect();
    insta::assert_snapshot!("every_page_of_the_help", lines.join("\n"));
}

#[test]
fn every_command_has_examples_and_each_of_them_is_accepted() {
    for name in names().iter().map(String::as_str).chain(["score-setup"]) {
        let examples = examples(name);
        assert!(!examples.is_empty(), "{name}");
        for example in examples {
            let from = example.line.rfind("score-setup ").unwrap_or(0);
            let line = example.line[from..].split(['>', '|']).next().unwrap();
            let read = Cli::read(line.split_whitespace());
            assert!(read.is_ok(), "{}: {}", example.line, read.unwrap_err());
            assert!(name == "score-setup" || line.contains(&format!("score-setup {name}")), "{name}: {line}");
            assert!(!example.does.ends_with('.'), "{}", example.does);
        }
        let help = printed(if name == "score-setup" { vec!["--help"] } else { vec![name, "--help"] }.as_slice());
        assert!(help.contains("Examples:") && help.contains(examples[0].line), "{name}: {help}");
    }
}

#[test]
fn every_shell_completes_every_command_and_its_options() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
        let script = printed(&["completions", &shell.to_string()]);
        for name in names() {
            assert!(script.contains(&name), "{shell}: {name}");
        }
        assert!(script.contains("dry-run") && script.contains("connect-to"), "{shell}");
    }
    let script = TempDir::new().unwrap();
    let path = script.path().join("score-setup.bash");
    fs::write(&path, printed(&["completions", "bash"])).unwrap();
    let program = "source \"$1\"; COMP_WORDS=(score-setup check --re); COMP_CWORD=2; _score__setup score-setup --re check; \
                   echo \"${COMPREPLY[@]}\"";
    let Ok(bash) = Command::new("bash").args(["-c", program, "bash"]).arg(&path).output() else { return };
    let completed = String::from_utf8(bash.stdout).unwrap();
    assert!(completed.contains("--read-only"), "{completed} {}", String::from_utf8_lossy(&bash.stderr));
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    for name in [None].into_iter().chain(names().iter().map(|name| Some(name.clone()))) {
        let page = printed(&["man"].into_iter().chain(name.as_deref()).collect::<Vec<_>>());
        let title = name.as_ref().map_or("score-setup".to_owned(), |name| format!("score-setup-{name}"));
        assert!(page.contains(&format!(".TH {title} 1")), "{title}: {page}");
        for section in [".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", "EXIT STATUS", ".SH EXAMPLES"] {
            assert!(page.contains(section), "{title} has no {section}");
        }
    }
    assert_eq!(run(&["man", "nothing"], b"").status.code(), Some(2));
}

#[test]
fn standard_input_has_one_user() {
    for arguments in [["show", "-", "-"], ["lint", "-", "-"]] {
        let ran = run(&arguments, b"{}");
        let said = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(2), "{said}");
        assert!(said.contains("standard input is read once"), "{said}");
    }
}

#[test]
fn each_command_that_reads_a_configuration_reads_it_from_standard_input() {
    let environment = [
        "S3_ENDPOINT=http://127.0.0.1:1",
        "S3_ACCESSKEY=k",
        "S3_SECRETKEY=canary-canary",
        "BUCKET_NAME_OBJECT=score-object",
        "SPRING_PROFILES_ACTIVE=prod",
    ];
    let inspected = serde_json::json!([{
        "Id": "0123456789abcdef", "Name": "/score", "Config": { "Env": environment, "Image": "overture/score:5.11.0" },
        "Args": [], "Path": "/bin/sh", "HostConfig": {}, "State": { "Running": true }
    }]);
    let input = serde_json::to_vec(&inspected).unwrap();
    for (arguments, wanted) in [
        (["show", "-"].as_slice(), "score-object"),
        (&["lint", "-"], "metadata.url"),
        (&["check", "-"], "127.0.0.1:1"),
        (&["report", "-"], "score-object"),
    ] {
        let ran = run(arguments, &input);
        let said = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
        assert!(said.contains(wanted), "{arguments:?}: {said}");
        assert!(!said.contains("canary-canary"), "{said}");
    }
}
