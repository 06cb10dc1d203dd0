//! Texts and points keep their bounds, and names are read as they are written.

use docket_domain::command::Point;
use docket_domain::text::{InvalidText, Text};
use docket_domain::{CommandName, Role, StatusName};

type Short = Text<8>;

#[test]
fn a_text_is_kept_as_it_was_said() {
    for said in ["x", " x ", "a\n\tb\r", "12345678", "äöüß"] {
        assert_eq!(Short::new(said).unwrap().as_str(), said);
    }
}

#[test]
fn a_text_says_something_and_not_too_much() {
    for nothing in ["", " ", "\n\t", "\u{2003}"] {
        assert_eq!(Short::new(nothing), Err(InvalidText::Empty));
    }
    // Bytes count, not characters.
    assert_eq!(
        Short::new("äöüßé"),
        Err(InvalidText::TooLong { actual: 10, max: 8 })
    );
}

#[test]
fn a_text_has_no_control_characters() {
    for (text, code) in [("a\0b", 0), ("\u{1b}[1m", 0x1b), ("a\u{85}", 0x85)] {
        assert_eq!(Short::new(text), Err(InvalidText::Control(code)));
    }
}

#[test]
fn a_point_is_on_the_globe() {
    for (latitude, longitude) in [(90.0, 180.0), (-90.0, -180.0), (0.0, 0.0)] {
        let point = Point::new(latitude, longitude).unwrap();
        assert_eq!((point.latitude(), point.longitude()), (latitude, longitude));
    }
    for (latitude, longitude) in [
        (90.1, 0.0),
        (0.0, -180.1),
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
    ] {
        assert_eq!(Point::new(latitude, longitude), None);
    }
}

#[test]
fn names_read_back() {
    for role in Role::ALL {
        assert_eq!(Role::parse(role.as_str()), Some(role));
    }
    for command in CommandName::ALL {
        assert_eq!(CommandName::parse(command.as_str()), Some(command));
        assert_eq!(crate::scenarios::sample(command).name(), command);
    }
    for status in StatusName::ALL {
        assert_eq!(StatusName::parse(status.as_str()), Some(status));
    }
    assert_eq!(Role::parse("Manager"), None);
}
