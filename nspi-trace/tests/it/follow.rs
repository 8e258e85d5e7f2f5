//! The views of a capture that is still being made.

use std::io::{Read as _, Write as _};

use nspi_trace::capture::{Stop, Tail};
use nspi_trace::follow::{Board, Lines, View, draw, watch};
use nspi_trace::report::Report;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::sample::report;

/// The sample, in which the leaking user now has so many sessions.
fn with_open(open: u32) -> Report {
    let mut report = report();
    report.servers[0].users[0].concurrency.at_end = open;
    report
}

fn screen(board: &Board, selected: usize, width: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, 12)).unwrap();
    terminal.draw(|frame| draw(frame, board, selected)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn users_stand_by_their_sessions_with_cap_refusals_and_verdict() {
    let mut board = Board::default();
    for open in [10, 20, 50] {
        board.update(&with_open(open));
    }
    assert_eq!(board.rows()[0].history, [10, 20, 50]);
    assert!(board.rows().is_sorted_by_key(|row| std::cmp::Reverse(row.open)));
    let screen = screen(&board, 0, 110);
    assert!(screen.contains("12345 packets, 1 server, 4 users"), "{screen}");
    let row = screen.lines().find(|line| line.contains("svc-bes")).unwrap();
    for part in ["dc1.acme.test", "50 / 50", "▁▃█", "7", "leaks"] {
        assert!(row.contains(part), "{part} is missing from {row}");
    }
    assert!(screen.contains("it leaks 51.6 an hour"), "the selected one is explained:\n{screen}");
}

#[test]
fn the_view_fits_any_terminal_and_scrolls_to_what_is_selected() {
    let mut board = Board::default();
    let nothing = screen(&board, 0, 80);
    assert!(nothing.contains("No NSPI session has been seen yet."));
    let mut many = report();
    let user = many.servers[0].users[0].clone();
    many.servers[0].users = vec![user; 50];
    board.update(&many);
    for width in [1, 10, 40, 300] {
        screen(&board, 49, width);
    }
}

#[test]
fn names_reach_no_terminal_with_control_characters() {
    let mut hostile = report();
    hostile.servers[0].name = Some("\u{1b}[2J\u{1b}]0;owned\u{7}".to_owned());
    hostile.servers[0].users[0].judgement.sentence = "a\u{1b}[31m\nb\u{9b}c".to_owned();
    let mut board = Board::default();
    board.update(&hostile);
    let lines = Lines::default().changes(&hostile);
    for text in board.rows().iter().flat_map(|row| [&row.server, &row.sentence]).chain(&lines) {
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

#[test]
fn a_line_is_said_for_each_tenth_of_the_cap_refusal_and_verdict_and_not_twice() {
    let mut lines = Lines::default();
    let first = lines.changes(&with_open(3));
    assert_eq!(first.len(), 4);
    assert_eq!(first[0], r"2026-11-22T13:00:00Z ACME\svc-bes on dc1.acme.test: 3 of 50 open, 7 refused: leaks");
    assert_eq!(lines.changes(&with_open(4)), [""; 0]);
    assert_eq!(lines.changes(&with_open(5)).len(), 1);
    let mut refused = with_open(5);
    refused.servers[0].users[0].counts.refused += 1;
    assert_eq!(lines.changes(&refused).len(), 1);
}

#[test]
fn watching_ends_with_the_last_report() {
    let stop = Stop::default();
    let (mut out, mut open) = (Vec::new(), 0);
    let report = || {
        open += 10;
        if open == 20 {
            stop.set();
        }
        with_open(open)
    };
    let last = watch(report, &stop, View::Lines(&mut out)).unwrap();
    assert_eq!(last.servers[0].users[0].concurrency.at_end, 40);
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("10 of 50") && out.contains("30 of 50"), "{out}");
}

#[test]
fn a_growing_file_is_read_to_what_was_written_before_the_stop() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"one").unwrap();
    let stop = Stop::default();
    let mut tail = Tail::open(file.path(), stop.clone()).unwrap();
    let mut octets = [0; 16];
    assert_eq!(tail.read(&mut octets).unwrap(), 3);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            file.write_all(b"two").unwrap();
            stop.set();
        });
        let mut rest = String::new();
        tail.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "two");
    });
}
