//! HDR on a usual screen: what is as bright as paper stays, what is brighter is drawn together.

use super::colour::Transfer;

/// Entries of each table: twice as many as 10 bits have.
const N: usize = 2048;

/// White of a usual picture, candela a square metre (ITU-R BT.2408, 2.2).
const WHITE: f64 = 203.0;

/// The brightest that is told apart, candela a square metre: what HDR videos are mostly graded for.
const BRIGHTEST: f64 = 1000.0;

/// Tables for an HDR transfer with the primaries of BT.2020.
pub(super) struct ToneMap {
    /// Light of a code, 1 is white: of the screen for PQ, of the scene for HLG.
    light: Vec<f32>,
    /// By what a scene's light becomes that of the screen, for the square root of its luminance. Empty for PQ.
    gain: Vec<f32>,
    /// By how much a pixel is made darker whose brightest channel has this square root of light; 1 is [`MOST`].
    dim: Vec<f32>,
    /// Byte for a square root of light.
    byte: Vec<u8>,
}

/// The brightest that a code of PQ means, in whites.
const MOST: f64 = 10_000.0 / WHITE;

impl ToneMap {
    /// The tables of PQ, or those of HLG for a screen of 1,000 candela a square metre (ITU-R BT.2100, table 5). An SDR
    /// transfer has none.
    pub(super) fn new(transfer: Transfer) -> Self {
        let code = |idx: usize| idx as f64 / (N - 1) as f64;
        let table = |value: &dyn Fn(f64) -> f64| (0..N).map(|idx| value(code(idx)) as f32).collect();
        let light_of_code = |code: f64| match transfer {
            Transfer::Hlg => scene_light_of(code) * BRIGHTEST / WHITE,
            Transfer::Pq | Transfer::Sdr => light_of(code) / WHITE,
        };
        // The OOTF: the system's gamma is 1.2.
        let gain = |root: f64| root.powi(2).powf(0.2);
        let dim = |root: f64| {
            let light = root.powi(2) * MOST * WHITE;
            if light == 0.0 { 1.0 } else { light_of(compressed(code_of(light))) / light }
        };
        let byte = (0..N).map(|idx| (255.0 * srgb(code(idx).powi(2))).round() as u8);
        Self {
            light: table(&light_of_code),
            gain: if transfer == Transfer::Hlg { table(&gain) } else { vec![] },
            dim: table(&dim),
            byte: byte.collect(),
        }
    }

    /// Bytes of red, green and blue, of codes from 0 to 1.
    pub(super) fn map(&self, codes: [f32; 3]) -> [u8; 3] {
        let idx = |code: f32| ((code * (N - 1) as f32 + 0.5) as usize).min(N - 1);
        let mut light = codes.map(|code| self.light[idx(code)]);
        if !self.gain.is_empty() {
            let luminance = 0.2627 * light[0] + 0.6780 * light[1] + 0.0593 * light[2];
            let gain = self.gain[idx((luminance * (WHITE / BRIGHTEST) as f32).sqrt())];
            light = light.map(|light| light * gain);
        }
        let brightest = light[0].max(light[1]).max(light[2]);
        let dim = self.dim[idx((brightest / MOST as f32).sqrt())];
        let [red, green, blue] = light.map(|light| light * dim);
        // BT.2020 to BT.709 (ITU-R BT.2087, the inverse of M2).
        let light = [
            1.6605 * red - 0.5876 * green - 0.0728 * blue,
            -0.1246 * red + 1.1329 * green - 0.0083 * blue,
            -0.0182 * red - 0.1006 * green + 1.1187 * blue,
        ];
        light.map(|light| self.byte[idx(light.clamp(0.0, 1.0).sqrt())])
    }
}

/// Candela a square metre of a code, 0 to 1: the EOTF of SMPTE ST 2084.
fn light_of(code: f64) -> f64 {
    const M1: f64 = 2610.0 / 16384.0;
    const M2: f64 = 2523.0 / 32.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 128.0;
    const C3: f64 = 2392.0 / 128.0;
    let power = code.powf(1.0 / M2);
    10_000.0 * ((power - C1).max(0.0) / (C2 - C3 * power)).powf(1.0 / M1)
}

/// Light of the scene of a code of HLG, both 0 to 1: the inverse OETF of ITU-R BT.2100, table 5.
fn scene_light_of(code: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    let c = 0.5 - A * (4.0 * A).ln();
    if code <= 0.5 { code.powi(2) / 3.0 } else { (((code - c) / A).exp() + B) / 12.0 }
}

/// The code of candela a square metre; by halving, as it is needed twice.
fn code_of(light: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if light_of(middle) < light { low = middle } else { high = middle }
    }
    low
}

/// The code with which a screen whose white is [`WHITE`] shows a code: the EETF of ITU-R BT.2390, 5.4.1, whose black stays.
fn compressed(code: f64) -> f64 {
    let brightest = code_of(BRIGHTEST);
    let most = code_of(WHITE) / brightest;
    let knee = 1.5 * most - 0.5;
    let share = (code / brightest).min(1.0);
    if share < knee {
        return code;
    }
    let t = (share - knee) / (1.0 - knee);
    let (t2, t3) = (t * t, t * t * t);
    let spline = (2.0 * t3 - 3.0 * t2 + 1.0) * knee + (t3 - 2.0 * t2 + t) * (1.0 - knee) + (3.0 * t2 - 2.0 * t3) * most;
    spline * brightest
}

/// IEC 61966-2-1.
fn srgb(light: f64) -> f64 {
    if light <= 0.003_130_8 { 12.92 * light } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // SMPTE ST 2084: 100 cd/m² is 0.508, 1,000 is 0.752, 10,000 is 1.
        for (light, code) in [(100.0, 0.508), (1000.0, 0.752), (10_000.0, 1.0)] {
            assert!((code_of(light) - code).abs() < 1e-3, "{light}: {}", code_of(light));
        }
    }

    #[test]
    fn skin_keeps_its_light_and_highlights_become_white() {
        let tone = ToneMap::new(Transfer::Pq);
        let grey = |light: f64| tone.map([code_of(light) as f32; 3]);
        let usual = |light: f64| (255.0 * srgb(light / WHITE)).round();
        for light in [1.0, 10.0, 26.0, 50.0] {
            let [red, green, blue] = grey(light).map(f64::from);
            assert!((green - usual(light)).abs() <= 2.0 && (red - blue).abs() <= 2.0, "{light}: {:?}", grey(light));
        }
        assert_eq!([grey(0.0), grey(1000.0), grey(9000.0)], [[0; 3], [255; 3], [255; 3]]);
        let rising: Vec<u8> = (0..40).map(|step| grey(25.0 * f64::from(step))[1]).collect();
        assert!(rising.is_sorted(), "{rising:?}");
    }

    #[test]
    fn codes_of_hlg_have_the_light_of_the_standard() {
        // ITU-R BT.2408, table 1, for a screen of 1,000 cd/m²: 38 % is 26, 75 % is 203, 100 % is 1,000.
        for (code, light) in [(0.38, 26.0), (0.75, 203.0), (1.0, 1000.0)] {
            let found = BRIGHTEST * scene_light_of(code).powf(1.2);
            assert!((found / light - 1.0).abs() < 0.02, "{code}: {found}");
        }
        let [hlg, pq] = [Transfer::Hlg, Transfer::Pq].map(ToneMap::new);
        for step in 1..=100_u16 {
            let code = f64::from(step) / 100.0;
            let as_pq = code_of(BRIGHTEST * scene_light_of(code).powf(1.2));
            let [a, b] = [hlg.map([code as f32; 3])[1], pq.map([as_pq as f32; 3])[1]];
            assert!(a.abs_diff(b) <= 3, "{code}: {a}, by PQ {b}");
        }
        let [red, green, blue] = hlg.map([0.6, 0.4, 0.3]);
        assert!(red > green && green > blue, "{red} {green} {blue}");
    }
}
