//! Quantiles of Student's t distribution.

/// The value that a Student t variable of `freedom` degrees of freedom does not exceed in size with probability
/// `confidence`: the factor of a two-sided confidence interval. Not a number for 0 degrees or a confidence outside (0, 1).
///
/// The distribution is summed as in Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.7.3 and 26.7.4,
/// which are exact, and inverted by bisection; above 2000 degrees the expansion 26.7.5 takes over, whose error there is
/// below 1e-9.
pub fn student_quantile(confidence: f64, freedom: u64) -> f64 {
    if freedom == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return f64::NAN;
    }
    let summed = freedom.min(MOST_SUMMED);
    let mut quantile = bisect(confidence, |t| within(t, summed));
    if freedom > MOST_SUMMED {
        let normal = bisect_normal(confidence);
        quantile = expanded(normal, freedom as f64);
    }
    quantile
}

/// The sum has half as many terms as there are degrees.
const MOST_SUMMED: u64 = 2000;

/// The probability that a t variable is at most `t` in size.
fn within(t: f64, freedom: u64) -> f64 {
    let angle = (t / (freedom as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    if freedom == 1 {
        return angle * std::f64::consts::FRAC_2_PI;
    }
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = term;
    let mut below = if odd { 3 } else { 2 };
    while below <= freedom - 2 {
        term *= cosine * cosine * (below - 1) as f64 / below as f64;
        sum += term;
        below += 2;
    }
    if odd { std::f64::consts::FRAC_2_PI * (angle + sine * sum) } else { sine * sum }
}

/// Cornish and Fisher's expansion around the normal quantile.
fn expanded(x: f64, freedom: f64) -> f64 {
    let squared = x * x;
    let terms = [
        (squared + 1.0) / 4.0,
        ((5.0 * squared + 16.0) * squared + 3.0) / 96.0,
        (((3.0 * squared + 19.0) * squared + 17.0) * squared - 15.0) / 384.0,
    ];
    let mut power = 1.0;
    let correction: f64 = terms
        .iter()
        .map(|term| {
            power /= freedom;
            term * power
        })
        .sum();
    x * (1.0 + correction)
}

/// The normal quantile: that of a t variable of very many degrees, found from two of fewer by the expansion's inverse.
fn bisect_normal(confidence: f64) -> f64 {
    let student = bisect(confidence, |t| within(t, MOST_SUMMED));
    bisect(student, |x| expanded(x, MOST_SUMMED as f64))
}

/// Where an increasing function from 0 on reaches `goal`.
fn bisect(goal: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while function(high) < goal && high < 1e16 {
        high *= 2.0;
    }
    // Until the ends are neighbours.
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if function(middle) < goal {
            low = middle;
        } else {
            high = middle;
        }
    }
}
