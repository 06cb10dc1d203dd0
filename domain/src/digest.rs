//! Digests of what tickets and people say: FNV-1a over a canonical byte form, the same in every
//! process and version, because snapshots hold them. (Routing draws its lots and names its rules with
//! it too.)

use crate::command::Place;
use crate::text::{Personal, Text};
use crate::ticket::Digest;

impl<const MAX: usize> From<&Text<MAX>> for Digest {
    fn from(text: &Text<MAX>) -> Self {
        Fnv1a::new().text(text.as_str()).finish()
    }
}

impl<T: AsRef<str>> From<&Personal<T>> for Digest {
    fn from(text: &Personal<T>) -> Self {
        match text {
            Personal::Known(text) => Fnv1a::new().text(text.as_ref()).finish(),
            Personal::Erased => ERASED,
        }
    }
}

impl From<&Personal<Place>> for Digest {
    fn from(place: &Personal<Place>) -> Self {
        let Personal::Known(place) = place else {
            return ERASED;
        };
        let mut hash = Fnv1a::new();
        hash = match &place.address {
            Some(address) => hash.bytes(&[1]).text(address.as_str()),
            None => hash.bytes(&[0]),
        };
        hash = match place.point {
            Some(point) => hash
                .bytes(&[1])
                .bytes(&point.latitude().to_bits().to_be_bytes())
                .bytes(&point.longitude().to_bits().to_be_bytes()),
            None => hash.bytes(&[0]),
        };
        hash.finish()
    }
}

/// The digest of nothing at all: every text and place adds at least a byte, so what was erased
/// differs from whatever an amendment puts in its place.
const ERASED: Digest = Fnv1a::new().finish();

/// Fowler, Noll and Vo's hash of 64 bits, variant 1a.
#[derive(Clone, Copy)]
pub(crate) struct Fnv1a(u64);

impl Fnv1a {
    pub(crate) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        Self(bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    /// The length first, so that what follows can't be taken for a part of the text.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(&(text.len() as u64).to_be_bytes())
            .bytes(text.as_bytes())
    }

    pub(crate) const fn finish(self) -> Digest {
        Digest(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Point;

    #[test]
    fn the_hash_is_fnv_1a_as_published() {
        assert_eq!(Fnv1a::new().finish(), Digest(0xcbf2_9ce4_8422_2325));
        assert_eq!(
            Fnv1a::new().bytes(b"a").finish(),
            Digest(0xaf63_dc4c_8601_ec8c)
        );
        assert_eq!(
            Fnv1a::new().bytes(b"foobar").finish(),
            Digest(0x8594_4171_f739_67e8)
        );
    }

    /// Computed apart from this code: eight bytes of length, then the text.
    const GOLDEN: u64 = 0xa864_3930_a477_701b;

    #[test]
    fn a_released_digest_stays_what_it_is() {
        let text = Text::<100>::new("Printer on fire").unwrap();
        assert_eq!(Digest::from(&text), Digest(GOLDEN));
        assert_eq!(Digest::from(&Personal::Known(text)), Digest(GOLDEN));
        assert_ne!(Digest::from(&Personal::<Text<100>>::Erased), Digest(GOLDEN));
    }

    #[test]
    fn a_released_digest_of_a_place_stays_what_it_is() {
        let address = Text::new("Main Street 1").unwrap();
        let point = Point::new(48.25, 11.5);
        for (address, point, golden) in [
            (Some(address), point, 0x1fea_9f80_38a9_e5fc),
            (None, point, 0x6bb4_1452_8745_afdb),
            (None, None, 0x0832_8807_b4eb_6fed),
        ] {
            let place = Personal::Known(Place { address, point });
            assert_eq!(Digest::from(&place), Digest(golden));
        }
    }
}
