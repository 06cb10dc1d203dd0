//! The queue: in the routers' order, and with the reasons that the policy itself gives.

use std::collections::{BTreeMap, BTreeSet};

use docket_domain::command::{Point, Priority};
use docket_domain::ids::{PersonId, TicketId};
use docket_domain::routing::{Basis, Candidate, Job, Level, Outcome, Rules, Spot, Why, scan};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::projected::text;
use crate::setting::Setting;

/// Steele and Vigna's `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| make(self))
    }

    fn some_of(&mut self, words: &[&str]) -> Vec<String> {
        let mut chosen = words.to_vec();
        chosen.retain(|_| self.below(3) == 0);
        chosen.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Within some hundred kilometres.
    fn point(&mut self) -> (f64, f64) {
        let mut degrees = |from: f64| from + self.below(4_000) as f64 / 1_000.0;
        (degrees(48.0), degrees(8.0))
    }
}

const PRIORITIES: [Priority; 4] = [
    Priority::Low,
    Priority::Moderate,
    Priority::High,
    Priority::Critical,
];

impl Setting {
    /// Puts a waiting ticket into the routing view, with these columns changed.
    pub(crate) async fn waiting(&self, id: Uuid, columns: Value) {
        let mut row = json!({
            "id": id, "version": 1, "number": (id.as_u128() >> 70) as i64, "status": "open",
            "since": "2026-03-01T01:00:00Z", "live": true, "attempts": 0, "passed": {},
            "opened_at": "2026-03-01T01:00:00Z", "skills": [], "priority": 2, "partition": 0,
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(columns.as_object().expect("an object").clone());
        self.insert("routing_1.ticket", &row).await;
    }

    async fn to_be_routed_to(&self, id: Uuid, columns: Value) {
        let mut row = json!({
            "id": id, "version": 1, "skills": {}, "areas": [], "languages": [], "capacity": 3,
            "availability": "available", "retired": false, "erased": [], "partition": 0,
            "registered_at": "2026-03-01T01:00:00Z", "updated_at": "2026-03-01T01:00:00Z",
        });
        let fields = row.as_object_mut().expect("an object");
        fields.extend(columns.as_object().expect("an object").clone());
        self.insert("routing_1.consultant", &row).await;
    }

    /// The whole queue, page by page.
    async fn queue(&self, query: &str) -> Vec<Value> {
        let mut tickets = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/v1/queue?{query}{cursor}")).await.ok();
            tickets.extend(page.body["tickets"].as_array().expect("a list").clone());
            match page.body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return tickets,
            }
        }
    }
}

fn ids(tickets: &[Value]) -> Vec<Uuid> {
    let id = |ticket: &Value| ticket["ticket"].as_str()?.parse().ok();
    tickets.iter().map(|it| id(it).expect("an id")).collect()
}

#[tokio::test]
async fn the_queue_has_the_order_of_the_routers() {
    for priority_step_s in [2, 0] {
        let setting = Setting::with_routing(priority_step_s).await;
        let rules = Rules {
            priority_step_s,
            ..Rules::default()
        };
        let mut random = Random(5);
        let mut jobs = Vec::new();
        for number in 0..120 {
            // A few seconds and fractions only, so that every tie comes up.
            let second = 1_770_000_000 + random.below(6) as i64;
            let opened_at = Timestamp::new(second, random.below(3) as i32 * 250_001_000);
            let job = Job {
                ticket: TicketId(Uuid::from_u128(u128::from(1 + random.below(1 << 40)) << 70)),
                team: None,
                skills: BTreeMap::new(),
                areas: Vec::new(),
                spot: None,
                language: None,
                preferred: None,
                priority: PRIORITIES[number % 4],
                opened_at: opened_at.expect("a time"),
                declined: Vec::new(),
            };
            let columns = json!({
                "priority": number % 4, "opened_at": job.opened_at.to_string(),
            });
            setting.waiting(job.ticket.0, columns).await;
            jobs.push(job);
        }
        for (status, live) in [("assigned", true), ("open", false), ("closed", true)] {
            let columns = json!({"status": status, "live": live, "priority": 3});
            setting.waiting(Uuid::new_v4(), columns).await;
        }
        jobs.sort_by_key(|job| job.turn(&rules));
        let expected: Vec<Uuid> = jobs.iter().map(|job| job.ticket.0).collect();
        assert_eq!(ids(&setting.queue("limit=7").await), expected);
        let mut backwards = ids(&setting.queue("limit=7&order=desc").await);
        backwards.reverse();
        assert_eq!(backwards, expected);
        let high = setting.queue("priority=high,critical&limit=200").await;
        assert_eq!(high.len(), 60);
        assert!(
            high.iter()
                .all(|it| it["priority"] == "high" || it["priority"] == "critical")
        );
    }
}

const SKILLS: [&str; 4] = ["mains", "optics", "printers", "welding"];
const AREAS: [&str; 3] = ["east", "north", "south"];
const TEAMS: [&str; 2] = ["desk", "field"];

fn labels<T: FromIterator<docket_domain::text::Label>>(words: &[String]) -> T {
    words.iter().map(|word| text(word)).collect()
}

fn spot((latitude, longitude): (f64, f64)) -> Spot {
    Spot::from(Point::new(latitude, longitude).expect("a point"))
}

/// A consultant in the view, and as the policy knows them.
async fn consultant(setting: &Setting, random: &mut Random, skills: &[&str]) -> Candidate {
    let id = Uuid::new_v4();
    let skills = random.some_of(skills);
    let areas = random.some_of(&AREAS);
    let team = random.maybe(|random| TEAMS[random.below(2) as usize].to_owned());
    let point = random.maybe(Random::point);
    let travel_km = random.maybe(|random| random.below(300));
    let (capacity, load) = (1 + random.below(3), random.below(3));
    let on_shift = random.below(3) > 0;
    let available = random.below(3) > 0;
    let no_shifts = json!({"zone": "Europe/Berlin", "shifts": []});
    let levels: BTreeMap<&String, u8> = skills.iter().map(|skill| (skill, 3)).collect();
    let place = point.map(|(y, x)| json!({"address": null, "latitude": y, "longitude": x}));
    let columns = json!({
        "team": team, "skills": levels, "areas": areas, "capacity": capacity,
        "travel_km_max": travel_km, "place": place,
        "availability": if available { "available" } else { "busy" },
        "hours": if on_shift { Value::Null } else { no_shifts },
    });
    setting.to_be_routed_to(id, columns).await;
    for status in ["assigned", "on_hold"].iter().take(load as usize) {
        let columns = json!({"status": status, "assignee": id});
        setting.waiting(Uuid::new_v4(), columns).await;
    }
    // Solved: no load.
    let columns = json!({"status": "resolved", "assignee": id});
    setting.waiting(Uuid::new_v4(), columns).await;
    let level = |skill: &String| (text(skill), Level::new(3).expect("a level"));
    Candidate {
        id: PersonId(id),
        team: team.as_deref().map(text),
        skills: skills.iter().map(level).collect(),
        areas: labels(&areas),
        languages: Vec::new(),
        spot: point.map(spot),
        max_travel_m: travel_km.map(|km| km as u32 * 1_000),
        capacity: capacity as u32,
        load: load as u32,
        on_shift,
        available,
        last_assigned_at: None,
    }
}

/// A waiting ticket in the view, and as the policy knows it: what its category and its store say
/// counts as if it said so itself.
async fn job(setting: &Setting, random: &mut Random, candidates: &[Candidate]) -> Job {
    let id = Uuid::new_v4();
    let skills = random.some_of(&SKILLS);
    let area = random.maybe(|random| AREAS[random.below(3) as usize]);
    let team = random.maybe(|random| TEAMS[random.below(2) as usize].to_owned());
    let point = random.maybe(Random::point);
    let mut declined: Vec<PersonId> = candidates.iter().map(|it| it.id).collect();
    declined.retain(|_| random.below(3) == 0);
    // Some for good, some for a while, and some were passed over for a while that is over.
    let mut passed: BTreeMap<Uuid, Option<&str>> = BTreeMap::new();
    for candidate in candidates {
        let until = if declined.contains(&candidate.id) {
            Some(random.maybe(|_| "2999-01-01T00:00:00Z"))
        } else {
            random.maybe(|_| Some("2020-01-01T00:00:00Z"))
        };
        passed.extend(until.map(|until| (candidate.id.0, until)));
    }
    let entry = async |kind: &str, content: Value| {
        let entry = json!({"kind": kind, "key": id.to_string(), "content": content});
        setting.insert("routing_1.catalogue_entry", &entry).await;
    };
    let place = |point: Option<(f64, f64)>| {
        point.map(|(y, x)| json!({"address": null, "latitude": y, "longitude": x}))
    };
    let by_category = random.below(2) == 0;
    let by_store = random.below(2) == 0;
    let elsewhere = Some((0.0, 0.0));
    let of_store = if by_store {
        place(point)
    } else {
        place(elsewhere).filter(|_| point.is_some())
    };
    entry(
        "category",
        json!({"skills": if by_category { json!(skills) } else { json!(["never"]) }}),
    )
    .await;
    entry("store", json!({"area": area, "place": of_store})).await;
    let own = point.filter(|_| !by_store);
    let category = (by_category || !skills.is_empty()).then(|| id.to_string());
    let columns = json!({
        "category": category, "store": id.to_string(), "team": team, "passed": passed,
        "skills": if by_category { json!([]) } else { json!(skills) },
        "latitude": own.map(|it| it.0), "longitude": own.map(|it| it.1),
    });
    setting.waiting(id, columns).await;
    Job {
        ticket: TicketId(id),
        team: team.as_deref().map(text),
        skills: skills
            .iter()
            .map(|skill| (text(skill), Level::MIN))
            .collect(),
        areas: area.map(text).into_iter().collect(),
        spot: point.map(spot),
        language: None,
        preferred: None,
        priority: Priority::High,
        opened_at: Timestamp::UNIX_EPOCH,
        declined,
    }
}

#[tokio::test]
async fn tickets_wait_for_the_reasons_that_the_policy_has() {
    let mut reasons = BTreeSet::new();
    let mut random = Random(11);
    for round in 0..12_usize {
        let setting = Setting::with_routing(86_400).await;
        let known = &SKILLS[round % 2..];
        let mut candidates = Vec::new();
        for _ in 0..round {
            candidates.push(consultant(&setting, &mut random, known).await);
        }
        let mut jobs = BTreeMap::new();
        for _ in 0..20 {
            let job = job(&setting, &mut random, &candidates).await;
            jobs.insert(job.ticket.0, job);
        }
        let basis = Basis {
            reserved: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
            rules: Rules::default(),
            positions: Vec::new(),
        };
        let queue = setting.queue("limit=200").await;
        assert_eq!(queue.len(), jobs.len());
        for (ticket, id) in queue.iter().zip(ids(&queue)) {
            let decision = scan(&candidates, &jobs[&id], &basis);
            let why = &ticket["why"];
            assert_eq!(why["considered"], decision.considered, "{ticket:#}");
            let excluded: Vec<_> = decision
                .excluded
                .iter()
                .map(|(reason, count)| json!([reason.as_str(), count]))
                .collect();
            let shown = why["excluded"].as_array().expect("a list").iter();
            let shown: Vec<_> = shown
                .map(|it| json!([it["reason"], it["consultants"]]))
                .collect();
            assert_eq!(shown, excluded, "{ticket:#} {decision:#?}");
            let reason = match &decision.outcome {
                Outcome::Assign { .. } => "router",
                Outcome::Waits {
                    why: Why::NobodyThere,
                } => "nobody_there",
                Outcome::Waits {
                    why: Why::SkillsNobodyHas(_),
                } => "skills",
                Outcome::Waits {
                    why: Why::Excluded(reason),
                } => reason.as_str(),
            };
            assert_eq!(why["reason"], reason, "{ticket:#}");
            if let Outcome::Waits { why: said } = &decision.outcome {
                let said = said.to_string().replace(" well enough", "");
                assert_eq!(why["text"], said, "{ticket:#}");
            }
            reasons.insert(reason);
        }
    }
    assert!(reasons.len() >= 9, "too few reasons: {reasons:?}");
}

#[tokio::test]
async fn a_ticket_that_routers_gave_up_waits_for_a_manager() {
    let setting = Setting::with_routing(86_400).await;
    setting.to_be_routed_to(Uuid::new_v4(), json!({})).await;
    let columns = json!({"attempts": 3, "attempts_max": 3, "team": "field", "skills": []});
    setting.waiting(Uuid::from_u128(1), columns).await;
    let queue = setting.queue("team=field").await;
    assert_eq!(queue[0]["why"]["reason"], "manager", "{queue:#?}");
    assert_eq!(queue[0]["why"]["excluded"][0]["reason"], "team");
    assert_eq!(setting.queue("team=desk").await, Vec::<Value>::new());
    assert_eq!(setting.queue("skill=optics").await, Vec::<Value>::new());
}
