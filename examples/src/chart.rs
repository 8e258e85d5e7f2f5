//! Sessions over time, as a picture of characters.

use std::fmt::Write as _;

/// Rows of the picture.
const HEIGHT: usize = 12;

/// Columns of the picture, without the scale.
const WIDTH: usize = 60;

/// Draws counts, first to last, as columns, and the cap as a line across.
///
/// ```
/// let picture = examples::chart::draw(&[0, 1, 2, 3, 4, 4, 0], 4, &[(0, "leak"), (6, "rundown")]);
/// assert!(picture.lines().next().unwrap().starts_with("  4 ┄"));
/// assert!(picture.contains("leak"));
/// ```
#[must_use]
pub fn draw(counts: &[u32], cap: u32, labels: &[(usize, &str)]) -> String {
    let top = counts.iter().copied().chain([cap, 1]).max().unwrap_or(1) as usize;
    let width = counts.len().clamp(1, WIDTH);
    // Each column shows the largest of the counts that fall into it.
    let columns: Vec<usize> = (0..width)
        .map(|column| {
            let [start, end] = [column, column + 1].map(|edge| edge * counts.len() / width);
            counts.get(start..end.max(start + 1)).unwrap_or_default().iter().copied().max().unwrap_or(0) as usize
        })
        .collect();
    let cap_row = (cap as usize * HEIGHT).div_ceil(top);
    let mut picture = String::new();
    for row in (1..=HEIGHT).rev() {
        let scale = if row == cap_row { cap.to_string() } else { String::new() };
        let _ = write!(picture, "{scale:>3} {}", if row == cap_row { '┄' } else { '│' });
        for &count in &columns {
            // A column fills its rows in eighths.
            let eighths = (count * HEIGHT * 8 / top).saturating_sub((row - 1) * 8).min(8);
            let empty = if row == cap_row { '┄' } else { ' ' };
            picture.push(['\0', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'][eighths]);
            if eighths == 0 {
                picture.pop();
                picture.push(empty);
            }
        }
        picture.push('\n');
    }
    let _ = writeln!(picture, "  0 └{}", "─".repeat(width));
    picture.push_str(&legend(counts.len(), width, labels));
    picture
}

/// Labels under the columns where they belong, on as many lines as they need.
fn legend(counts: usize, width: usize, labels: &[(usize, &str)]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (at, label) in labels {
        let column = 5 + at * width / counts.max(1);
        let fits = lines.iter_mut().find(|line| line.chars().count() + 1 < column.max(6));
        let line = match fits {
            Some(line) => line,
            None => {
                lines.push(String::new());
                let last = lines.len() - 1;
                &mut lines[last]
            }
        };
        let gap = column.saturating_sub(line.chars().count());
        line.push_str(&" ".repeat(gap));
        let _ = write!(line, "▲ {label}");
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn a_full_column_reaches_the_cap() {
        let picture = draw(&[0, 50, 25], 50, &[]);
        let rows: Vec<&str> = picture.lines().collect();
        assert_eq!(rows[0], " 50 ┄┄█┄");
        assert_eq!(rows[6], "    │ ██");
        assert_eq!(rows[12], "  0 └───");
    }

    #[test]
    fn many_counts_share_columns_and_the_largest_shows() {
        let mut counts = vec![0; 600];
        counts[301] = 50;
        let picture = draw(&counts, 50, &[]);
        assert_eq!(picture.lines().next().unwrap().matches('█').count(), 1);
    }
}
