//! Plots hold what they were given, whatever it was.

use std::path::Path;

use proptest::prelude::*;
use throng::Error;
use throng::output::{Series, plot_lines};

fn series(name: &str, points: &[(f64, f64)]) -> Series {
    Series { name: name.into(), points: points.to_vec() }
}

fn svg(series: &[Series], log: bool) -> throng::Result<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plot.svg");
    plot_lines("A title", "agents", "agent-steps/s", series, log, log, &path)?;
    Ok(std::fs::read_to_string(&path).expect("UTF-8"))
}

#[test]
fn svg_has_its_words_and_a_mark_for_every_point_that_can_be_drawn() {
    let good = [(1e3, 1e6), (1e4, 1e7), (1e5, 1e8), (1.6e7, 1e9)];
    let bad = [(0.0, 1.0), (f64::NAN, 1.0), (1e4, f64::INFINITY), (-5.0, 3.0), (1e4, -1.0)];
    let marks = |svg: &str| svg.matches("<circle").count();
    let clean = svg(&[series("GPU", &good), series("CPU", &good[..3])], true).expect("a plot");
    for word in ["A title", "agents", "agent-steps/s", "GPU", "CPU", ">10k<", ">100M<"] {
        assert!(clean.contains(word), "{word} is not in {clean}");
    }
    let with_bad = svg(&[series("GPU", &[&bad[..], &good].concat()), series("CPU", &good[..3])], true);
    assert_eq!(with_bad.expect("a plot"), clean);
    let fewer = svg(&[series("GPU", &good[..3]), series("CPU", &good[..3])], true).expect("a plot");
    assert_eq!(marks(&clean), marks(&fewer) + 1);
}

#[test]
fn png_shows_every_series_in_its_colour() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plot.PNG");
    let lines = [series("a", &[(0.0, 0.0), (1.0, 1.0)]), series("b", &[(0.0, 1.0), (1.0, 0.0)])];
    plot_lines("title", "x", "y", &lines, false, false, &path).expect("a plot");
    let (pixels, _) = crate::pictures::decode(&path);
    for (colour, name) in [([0x00, 0x72, 0xB2], "a"), ([0xD5, 0x5E, 0x00], "b")] {
        let count = pixels.iter().filter(|pixel| **pixel == colour).count();
        assert!(count > 500, "series {name} has {count} pixels");
    }
}

#[test]
fn what_cannot_be_plotted_is_refused() {
    let line = [series("a", &[(1.0, 1.0)])];
    for name in ["plot", "plot.pdf", "plot.csv"] {
        let error = plot_lines("t", "x", "y", &line, false, false, Path::new(name)).expect_err(name);
        assert!(matches!(error, Error::Argument { .. }) && error.to_string().contains(name), "{error}");
    }
    for lines in [vec![], vec![series("a", &[])], vec![series("a", &[(-1.0, 1.0), (0.0, 2.0)])]] {
        let error = svg(&lines, true).expect_err("nothing to draw");
        assert!(error.to_string().contains("has no point that can be drawn"), "{error}");
    }
}

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>(), -1e3..1e3, Just(0.0), Just(1.0), Just(f64::MAX), Just(f64::MIN_POSITIVE)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_points_make_a_plot_or_an_error(
        points in prop::collection::vec((coordinate(), coordinate()), 0..6), log: bool, name: String
    ) {
        match svg(&[series(&name, &points)], log) {
            Ok(text) => prop_assert!(text.contains("</svg>")),
            Err(error) => prop_assert!(error.to_string().contains("has no point"), "{}", error),
        }
    }
}
