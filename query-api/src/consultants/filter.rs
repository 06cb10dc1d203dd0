//! What a list of consultants is asked for, and how it is read from the query string.

use utoipa::IntoParams;

use crate::list::{List, Order, listed};
use crate::parameters::{Parameters, YES_OR_NO, text, word};
use crate::problems::Error;

const AVAILABILITIES: [&str; 3] = ["available", "busy", "away"];

static LIST: List = List::of_people(
    "consultants",
    "Words that those of the name begin with, in any order; marks on letters don't count.",
);
listed!(ConsultantList of LIST);

/// The parameters, for OpenAPI.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by the document, not by us")]
pub(crate) struct ConsultantParameters {
    team: Option<String>,
    /// Repeated: who knows all of them, however well.
    skill: Option<String>,
    /// One or more of available, busy, away; with commas or repeated.
    availability: Option<String>,
    /// Who serves this area, be it because they serve every one.
    area: Option<String>,
    /// false (the default) for who works here, true for who did.
    retired: Option<bool>,
}

/// A list: all that is `Some` or not empty must hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Filter {
    pub(super) team: Option<String>,
    pub(super) skills: Vec<String>,
    pub(super) availability: Vec<&'static str>,
    pub(super) area: Option<String>,
    pub(super) retired: bool,
    pub(super) order: Order,
}

impl Filter {
    /// Reads it, or says what is wrong with every parameter that is.
    pub(crate) fn parse(mut from: Parameters) -> Result<Self, Error> {
        let filter = Self {
            team: from.one("team", text),
            skills: from.texts("skill"),
            availability: from
                .list("availability", word(&AVAILABILITIES))
                .into_iter()
                .map(|place| AVAILABILITIES[place])
                .collect(),
            area: from.one("area", text),
            retired: from.one("retired", word(&YES_OR_NO)) == Some(1),
            order: Order::parse(&mut from, &LIST),
        };
        from.finish()?;
        Ok(filter)
    }
}
