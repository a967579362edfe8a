use crate::http::test_support::{Bench, settings};

use super::served_by;

fn bench() -> Bench {
    Bench::with(settings(), served_by, |rest| rest)
}

#[tokio::test]
async fn the_page_is_there_without_a_key_and_may_load_nothing_from_elsewhere() {
    let bench = bench();
    for (path, kind, word) in [
        ("/page/", "text/html", "<!doctype html>"),
        ("/page/page.css", "text/css", "{"),
        ("/page/page.js", "text/javascript", "const"),
    ] {
        let answer = bench.get(path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        let header = |name: &str| answer.headers[name].to_str().unwrap().to_owned();
        assert!(header("content-type").starts_with(kind), "{path}");
        assert!(answer.body.as_str().unwrap().contains(word), "{path}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn whoever_opens_the_address_is_sent_to_the_page() {
    let bench = bench();
    for path in ["/", "/page"] {
        let answer = bench.get(path, "").await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.headers["location"], "/page/");
    }
}

#[tokio::test]
async fn nothing_else_is_open_because_of_the_page() {
    let bench = bench();
    for path in [
        "/v1/get_positions",
        "/v1/approvals",
        "/v1/audit",
        "/v1/kill-switch",
        "//v1/get_positions",
    ] {
        assert_eq!(bench.get(path, "").await.status, 401, "{path}");
    }
}

/// Inline script and style would be refused by the policy, silently.
#[test]
fn the_files_obey_their_own_policy() {
    let html = include_str!("index.html");
    assert!(!html.contains("style="), "style attribute");
    assert!(!html.contains("<style"), "style element");
    assert!(!html.contains("onclick"), "event attribute");
    assert_eq!(html.matches("<script").count(), 1);
    let script = include_str!("page.js");
    for word in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "eval(",
        "document.write",
    ] {
        assert!(!script.contains(word), "{word}");
    }
    let script = script.replace("http://www.w3.org/2000/svg", "");
    for text in [html, &script, include_str!("page.css")] {
        assert!(!text.contains("http://") && !text.contains("https://"));
    }
}
