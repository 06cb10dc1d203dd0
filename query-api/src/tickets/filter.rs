//! What a list of tickets is asked for, and how it is read from the query string.

use jiff::Timestamp;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::access::Sees;
use crate::list::{KeyOf, List, Order, Sort, listed};
use crate::parameters::{Parameters, text, time, uuid, word};
use crate::problems::Error;
use crate::ticket::PRIORITIES;

const STATUSES: [&str; 7] = [
    "open",
    "assigned",
    "in_progress",
    "on_hold",
    "resolved",
    "closed",
    "cancelled",
];
/// Lists of tickets; the newest first.
static LIST: List = List {
    name: "tickets",
    search: Some(
        "Words in number, subject, category, store, caller, description and resolution; \
         `\"quoted\"` for a phrase, `-word` for without, `or` for either.",
    ),
    sorts: &[
        Sort::new("opened_at", "t.opened_at", KeyOf::Time),
        Sort::new("updated_at", "t.updated_at", KeyOf::Time),
        Sort::new("priority", "t.priority", KeyOf::Number),
        Sort::new("number", "t.number", KeyOf::Number),
    ],
    descending: true,
    id: "t.id",
};
listed!(TicketList of LIST);

/// A page lists no place farther than half the way around the world.
const RADIUS_KM_MAX: f64 = 20_038.0;
const RADIUS_KM_DEFAULT: f64 = 10.0;

/// The parameters, for OpenAPI.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct ListParameters {
    /// The number as it is read out.
    number: Option<String>,
    /// One or more of open, assigned, `in_progress`, `on_hold`, resolved, closed, cancelled; with
    /// commas or repeated.
    status: Option<String>,
    /// Who has it; `none` for tickets that nobody has. Not for customers.
    assignee: Option<String>,
    /// Not for customers.
    team: Option<String>,
    customer: Option<Uuid>,
    store: Option<String>,
    /// One or more of low, moderate, high, critical.
    priority: Option<String>,
    category: Option<String>,
    /// Repeated: tickets that ask for all of them. Not for customers.
    skill: Option<String>,
    /// At or after this time (RFC 3339).
    opened_from: Option<String>,
    /// Before this time.
    opened_to: Option<String>,
    updated_from: Option<String>,
    updated_to: Option<String>,
    /// `latitude,longitude` in degrees.
    #[param(example = "52.517,13.389")]
    near: Option<String>,
    /// How far from there at most; default 10.
    radius_km: Option<f64>,
}

/// Who has a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Assignee {
    Nobody,
    Person(Uuid),
}

/// A place and how far from it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Near {
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
    pub(crate) radius_km: f64,
}

/// A list: all that is `Some` or not empty must hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    pub(crate) number: Option<i64>,
    pub(crate) status: Vec<&'static str>,
    pub(crate) assignee: Option<Assignee>,
    pub(crate) team: Option<String>,
    pub(crate) customer: Option<Uuid>,
    pub(crate) store: Option<String>,
    pub(crate) priority: Vec<i16>,
    pub(crate) category: Option<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) opened: (Option<Timestamp>, Option<Timestamp>),
    pub(crate) updated: (Option<Timestamp>, Option<Timestamp>),
    pub(crate) near: Option<Near>,
    pub(crate) order: Order,
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is. A parameter about a field that
    /// the caller doesn't see is not known to it.
    pub(crate) fn parse(mut from: Parameters, sees: Sees) -> Result<Self, Error> {
        let filter = Self {
            number: from.one("number", number),
            status: from
                .list("status", word(&STATUSES))
                .into_iter()
                .map(|place| STATUSES[place])
                .collect(),
            assignee: sees
                .field("assignee")
                .then(|| from.one("assignee", assignee))
                .flatten(),
            team: sees.field("team").then(|| from.one("team", text)).flatten(),
            customer: from.one("customer", uuid),
            store: from.one("store", text),
            priority: from
                .list("priority", word(&PRIORITIES))
                .into_iter()
                .map(|rank| rank as i16)
                .collect(),
            category: from.one("category", text),
            skills: if sees.field("skills") {
                from.texts("skill")
            } else {
                Vec::new()
            },
            opened: (from.one("opened_from", time), from.one("opened_to", time)),
            updated: (from.one("updated_from", time), from.one("updated_to", time)),
            near: near(&mut from),
            order: Order::parse(&mut from, &LIST),
        };
        from.finish()?;
        Ok(filter)
    }
}

fn number(text: &str) -> Result<i64, String> {
    text.parse()
        .ok()
        .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or_else(|| format!("{text:?} is not a ticket number"))
}

fn assignee(text: &str) -> Result<Assignee, String> {
    match text {
        "none" => Ok(Assignee::Nobody),
        _ => uuid(text)
            .map(Assignee::Person)
            .map_err(|why| format!("{why}, nor none")),
    }
}

fn near(from: &mut Parameters) -> Option<Near> {
    let point = from.one("near", |text| {
        text.split_once(',')
            .and_then(|(latitude, longitude)| {
                Some((degrees(latitude, 90.0)?, degrees(longitude, 180.0)?))
            })
            .ok_or_else(|| format!("{text:?} is not latitude,longitude in degrees"))
    });
    let radius_km = from.one("radius_km", |text| {
        text.parse()
            .ok()
            .filter(|radius| *radius > 0.0 && *radius <= RADIUS_KM_MAX)
            .ok_or_else(|| format!("{text:?} is not more than 0 and at most {RADIUS_KM_MAX}"))
    });
    if radius_km.is_some() && !from.has("near") {
        from.error("radius_km", "needs near");
    }
    point.map(|(latitude, longitude)| Near {
        latitude,
        longitude,
        radius_km: radius_km.unwrap_or(RADIUS_KM_DEFAULT),
    })
}

fn degrees(text: &str, most: f64) -> Option<f64> {
    text.trim()
        .parse()
        .ok()
        .filter(|degrees: &f64| degrees.abs() <= most)
}
