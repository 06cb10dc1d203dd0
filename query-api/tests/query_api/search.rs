//! Customers are found by what somebody hears or reads off a display, however it is spelt; and who
//! was erased is found by nothing.

use serde_json::{Value, json};

use crate::setting::Setting;

/// Percent-encodes everything.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| {
        format!("{encoded}%{byte:02X}")
    })
}

/// The names found.
async fn found(setting: &Setting, q: &str) -> Vec<String> {
    let path = format!("/v1/customers?q={}", encoded(q));
    let page = setting.get(&path).await.ok().body;
    let customers = page["customers"].as_array().expect("a list");
    let name = |customer: &Value| customer["name"].as_str().expect("a name").to_owned();
    customers.iter().map(name).collect()
}

const NAMES: [&str; 12] = [
    "Anna Müller",
    "Seán O'Brien",
    "Renée d’Ambrosio-Lüdenscheidt",
    "Łukasz Wałęsa",
    "100% Möbel_Haus (Köln)",
    "Björn Strauß",
    "Hans Grüße & Söhne",
    "Νίκη Παπαδοπούλου",
    "Нина Йорданова",
    "李小龍",
    "O",
    "\\ ' \" %_ : * ! | <-> Zürich",
];

#[tokio::test]
async fn a_name_is_found_by_the_beginning_of_any_of_its_words() {
    let setting = Setting::new().await;
    for name in NAMES {
        setting.customer(json!({"name": name})).await;
    }
    let apart = |c: char| c.is_whitespace() || "\\'’\"%_:*!|<->&()".contains(c);
    for name in NAMES {
        for word in name.split(apart).filter(|word| !word.is_empty()) {
            let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
            for end in ends {
                let q = &word[..end];
                let names = found(&setting, q).await;
                assert!(names.contains(&name.to_owned()), "{q} finds {names:?}");
            }
        }
        let names = found(&setting, name).await;
        assert!(names.contains(&name.to_owned()), "{name} finds {names:?}");
    }
}

#[tokio::test]
async fn a_name_is_found_as_it_is_heard_and_by_nothing_else() {
    let setting = Setting::new().await;
    for name in NAMES {
        setting.customer(json!({"name": name})).await;
    }
    let [
        mueller,
        obrien,
        ambrosio,
        walesa,
        moebel,
        strauss,
        soehne,
        ..,
    ] = NAMES;
    let zuerich = NAMES[11];
    for (q, expected) in [
        ("müller", vec![mueller]),
        ("MULLER anna", vec![mueller]),
        ("mueller", vec![mueller]),
        ("Mue", vec![mueller]),
        ("anna maria", vec![]),
        ("ller", vec![]),
        ("obrien", vec![obrien]),
        ("o'b", vec![obrien]),
        ("O’Brien", vec![obrien]),
        ("brien sean", vec![obrien]),
        ("dambrosio", vec![ambrosio]),
        ("ambrosio", vec![ambrosio]),
        ("ludenscheidt renee", vec![ambrosio]),
        ("lukasz walesa", vec![walesa]),
        ("100%", vec![moebel]),
        ("moebel koeln", vec![moebel]),
        ("strauss", vec![strauss]),
        ("strauß", vec![strauss]),
        ("grusse", vec![soehne]),
        ("zurich", vec![zuerich]),
        ("%", vec![]),
        ("_", vec![]),
        ("'", vec![]),
        ("\\", vec![]),
        ("* | !", vec![]),
        ("a:*", vec![mueller]),
        ("' OR ''='", vec![]),
    ] {
        let names = found(&setting, q).await;
        match (q, expected.as_slice()) {
            // Ambrosio begins with an a as well.
            ("a:*", _) => assert_eq!(names, [mueller, ambrosio], "{q}"),
            (_, expected) => assert_eq!(names, expected, "{q}"),
        }
    }
}

#[tokio::test]
async fn a_telephone_number_is_found_in_any_spelling() {
    let setting = Setting::new().await;
    for (name, phone) in [
        ("abroad", "+49 (0)30 123-4567"),
        ("trunk", "030/1234567"),
        ("local", "1234567"),
        ("other", "+49 30 765.4321"),
        ("extension", "317"),
        ("zeros", "000"),
        ("4711 Kölnisch Wasser", "999"),
    ] {
        let row = json!({"name": name, "phone": phone, "email": null});
        setting.customer(row).await;
    }
    let all = ["abroad", "local", "trunk"].as_slice();
    for (q, expected) in [
        ("+49 30 1234567", all),
        ("0049301234567", all),
        ("+49 (0) 30 / 123 45 67", all),
        ("0301234567", all),
        (" 030-123.45.67 ", all),
        ("1234567", all),
        ("4567", all),
        ("+49307654321", &["other"]),
        ("4321", &["other"]),
        // Of abroad only the end is the same.
        ("+43 30 1234567", &["local", "trunk"]),
        ("+49 40 1234567", &["local"]),
        ("4711", &["4711 Kölnisch Wasser"]),
        ("317", &["extension"]),
        ("0123", &[]),
        ("000", &[]),
        ("00000000000000000000000000000", &[]),
    ] {
        assert_eq!(found(&setting, q).await, expected, "{q}");
    }
}

#[tokio::test]
async fn an_e_mail_address_is_found_by_its_beginning() {
    let setting = Setting::new().await;
    for (name, email) in [
        ("carla", "Carla.Luz@example.org"),
        ("carla_", "carla_luz@example.org"),
        ("ärla", "ärla@example.org"),
        ("longer", "carla.luz@example.org.uk"),
    ] {
        setting
            .customer(json!({"name": name, "email": email}))
            .await;
    }
    for (q, expected) in [
        ("carla.luz@example.org", ["carla", "longer"].as_slice()),
        ("CARLA.LUZ@", &["carla", "longer"]),
        ("carla_luz@ex", &["carla_"]),
        ("c%@", &[]),
        ("ÄRLA@", &["ärla"]),
        ("@example.org", &[]),
        ("luz@example.org", &[]),
    ] {
        assert_eq!(found(&setting, q).await, expected, "{q}");
    }
}

#[tokio::test]
async fn who_was_erased_is_found_by_nothing() {
    let setting = Setting::new().await;
    let erased = json!({
        "name": null, "phone": null, "email": null, "channel": null, "surveys": null,
        "erased": ["email", "name", "phone"], "erased_at": "2026-03-02T00:00:00Z",
        "version": 4,
    });
    let gone = setting.customer(erased).await;
    setting.customer(json!({"name": "Carla"})).await;
    for q in ["c", "null", "123", "@", "''", "a@"] {
        assert!(!found(&setting, q).await.contains(&String::new()), "{q}");
    }
    let list = setting.get("/v1/customers").await.ok().body;
    assert_eq!(list["customers"].as_array().map(Vec::len), Some(1));
    // Whoever knows the id (of a ticket's customer) is told why there is nothing more.
    let shown = setting.get(&format!("/v1/customers/{gone}")).await.ok();
    assert_eq!(shown.header("etag"), "\"4\"");
    assert_eq!(shown.body["erased_at"], "2026-03-02T00:00:00Z");
    assert_eq!(shown.body["name"], Value::Null);
}
