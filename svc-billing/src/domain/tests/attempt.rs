use std::time::Duration;

use crate::domain::{RetrySchedule, unknown_outcome_pause};

#[test]
fn b5_a_declined_charge_is_tried_again_on_a_schedule_that_ends() {
    let schedule: RetrySchedule = "90s, 2h,3d".parse().unwrap();
    let pauses: Vec<_> = (0..5).map(|number| schedule.pause_after(number)).collect();
    let seconds = |count| Some(Duration::from_secs(count));
    assert_eq!(
        pauses,
        [None, seconds(90), seconds(7_200), seconds(259_200), None]
    );
    let never: RetrySchedule = "".parse().unwrap();
    assert_eq!(never.pause_after(1), None);
}

#[test]
fn b5_a_schedule_that_cannot_be_read_is_refused() {
    for wrong in [
        "1",
        "d",
        "53w",
        "-1d",
        "1x",
        "367d",
        "1d;2d",
        "１d",
        "99999999999999999999d",
    ] {
        assert!(wrong.parse::<RetrySchedule>().is_err(), "{wrong}");
    }
}

#[test]
fn b7_the_pause_after_an_unknown_outcome_doubles_up_to_an_hour() {
    let first = Duration::from_secs(10);
    let pauses: Vec<u64> = [1, 2, 3, 9, 10, u32::MAX]
        .into_iter()
        .map(|tries| unknown_outcome_pause(first, tries).as_secs())
        .collect();
    assert_eq!(pauses, [10, 20, 40, 2_560, 3_600, 3_600]);
}
