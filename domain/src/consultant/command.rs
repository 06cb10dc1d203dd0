//! What can be asked of a consultant's stream.

use std::collections::{BTreeMap, BTreeSet};

use super::hours::Hours;
use crate::command::Place;
use crate::text::{Label, Personal};

/// A request about a consultant that may be refused.
#[derive(Clone, PartialEq, Debug)]
pub enum ConsultantCommand {
    /// A new consultant, or one who comes back after having retired.
    Register(Box<Profile>),
    /// Corrects what they are and can.
    ChangeProfile(Box<ProfileChange>),
    /// Says whether and when they work.
    ChangeAvailability(Box<AvailabilityChange>),
    /// Says where they are; nothing takes it away.
    ChangePlace {
        /// Where they set out from.
        place: Option<Personal<Place>>,
    },
    /// They work no more. Tickets they still have are for the router and the managers to move.
    Retire,
}

/// What a consultant is and can.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// As colleagues and customers know them.
    pub name: Personal<Label>,
    /// The team they belong to.
    pub team: Option<Label>,
    /// What they know and how well; at most [`SKILLS_MAX`].
    pub skills: BTreeMap<Label, Level>,
    /// The areas of the catalogue they serve, at most [`AREAS_MAX`]; none means every area.
    pub areas: BTreeSet<Label>,
    /// How far they go from their place, in kilometres; as far as need be if not given.
    pub travel_km_max: Option<u32>,
    /// What they speak, as BCP 47 tags; at most [`LANGUAGES_MAX`].
    pub languages: BTreeSet<Label>,
    /// How many tickets they have at once; with 0 they get none.
    pub capacity: u32,
}

/// The most skills a consultant has.
pub const SKILLS_MAX: usize = 200;
/// The most areas a consultant is said to serve.
pub const AREAS_MAX: usize = 200;
/// The most languages a consultant speaks.
pub const LANGUAGES_MAX: usize = 50;
/// The most shifts in a week.
pub const SHIFTS_MAX: usize = 50;

/// How well somebody knows something: 1 (beginner) to 5 (expert).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Level(u8);

impl Level {
    /// The lowest.
    pub const MIN: Self = Self(1);
    /// The highest.
    pub const MAX: Self = Self(5);

    /// The level of that number; `None` unless it is 1 to 5.
    pub const fn new(level: u8) -> Option<Self> {
        if level >= Self::MIN.0 && level <= Self::MAX.0 {
            Some(Self(level))
        } else {
            None
        }
    }

    /// Its number, 1 to 5.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// New values for a profile; `None` leaves it as it is, `Some(None)` takes it away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProfileChange {
    /// See [`Profile::name`].
    pub name: Option<Personal<Label>>,
    /// See [`Profile::team`].
    pub team: Option<Option<Label>>,
    /// See [`Profile::skills`]; all of them.
    pub skills: Option<BTreeMap<Label, Level>>,
    /// See [`Profile::areas`]; all of them.
    pub areas: Option<BTreeSet<Label>>,
    /// See [`Profile::travel_km_max`].
    pub travel_km_max: Option<Option<u32>>,
    /// See [`Profile::languages`]; all of them.
    pub languages: Option<BTreeSet<Label>>,
    /// See [`Profile::capacity`].
    pub capacity: Option<u32>,
}

/// Everything anew.
impl From<&Profile> for ProfileChange {
    fn from(profile: &Profile) -> Self {
        let Profile {
            name,
            team,
            skills,
            areas,
            travel_km_max,
            languages,
            capacity,
        } = profile.clone();
        Self {
            name: Some(name),
            team: Some(team),
            skills: Some(skills),
            areas: Some(areas),
            travel_km_max: Some(travel_km_max),
            languages: Some(languages),
            capacity: Some(capacity),
        }
    }
}

/// Whether a consultant takes tickets, within working hours if there are any.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Availability {
    /// Takes tickets.
    Available,
    /// At work, but takes no more for now.
    Busy,
    /// Not at work, whatever the hours say.
    Away,
}

/// New values for when a consultant works; `None` leaves it as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AvailabilityChange {
    /// Whether they take tickets.
    pub availability: Option<Availability>,
    /// Their working hours; `Some(None)` takes them away, and availability alone decides.
    pub hours: Option<Option<Hours>>,
}

/// The commands' names, for tables, refusals and metrics.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "each is documented on ConsultantCommand")]
pub enum ConsultantCommandName {
    Register,
    ChangeProfile,
    ChangeAvailability,
    ChangePlace,
    Retire,
}

impl ConsultantCommandName {
    /// Every command, for tables and tests.
    pub const ALL: [Self; 5] = [
        Self::Register,
        Self::ChangeProfile,
        Self::ChangeAvailability,
        Self::ChangePlace,
        Self::Retire,
    ];

    /// The command as it stands in paths and bulk lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::ChangeProfile => "profile",
            Self::ChangeAvailability => "availability",
            Self::ChangePlace => "place",
            Self::Retire => "retire",
        }
    }

    /// The command of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.as_str() == name)
    }
}

impl ConsultantCommand {
    /// Its name.
    pub const fn name(&self) -> ConsultantCommandName {
        match self {
            Self::Register(_) => ConsultantCommandName::Register,
            Self::ChangeProfile(_) => ConsultantCommandName::ChangeProfile,
            Self::ChangeAvailability(_) => ConsultantCommandName::ChangeAvailability,
            Self::ChangePlace { .. } => ConsultantCommandName::ChangePlace,
            Self::Retire => ConsultantCommandName::Retire,
        }
    }
}
