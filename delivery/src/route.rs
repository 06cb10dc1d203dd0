//! By which way a notification reaches whom it is for. Pure.
//!
//! It is decided when the notification is taken and again before each attempt, on what the outbox
//! knows then: an address corrected meanwhile is the one used, and of somebody whose personal data
//! were erased meanwhile nothing is left to use.

use lettre::Address;

use crate::config::DeliveryConfig;
use crate::invitation::INVITATION;
use crate::queue::Facts;

/// Why nothing of it can be sent yet.
pub(crate) const NO_NOTIFICATION: &str = "the outbox doesn't have the notification";

/// What is to become of a notification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// It goes this way.
    To(Way),
    /// Not now, for this reason; asked again later.
    Wait(&'static str),
    /// The same, but not for ever: nothing is known that the customer could be reached by.
    NoContact(&'static str),
    /// Nor this: no way that is configured leads to them.
    Unserved(&'static str),
    /// Nobody is to get it, for this reason.
    Drop(&'static str),
}

impl Route {
    /// Why it isn't a way.
    pub(crate) fn why(&self) -> Option<&'static str> {
        match self {
            Self::To(_) => None,
            Self::Wait(why) | Self::NoContact(why) | Self::Unserved(why) | Self::Drop(why) => {
                Some(why)
            }
        }
    }
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

/// The way to the person that `recipient` names, among those that are served.
pub(crate) fn route(recipient: &str, kind: &str, facts: &Facts, config: &DeliveryConfig) -> Route {
    // Of another generation that isn't as far yet, or of a partition that is behind.
    if facts.version.is_none() {
        return Route::Wait(NO_NOTIFICATION);
    }
    if facts.number.is_none() {
        return Route::Wait("the outbox doesn't have the ticket");
    }
    if facts.over {
        return Route::Drop(if kind == INVITATION {
            "the survey is over"
        } else {
            "it is too late to say so"
        });
    }
    match recipient {
        "managers" => match config.managers_of(facts.team.as_deref()) {
            Some(address) => served([Some(Way::Mail(address.to_owned())), None], config),
            None => Route::Unserved("delivery.managers names no address"),
        },
        "customer" if facts.customer.is_some() => to_customer(kind, facts, config),
        "customer" => to_caller(facts, config),
        _ => Route::Wait("this version doesn't know who that is"),
    }
}

/// The first of these ways, of which there is one at least, that is configured.
fn served(ways: [Option<Way>; 2], config: &DeliveryConfig) -> Route {
    let mut ways = ways.into_iter().flatten();
    let served = ways.find(|way| config.serves(way.target()));
    served.map_or(
        Route::Unserved("neither delivery.mail nor delivery.sms leads there"),
        Route::To,
    )
}

/// By the way they prefer; by the other one as long as they can't be reached by it.
fn to_customer(kind: &str, facts: &Facts, config: &DeliveryConfig) -> Route {
    if facts.erased {
        return Route::Drop("the customer's personal data were erased");
    }
    // Their partition may be behind, or nobody registered them: tickets may name anybody. No checkpoint
    // tells which. It says how far its partition was read, not how far that goes; and where nothing
    // happens, it stays where it is.
    let Some(channel) = facts.channel.as_deref() else {
        return Route::NoContact("the outbox doesn't have the customer");
    };
    if channel == "none" {
        return Route::Drop("the customer wants no notifications");
    }
    if kind == INVITATION && !facts.surveys {
        return Route::Drop("the customer wants no surveys");
    }
    let mail = mail(facts.customer_email.as_deref());
    let sms = sms(facts.customer_phone.as_deref());
    match if channel == "sms" {
        [sms, mail]
    } else {
        [mail, sms]
    } {
        [None, None] => Route::NoContact("the customer has neither e-mail nor telephone"),
        ways => served(ways, config),
    }
}

fn to_caller(facts: &Facts, config: &DeliveryConfig) -> Route {
    let ways = [
        mail(facts.caller_email.as_deref()),
        sms(facts.caller_phone.as_deref()),
    ];
    match ways {
        [None, None] => Route::Drop("the caller left neither e-mail nor telephone"),
        ways => served(ways, config),
    }
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
    use crate::config::{MailConfig, SmsConfig};

    /// With these ways served.
    fn serving(mail: bool, sms: bool) -> DeliveryConfig {
        let mail = mail.then(|| toml::from_str::<MailConfig>("host = 'h'\nfrom = 'a@b.c'"));
        let sms = sms.then(|| toml::from_str::<SmsConfig>("url = 'https://sms.example.com/{to}'"));
        DeliveryConfig {
            mail: mail.map(|mail| mail.expect("good")),
            sms: sms.map(|sms| sms.expect("good")),
            ..DeliveryConfig::default()
        }
    }

    fn to(facts: &Facts) -> Route {
        route("customer", "ticket.received", facts, &serving(true, true))
    }

    fn known() -> Facts {
        Facts {
            version: Some(1),
            number: Some(12),
            surveys: true,
            ..Facts::default()
        }
    }

    fn caller(phone: Option<&str>, email: Option<&str>) -> Facts {
        Facts {
            caller_phone: phone.map(str::to_owned),
            caller_email: email.map(str::to_owned),
            ..known()
        }
    }

    fn customer(channel: &str, phone: Option<&str>, email: Option<&str>) -> Facts {
        Facts {
            customer: Some(Uuid::nil()),
            channel: Some(channel.to_owned()),
            customer_phone: phone.map(str::to_owned),
            customer_email: email.map(str::to_owned),
            ..known()
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
            Route::NoContact(_)
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
    fn a_way_that_is_served_goes_before_one_that_is_not_and_without_any_it_waits() {
        let facts = customer("sms", Some("+49 1234"), Some("c@example.com"));
        let to = |mail, sms| {
            let config = serving(mail, sms);
            route("customer", "ticket.received", &facts, &config)
        };
        assert_eq!(to(true, true), Route::To(Way::Sms("+491234".to_owned())));
        let mail = Route::To(Way::Mail("c@example.com".to_owned()));
        assert_eq!(to(true, false), mail);
        assert!(matches!(to(false, false), Route::Unserved(_)));
    }

    #[test]
    fn whoever_the_outbox_does_not_have_yet_is_waited_for() {
        let mut facts = customer("email", None, Some("c@example.com"));
        facts.channel = None;
        assert!(matches!(to(&facts), Route::NoContact(_)));
        for missing in [
            Facts {
                version: None,
                ..caller(None, None)
            },
            Facts {
                number: None,
                ..caller(None, None)
            },
        ] {
            assert!(matches!(to(&missing), Route::Wait(_)), "{missing:?}");
        }
    }

    #[test]
    fn nobody_is_asked_who_does_not_want_it_or_when_it_is_over() {
        let facts = customer("email", None, Some("c@example.com"));
        let asked = |facts: &Facts| route("customer", INVITATION, facts, &serving(true, true));
        assert!(matches!(asked(&facts), Route::To(_)));
        let over = Facts {
            over: true,
            ..facts.clone()
        };
        assert!(matches!(asked(&over), Route::Drop(_)));
        let unwilling = Facts {
            surveys: false,
            ..facts
        };
        assert!(matches!(asked(&unwilling), Route::Drop(_)));
        // Other things they are told of all the same.
        assert!(matches!(to(&unwilling), Route::To(_)));
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
