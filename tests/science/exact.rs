//! Exact expectations of simple random walks, worked out here from first principles.

/// The chance of being back at the start after each of 0..=n steps on Z², 4 neighbours.
///
/// A step of the plane walk is a step of each of two independent walks on the line, along the diagonals; so the chance
/// after 2m steps is (C(2m, m) / 4^m)².
pub fn returns_on_plane(n: usize) -> Vec<f64> {
    let mut chances = vec![0.0; n + 1];
    let mut line = 1.0;
    for m in 0..=n / 2 {
        chances[2 * m] = line * line;
        line *= (2 * m + 1) as f64 / (2 * m + 2) as f64;
    }
    chances
}

/// The same on a torus of `side` by `side` cells, by following the whole distribution.
pub fn returns_on_torus(side: usize, n: usize) -> Vec<f64> {
    let mut now = vec![0.0; side * side];
    now[0] = 1.0;
    let mut chances = vec![1.0];
    for _ in 0..n {
        let at = |x: usize, y: usize| now[(y % side) * side + x % side];
        now = (0..side * side)
            .map(|cell| {
                let (x, y) = (cell % side, cell / side);
                (at(x + 1, y) + at(x + side - 1, y) + at(x, y + 1) + at(x, y + side - 1)) / 4.0
            })
            .collect();
        chances.push(now[0]);
    }
    chances
}

/// The expected number of distinct sites after each of 0..=n steps, the start included.
///
/// Read backwards, a walk whose last site is new is a walk that does not return to its start (Dvoretzky and Erdős,
/// 1951); first returns f follow from returns u by u(n) = Σ f(k) u(n-k).
pub fn distinct_sites(returns: &[f64]) -> Vec<f64> {
    let first = renewed(returns, returns);
    let mut sites = Vec::new();
    let (mut never_back, mut total) = (1.0, 0.0);
    for first in first {
        never_back -= first;
        total += never_back;
        sites.push(total);
    }
    sites
}

/// First arrivals at a place from all arrivals there and the returns to it: p(n) = Σ f(k) u(n-k), k ≥ 1.
fn renewed(arrivals: &[f64], returns: &[f64]) -> Vec<f64> {
    let mut first = vec![0.0; arrivals.len()];
    for n in 1..arrivals.len() {
        let before: f64 = (1..n).map(|k| first[k] * returns[n - k]).sum();
        first[n] = arrivals[n] - before;
    }
    first
}

/// The expected number of distinct sites that `k` walkers from one site of Z² visit in `n` steps: the sum over sites of
/// 1 − (1 − h)^k, where h is one walker's chance of coming there.
pub fn sites_from_nest(k: i32, n: usize) -> f64 {
    let line = line_walk(n);
    let returns = returns_on_plane(n);
    let mut total = 1.0;
    for x in 1..=n {
        for y in 0..=x.min(n - x) {
            let alike = if y == 0 || y == x { 4.0 } else { 8.0 };
            let arrivals: Vec<f64> = (0..=n).map(|step| line[step][x + y] * line[step][x - y]).collect();
            let comes: f64 = renewed(&arrivals, &returns).iter().sum();
            total += alike * (1.0 - (1.0 - comes).powi(k));
        }
    }
    total
}

/// The chance that a walk on the line stands at s ≥ 0 after each number of steps.
fn line_walk(n: usize) -> Vec<Vec<f64>> {
    let mut rows = vec![vec![0.0; n + 2]];
    rows[0][0] = 1.0;
    for step in 0..n {
        let row = &rows[step];
        let next = (0..n + 2)
            .map(|s| (row[if s == 0 { 1 } else { s - 1 }] + row.get(s + 1).unwrap_or(&0.0)) / 2.0)
            .collect();
        rows.push(next);
    }
    rows
}

/// The mean number of distinct sites over all 4^n walks of n steps.
fn enumerated(n: usize) -> f64 {
    let walks = 1_u64 << (2 * n);
    let mut total = 0;
    for walk in 0..walks {
        let (mut x, mut y) = (0, 0);
        let mut sites = vec![(0, 0)];
        for step in 0..n {
            let (dx, dy) = [(1, 0), (0, 1), (-1, 0), (0, -1)][(walk >> (2 * step) & 3) as usize];
            (x, y) = (x + dx, y + dy);
            if !sites.contains(&(x, y)) {
                sites.push((x, y));
            }
        }
        total += sites.len();
    }
    total as f64 / walks as f64
}

#[test]
fn distinct_sites_are_those_of_all_walks_and_of_the_published_table() {
    let sites = distinct_sites(&returns_on_plane(1000));
    for (n, sites) in sites.iter().enumerate().take(9) {
        assert!((sites - enumerated(n)).abs() < 1e-12, "{n}");
    }
    for (n, published) in [(2, 2.75), (4, 4.171875), (100, 49.504136789), (1000, 363.583762822)] {
        assert!((sites[n] - published).abs() < 1e-8, "{n}: {} and {published}", sites[n]);
    }
}

#[test]
fn a_torus_is_a_plane_until_the_walk_can_go_round_it() {
    let (plane, torus) = (returns_on_plane(40), returns_on_torus(8, 40));
    for n in 0..8 {
        assert!((plane[n] - torus[n]).abs() < 1e-15, "{n}");
    }
    assert!(torus[40] > 1.5 * plane[40]);
}

#[test]
fn sites_from_a_nest_are_those_of_the_published_table() {
    for n in [1, 2, 30] {
        let alone = distinct_sites(&returns_on_plane(n))[n];
        assert!((sites_from_nest(1, n) - alone).abs() < 1e-10, "{n}");
    }
    for (k, n, published) in [(10, 64, 185.6649), (1000, 64, 866.7606), (1000, 256, 3311.2084)] {
        let exact = sites_from_nest(k, n);
        assert!((exact - published).abs() < 1e-4, "{k} walkers, {n} steps: {exact} and {published}");
    }
}
