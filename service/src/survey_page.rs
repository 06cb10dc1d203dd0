//! `GET /survey`: the page that the links in invitations lead to, where a customer answers.
//!
//! It is the same for everybody: which survey it is stands in the link behind `#`, which browsers send
//! nowhere, and leaves the browser only in the body of `POST /v1/tickets/{id}/survey`, relative to the
//! page. Guarantee: the page runs no script but its own, loads nothing from anywhere, and tells nobody
//! where its reader came from.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use sha2::{Digest as _, Sha256};

/// Where the page is, at whatever serves it.
pub const PATH: &str = "/survey";

const PAGE: &str = include_str!("survey_page/page.html");
const STYLE: &str = include_str!("survey_page/page.css");
const SCRIPT: &str = include_str!("survey_page/page.js");

/// The page.
pub fn router() -> Router {
    let page = PAGE.replace("{style}", STYLE).replace("{script}", SCRIPT);
    let policy = format!(
        "default-src 'none'; connect-src 'self'; style-src '{}'; script-src '{}'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
        source(STYLE),
        source(SCRIPT)
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer".to_owned()),
        (CACHE_CONTROL, "public, max-age=300".to_owned()),
    ];
    let answer = move || async move { (headers.clone(), page.clone()).into_response() };
    Router::new().route(PATH, get(answer))
}

/// What stands in the page itself, as its policy names it.
fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use http::Request;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn the_page_allows_what_stands_in_it_and_nothing_else() {
        let request = Request::get(PATH).body(axum::body::Body::empty());
        let answer = router()
            .oneshot(request.expect("a request"))
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        let policy = answer.headers()[CONTENT_SECURITY_POLICY]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let body = axum::body::to_bytes(answer.into_body(), 100_000)
            .await
            .expect("a body");
        let page = String::from_utf8(body.to_vec()).expect("text");
        for (begin, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
            let (_, rest) = page.split_once(begin).expect("it begins");
            let (text, rest) = rest.split_once(end).expect("it ends");
            assert!(policy.contains(&source(text)), "{policy}");
            assert!(!rest.contains(begin), "one of them");
        }
        for elsewhere in ["src=", "href=", "@import", "url("] {
            assert!(!page.contains(elsewhere), "{elsewhere}");
        }
    }
}
