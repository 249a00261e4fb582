//! Checks of models that hand something on: money.

use super::check::{Check, Tolerance, Wrong};
use super::repeatable;
use super::sample::Got;
use super::setup::Setup;
use crate::error::Result;
use crate::simulation::Run;

const SIDE: u32 = 50;
const PEOPLE: f64 = 2500.0;

/// The Gini coefficient of what everybody has, after so many steps.
fn gini(setup: &Setup, endowment: f64, steps: u64) -> Result<Option<Got>> {
    let people = setup.worlds(8, 64).size(SIDE, SIDE).agents(SIDE * SIDE).seed(18);
    let mut people = people.set("endowment", endowment).build()?;
    people.run(&Run::steps(steps))?;
    let mut coefficients = Vec::new();
    for world in 0..people.worlds().len() {
        let mut money = people.layer("money", world)?;
        money.sort_unstable();
        let ranked = |(rank, money): (usize, &u32)| (2.0 * rank as f64 + 1.0 - PEOPLE) * f64::from(*money);
        let differences: f64 = money.iter().enumerate().map(ranked).sum();
        let total: f64 = money.iter().map(|money| f64::from(*money)).sum();
        coefficients.push(differences / (PEOPLE * total));
    }
    Ok(Some(Got::mean(&coefficients)))
}

/// The Gini coefficient that gifts at once come to among many, who have `mean` on average.
///
/// What one has is a queue from which one leaves in each step and to which a Poisson number comes, so many on average as have
/// something: λ. In it are λ + λ²/(2 (1 - λ)) on average (Pollaczek and Khinchine), which gives λ; the distribution follows
/// from its balance, state by state. The coefficient is 1 - Σ P(at least k)² / mean, and tends to 1/2.
fn gini_of_gifts(mean: f64) -> f64 {
    let busy = mean + 1.0 - (mean * mean + 1.0).sqrt();
    let states = (40.0 * mean) as usize + 20;
    let mut arrivals = vec![(-busy).exp()];
    for k in 1..=states {
        arrivals.push(arrivals[k - 1] * busy / k as f64);
    }
    let mut share = vec![1.0 - busy];
    for k in 0..states {
        let came: f64 = (1..=k).map(|j| share[j] * arrivals[k + 1 - j]).sum();
        share.push(((share[k] - share[0] * arrivals[k] - came) / arrivals[0]).max(0.0));
    }
    let mut at_least = 1.0;
    let mut squares = 0.0;
    for share in &share {
        at_least -= share;
        squares += at_least * at_least;
    }
    1.0 - squares / mean
}

/// How much money has come or gone, in all worlds together; some agents have no account, some cells belong to nobody.
fn lost(setup: &Setup) -> Result<Option<Got>> {
    let mut lost = 0.0;
    for agents in [700, 900] {
        let people = setup.worlds(2, 16).size(29, 27).agents(agents).seed(4).set("endowment", 2.0);
        let mut people = people.build()?;
        let before = people.metric("money")?;
        people.run(&Run::steps(300))?;
        let owned = f64::from(agents.min(29 * 27)) * 2.0;
        lost += before.iter().map(|all| (all - owned).abs()).sum::<f64>();
        lost += people.metric("money")?.iter().map(|all| (all - owned).abs()).sum::<f64>();
    }
    Ok(Some(Got::exactly(lost)))
}

pub fn checks() -> Vec<Check> {
    const SOURCE: &str = "exact for gifts at once; 1/2 for much money, Dragulescu and Yakovenko 2000";
    let to_the_next = Wrong {
        what: "gifts to one of the first half",
        from: "account(random_below(accounts()))",
        to: "account(random_below(accounts()) / 2u)",
    };
    let copies = Wrong {
        what: "gifts of which some keep a unit all the same",
        from: "add_money(me.account, 0xffffffffu);",
        to: "if random_below(16u) > 0u { add_money(me.account, 0xffffffffu); }",
    };
    let check = |quantity, expected, quick, measure| Check {
        model: "wealth",
        quantity,
        source: SOURCE,
        expected,
        tolerance: Tolerance::StandardErrors { known_within: 0.001 },
        quick,
        changes: &[],
        wrong: to_the_next,
        measure,
    };
    let mut checks = vec![
        check(
            "Gini coefficient, 5 units each",
            gini_of_gifts(5.0),
            true,
            (|setup| gini(setup, 5.0, 2000)) as fn(&Setup) -> Result<Option<Got>>,
        ),
        check("Gini coefficient, 10 units each", gini_of_gifts(10.0), false, |setup| {
            gini(setup, 10.0, 10_000)
        }),
        Check {
            source: "exact: none",
            tolerance: Tolerance::Exact,
            wrong: copies,
            ..check("money lost or gained", 0.0, true, lost)
        },
    ];
    checks.extend(repeatable::checks(
        "wealth",
        Wrong {
            what: "a rest in step 7",
            from: "if agent_id() < accounts() &&",
            to: "if current_step() != 7u && agent_id() < accounts() &&",
        },
    ));
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_money_has_the_coefficient_of_an_exponential_distribution() {
        let [some, more, most] = [2.0, 10.0, 100.0].map(gini_of_gifts);
        assert!((most - 0.5).abs() < 0.01 && (more - 0.5).abs() < 0.05 && (some - 0.5).abs() < 0.2);
        assert!((most - 0.5).abs() < (more - 0.5).abs() && (more - 0.5).abs() < (some - 0.5).abs());
    }
}
