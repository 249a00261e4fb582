//! Designs against what the literature or plain counting says of them.

use throng::experiment::plan::{Description, DesignKind, LatinHypercube, Sobol, Values};

use super::{dice, plan, small, varying};

/// The parameters of each trial.
fn points(one: Description) -> Vec<Vec<f64>> {
    let plan = plan(one);
    plan.iter(0..plan.trials())
        .map(|trial| trial.unwrap_or_else(|refused| panic!("{refused:?}")).values)
        .collect()
}

#[test]
fn a_grid_is_every_value_with_every_other_the_last_fastest() {
    let one = varying(&[("persistence", "1,2,5"), ("novelty", "0..64:3"), ("sensor_range", "7")]);
    let mut by_hand = Vec::new();
    for persistence in [1.0, 2.0, 5.0] {
        for novelty in [0.0, 32.0, 64.0] {
            by_hand.push(vec![persistence, novelty, 7.0]);
        }
    }
    assert_eq!(points(one), by_hand);
    // The other order is another design.
    let turned = varying(&[("novelty", "0..64:3"), ("persistence", "1,2,5"), ("sensor_range", "7")]);
    assert_ne!(points(turned), by_hand);
}

#[test]
fn agents_vary_beside_parameters_and_replicates_have_the_same_seeds_at_every_point() {
    let mut one = varying(&[("persistence", "1,2")]);
    one.agents = Some(Values::parse("4,8").unwrap());
    one.replicates = 3;
    one.seed = u64::MAX;
    let plan = plan(one);
    let found: Vec<_> = plan
        .iter(0..plan.trials())
        .map(Result::unwrap)
        .map(|trial| (trial.number, trial.point, trial.replicate, trial.seed, trial.agents, trial.values[0]))
        .collect();
    let mut by_hand = Vec::new();
    for (outer, agents) in [4, 8].into_iter().enumerate() {
        for (inner, persistence) in [1.0, 2.0].into_iter().enumerate() {
            // The seed after the last is 0.
            for (replicate, seed) in [u64::MAX, 0, 1].into_iter().enumerate() {
                let point = 2 * outer as u64 + inner as u64;
                by_hand.push((by_hand.len() as u64, point, replicate as u32, seed, agents, persistence));
            }
        }
    }
    assert_eq!(found, by_hand);
}

#[test]
fn evenly_spaced_values_are_the_nearest_reals_to_what_they_should_be() {
    for (text, wanted) in [
        ("0..1:11", vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("0.1..0.5:5", vec![0.1, 0.2, 0.3, 0.4, 0.5]),
        ("1..0:3", vec![1.0, 0.5, 0.0]),
    ] {
        let mut one = Description::of_model(dice());
        one.set("turn", Values::parse(text).unwrap());
        let found: Vec<f64> = points(one).into_iter().map(|values| values[0]).collect();
        assert_eq!(found, wanted, "{text}");
    }
    // Adding up steps would not do.
    assert_ne!(
        (0..5).fold(vec![0.1], |list, _| [list.clone(), vec![list[list.len() - 1] + 0.1]].concat())[2],
        0.3
    );
}

#[test]
fn paired_values_go_together_the_first_with_the_first() {
    let mut one = varying(&[("persistence", "1,2"), ("novelty", "10,20"), ("sensor_range", "0,1,2")]);
    one.zip = vec![vec!["persistence".into(), "novelty".into()]];
    let mut by_hand = Vec::new();
    for pair in [(1.0, 10.0), (2.0, 20.0)] {
        for range in [0.0, 1.0, 2.0] {
            by_hand.push(vec![pair.0, pair.1, range]);
        }
    }
    assert_eq!(points(one.clone()), by_hand);
    one.zip.clear();
    assert_eq!(points(one).len(), 12);
}

#[test]
fn a_list_takes_the_first_values_together_then_the_second_ones() {
    let mut one = varying(&[("persistence", "1,2,3"), ("novelty", "30,20,10"), ("sensor_range", "4")]);
    one.design = DesignKind::List;
    assert_eq!(points(one), [[1.0, 30.0, 4.0], [2.0, 20.0, 4.0], [3.0, 10.0, 4.0]]);
}

/// How many points lie in each of as many slices of a dimension as there are points.
fn in_slices(count: usize, coordinate: impl Fn(u64) -> f64) -> Vec<usize> {
    let mut slices = vec![0; count];
    (0..count as u64).for_each(|point| slices[(coordinate(point) * count as f64) as usize] += 1);
    slices
}

#[test]
fn each_slice_of_each_dimension_of_a_latin_hypercube_is_hit_once() {
    for count in [1, 2, 7, 64, 1000] {
        let design = LatinHypercube::new(count, 5, 3);
        for dimension in 0..5 {
            let hits = in_slices(count as usize, |point| design.coordinate(point, dimension));
            assert!(hits.iter().all(|hits| *hits == 1), "{count} points, dimension {dimension}: {hits:?}");
        }
    }
    // Independent random numbers would leave slices empty.
    let random = |point: u64| {
        f64::from(throng::world::random::philox([point as u32, 0, 0, 0], [3, 0])[0]) / 2f64.powi(32)
    };
    assert!(in_slices(64, random).iter().any(|hits| *hits != 1));
}

#[test]
fn latin_hypercubes_differ_by_seed_and_dimension_and_are_not_in_order() {
    let line = |seed, dimension| {
        let design = LatinHypercube::new(200, 2, seed);
        (0..200).map(|point| design.coordinate(point, dimension)).collect::<Vec<f64>>()
    };
    assert_eq!(line(1, 0), line(1, 0));
    assert_ne!(line(1, 0), line(2, 0));
    assert_ne!(line(1, 0), line(1, 1));
    // The correlation of two random orders of 200 has a standard deviation of 1/sqrt(199) = 0.07.
    let correlation = |one: &[f64], other: &[f64]| {
        one.iter().zip(other).map(|(one, other)| (one - 0.5) * (other - 0.5)).sum::<f64>() / 200.0 * 12.0
    };
    let (one, other, order) =
        (line(1, 0), line(1, 1), (0..200).map(|i| f64::from(i) / 200.0).collect::<Vec<_>>());
    assert!(correlation(&one, &other).abs() < 0.35 && correlation(&one, &order).abs() < 0.35);
    assert!(correlation(&one, &one) > 0.9);
}

/// The first ten points in three dimensions that Joe and Kuo print on their page
/// (<https://web.maths.unsw.edu.au/~fkuo/sobol/>).
const PUBLISHED: [[f64; 3]; 10] = [
    [0.0, 0.0, 0.0],
    [0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25],
    [0.25, 0.75, 0.75],
    [0.375, 0.375, 0.625],
    [0.875, 0.875, 0.125],
    [0.625, 0.125, 0.875],
    [0.125, 0.625, 0.375],
    [0.1875, 0.3125, 0.9375],
    [0.6875, 0.8125, 0.4375],
];

/// Point 12345 in 40 dimensions times 2^32, from the crate `sobol` 1.0.2 with Joe and Kuo's own file.
const FAR: [u32; 40] = [
    2752774144, 3493593088, 688652288, 2262564864, 3816030208, 252968960, 546570240, 486801408, 3443785728,
    1845231616, 319029248, 2571894784, 3998482432, 4045144064, 148111360, 2752249856, 268697600, 218890240,
    1371799552, 1475084288, 855900160, 348913664, 2607022080, 3705405440, 1895563264, 1270087680, 1572077568,
    2070151168, 376700928, 1737228288, 1232338944, 2843475968, 2158755840, 2840330240, 817102848, 3910926336,
    11272192, 1384382464, 4122738688, 4072407040,
];

#[test]
fn sobol_points_are_the_published_ones() {
    let design = Sobol::new(3, 0);
    let found: Vec<[f64; 3]> =
        (0..10).map(|point| [0, 1, 2].map(|dimension| design.coordinate(point, dimension))).collect();
    assert_eq!(found, PUBLISHED);
    let design = Sobol::new(40, 0);
    let far: Vec<f64> = (0..40).map(|dimension| design.coordinate(12345, dimension)).collect();
    let wanted: Vec<f64> = FAR.iter().map(|word| f64::from(*word) / 4294967296.0).collect();
    assert_eq!(far, wanted);
    let beside: Vec<f64> = (0..40).map(|dimension| design.coordinate(12346, dimension)).collect();
    assert_ne!(beside, wanted);
}

#[test]
fn a_shifted_sobol_sequence_is_as_even() {
    let (plain, shifted) = (Sobol::new(40, 0), Sobol::new(40, 9));
    for dimension in 0..40 {
        for design in [&plain, &shifted] {
            let hits = in_slices(256, |point| design.coordinate(point, dimension));
            assert!(hits.iter().all(|hits| *hits == 1), "dimension {dimension}");
        }
        assert_ne!(plain.coordinate(3, dimension), shifted.coordinate(3, dimension));
    }
    // Without its first point the rest is not.
    assert!(in_slices(256, |point| plain.coordinate(point + 1, 0)).iter().any(|hits| *hits != 1));
}

#[test]
fn random_designs_fill_ranges_and_round_whole_numbers_evenly() {
    for kind in [DesignKind::LatinHypercube, DesignKind::Sobol] {
        let mut one = Description::of_model(dice());
        one.design = kind;
        one.points = Some(600);
        one.design_seed = 5;
        one.set("turn", Values::parse("0.25..0.75").unwrap());
        one.set("die", Values::parse("1..6").unwrap());
        one.set("slack", Values::parse("0.1,0.2,0.4").unwrap());
        let found = points(one);
        let count = |of: &dyn Fn(&Vec<f64>) -> bool| found.iter().filter(|values| of(values)).count();
        assert_eq!(found.len(), 600);
        assert!(found.iter().all(|values| (0.25..0.75).contains(&values[0])));
        let low = count(&|values| values[0] < 0.5);
        assert!((290..=310).contains(&low), "{kind:?}: {low}");
        for face in 1..=6 {
            // Rounding to the nearest would give 1 and 6 half as many.
            let hits = count(&|values| values[2] == f64::from(face));
            assert!((90..=110).contains(&hits), "{kind:?}: {face} is hit {hits} times");
        }
        for slack in [0.1, 0.2, 0.4] {
            let hits = count(&|values| values[1] == slack);
            assert!((190..=210).contains(&hits), "{kind:?}: {slack} is hit {hits} times");
        }
    }
}

#[test]
fn a_point_out_of_range_is_refused_and_the_others_go_on() {
    let plan = plan(varying(&[("persistence", "4,99,2.5,16"), ("novelty", "1,2")]));
    let found: Vec<Result<f64, String>> = plan
        .iter(0..plan.trials())
        .map(|trial| trial.map(|trial| trial.values[0]).map_err(|refused| refused.reason))
        .collect();
    assert_eq!(found.len(), 8);
    for (place, wanted) in [(0, 4.0), (1, 4.0), (6, 16.0), (7, 16.0)] {
        assert_eq!(found[place], Ok(wanted));
    }
    for (place, word) in [(2, "99"), (3, "0 to 16"), (4, "2.5"), (5, "whole number")] {
        let reason = found[place].as_ref().unwrap_err();
        assert!(reason.contains(word) && reason.contains("; ") && !reason.contains('\n'), "{reason}");
    }
    let refused = plan.trial(2).unwrap_err();
    assert_eq!((refused.trial.point, refused.trial.values[0]), (2, 99.0));
    assert!(plan.trial(8).unwrap_err().reason.contains("0 to 7"));
}

#[test]
fn numbers_of_agents_that_no_world_has_are_refused_one_by_one() {
    let mut one = small();
    one.agents = Some(Values::parse("0,3,2.5,1e12").unwrap());
    let plan = plan(one);
    let found: Vec<bool> = plan.iter(0..4).map(|trial| trial.is_ok()).collect();
    assert_eq!(found, [false, true, false, false]);
}

/// A vector's name means all of its elements, and an element may vary in a vector that does not.
#[test]
fn vectors_and_their_elements_vary() {
    let text = "//! # Vector.\n//! [params]\n//! weights = { count = 3, default = 0.5, range = [0, 9] }\n//! [step]\n\
                //! stages = [\"go\"]\nstruct Agent { pos: vec2<i32>, sum: i32 }\n\
                fn go(me: Agent) -> Agent { var next = me; next.sum += params.weights[1]; return next; }\n";
    let model = throng::Model::text("vector", text).unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<&str> = model.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
    assert_eq!(names, ["weights[0]", "weights[1]", "weights[2]"]);
    let mut one = Description::of_model(model);
    one.set("weights", Values::parse("2").unwrap());
    one.set("weights[1]", Values::parse("1,4").unwrap());
    assert_eq!(points(one.clone()), [[2.0, 1.0, 2.0], [2.0, 4.0, 2.0]]);
    one.set("weights", Values::parse("2,3").unwrap());
    let told = throng::experiment::Plan::new(vec![one.clone()]).unwrap_err().to_string();
    assert!(told.contains("set twice"), "{told}");
    one.parameters.pop();
    assert_eq!(points(one), [[2.0; 3], [3.0; 3]]);
}
