//! By which way a notification reaches whom it is for. Pure.
//!
//! It is decided when the notification is taken and again before each attempt, on what the outbox
//! knows then: an address corrected meanwhile is the one used, and of somebody whose personal data
//! were erased meanwhile nothing is left to use.

use lettre::Address;

use crate::config::DeliveryConfig;
use crate::queue::Facts;

/// What is to become of a notification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// It goes this way.
    To(Way),
    /// Not now, for this reason; asked again later.
    Wait(&'static str),
    /// The same, but not for ever: the customer may have nothing to be reached by.
    WaitForContact(&'static str),
    /// Nobody is to get it, for this reason.
    Drop(&'static str),
}

/// A way to a person, with the address at its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Mail(String),
    Sms(String),
}

impl Way {
    /// The target that goes this way.
    pub(crate) fn target(&self) -> &'static str {
        match self {
            Self::Mail(_) => "mail",
            Self::Sms(_) => "sms",
        }
    }
}

/// The way to the person that `recipient` names.
pub(crate) fn route(recipient: &str, kind: &str, facts: &Facts, config: &DeliveryConfig) -> Route {
    if facts.number.is_none() {
        // Another generation that isn't as far yet.
        return Route::Wait("the outbox doesn't have the ticket");
    }
    match recipient {
        "managers" => match config.managers_of(facts.team.as_deref()) {
            Some(address) => Route::To(Way::Mail(address.to_owned())),
            None => Route::Wait("delivery.managers names no address"),
        },
        "customer" if facts.customer.is_some() => to_customer(kind, facts),
        "customer" => to_caller(facts),
        _ => Route::Wait("this version doesn't know who that is"),
    }
}

/// By the way they prefer; by the other one as long as they can't be reached by it.
fn to_customer(kind: &str, facts: &Facts) -> Route {
    if facts.erased {
        return Route::Drop("the customer's personal data were erased");
    }
    let Some(channel) = facts.channel.as_deref() else {
        return Route::WaitForContact("the customer isn't known");
    };
    if channel == "none" {
        return Route::Drop("the customer wants no notifications");
    }
    if kind == "survey.invitation" && !facts.surveys {
        return Route::Drop("the customer wants no surveys");
    }
    let mail = mail(facts.customer_email.as_deref());
    let sms = sms(facts.customer_phone.as_deref());
    let way = if channel == "sms" {
        sms.or(mail)
    } else {
        mail.or(sms)
    };
    way.map_or(
        Route::WaitForContact("the customer has neither e-mail nor telephone"),
        Route::To,
    )
}

fn to_caller(facts: &Facts) -> Route {
    let way = mail(facts.caller_email.as_deref()).or_else(|| sms(facts.caller_phone.as_deref()));
    way.map_or(
        Route::Drop("the caller left neither e-mail nor telephone"),
        Route::To,
    )
}

/// What callers leave is a text like any other.
fn mail(address: Option<&str>) -> Option<Way> {
    let address = address?.trim();
    let good = address.parse::<Address>().is_ok();
    good.then(|| Way::Mail(address.to_owned()))
}

fn sms(number: Option<&str>) -> Option<Way> {
    let number = number?;
    let dialled = |c: char| c.is_ascii_digit() || " +-./()".contains(c);
    let digits: String = number
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect();
    (number.chars().all(dialled) && (3..=21).contains(&digits.len())).then_some(Way::Sms(digits))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn to(facts: &Facts) -> Route {
        route(
            "customer",
            "ticket.received",
            facts,
            &DeliveryConfig::default(),
        )
    }

    fn caller(phone: Option<&str>, email: Option<&str>) -> Facts {
        Facts {
            number: Some(12),
            caller_phone: phone.map(str::to_owned),
            caller_email: email.map(str::to_owned),
            ..Facts::default()
        }
    }

    fn customer(channel: &str, phone: Option<&str>, email: Option<&str>) -> Facts {
        Facts {
            number: Some(12),
            customer: Some(Uuid::nil()),
            channel: Some(channel.to_owned()),
            customer_phone: phone.map(str::to_owned),
            customer_email: email.map(str::to_owned),
            ..Facts::default()
        }
    }

    #[test]
    fn customers_get_it_their_way_or_the_other_one_or_not_at_all() {
        let mail = || Route::To(Way::Mail("c@example.com".to_owned()));
        let sms = || Route::To(Way::Sms("+491234".to_owned()));
        let (phone, email) = (Some("+49 (12) 34"), Some("c@example.com"));
        assert_eq!(to(&customer("email", phone, email)), mail());
        assert_eq!(to(&customer("sms", phone, email)), sms());
        assert_eq!(to(&customer("sms", None, email)), mail());
        assert_eq!(to(&customer("email", phone, None)), sms());
        assert!(matches!(
            to(&customer("email", None, None)),
            Route::WaitForContact(_)
        ));
        assert!(matches!(
            to(&customer("none", phone, email)),
            Route::Drop(_)
        ));
        let mut erased = customer("email", phone, email);
        erased.erased = true;
        assert!(matches!(to(&erased), Route::Drop(_)));
    }

    #[test]
    fn callers_get_it_where_they_said_if_that_is_somewhere() {
        let number = Some("0123/456-78");
        assert_eq!(
            to(&caller(number, Some("c@example.com"))),
            Route::To(Way::Mail("c@example.com".to_owned()))
        );
        let sms = Route::To(Way::Sms("012345678".to_owned()));
        assert_eq!(to(&caller(number, Some("nobody at home"))), sms);
        for injected in ["a@b.c>\r\nRCPT TO:<d@e.f", "a@b.c, d@e.f", "<a@b.c>"] {
            assert!(
                matches!(to(&caller(None, Some(injected))), Route::Drop(_)),
                "{injected}"
            );
        }
        for injected in ["123&to=456", "call me", "12", "123\n456"] {
            assert!(
                matches!(to(&caller(Some(injected), None)), Route::Drop(_)),
                "{injected}"
            );
        }
    }
}
