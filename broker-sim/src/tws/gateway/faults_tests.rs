use super::{Habits, test_seat::Seat};
use crate::{fault::Fault, tws::message::*};

fn codes(replies: &[Reply]) -> Vec<i32> {
    let code = |reply: &Reply| match reply {
        Reply::Error(error) => error.error_code,
        _ => None,
    };
    replies.iter().filter_map(code).collect()
}

#[test]
fn a_reset_is_announced_and_the_door_is_closed_until_it_is_over() {
    let mut seat = Seat::new(Habits::unlimited());
    seat.gateway()
        .inject(&Fault::NightlyReset { down_ms: 10_000 })
        .unwrap();
    assert_eq!(codes(&seat.drain()), [1100]);
    assert_eq!(seat.gateway().door(), super::Door::Closed);
    seat.advance(11);
    assert_eq!(seat.gateway().door(), super::Door::Open);
}

#[test]
fn a_client_id_is_free_again_when_its_client_has_left() {
    let first = Seat::new(Habits::default());
    let mut other = first.beside(2);
    assert_eq!(first.gateway().clients(), 2);
    first.leave();
    let again = other.beside(1);
    assert_eq!(again.gateway().clients(), 2);
    other.ask(Request::CurrentTime(CurrentTimeRequest {}));
    let now = other.world().now().timestamp();
    assert!(
        matches!(other.next(), Some(Reply::CurrentTime(time)) if time.current_time == Some(now))
    );
}

#[test]
fn too_many_requests_are_refused_and_repeated_offence_ends_the_connection() {
    let habits = Habits {
        messages_per_second: Some(2),
        violations_tolerated: 1,
        ..Habits::default()
    };
    let mut seat = Seat::new(habits);
    // Starting the API is not counted: two requests pass, the others are refused.
    for _ in 0..4 {
        seat.ask(Request::CurrentTime(CurrentTimeRequest {}));
    }
    let told = seat.drain();
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(codes(&told), [100, 100]);
}
