//! Entropies with which the machine draws the lowest and the highest number of an interval.

/// What the machine adds to an entropy before it is mixed.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The entropy that draws the lowest number of any interval: it mixes to 0.
pub const LOWEST: u64 = STEP.wrapping_neg();

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
    unmixed(common - 1).wrapping_sub(STEP)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Undoes splitmix64's mixing.
fn unmixed(mut z: u64) -> u64 {
    z = unshifted(z, 31).wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
    z = unshifted(z, 27).wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
    unshifted(z, 30)
}

fn unshifted(z: u64, by: u32) -> u64 {
    let mut result = z;
    for _ in 0..3 {
        result = z ^ (result >> by);
    }
    result
}

/// The inverse of an odd number modulo 2^64.
fn inverse(odd: u64) -> u64 {
    let mut result = odd;
    for _ in 0..6 {
        result = result.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(result)));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mixed(entropy: u64) -> u64 {
        let mut z = entropy.wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn the_ends_of_intervals_are_drawn() {
        assert_eq!(mixed(LOWEST), 0);
        let sizes = [3_001, 1_001, 470];
        assert!(sizes.iter().all(|size| mixed(highest(&sizes)) % size == size - 1));
    }
}
