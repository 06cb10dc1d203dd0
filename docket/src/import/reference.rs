//! Ids for things that another system names: the same reference is the same id, in every run and
//! on every machine, so nobody has to invent ids and a second import finds the first one's tickets.
//!
//! The rule (docs/import.md): the UUIDv5 of `<kind>:<source>:<reference>` in the namespace
//! [`NAMESPACE`], kind being `ticket` or `person`. A reference that is a hyphenated UUID already is
//! used as it is.

use uuid::Uuid;

/// The UUIDv5 of `https://docket.dev/import` in the URL namespace.
pub const NAMESPACE: Uuid = Uuid::from_u128(0xea66_ef5b_caa1_5b8d_bb28_2116_4828_4dcc);

/// The id of a ticket that `source` calls `reference`.
pub fn ticket(source: &str, reference: &str) -> Uuid {
    id("ticket", source, reference)
}

/// The id of a person (customer, consultant) whom `source` calls `reference`.
pub fn person(source: &str, reference: &str) -> Uuid {
    id("person", source, reference)
}

fn id(kind: &str, source: &str, reference: &str) -> Uuid {
    // Only the hyphenated form: 32 hexadecimal digits may well be somebody's own numbering.
    if reference.len() == 36
        && let Ok(id) = Uuid::parse_str(reference)
    {
        return id;
    }
    Uuid::new_v5(
        &NAMESPACE,
        format!("{kind}:{source}:{reference}").as_bytes(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_what_the_documentation_says() {
        assert_eq!(
            NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"https://docket.dev/import")
        );
    }

    #[test]
    fn a_reference_is_one_id_per_kind_and_source() {
        assert_eq!(ticket("a", "INC1"), ticket("a", "INC1"));
        assert_ne!(ticket("a", "INC1"), ticket("b", "INC1"));
        assert_ne!(ticket("a", "INC1"), ticket("a", "INC2"));
        assert_ne!(ticket("a", "INC1"), person("a", "INC1"));
    }

    #[test]
    fn a_uuid_stays_itself_and_32_digits_do_not() {
        let id = Uuid::from_u128(7);
        assert_eq!(ticket("a", &id.to_string()), id);
        assert_ne!(ticket("a", &id.simple().to_string()), id);
    }
}
