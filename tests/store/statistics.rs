//! Means, intervals, filters and orders against published values and plain loops.

use throng::experiment::store::{Filter, aggregate, mean_interval, sort_rows, student_quantile};
use throng::output::{Column, Table, Values};

/// Quantiles of Student's t, two-sided: degrees of freedom, then confidence 80 %, 90 %, 95 %, 98 %, 99 %, 99.8 %. From the NIST/SEMATECH
/// e-Handbook of Statistical Methods, 1.3.6.7.2, "Critical values of the Student's-t distribution".
const PUBLISHED: [(u64, [f64; 6]); 12] = [
    (1, [3.078, 6.314, 12.706, 31.821, 63.657, 318.309]),
    (2, [1.886, 2.920, 4.303, 6.965, 9.925, 22.327]),
    (3, [1.638, 2.353, 3.182, 4.541, 5.841, 10.215]),
    (4, [1.533, 2.132, 2.776, 3.747, 4.604, 7.173]),
    (5, [1.476, 2.015, 2.571, 3.365, 4.032, 5.893]),
    (9, [1.383, 1.833, 2.262, 2.821, 3.250, 4.297]),
    (10, [1.372, 1.812, 2.228, 2.764, 3.169, 4.144]),
    (30, [1.310, 1.697, 2.042, 2.457, 2.750, 3.385]),
    (60, [1.296, 1.671, 2.000, 2.390, 2.660, 3.232]),
    (99, [1.290, 1.660, 1.984, 2.365, 2.626, 3.175]),
    (100, [1.290, 1.660, 1.984, 2.364, 2.626, 3.174]),
    (1_000_000_000, [1.282, 1.645, 1.960, 2.326, 2.576, 3.090]),
];
const CONFIDENCE: [f64; 6] = [0.8, 0.9, 0.95, 0.98, 0.99, 0.998];

/// Whether a quantile rounds to each published value.
fn agrees(quantile: impl Fn(f64, u64) -> f64) -> bool {
    PUBLISHED.iter().all(|(freedom, row)| {
        row.iter().zip(CONFIDENCE).all(|(published, confidence)| {
            (quantile(confidence, *freedom) - published).abs() <= 0.000_5 + 1e-9
        })
    })
}

#[test]
fn quantiles_of_student_are_the_published_ones() {
    for (freedom, row) in PUBLISHED {
        for (published, confidence) in row.into_iter().zip(CONFIDENCE) {
            let ours = student_quantile(confidence, freedom);
            assert!(
                (ours - published).abs() <= 0.000_5 + 1e-9,
                "{freedom} {confidence}: {ours}, not {published}"
            );
        }
    }
    assert!(agrees(student_quantile));
    assert!(!agrees(|confidence, freedom| student_quantile(confidence, freedom + 1)), "one degree more");
    assert!(!agrees(|confidence, _| student_quantile(confidence, u64::MAX)), "the normal distribution");
    // Closed forms: one degree is Cauchy's, tan(πc/2); two are c√(2/(1-c²)).
    for confidence in [0.1_f64, 0.5, 0.95, 0.999_9] {
        let one = (std::f64::consts::FRAC_PI_2 * confidence).tan();
        let two = confidence * (2.0 / (1.0 - confidence * confidence)).sqrt();
        assert!((student_quantile(confidence, 1) / one - 1.0).abs() < 1e-9);
        assert!((student_quantile(confidence, 2) / two - 1.0).abs() < 1e-9);
    }
    // Both ways of computing meet, and the normal quantile is known to many digits.
    let (below, above) = (student_quantile(0.95, 2000), student_quantile(0.95, 2001));
    assert!(below > above && below - above < 1e-6);
    assert!((student_quantile(0.95, u64::MAX) - 1.959_963_984_540_054).abs() < 1e-8);
    for (confidence, freedom) in [(0.95, 0), (0.0, 3), (1.0, 3), (f64::NAN, 3), (-1.0, 3)] {
        assert!(student_quantile(confidence, freedom).is_nan());
    }
}

#[test]
fn a_mean_has_its_published_interval() {
    // NIST/SEMATECH e-Handbook, 1.3.5.2, "Confidence limits for the mean", data set ZARR13.DAT: N = 195, mean 9.261460,
    // standard deviation 0.022789, 95 % interval 9.258242 to 9.264679. A sample with these moments:
    let (count, mean, deviation) = (195_usize, 9.261_460, 0.022_789);
    let spread = deviation * (194.0_f64 / 194.0).sqrt();
    let values = (0..count).map(|k| match k {
        0 => mean,
        k if k % 2 == 0 => mean - spread,
        _ => mean + spread,
    });
    let interval = mean_interval(values, 0.95);
    assert_eq!(interval.count, 195);
    assert!((interval.mean - mean).abs() < 1e-12);
    assert!((interval.deviation - deviation).abs() < 1e-12);
    assert!((interval.mean - interval.half_width - 9.258_242).abs() < 1.5e-6, "{interval:?}");
    assert!((interval.mean + interval.half_width - 9.264_679).abs() < 1.5e-6, "{interval:?}");
    let other = mean_interval([1.0, f64::NAN, 3.0, f64::INFINITY], 0.95);
    assert_eq!((other.count, other.mean), (2, 2.0));
    assert!((other.deviation - 2.0_f64.sqrt()).abs() < 1e-15);
    assert!((other.half_width - 12.706_204_736).abs() < 1e-6, "t is 12.7062 for one degree, s/√n is 1");
    assert!(mean_interval([], 0.95).mean.is_nan());
    let one = mean_interval([4.0], 0.95);
    assert!(one.mean == 4.0 && one.deviation.is_nan() && one.half_width.is_nan());
}

fn table() -> Table {
    let (mut p, mut q, mut y, mut words, mut whole) = (vec![], vec![], vec![], vec![], vec![]);
    for k in 0..60_u64 {
        p.push([10.0, -2.5, 0.0, f64::NAN][k as usize % 4]);
        q.push(if k % 3 == 0 { -0.0 } else { 0.0 });
        y.push(if k == 17 { f64::NAN } else { (k * k % 23) as f64 });
        words.push(["done", "failed"][usize::from(k % 5 == 4)].to_owned());
        whole.push(u64::MAX - k);
    }
    Table::new(vec![
        Column::new("p", Values::F64(p)),
        Column::new("q", Values::F64(q)),
        Column::new("y", Values::F64(y)),
        Column::new("status", Values::Text(words)),
        Column::new("seed", Values::U64(whole)),
    ])
    .expect("a table")
}

fn reals<'a>(table: &'a Table, name: &str) -> &'a [f64] {
    match &table.columns.iter().find(|column| column.name == name).expect("a column").values {
        Values::F64(values) => values,
        _ => panic!("{name} does not hold real numbers"),
    }
}

#[test]
fn groups_are_those_of_a_plain_loop() {
    let table = table();
    let by = aggregate(&table, &["p".into(), "q".into()], &["y".into()], 0.95).expect("groups");
    // -0 and 0 are one value; NaN is a group of its own, the last.
    assert_eq!(format!("{:?}", reals(&by, "p")), "[-2.5, 0.0, 10.0, NaN]");
    for (group, p) in [-2.5, 0.0, 10.0, f64::NAN].into_iter().enumerate() {
        let members: Vec<f64> = (0..60)
            .filter(|row| reals(&table, "p")[*row] == p || (p.is_nan() && reals(&table, "p")[*row].is_nan()))
            .map(|row| reals(&table, "y")[row])
            .filter(|y| y.is_finite())
            .collect();
        let count = members.len() as f64;
        let mean = members.iter().sum::<f64>() / count;
        let deviation = (members.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let t = if members.len() == 15 { 2.144_786_687_9 } else { 2.160_368_656_5 };
        let half = t * deviation / count.sqrt();
        for (name, value) in
            [("y mean", mean), ("y s.d.", deviation), ("y low", mean - half), ("y high", mean + half)]
        {
            assert!((reals(&by, name)[group] - value).abs() < 1e-8, "{name} of {p}");
        }
    }
    let all = aggregate(&table, &[], &["y".into(), "seed".into()], 0.95).expect("one group");
    assert_eq!(all.rows().expect("a table"), 1);
    for (by, of, piece) in
        [("z", "y", "no column `z`"), ("p", "statuss", "did you mean `status`"), ("p", "status", "words")]
    {
        let text = aggregate(&table, &[by.into()], &[of.into()], 0.95).expect_err(piece).to_string();
        assert!(text.contains(piece), "{text}");
    }
}

#[test]
fn filters_keep_the_rows_that_a_plain_loop_keeps() {
    let table = table();
    let kept = |conditions: &[&str]| -> Vec<u64> {
        let filters: Vec<Filter> = conditions.iter().map(|text| Filter::parse(text).expect(text)).collect();
        let kept = Filter::apply(&filters, &table).expect("rows");
        let Values::U64(seeds) = &kept.columns[4].values else { panic!("seeds") };
        seeds.iter().map(|seed| u64::MAX - seed).collect()
    };
    let wanted = |keep: &dyn Fn(u64, f64) -> bool| -> Vec<u64> {
        (0..60).filter(|k| keep(*k, reals(&table, "p")[*k as usize])).collect()
    };
    assert_eq!(kept(&["p >= 0"]), wanted(&|_, p| p >= 0.0));
    assert_eq!(kept(&["p<0"]), wanted(&|_, p| p < 0.0));
    assert_eq!(kept(&["p <= -2.5"]), wanted(&|_, p| p <= -2.5));
    assert_eq!(kept(&["p != 10"]), wanted(&|_, p| p != 10.0));
    assert_eq!(kept(&["p == 1e1", "status == done"]), wanted(&|k, p| p == 10.0 && k % 5 != 4));
    assert_eq!(kept(&["status != 'done'"]), wanted(&|k, _| k % 5 == 4));
    // Neighbours among the greatest whole numbers, which are one real number.
    assert_eq!(kept(&["seed > 18446744073709551605"]), (0..10).collect::<Vec<u64>>());
    assert_ne!(kept(&["p > 0"]), kept(&["p >= 0"]), "the check notices nothing");
    for text in ["", "p", "p >=", ">= 3", "p = 3", "3"] {
        let error = Filter::parse(text).expect_err(text).to_string();
        assert!(error.contains("is not a condition") && error.contains("as in"), "{error}");
    }
    for (text, piece) in
        [("z > 1", "no column `z`"), ("p > x", "`x` is no number"), ("status > 3", "holds words")]
    {
        let filter = Filter::parse(text).expect(text);
        let error = Filter::apply(&[filter], &table).expect_err(text).to_string();
        assert!(error.contains(piece), "{error}");
    }
}

#[test]
fn rows_are_put_in_order_with_what_is_no_number_last() {
    let table = table();
    for greatest_first in [false, true] {
        let sorted = sort_rows(&table, "p", greatest_first).expect("rows");
        let values = reals(&sorted, "p");
        assert!(values[..45].is_sorted_by(|a, b| if greatest_first { a >= b } else { a <= b }));
        assert!(values[45..].iter().all(|value| value.is_nan()));
    }
    assert!(sort_rows(&table, "nothing", true).is_err());
}
