//! [MS-NSPI 3.1.4.3] NspiUpdateStat and [3.1.4.4] the positioning it rests on.

use nspi_proto::nspi::{CodePage, Lcid, MinimalId, SortType, Stat, Status};
use nspi_server::address_book::update_stat;
use proptest::prelude::*;

use super::{everybody, numbered};

/// Where a STAT comes to stand in a table of ten rows: row, and rows moved.
fn at(stat: Stat) -> (u32, i32) {
    let view = numbered(10);
    let (after, moved) = update_stat(&*view, &stat).unwrap();
    assert_eq!(after.total_recs, 10);
    let expected = everybody(&*view).get(after.num_pos as usize).copied();
    assert_eq!(after.current_rec, expected.unwrap_or(MinimalId::END_OF_TABLE));
    (after.num_pos, moved)
}

fn from(current_rec: MinimalId, delta: i32) -> Stat {
    Stat { current_rec, delta, ..Stat::default() }
}

fn fraction(num_pos: u32, total_recs: u32, delta: i32) -> Stat {
    Stat { num_pos, total_recs, ..from(MinimalId::CURRENT, delta) }
}

#[test]
fn absolute_positions_are_the_beginning_the_end_and_a_row() {
    let third = everybody(&*numbered(10))[2];
    assert_eq!(at(from(MinimalId::BEGINNING_OF_TABLE, 0)), (0, 0));
    assert_eq!(at(from(MinimalId::END_OF_TABLE, 0)), (10, 0));
    assert_eq!(at(from(third, 0)), (2, 0));
    assert_eq!(at(from(MinimalId::BEGINNING_OF_TABLE, 3)), (3, 3));
    assert_eq!(at(from(third, 5)), (7, 5));
    assert_eq!(at(from(MinimalId::END_OF_TABLE, -1)), (9, -1));
}

#[test]
fn an_absolute_position_ignores_the_fraction() {
    assert_eq!(at(Stat { num_pos: 7, total_recs: 9, ..from(MinimalId::BEGINNING_OF_TABLE, 1) }), (1, 1));
}

#[test]
fn a_move_before_the_first_row_ends_at_the_first_row() {
    let third = everybody(&*numbered(10))[2];
    assert_eq!(at(from(third, -3)), (0, -2));
    assert_eq!(at(from(third, i32::MIN)), (0, -2));
    assert_eq!(at(from(MinimalId::BEGINNING_OF_TABLE, -1)), (0, 0));
}

#[test]
fn a_move_past_the_last_row_ends_one_past_it() {
    let third = everybody(&*numbered(10))[2];
    assert_eq!(at(from(third, 8)), (10, 8));
    assert_eq!(at(from(third, i32::MAX)), (10, 8));
    assert_eq!(at(from(MinimalId::END_OF_TABLE, 1)), (10, 0));
}

#[test]
fn a_fraction_is_scaled_to_the_table_and_rounded_down() {
    assert_eq!(at(fraction(1, 2, 0)), (5, 0));
    assert_eq!(at(fraction(1, 3, 0)), (3, 0));
    assert_eq!(at(fraction(999, 1000, 0)), (9, 0));
    assert_eq!(at(fraction(u32::MAX - 1, u32::MAX, 0)), (9, 0), "no overflow");
}

#[test]
fn a_fraction_over_one_is_the_end_of_the_table() {
    assert_eq!(at(fraction(5, 5, 0)), (10, 0));
    assert_eq!(at(fraction(6, 5, 0)), (10, 0));
    assert_eq!(at(fraction(u32::MAX, 1, 0)), (10, 0));
}

#[test]
fn a_fraction_of_nothing_is_the_first_row() {
    assert_eq!(at(fraction(0, 0, 0)), (0, 0));
    assert_eq!(at(fraction(7, 0, 2)), (2, 2));
}

#[test]
fn delta_moves_from_the_fraction_and_only_that_move_is_counted() {
    assert_eq!(at(fraction(1, 2, 2)), (7, 2));
    assert_eq!(at(fraction(1, 2, -9)), (0, -5));
    assert_eq!(at(fraction(1, 2, 9)), (10, 5));
}

#[test]
fn an_empty_table_has_only_its_end() {
    let view = numbered(0);
    for current_rec in [MinimalId::BEGINNING_OF_TABLE, MinimalId::CURRENT, MinimalId::END_OF_TABLE] {
        let (stat, moved) = update_stat(&*view, &from(current_rec, 5)).unwrap();
        assert_eq!((stat.current_rec, stat.num_pos, stat.total_recs, moved), (MinimalId::END_OF_TABLE, 0, 0, 0));
    }
}

#[test]
fn success_clears_delta_and_leaves_the_clients_fields() {
    let stat = Stat {
        code_page: CodePage::TELETEX,
        sort_locale: Lcid(0x411),
        template_locale: Lcid(0x407),
        sort_type: SortType::DISPLAY_NAME,
        ..from(MinimalId::BEGINNING_OF_TABLE, 4)
    };
    let view = numbered(10);
    let (after, _) = update_stat(&*view, &stat).unwrap();
    assert_eq!(after, Stat { delta: 0, current_rec: after.current_rec, num_pos: 4, total_recs: 10, ..stat });
}

#[test]
fn an_unknown_container_is_an_invalid_bookmark() {
    let stat = Stat { container_id: MinimalId(0xFFFF), ..from(MinimalId(0x7777), 0) };
    assert_eq!(update_stat(&*numbered(3), &stat), Err(Status::INVALID_BOOKMARK), "before its rows are looked at");
}

#[test]
fn a_current_row_outside_of_the_container_is_not_found() {
    let view = numbered(3);
    assert_eq!(update_stat(&*view, &from(MinimalId(0x7777), 0)), Err(Status::NOT_FOUND));
    assert_eq!(update_stat(&*view, &from(MinimalId(0xF), 0)), Err(Status::NOT_FOUND), "a signal is no row");
    let users = view.containers()[1].id;
    assert_eq!(update_stat(&*view, &from(users, 0)), Err(Status::NOT_FOUND), "a container is no row");
}

#[test]
fn code_page_unicode_is_not_supported() {
    let stat = Stat { code_page: CodePage::UNICODE, container_id: MinimalId(0xFFFF), ..Stat::default() };
    assert_eq!(update_stat(&*numbered(3), &stat), Err(Status::NOT_SUPPORTED));
}

proptest! {
    #[test]
    fn any_stat_stays_in_the_table_and_the_move_adds_up(
        current in prop_oneof![0..4_u32, 0x10..0x30_u32, any::<u32>()],
        delta in any::<i32>(), num_pos in any::<u32>(), total_recs in any::<u32>(), people in 0..20_usize,
    ) {
        let view = numbered(people);
        let stat = Stat { num_pos, total_recs, ..from(MinimalId(current), delta) };
        let start = update_stat(&*view, &Stat { delta: 0, ..stat });
        match update_stat(&*view, &stat) {
            Ok((after, moved)) => {
                prop_assert!(after.num_pos <= after.total_recs);
                prop_assert_eq!(i64::from(start.unwrap().0.num_pos) + i64::from(moved), i64::from(after.num_pos));
                prop_assert!(moved.unsigned_abs() <= delta.unsigned_abs());
                // A STAT that came back is one that can be sent again.
                prop_assert_eq!(update_stat(&*view, &after).unwrap(), (after, 0));
            }
            Err(status) => prop_assert_eq!((status, start), (Status::NOT_FOUND, Err(Status::NOT_FOUND))),
        }
    }
}
