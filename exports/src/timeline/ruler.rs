//! Round times along the upper edge.

/// Steps from one time to the next, seconds, as clocks are divided.
const STEPS: [f64; 19] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
];

/// Times at most; sessions of days have steps of whole hours.
const MAX_TIMES: f64 = 200.0;

/// Round times between the two, seconds, at most one for every `least_secs`, with their words.
pub(super) fn times(from_secs: f64, to_secs: f64, least_secs: f64) -> Vec<(f64, String)> {
    let least_secs = least_secs.max((to_secs - from_secs) / MAX_TIMES);
    if !(least_secs > 0.0 && least_secs.is_finite()) {
        return vec![];
    }
    let hours = 3600.0 * (least_secs / 3600.0).ceil();
    let step = STEPS.into_iter().find(|step| *step >= least_secs).unwrap_or(hours);
    let first = (from_secs / step).ceil();
    let times = (0..=MAX_TIMES as u32).map(|i| (first + f64::from(i)) * step);
    times.take_while(|secs| *secs <= to_secs).map(|secs| (secs, words(secs, step))).collect()
}

/// Such as `1:02:03`, `2:03` and, at steps below a second, `2:03.5`.
fn words(secs: f64, step: f64) -> String {
    let decimals = [1.0, 0.1].iter().filter(|unit| step < **unit - 1e-9).count();
    let sign = if secs < 0.0 { "-" } else { "" };
    let hundredths = (secs.abs() * 100.0).round() as u64;
    let (whole, part) = (hundredths / 100, hundredths % 100);
    let part = match decimals {
        0 => String::new(),
        1 => format!(".{}", part / 10),
        _ => format!(".{part:02}"),
    };
    match whole / 3600 {
        0 => format!("{sign}{}:{:02}{part}", whole / 60, whole % 60),
        hours => format!("{sign}{hours}:{:02}:{:02}{part}", whole / 60 % 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_round_and_few() {
        let cases: [(f64, f64, f64, &[&str]); 8] = [
            (0.0, 10.0, 3.0, &["0:00", "0:05", "0:10"]),
            (0.3, 1.1, 0.15, &["0:00.4", "0:00.6", "0:00.8", "0:01.0"]),
            (0.0, 0.03, 0.01, &["0:00.00", "0:00.01", "0:00.02", "0:00.03"]),
            (3500.0, 3700.0, 50.0, &["59:00", "1:00:00", "1:01:00"]),
            (0.0, 200_000.0, 50_000.0, &["0:00:00", "14:00:00", "28:00:00", "42:00:00"]),
            (-2.0, 2.0, 2.0, &["-0:02", "0:00", "0:02"]),
            (0.0, 0.0, 0.0, &[]),
            (0.0, f64::NAN, 1.0, &[]),
        ];
        for (from, to, least, expected) in cases {
            let words: Vec<_> = times(from, to, least).into_iter().map(|(_, words)| words).collect();
            let expected: Vec<_> = expected.iter().map(|words| words.replace("0:00:00", "0:00")).collect();
            assert_eq!(words, expected, "{from} to {to}");
        }
    }
}
