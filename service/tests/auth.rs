//! Who gets in and who doesn't: every way to have a bad token.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use docket_service::auth::{AuthConfig, DevelopmentIssuer, Verifier, actor_id};
use docket_service::{Problem, Role};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

const MINUTE: Duration = Duration::from_mins(1);

struct Setting {
    config: AuthConfig,
    issuer: DevelopmentIssuer,
    verifier: Verifier,
    _directory: tempfile::TempDir,
}

fn setting() -> Setting {
    let directory = tempfile::tempdir().expect("a directory");
    let config = AuthConfig {
        key_file: directory.path().join("keys/docket.key"),
        ..AuthConfig::default()
    };
    let issuer = DevelopmentIssuer::open(&config).expect("it makes its key");
    let verifier = Verifier::open(&config).expect("it reads the key");
    Setting {
        config,
        issuer,
        verifier,
        _directory: directory,
    }
}

impl Setting {
    /// Good claims, with those given over them.
    fn sign(&self, changes: &Value, algorithm: Algorithm) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970")
            .as_secs();
        let mut claims = json!({
            "iss": self.config.issuer, "aud": "docket", "sub": "ada", "role": "manager",
            "exp": now + 60,
        });
        let claims_map = claims.as_object_mut().expect("an object");
        for (name, value) in changes.as_object().expect("an object") {
            claims_map.insert(name.clone(), value.clone());
            claims_map.retain(|_, value| !value.is_null());
        }
        let key = std::fs::read(&self.config.key_file).expect("the key");
        let key = EncodingKey::from_secret(&key);
        jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).expect("it signs")
    }

    #[track_caller]
    fn refuses(&self, token: &str, why: &str) {
        let problem = self.verifier.verify(token).expect_err("it is refused");
        assert_eq!(problem.status().as_u16(), 401);
        let detail = detail(&problem);
        assert!(detail.contains(why), "{detail}");
    }
}

fn detail(problem: &Problem) -> String {
    problem.to_json()["detail"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[test]
fn a_token_of_our_issuer_says_who_calls() {
    let setting = setting();
    let token = setting
        .issuer
        .token("ada", Role::StoreStaff, MINUTE)
        .expect("it signs");
    let caller = setting.verifier.verify(&token).expect("it is accepted");
    assert_eq!(caller.subject, "ada");
    assert_eq!(caller.role, Role::StoreStaff);
    assert_eq!(*caller.issuer, *setting.config.issuer);
    assert_eq!(caller.actor_id, actor_id(&setting.config.issuer, "ada"));
    assert!(caller.second_factor);
}

#[test]
fn a_second_factor_is_one_only_if_the_token_says_so() {
    let setting = setting();
    for (amr, shown) in [
        (json!(null), false),
        (json!(["pwd"]), false),
        (json!(["pwd", "otp"]), true),
    ] {
        let token = setting.sign(&json!({"amr": amr}), Algorithm::HS256);
        let caller = setting.verifier.verify(&token).expect("it is accepted");
        assert_eq!(caller.second_factor, shown, "{amr}");
    }
}

#[test]
fn what_claims_something_wrong_is_refused_and_told_why() {
    let setting = setting();
    for (changes, why) in [
        (json!({"iss": "https://evil.example"}), "another issuer"),
        (json!({"iss": null}), "lacks"),
        (json!({"aud": "another"}), "another audience"),
        (json!({"aud": null}), "lacks"),
        (json!({"exp": 1_000_000_000}), "expired"),
        (json!({"exp": null}), "lacks"),
        (json!({"nbf": 9_000_000_000_u64}), "not valid yet"),
        (json!({"sub": ""}), "subject is empty"),
        (json!({"sub": null}), "malformed"),
        (json!({"role": "emperor"}), "malformed"),
    ] {
        setting.refuses(&setting.sign(&changes, Algorithm::HS256), why);
    }
}

#[test]
fn the_algorithm_is_ours_to_choose() {
    let setting = setting();
    setting.refuses(&setting.sign(&json!({}), Algorithm::HS512), "not HS256");
    // {"alg":"none"} with good claims and no signature, the oldest trick there is.
    let good = setting.sign(&json!({}), Algorithm::HS256);
    let claims = good.split('.').nth(1).expect("three parts");
    setting.refuses(&format!("eyJhbGciOiJub25lIn0.{claims}."), "malformed");
    setting.refuses(&format!("eyJhbGciOiJub25lIn0.{claims}"), "malformed");
}

#[test]
fn another_key_a_changed_claim_and_garbage_are_refused() {
    let (setting, other) = (setting(), self::setting());
    setting.refuses(&other.sign(&json!({}), Algorithm::HS256), "signature");
    let (mine, theirs) = (
        setting.sign(&json!({}), Algorithm::HS256),
        setting.sign(&json!({"role": "administrator"}), Algorithm::HS256),
    );
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (mine, theirs) = (parts(&mine), parts(&theirs));
    setting.refuses(
        &format!("{}.{}.{}", mine[0], theirs[1], mine[2]),
        "signature",
    );
    for garbage in ["", ".", "..", "a.b.c", "\u{1f3ab}", &"x".repeat(100_000)] {
        setting.refuses(garbage, "malformed");
    }
}

#[test]
fn actors_of_different_spelling_never_share_an_id() {
    assert_ne!(actor_id("ab", "c"), actor_id("a", "bc"));
    assert_ne!(actor_id("a1:", "b"), actor_id("a", "1:b"));
    // It is in the log: it must never change.
    let id = actor_id("https://docket.local/development", "ada").to_string();
    assert_eq!(id, "39aae728-780e-56c7-8ad2-d0067eba97bc");
}

#[test]
fn the_key_is_made_once_for_its_owner_only() {
    let setting = setting();
    let metadata = std::fs::metadata(&setting.config.key_file).expect("it is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let again = DevelopmentIssuer::open(&setting.config).expect("it reads the key");
    let token = again
        .token("ada", Role::Customer, MINUTE)
        .expect("it signs");
    assert!(setting.verifier.verify(&token).is_ok());
}

#[test]
fn a_short_or_missing_key_is_an_error_that_names_the_file() {
    let mut config = setting().config;
    let directory = tempfile::tempdir().expect("a directory");
    config.key_file = directory.path().join("short.key");
    for content in [None, Some("secret")] {
        if let Some(content) = content {
            std::fs::write(&config.key_file, content).expect("it is written");
        }
        let error = Verifier::open(&config).err().expect("it is refused");
        assert!(error.to_string().contains("short.key"), "{error}");
    }
}
