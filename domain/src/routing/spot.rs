//! Places and distances in whole numbers, the same on every machine.
//!
//! A place is kept as its point in space, in centimetres from the middle of a spherical earth, and
//! a distance is the straight line between two: no seam at the date line, no trouble at the poles,
//! and nothing to compute per pair but three products and an integer root. The straight line is
//! shorter than the way over the ground, by 1 m at 100 km and 1 km at 1,000 km, which is less than
//! the sphere is wrong (up to 0.5 %), and far less than roads wind.
//!
//! Sines come from a series in integers: those of the platform's mathematical library differ
//! between platforms in the last bits, which is enough to turn a decision around.

use crate::command::Point;

/// Where somebody or something is, to about 2 cm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Spot {
    /// Centimetres along the three axes from the middle of the earth.
    pub(super) axes: [i32; 3],
}

/// The earth's mean radius.
const EARTH_RADIUS_CM: i64 = 637_100_880;
/// 1 as a fixed-point number with 30 binary places.
const ONE: i64 = 1 << 30;
/// A ten-millionth of a degree in radians, times [`ONE`], times 10⁹.
const RADIANS_E9: i64 = 1_874_033_015;
/// 90° in ten-millionths of a degree.
const QUARTER_TURN: i64 = 900_000_000;

impl Spot {
    /// Metres to the other, rounded down.
    pub fn distance_m(self, other: Self) -> u32 {
        let squares = (0..3).map(|axis| {
            let gap = i64::from(self.axes[axis]) - i64::from(other.axes[axis]);
            gap.unsigned_abs().pow(2)
        });
        (squares.sum::<u64>().isqrt() / 100) as u32
    }
}

impl From<Point> for Spot {
    fn from(point: Point) -> Self {
        // Product and rounding of floats are exact by IEEE 754, unlike sines.
        let e7 = |degrees: f64| (degrees * 1e7).round() as i64;
        let (north, east) = (e7(point.latitude()), e7(point.longitude()));
        let from_axis = sine(QUARTER_TURN - north);
        let across = [sine(QUARTER_TURN - east), sine(east)].map(|turn| from_axis * turn / ONE);
        let axes = [across[0], across[1], sine(north)];
        Self {
            axes: axes.map(|part| (EARTH_RADIUS_CM * part / ONE) as i32),
        }
    }
}

/// The sine, times [`ONE`], of an angle within ±270°, in ten-millionths of a degree. Wrong by a
/// few units of the last place.
fn sine(angle: i64) -> i64 {
    // Within a quarter turn of 0° or, mirrored, of 180°: exact, in these units.
    let angle = if angle.abs() > QUARTER_TURN {
        angle.signum() * 2 * QUARTER_TURN - angle
    } else {
        angle
    };
    let x = angle * RADIANS_E9 / 1_000_000_000;
    let square = x * x / ONE;
    // x − x³/3! + x⁵/5! …, from the inside out: x(1 − x²/(2·3)(1 − x²/(4·5)(1 − …))). What is left
    // out after x¹⁷ is below 10⁻¹² at 90°.
    let series = [16, 14, 12, 10, 8, 6, 4, 2]
        .iter()
        .fold(ONE, |inner, n| ONE - square * inner / ONE / (n * (n + 1)));
    x * series / ONE
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spot(latitude: f64, longitude: f64) -> Spot {
        Spot::from(Point::new(latitude, longitude).unwrap())
    }

    #[test]
    fn a_spot_stays_where_it_is() {
        // Computed apart from this code. Recorded decisions rest on these numbers: they change with
        // `POLICY` only.
        for (latitude, longitude, axes) in [
            (0.0, 0.0, [637_100_880, 0, 0]),
            (
                52.520_008,
                13.404_954,
                [377_104_280, 89_873_368, 505_581_517],
            ),
            (
                -33.868_8,
                151.209_3,
                [-463_603_190, 254_770_025, -355_051_891],
            ),
            (90.0, 77.0, [0, 0, 637_100_880]),
        ] {
            assert_eq!(spot(latitude, longitude).axes, axes);
        }
    }

    #[test]
    fn distances_are_those_on_the_map() {
        let berlin = spot(52.520_008, 13.404_954);
        let munich = spot(48.137_154, 11.576_124);
        assert_eq!(berlin.distance_m(munich) / 1_000, 504);
        // Fiji's islands lie on both sides of the date line.
        assert_eq!(
            spot(-17.0, 179.9).distance_m(spot(-17.0, -179.9)) / 1_000,
            21
        );
        assert_eq!(spot(90.0, 0.0).distance_m(spot(90.0, 120.0)), 0);
        assert_eq!(spot(90.0, 0.0).distance_m(spot(-90.0, 0.0)) / 1_000, 12_742);
    }

    proptest! {
        #[test]
        fn distances_agree_with_the_formula_in_floats(
            a in (-90.0..=90.0_f64, -180.0..=180.0_f64),
            b in (-90.0..=90.0_f64, -180.0..=180.0_f64),
        ) {
            let haversine = |angle: f64| (angle.to_radians() / 2.0).sin().powi(2);
            let half = haversine(a.0 - b.0)
                + a.0.to_radians().cos() * b.0.to_radians().cos() * haversine(a.1 - b.1);
            let expected = 2.0 * 6_371_008.8 * half.sqrt();
            let (a, b) = (spot(a.0, a.1), spot(b.0, b.1));
            prop_assert!((f64::from(a.distance_m(b)) - expected).abs() < 1.1);
            prop_assert_eq!(a.distance_m(b), b.distance_m(a));
            prop_assert_eq!(a.distance_m(a), 0);
        }
    }
}
