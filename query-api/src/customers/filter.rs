//! What customers are searched by, and how it is read from the query string.

use sqlx::{Postgres, QueryBuilder};

use crate::list::{List, Order, listed};
use crate::parameters::Parameters;
use crate::problems::Error;

/// Fewer digits are no telephone number, nor the end of one that anybody would ask for.
const DIGITS_MIN: usize = 3;

static LIST: List = List::of_people(
    "customers",
    "Words that those of the name begin with, in any order; marks on letters don't count. Or a \
     telephone number in any spelling, or its last digits (3 or more). Or, with an `@`, the \
     beginning of an e-mail address. Of more than 10,000 that fit, some 10,000 are shown: say more.",
);

listed!(CustomerList of LIST);

/// A list of customers.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    pub(super) q: Option<Search>,
    pub(super) order: Order,
}

/// What somebody knows of whom they look for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Search {
    Name(String),
    Phone(String),
    Email(String),
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let mut order = Order::parse(&mut from, &LIST);
        from.finish()?;
        let q = order.q.take().map(Search::of);
        Ok(Self { q, order })
    }
}

impl Search {
    /// By what it looks like.
    fn of(q: String) -> Self {
        let dialled = |byte: u8| byte.is_ascii_digit() || b" +-./()".contains(&byte);
        let digits = q.bytes().filter(u8::is_ascii_digit).count();
        if q.contains('@') {
            Self::Email(q.trim().to_owned())
        } else if digits >= DIGITS_MIN && q.bytes().all(dialled) {
            Self::Phone(q)
        } else {
            Self::Name(q)
        }
    }

    /// Leaves those of `customer` (as `c`) that fit, as one condition more. The keys and what is
    /// compared with them are made by the same functions of the view.
    pub(super) fn only(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Self::Name(words) => {
                sql.push(" AND c.name_words @@ name_query(")
                    .push_bind(words.clone())
                    .push(")");
            }
            // `:` comes right after the digits. One that was noted without area or country is
            // found by the whole number, too; and names have numbers in them.
            Self::Phone(number) => {
                sql.push(" AND (c.phone_key >= phone_key(")
                    .push_bind(number.clone())
                    .push(") AND c.phone_key < phone_key(")
                    .push_bind(number.clone())
                    .push(") || ':' OR c.phone_key = ANY(phone_ends(")
                    .push_bind(number.clone())
                    .push(")) OR c.name_words @@ name_query(")
                    .push_bind(number.clone())
                    .push("))");
            }
            // Nothing comes after the last code point.
            Self::Email(beginning) => {
                sql.push(" AND c.email_key >= lower(")
                    .push_bind(beginning.clone())
                    .push(") AND c.email_key < lower(")
                    .push_bind(beginning.clone())
                    .push(") || chr(1114111)");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_known_by_its_look() {
        let name = |q: &str| Search::Name(q.to_owned());
        let phone = |q: &str| Search::Phone(q.to_owned());
        let email = |q: &str| Search::Email(q.to_owned());
        for (q, expected) in [
            ("Müller", name("Müller")),
            ("Studio 54", name("Studio 54")),
            ("42", name("42")),
            ("+49 (0)30 12-34/5.6", phone("+49 (0)30 12-34/5.6")),
            ("234", phone("234")),
            (" Carla@x ", email("Carla@x")),
            ("1234@x", email("1234@x")),
            ("+-", name("+-")),
            ("١٢٣", name("١٢٣")),
        ] {
            assert_eq!(Search::of(q.to_owned()), expected);
        }
    }
}
