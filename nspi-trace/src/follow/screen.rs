//! The view on a terminal: users by sessions, each with its last minute.

use std::io;
use std::time::Instant;

use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline, Wrap};
use ratatui::{DefaultTerminal, Frame};

use super::{Board, Row, TICK};
use crate::capture::Stop;
use crate::report::{Report, Verdict};

/// Widths of what stands in a row, but for the sparkline, which has the rest.
const USER: u16 = 28;
const SERVER: u16 = 18;
const OPEN: u16 = 13;
const REFUSED: u16 = 8;
const VERDICT: u16 = 16;

/// Takes the terminal over, and gives it back whatever happens.
pub(super) fn watch(report: &mut impl FnMut() -> Report, stop: &Stop) -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let outcome = until_stopped(&mut terminal, report, stop);
    ratatui::restore();
    outcome
}

fn until_stopped(terminal: &mut DefaultTerminal, report: &mut impl FnMut() -> Report, stop: &Stop) -> io::Result<()> {
    let (mut board, mut selected) = (Board::default(), 0);
    while !stop.is_set() {
        board.update(&report());
        let next = Instant::now() + TICK;
        loop {
            selected = selected.min(board.rows().len().saturating_sub(1));
            terminal.draw(|frame| draw(frame, &board, selected))?;
            let left = next.saturating_duration_since(Instant::now());
            if !event::poll(left)? {
                break;
            }
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => match key {
                    KeyEvent { code: KeyCode::Char('q') | KeyCode::Esc, .. } => stop.set(),
                    KeyEvent { code: KeyCode::Char('c'), modifiers: KeyModifiers::CONTROL, .. } => stop.set(),
                    KeyEvent { code: KeyCode::Down | KeyCode::Char('j'), .. } => selected += 1,
                    KeyEvent { code: KeyCode::Up | KeyCode::Char('k'), .. } => selected = selected.saturating_sub(1),
                    KeyEvent { code: KeyCode::Home, .. } => selected = 0,
                    KeyEvent { code: KeyCode::End, .. } => selected = usize::MAX,
                    _ => {}
                },
                _ => {}
            }
            if stop.is_set() {
                break;
            }
        }
    }
    Ok(())
}

/// Draws the board; `selected` is the row whose sentence is shown at the bottom.
pub fn draw(frame: &mut Frame<'_>, board: &Board, selected: usize) {
    let layout = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(3),
        Constraint::Length(1),
    ]);
    let [title, heads, body, detail, keys] = layout.areas(frame.area());
    frame.render_widget(Line::from(vec!["Who leaks NSPI sessions?  ".bold(), board.summary().into()]), title);
    let names = ["user", "server", "open / cap", "last minute", "refused", "verdict so far"];
    for (place, name) in columns(heads).into_iter().zip(names) {
        frame.render_widget(Span::from(name).dim(), place);
    }
    let height = usize::from(body.height).max(1);
    let first = (selected + 1).saturating_sub(height);
    for (line, (index, row)) in (0..).zip(board.rows().iter().enumerate().skip(first).take(height)) {
        let place = Rect { y: body.y + line, height: 1, ..body };
        draw_row(frame, row, place, index == selected);
    }
    match board.rows().get(selected) {
        Some(row) => frame.render_widget(Paragraph::new(row.sentence.as_str()).wrap(Wrap { trim: true }), detail),
        None => frame.render_widget(Line::from("No NSPI session has been seen yet.").dim(), detail),
    }
    frame.render_widget(Line::from("↑ ↓ select   q end, with the report").dim(), keys);
}

fn columns(area: Rect) -> [Rect; 6] {
    Layout::horizontal([
        Constraint::Length(USER),
        Constraint::Length(SERVER),
        Constraint::Length(OPEN),
        Constraint::Min(4),
        Constraint::Length(REFUSED),
        Constraint::Length(VERDICT),
    ])
    .spacing(1)
    .areas(area)
}

fn draw_row(frame: &mut Frame<'_>, row: &Row, place: Rect, is_selected: bool) {
    let base = if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
    let colour = match row.verdict {
        Verdict::Leaks { .. } | Verdict::Hoards { .. } => Color::Red,
        Verdict::Needs { .. } => Color::Yellow,
        Verdict::Healthy => Color::Green,
        Verdict::NotEnoughSeen => Color::Reset,
    };
    let full = if row.open >= row.cap { Color::Red } else { Color::Reset };
    let [user, server, open, history, refused, verdict] = columns(place);
    frame.render_widget(Span::styled(row.user.as_str(), base), user);
    frame.render_widget(Span::from(row.server.as_str()), server);
    frame.render_widget(Span::from(format!("{:>4} / {}", row.open, row.cap)).fg(full), open);
    // The cap is the full height, or the peak where that is higher.
    let shown = row.history.iter().skip(row.history.len().saturating_sub(usize::from(history.width))).copied();
    let most = u64::from(row.cap.max(row.peak).max(1));
    frame.render_widget(Sparkline::default().data(shown).max(most), history);
    frame.render_widget(Span::from(format!("{:>7}", row.refused)), refused);
    frame.render_widget(Span::from(row.verdict.label()).fg(colour), verdict);
}
