//! Ticket numbers: unique, readable, and safe against slips of the tongue.

use std::collections::HashSet;

use docket_domain::{InvalidNumber, TicketNumber};
use proptest::prelude::*;

#[test]
fn the_check_digit_is_damms() {
    // The worked example of the algorithm's published descriptions.
    assert_eq!(TicketNumber::from_value(572).to_string(), "5724");
    assert_eq!("5724".parse(), Ok(TicketNumber::from_value(572)));
    assert_eq!(
        "5727".parse::<TicketNumber>(),
        Err(InvalidNumber::CheckDigit)
    );
}

#[test]
fn partitions_never_give_the_same_number() {
    let numbers: HashSet<_> = (0..1_000)
        .flat_map(|count| (0..8).map(move |partition| TicketNumber::new(count, 8, partition)))
        .collect();
    assert_eq!(numbers.len(), 8_000);
    assert_eq!(TicketNumber::new(71, 8, 4).value(), 572);
}

#[test]
fn what_is_not_a_number_is_refused_with_the_reason() {
    for text in ["", "7", "57x4", "-5724", "+5724", "57 24", "５７２４"] {
        assert_eq!(text.parse::<TicketNumber>(), Err(InvalidNumber::NotDigits));
    }
    assert_eq!(
        "9".repeat(22).parse::<TicketNumber>(),
        Err(InvalidNumber::TooLong)
    );
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(value: u64) {
        let number = TicketNumber::from_value(value);
        prop_assert_eq!(number.to_string().parse(), Ok(number));
    }

    #[test]
    fn a_wrong_digit_is_caught(value: u64, place: prop::sample::Index, shift in 1..10u8) {
        let mut digits = TicketNumber::from_value(value).to_string().into_bytes();
        let place = place.index(digits.len());
        digits[place] = b'0' + (digits[place] - b'0' + shift) % 10;
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert!(wrong.parse::<TicketNumber>().is_err());
    }

    #[test]
    fn swapped_neighbours_are_caught(value: u64, place: prop::sample::Index) {
        let mut digits = TicketNumber::from_value(value).to_string().into_bytes();
        let place = place.index(digits.len() - 1);
        prop_assume!(digits[place] != digits[place + 1]);
        digits.swap(place, place + 1);
        let wrong = String::from_utf8(digits).unwrap();
        prop_assert!(wrong.parse::<TicketNumber>().is_err());
    }
}
