//! Entropies with which the machine draws the lowest and the highest number of an interval.

use evertoken_scenarios::machine::entropy_for;

/// The entropy that draws the lowest number of any interval.
pub const LOWEST: u64 = entropy_for(0);

/// Returns an entropy that draws the highest number of each interval of these sizes, as many as fit into 64 bits.
#[must_use]
pub fn highest(sizes: &[u64]) -> u64 {
    let mut common: u64 = 1;
    for size in sizes {
        let multiple = u128::from(common) * u128::from(*size / gcd(common, *size));
        if let Ok(multiple) = u64::try_from(multiple) {
            common = multiple;
        }
    }
    entropy_for(common - 1)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use evertoken_scenarios::machine::offset_of;

    use super::*;

    #[test]
    fn the_ends_of_intervals_are_drawn() {
        assert_eq!(offset_of(LOWEST), 0);
        let sizes = [3_001, 1_001, 470];
        assert!(sizes.iter().all(|size| offset_of(highest(&sizes)) % size == size - 1));
    }
}
