//! S02, positions: NspiUpdateStat.

use nspi_proto::nspi::{Lcid, MinimalId, Stat, Status};

use super::lab::{Lab, at, stat};

/// Rows of the Global Address List.
const ROWS: u32 = 7;

async fn first(lab: &Lab) -> MinimalId {
    lab.rows_from(stat(), 1, &[]).await;
    lab.update_stat(stat(), None, 0).await.stat.current_rec
}

#[tokio::test]
async fn s02_tc01_update_stat_from_the_beginning_the_current_row_and_the_end() {
    let lab = Lab::open().await;
    let beginning = lab.update_stat(stat(), Some(0), 0).await;
    assert_eq!((beginning.status, beginning.delta), (Status::SUCCESS, Some(0)));
    assert_eq!((beginning.stat.num_pos, beginning.stat.total_recs), (0, ROWS));
    assert!(beginning.stat.current_rec >= MinimalId::FIRST_OBJECT);
    let half = Stat { num_pos: 1, total_recs: 2, ..at(MinimalId::CURRENT) };
    assert_eq!(lab.update_stat(half, None, 0).await.stat.num_pos, ROWS / 2);
    let end = lab.update_stat(at(MinimalId::END_OF_TABLE), None, 0).await.stat;
    assert_eq!((end.current_rec, end.num_pos, end.total_recs), (MinimalId::END_OF_TABLE, ROWS, ROWS));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc02_update_stat_ignores_reserved_and_the_value_in_pl_delta() {
    let lab = Lab::open().await;
    let move_on = Stat { delta: 2, ..stat() };
    let usual = lab.update_stat(move_on, Some(0), 0).await;
    assert_eq!(lab.update_stat(move_on, Some(0), 0xABCD).await, usual);
    assert_eq!(lab.update_stat(move_on, Some(-77), 0).await, usual);
    let unasked = lab.update_stat(move_on, None, 0).await;
    assert_eq!((unasked.stat, unasked.delta), (usual.stat, None));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc03_update_stat_moves_both_ways_and_tells_how_far_it_got() {
    let lab = Lab::open().await;
    let top = first(&lab).await;
    for (from, delta, row, moved) in
        [(0, 3, 3, 3), (3, -2, 1, -2), (3, -50, 0, -3), (3, i32::MIN, 0, -3), (3, 50, ROWS, 4), (3, i32::MAX, ROWS, 4)]
    {
        let start = lab.update_stat(Stat { delta: from, ..stat() }, None, 0).await.stat;
        let answer = lab.update_stat(Stat { delta, ..start }, Some(0), 0).await;
        assert_eq!((answer.stat.num_pos, answer.delta), (row, Some(moved)), "{delta} from {from}");
        assert_eq!(answer.stat.current_rec == top, row == 0);
        assert_eq!(answer.stat.current_rec == MinimalId::END_OF_TABLE, row == ROWS);
    }
    lab.close().await;
}

#[tokio::test]
async fn s02_tc04_absolute_positions_are_rows_whatever_fraction_was_sent() {
    let lab = Lab::open().await;
    let sent = Stat { delta: 2, num_pos: 5, total_recs: 4711, template_locale: Lcid(7), ..stat() };
    let there = lab.update_stat(sent, None, 0).await.stat;
    assert_eq!((there.num_pos, there.total_recs, there.delta), (2, ROWS, 0));
    let rest = Stat { current_rec: there.current_rec, delta: 0, num_pos: 2, total_recs: ROWS, ..sent };
    assert_eq!(there, rest, "nothing else changes");
    let unmoved = lab.update_stat(Stat { delta: 0, ..there }, None, 0).await.stat;
    assert_eq!(unmoved, there);
    let back = lab.update_stat(Stat { delta: -1, ..there }, None, 0).await.stat;
    let forth = lab.update_stat(Stat { delta: 1, ..there }, None, 0).await.stat;
    assert_eq!((back.num_pos, forth.num_pos), (1, 3));
    lab.close().await;
}

#[tokio::test]
async fn s02_tc05_fractional_positions_are_scaled_cut_off_and_moved_by_delta() {
    let lab = Lab::open().await;
    let at_fraction = async |num_pos, total_recs, delta| {
        let sent = Stat { num_pos, total_recs, delta, ..at(MinimalId::CURRENT) };
        lab.update_stat(sent, Some(0), 0).await
    };
    for (num_pos, total_recs, delta, row) in [
        (0, 10, 0, 0),
        (5, 10, 0, 3), // 3.5
        (10, 10, 0, ROWS),
        (99, 10, 0, ROWS),
        (5, 10, 1, 4),
        (5, 10, -1, 2),
        (5, 10, -9, 0),
        (5, 10, 9, ROWS),
    ] {
        let answer = at_fraction(num_pos, total_recs, delta).await;
        assert_eq!((answer.stat.num_pos, answer.stat.total_recs), (row, ROWS), "{num_pos} of {total_recs}");
        assert_ne!(answer.stat.current_rec, MinimalId::CURRENT);
        assert_eq!(answer.stat.current_rec == MinimalId::END_OF_TABLE, row == ROWS);
    }
    lab.close().await;
}
