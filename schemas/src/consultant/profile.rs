//! What a consultant is and can: `registered`, `profile_changed`, both v1. Frozen.
#![expect(
    clippy::option_option,
    reason = "absent, null and a value are three things in a change"
)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use docket_domain::consultant::{ConsultantEvent, Level, Profile, ProfileChange};
use docket_domain::text::Label;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Invalid, borrowed, optional, present, text, texts};
use crate::personal::PersonalV1;

/// Somebody is a consultant, or is one again after having retired: away, without working hours and
/// place until they say so.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisteredV1<'a> {
    /// As colleagues and customers know them.
    name: PersonalV1<Cow<'a, str>>,
    /// The team they belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    team: Option<Cow<'a, str>>,
    /// What they know, and how well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    skills: BTreeMap<Cow<'a, str>, LevelV1>,
    /// The areas they serve; every area if there are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    areas: BTreeSet<Cow<'a, str>>,
    /// How far they go from their place, in kilometres; as far as need be if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    travel_km_max: Option<u32>,
    /// What they speak, as BCP 47 tags.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    languages: BTreeSet<Cow<'a, str>>,
    /// How many tickets they have at once.
    capacity: u32,
}

/// What a consultant is and can was corrected. A field that is absent stays as it was; one that is
/// null was taken away.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileChangedV1<'a> {
    /// The new name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "PersonalV1<Cow<'_, str>>")]
    name: Option<PersonalV1<Cow<'a, str>>>,
    /// The new team.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    team: Option<Option<Cow<'a, str>>>,
    /// All they know from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "BTreeMap<String, LevelV1>")]
    skills: Option<BTreeMap<Cow<'a, str>, LevelV1>>,
    /// All the areas they serve from now on; every area if there are none.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "BTreeSet<String>")]
    areas: Option<BTreeSet<Cow<'a, str>>>,
    /// How far they go from now on, in kilometres; as far as need be if null.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    travel_km_max: Option<Option<u32>>,
    /// All they speak from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "BTreeSet<String>")]
    languages: Option<BTreeSet<Cow<'a, str>>>,
    /// How many tickets they have at once from now on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schemars(with = "u32")]
    capacity: Option<u32>,
}

/// How well somebody knows something: 1 (beginner) to 5 (expert).
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
struct LevelV1(#[schemars(range(min = 1, max = 5))] u8);

fn levels(skills: &BTreeMap<Label, Level>) -> BTreeMap<Cow<'_, str>, LevelV1> {
    let skills = skills.iter();
    skills
        .map(|(skill, level)| (borrowed(skill), LevelV1(level.get())))
        .collect()
}

fn into_levels(skills: BTreeMap<Cow<'_, str>, LevelV1>) -> Result<BTreeMap<Label, Level>, Invalid> {
    let known = |(skill, LevelV1(level))| {
        let level = Level::new(level).ok_or_else(|| {
            Invalid::new("skills", &format_args!("has a level {level}, not 1 to 5"))
        })?;
        Ok((text("skills", skill)?, level))
    };
    skills.into_iter().map(known).collect()
}

fn labels(labels: &BTreeSet<Label>) -> BTreeSet<Cow<'_, str>> {
    labels.iter().map(borrowed).collect()
}

impl<'a> From<&'a Profile> for RegisteredV1<'a> {
    fn from(profile: &'a Profile) -> Self {
        Self {
            name: PersonalV1::of(&profile.name, borrowed),
            team: profile.team.as_ref().map(borrowed),
            skills: levels(&profile.skills),
            areas: labels(&profile.areas),
            travel_km_max: profile.travel_km_max,
            languages: labels(&profile.languages),
            capacity: profile.capacity,
        }
    }
}

impl Fact for RegisteredV1<'_> {
    const TYPE: &'static str = "docket.consultant.registered.v1";

    type Event = ConsultantEvent;

    fn into_event(self) -> Result<ConsultantEvent, Invalid> {
        Ok(ConsultantEvent::Registered(Box::new(Profile {
            name: self.name.into_domain(|value| text("name", value))?,
            team: optional("team", self.team)?,
            skills: into_levels(self.skills)?,
            areas: texts("areas", self.areas)?,
            travel_km_max: self.travel_km_max,
            languages: texts("languages", self.languages)?,
            capacity: self.capacity,
        })))
    }
}

impl<'a> From<&'a ProfileChange> for ProfileChangedV1<'a> {
    fn from(change: &'a ProfileChange) -> Self {
        let team = change.team.as_ref();
        Self {
            name: PersonalV1::of_optional(change.name.as_ref(), borrowed),
            team: team.map(|team| team.as_ref().map(borrowed)),
            skills: change.skills.as_ref().map(levels),
            areas: change.areas.as_ref().map(labels),
            travel_km_max: change.travel_km_max,
            languages: change.languages.as_ref().map(labels),
            capacity: change.capacity,
        }
    }
}

impl Fact for ProfileChangedV1<'_> {
    const TYPE: &'static str = "docket.consultant.profile_changed.v1";

    type Event = ConsultantEvent;

    fn into_event(self) -> Result<ConsultantEvent, Invalid> {
        let areas = |areas| texts("areas", areas);
        let languages = |languages| texts("languages", languages);
        Ok(ConsultantEvent::ProfileChanged(Box::new(ProfileChange {
            name: PersonalV1::into_optional(self.name, |value| text("name", value))?,
            team: self.team.map(|team| optional("team", team)).transpose()?,
            skills: self.skills.map(into_levels).transpose()?,
            areas: self.areas.map(areas).transpose()?,
            travel_km_max: self.travel_km_max,
            languages: self.languages.map(languages).transpose()?,
            capacity: self.capacity,
        })))
    }
}
