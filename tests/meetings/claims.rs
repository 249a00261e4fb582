//! What several claim is won by exactly one of them, each as often.

use throng::{Model, Simulation};

use crate::Way;
use crate::chance::unevenness;
use crate::common::{changed, model};
use crate::rows;

const SEATS: &str = "
//! # Guests who ask for seats.
//! [agents.guest]
//! [params]
//! seats = { default = 1, range = [1, 1000000] }
//! [layers]
//! wall = { bits = 1, from = \"map\" }
//! seat = { claim = true }
//! [step]
//! stages = [\"ask\", \"sit\"]
struct Guest { pos: vec2<i32>, wants: vec2<i32>, asks: u32, sits: u32, taken: u32 }
fn ask(me: Guest) -> Guest {
    var next = me;
    let seat = i32(random_below(u32(params.seats)));
    next.wants = vec2<i32>(seat % grid_size.x, seat / grid_size.x);
    next.asks = u32(agent_id() % 5u != 4u);
    if next.asks == 1u { claim_seat(next.wants); }
    return next;
}
fn sit(me: Guest) -> Guest {
    var next = me;
    next.sits = u32(won_seat(me.wants));
    next.taken = u32(claimed_seat(me.wants));
    return next;
}
";

const ASKS: usize = 4;
const SITS: usize = 5;
const TAKEN: usize = 6;

/// What is wrong with who sits where: not one of those who ask for a seat, somebody who does not ask, or a loser who is told
/// that nobody asked.
fn seating(model: &Model, way: Way) -> Option<String> {
    for (guests, seats) in [(1, 1), (400, 300), (400, 7), (400, 5000)] {
        let worlds = Simulation::of(model.clone()).size(83, 61).agents(guests).set("seats", f64::from(seats));
        let mut worlds = way.of(worlds.worlds(2).seed(3)).build().unwrap_or_else(|error| panic!("{error}"));
        for step in 0..12 {
            worlds.step().unwrap_or_else(|error| panic!("{error}"));
            let guests = rows(&mut worlds, "guest", step % 2);
            for guest in &guests {
                let same = || guests.iter().filter(|other| other[2..4] == guest[2..4] && other[ASKS] == 1);
                let sitting =
                    guests.iter().filter(|other| other[2..4] == guest[2..4] && other[SITS] == 1).count();
                let expected = usize::from(same().count() > 0);
                let stranger = guest[ASKS] == 0 && guest[SITS] == 1;
                if sitting != expected || stranger || guest[TAKEN] as usize != expected {
                    return Some(format!(
                        "{seats} seats on {way:?}, step {step}: {sitting} sit for {guest:?}"
                    ));
                }
            }
        }
    }
    None
}

/// How unevenly seven guests of eight win one seat, and how much who wins depends on who won before.
fn bias(model: &Model, way: Way) -> f64 {
    let worlds = Simulation::of(model.clone()).size(9, 9).agents(10).worlds(200).seed(8);
    let mut worlds = way.of(worlds).build().unwrap_or_else(|error| panic!("{error}"));
    let mut wins = [0; 8];
    let mut pairs = [0; 64];
    let mut before: Vec<Option<usize>> = vec![None; 200];
    for _ in 0..if way.is_fast() { 60 } else { 12 } {
        worlds.step().unwrap_or_else(|error| panic!("{error}"));
        for (world, before) in before.iter_mut().enumerate() {
            let guests = rows(&mut worlds, "guest", world as u32);
            // Those who ask are all but the fifth and the tenth.
            let asking = guests.iter().filter(|guest| guest[ASKS] == 1);
            let Some(winner) = asking.enumerate().find(|(_, guest)| guest[SITS] == 1).map(|(index, _)| index)
            else {
                return f64::INFINITY;
            };
            wins[winner] += 1;
            if let Some(before) = before.replace(winner) {
                pairs[before * 8 + winner] += 1;
            }
        }
    }
    unevenness(&wins).max(unevenness(&pairs))
}

#[test]
fn each_claimed_seat_has_one_of_those_who_ask() {
    for way in Way::all() {
        assert_eq!(seating(&model("seats", SEATS), way), None);
    }
}

#[test]
fn everybody_wins_as_often() {
    for way in Way::all() {
        let bias = bias(&model("seats", SEATS), way);
        assert!(bias < 4.0, "{bias} standard deviations on {way:?}");
    }
}

#[test]
fn wrong_seatings_are_rejected() {
    let right = model("seats", SEATS);
    for (what, from, to) in [
        ("all sit who ask", "u32(won_seat(me.wants))", "me.asks"),
        (
            "some who win do not sit",
            "u32(won_seat(me.wants))",
            "u32(won_seat(me.wants) && agent_id() % 8u != 3u)",
        ),
        ("some sit who do not ask", "u32(won_seat(me.wants))", "u32(won_seat(me.wants) || agent_id() == 4u)"),
    ] {
        assert!(seating(&changed(&right, from, to), Way::CPU).is_some(), "{what} was taken for right");
    }
    let rarely = "if next.asks == 1u && (agent_id() != 2u || random_below(4u) != 0u) {";
    let biased = changed(&right, "if next.asks == 1u {", rarely);
    assert!(bias(&biased, Way::CPU) > 4.0);
}
