//! Where the demo plays: cities and their areas, what breaks there and who can mend it. Fixed, so
//! that every run works in the same shop; the seed chooses who and when.

/// A city, with a store and with customers around it.
#[derive(Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    pub(super) area: &'static str,
    /// Degrees north and east.
    pub(super) point: (f64, f64),
    pub(super) language: &'static str,
    /// Its share of people.
    pub(super) weight: u32,
}

impl City {
    /// What its store is called in the catalogue.
    pub(super) fn store(&self) -> String {
        format!("Store {}", self.name)
    }
}

const fn city(
    name: &'static str,
    area: &'static str,
    point: (f64, f64),
    language: &'static str,
    weight: u32,
) -> City {
    City {
        name,
        area,
        point,
        language,
        weight,
    }
}

pub(super) const CITIES: [City; 10] = [
    city("Zürich", "Zürich", (47.376_9, 8.541_7), "de-CH", 24),
    city("Winterthur", "Zürich", (47.499_0, 8.724_1), "de-CH", 8),
    city("Basel", "North-West", (47.559_6, 7.588_6), "de-CH", 12),
    city("Bern", "Mittelland", (46.948_0, 7.447_4), "de-CH", 12),
    city("Biel", "Mittelland", (47.136_8, 7.246_8), "de-CH", 5),
    city("Luzern", "Centre", (47.050_2, 8.309_3), "de-CH", 8),
    city("St. Gallen", "East", (47.424_5, 9.376_7), "de-CH", 7),
    city("Genève", "Lake Geneva", (46.204_4, 6.143_2), "fr-CH", 12),
    city("Lausanne", "Lake Geneva", (46.519_7, 6.632_3), "fr-CH", 8),
    city("Lugano", "Ticino", (46.003_7, 8.951_1), "it-CH", 4),
];

/// What a ticket may be about.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: &'static str,
    pub(super) skills: &'static [&'static str],
    /// How many of a hundred such tickets need somebody to go there.
    pub(super) visits: u32,
    /// Least and most minutes of work.
    pub(super) work: (u64, u64),
    pub(super) subjects: &'static [&'static str],
    /// What is used up by a visit.
    pub(super) part: &'static str,
    /// How it is solved.
    pub(super) code: &'static str,
    /// Its share of tickets.
    pub(super) weight: u32,
}

pub(super) const SKILLS: [&str; 7] = [
    "network",
    "telephony",
    "tills",
    "printers",
    "television",
    "electricity",
    "alarms",
];

pub(super) const CATEGORIES: [Category; 8] = [
    Category {
        name: "Internet",
        skills: &["network"],
        visits: 40,
        work: (8, 35),
        subjects: &["No internet", "The line drops", "Slow since this morning"],
        part: "router",
        code: "line-restored",
        weight: 24,
    },
    Category {
        name: "Telephony",
        skills: &["telephony"],
        visits: 35,
        work: (6, 25),
        subjects: &["No dial tone", "Calls break off"],
        part: "handset",
        code: "line-restored",
        weight: 14,
    },
    Category {
        name: "Till",
        skills: &["tills"],
        visits: 55,
        work: (10, 35),
        subjects: &["Till 3 prints nothing", "The drawer stays shut"],
        part: "receipt printer",
        code: "replaced-part",
        weight: 14,
    },
    Category {
        name: "Card payment",
        skills: &["tills", "network"],
        visits: 45,
        work: (8, 30),
        subjects: &["Cards are refused", "The terminal is offline"],
        part: "card terminal",
        code: "replaced-part",
        weight: 10,
    },
    Category {
        name: "Printer",
        skills: &["printers"],
        visits: 60,
        work: (8, 30),
        subjects: &["Paper jam again", "Stripes on every page"],
        part: "drum",
        code: "cleaned",
        weight: 14,
    },
    Category {
        name: "Television",
        skills: &["television"],
        visits: 50,
        work: (8, 30),
        subjects: &["No picture", "Sound without a picture"],
        part: "cable",
        code: "replaced-cable",
        weight: 12,
    },
    Category {
        name: "Power",
        skills: &["electricity"],
        visits: 90,
        work: (15, 50),
        subjects: &["The fuse blows", "No power at the counter"],
        part: "fuse",
        code: "replaced-part",
        weight: 6,
    },
    Category {
        name: "Alarm",
        skills: &["alarms", "electricity"],
        visits: 80,
        work: (12, 45),
        subjects: &["The alarm won't stop", "The sensor reports a fault"],
        part: "sensor",
        code: "replaced-part",
        weight: 6,
    },
];

pub(super) const FIRST_NAMES: [&str; 20] = [
    "Anna", "Beat", "Carla", "Daniel", "Elena", "Fabio", "Giulia", "Hans", "Irène", "Jonas",
    "Katrin", "Luca", "Mirjam", "Nicolas", "Olivia", "Pascal", "Rahel", "Sandro", "Tanja", "Urs",
];
pub(super) const LAST_NAMES: [&str; 20] = [
    "Ammann",
    "Bernasconi",
    "Caduff",
    "Dubois",
    "Egger",
    "Favre",
    "Gerber",
    "Huber",
    "Iten",
    "Jacquet",
    "Keller",
    "Lehmann",
    "Meier",
    "Nägeli",
    "Oertli",
    "Perret",
    "Rossi",
    "Steiner",
    "Tschudi",
    "Weber",
];

/// What customers say of it, by score from 1.
pub(super) const REMARKS: [&str; 5] = [
    "It broke again an hour later.",
    "It took far too long.",
    "Fine, but I had to explain it twice.",
    "Solved, thank you.",
    "Quick, and kind.",
];
/// Why a ticket comes back.
pub(super) const COME_BACK: &str = "It does the same again.";
/// Why a consultant declines.
pub(super) const REASONS: [&str; 3] = [
    "Stuck in traffic, somebody else is sooner there.",
    "I lack the part for it.",
    "The visit before takes longer.",
];
