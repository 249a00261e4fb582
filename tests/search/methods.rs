//! Each method finds what it should, does not when it is told the opposite, and repeats.

use throng::experiment::search::{
    CmaEs, Descriptor, Dimension, MapElites, Method, MethodName, Optimiser, Space, Told,
};

use super::functions::{ellipsoid, rastrigin, rosenbrock, sphere};

const NAMES: [MethodName; 6] = [
    MethodName::Random,
    MethodName::Halving,
    MethodName::Genetic,
    MethodName::CmaEs,
    MethodName::OpenAiEs,
    MethodName::MapElites,
];

pub fn space(dimensions: usize, end: f64) -> Space {
    let dimension = |index| Dimension::real(format!("x{index}"), -end, end);
    Space::new((0..dimensions).map(dimension).collect()).unwrap()
}

fn descriptors(end: f64) -> Vec<Descriptor> {
    vec![Descriptor { low: -end, high: end, parts: 10 }; 2]
}

/// What a method makes of a function: the true value of the candidate that it was told is best, or of what it recommends.
fn least(
    mut method: Method,
    function: fn(&[f64]) -> f64,
    generations: usize,
    population: usize,
    inverted: bool,
) -> f64 {
    let sign = if inverted { 1.0 } else { -1.0 };
    let mut best = (f64::NEG_INFINITY, f64::NAN);
    for _ in 0..generations {
        let asked = method.ask(population);
        let told: Vec<Told> = asked
            .into_iter()
            .map(|candidate| {
                let value = function(&candidate.values);
                let descriptors = candidate.values.iter().take(2).copied().collect();
                Told { score: sign * value, descriptors, candidate }
            })
            .collect();
        for told in &told {
            if told.score > best.0 {
                best = (told.score, sign * told.score);
            }
        }
        method.tell(&told);
    }
    match method.recommended() {
        Some(candidate) => function(&candidate.values),
        None => best.1,
    }
}

/// A method must reach the bar from each of several seeds, and miss it from each when told that worse is better.
fn reaches(
    name: MethodName,
    function: fn(&[f64]) -> f64,
    (dimensions, end): (usize, f64),
    (generations, population): (usize, usize),
    bar: f64,
) {
    reaches_with(None, name, function, (dimensions, end), (generations, population), bar);
}

fn reaches_with(
    sigma: Option<f64>,
    name: MethodName,
    function: fn(&[f64]) -> f64,
    (dimensions, end): (usize, f64),
    (generations, population): (usize, usize),
    bar: f64,
) {
    for seed in 1..=3 {
        let method = || Method::new(name, space(dimensions, end), seed, sigma, descriptors(end)).unwrap();
        let value = least(method(), function, generations, population, false);
        assert!(value <= bar, "{name:?}, seed {seed}: {value} is above {bar}");
        let value = least(method(), function, generations, population, true);
        assert!(value > bar, "{name:?}, seed {seed}: told the opposite it still reaches {value}");
    }
}

#[test]
fn random_search_comes_near() {
    // Of 2000 points in a square of side 2, some lie within 0.1 of the optimum but for one in e^15.
    reaches(MethodName::Random, sphere, (2, 1.0), (20, 100), 0.01);
}

#[test]
fn halving_comes_near() {
    reaches(MethodName::Halving, sphere, (2, 1.0), (36, 243), 0.01);
}

#[test]
fn the_genetic_algorithm_finds_optima() {
    reaches(MethodName::Genetic, sphere, (5, 5.0), (100, 40), 1e-4);
    reaches(MethodName::Genetic, rastrigin, (3, 5.0), (100, 60), 1e-2);
    reaches(MethodName::Genetic, rosenbrock, (2, 2.0), (100, 40), 1e-2);
}

#[test]
fn cma_es_finds_optima() {
    reaches(MethodName::CmaEs, sphere, (10, 5.0), (220, 10), 1e-9);
    reaches(MethodName::CmaEs, rosenbrock, (4, 2.0), (250, 12), 1e-8);
    reaches(MethodName::CmaEs, ellipsoid, (8, 5.0), (350, 10), 1e-8);
    reaches(MethodName::CmaEs, rastrigin, (3, 5.0), (80, 200), 1e-8);
}

/// Without its covariance the strategy is slow on an ellipsoid: what it takes to get there is what adaptation is for.
#[test]
fn the_covariance_adapts() {
    let options = (350, 10);
    let adapted =
        least(Method::CmaEs(CmaEs::new(space(8, 5.0), 1, 0.3)), ellipsoid, options.0, options.1, false);
    let isotropic = least(
        Method::new(MethodName::OpenAiEs, space(8, 5.0), 1, None, Vec::new()).unwrap(),
        ellipsoid,
        options.0,
        options.1,
        false,
    );
    assert!(adapted < 1e-6 * isotropic, "{adapted}, {isotropic}");
}

#[test]
fn openai_es_finds_optima() {
    reaches(MethodName::OpenAiEs, sphere, (20, 5.0), (200, 40), 0.2);
    // Its standard deviation stays, and must be smaller than the valley is wide.
    reaches_with(Some(0.01), MethodName::OpenAiEs, rosenbrock, (2, 2.0), (800, 40), 0.05);
}

#[test]
fn map_elites_finds_the_best() {
    reaches(MethodName::MapElites, sphere, (4, 1.0), (100, 100), 0.02);
}

/// Kinds are the squares of the first two numbers, so the best of a kind has the third where the optimum is.
fn filled(right: bool) -> (usize, f64) {
    let mut archive = MapElites::new(space(3, 1.0), 4, descriptors(1.0), 0.1).unwrap();
    for _ in 0..200 {
        let told: Vec<Told> = archive
            .ask(50)
            .into_iter()
            .map(|candidate| {
                let descriptors = match right {
                    true => candidate.values[..2].to_vec(),
                    false => vec![0.5, 0.5],
                };
                Told { score: -sphere(&candidate.values[2..]), descriptors, candidate }
            })
            .collect();
        archive.tell(&told);
    }
    let worst = archive.archive().map(|(_, told)| -told.score).fold(0.0, f64::max);
    (archive.archive().count(), worst)
}

#[test]
fn map_elites_fills_its_archive_with_the_best_of_each_kind() {
    let (found, worst) = filled(true);
    assert_eq!(found, 100);
    assert!(worst < 0.01, "{worst}");
    assert_eq!(filled(false).0, 1, "kinds that are all the same fill one place");
}

/// Survivors of a halving are the best third, on three times as many seeds each time, until one is left.
#[test]
fn halving_tries_fewer_on_more_seeds() {
    let mut method = Method::new(MethodName::Halving, space(1, 1.0), 0, None, Vec::new()).unwrap();
    let mut rungs = Vec::new();
    for _ in 0..5 {
        let asked = method.ask(27);
        rungs.push((asked.len(), asked[0].times));
        let told: Vec<Told> = asked
            .into_iter()
            .map(|candidate| Told { score: candidate.values[0], descriptors: Vec::new(), candidate })
            .collect();
        let mut order: Vec<f64> = told.iter().map(|told| told.score).collect();
        order.sort_by(f64::total_cmp);
        method.tell(&told);
        if told.len() > 1 {
            let next = method.clone().ask(27);
            assert_eq!(next[0].values[0], *order.last().unwrap(), "the best goes on, first");
        }
    }
    assert_eq!(rungs, [(27, 1), (9, 3), (3, 9), (1, 27), (27, 1)]);
}

fn states(name: MethodName, seed: u64, stored_after: Option<usize>) -> Vec<String> {
    let mut method = Method::new(name, space(4, 2.0), seed, None, descriptors(2.0)).unwrap();
    let mut states = Vec::new();
    for generation in 0..8 {
        if stored_after == Some(generation) {
            method = serde_json::from_str(&serde_json::to_string(&method).unwrap()).unwrap();
        }
        let told: Vec<Told> = method
            .ask(15)
            .into_iter()
            .map(|candidate| {
                // Some trials fail, some are beyond all bounds.
                let score = match candidate.number % 17 {
                    3 => f64::NAN,
                    5 => f64::INFINITY,
                    7 => f64::NEG_INFINITY,
                    _ => -rosenbrock(&candidate.values),
                };
                Told { score, descriptors: candidate.values[..2].to_vec(), candidate }
            })
            .collect();
        method.tell(&told);
        states.push(serde_json::to_string(&method).unwrap());
    }
    states
}

#[test]
fn a_method_repeats_bit_for_bit_and_goes_on_from_a_stored_state() {
    for name in NAMES {
        let undisturbed = states(name, 5, None);
        assert_eq!(undisturbed, states(name, 5, None), "{name:?}");
        assert_ne!(undisturbed, states(name, 6, None), "{name:?}: the seed changes nothing");
        for stored in 1..8 {
            assert_eq!(undisturbed, states(name, 5, Some(stored)), "{name:?}, stored after {stored}");
        }
    }
}
