use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use super::{
    session::{Session, bare, failed},
    stand::{Stand, parsed, resting},
};

#[test]
fn a_session_is_of_the_key_that_opened_it_and_of_no_other() {
    let stand = Stand::new();
    let session = Session::open(&stand, "bot", "mine");
    let tools = |key: &str| session.ask(key, "tools/list", &json!({})).status;
    assert_eq!(tools("bot"), 200);
    for thief in ["reader", "other", "anna", "boss"] {
        assert_eq!(tools(thief), 404, "{thief}");
        // What the server says to the owner by itself is not heard either.
        assert_eq!(session.send("GET", thief, "").status, 404, "{thief}");
        assert_eq!(session.send("DELETE", thief, "").status, 404, "{thief}");
    }
    assert_eq!(tools("nobody"), 401);
    let place = json!({ "name": "place_order", "arguments": resting("stolen") });
    assert_eq!(session.ask("other", "tools/call", &place).status, 404);
    assert_eq!(tools("bot"), 200, "nobody else has ended it");
    assert!(stand.orders("bot").is_empty() && stand.orders("other").is_empty());
}

#[test]
fn a_page_of_somebody_else_reaches_no_face() {
    let stand = Stand::new();
    let order = resting("page").to_string();
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "place_order", "arguments": resting("page") },
    });
    let call = call.to_string();
    let faces = [
        ("POST", "/v1/place_order", order.as_str()),
        ("POST", "/api/trade/place-order", order.as_str()),
        ("POST", "/api/v1/place_order", order.as_str()),
        ("POST", "/orders/single", order.as_str()),
        ("POST", "/mcp", call.as_str()),
        ("POST", "/api/v1/mcp", call.as_str()),
        ("POST", "/v1/kill-switch", "{}"),
        ("GET", "/v1/approvals", ""),
        ("GET", "/page/", ""),
        ("GET", "/health", ""),
        ("GET", "/metrics", ""),
    ];
    for (method, path, body) in faces {
        for header in [
            ("Host", "evil.example"),
            ("Host", "127.0.0.1.evil.example"),
            ("Origin", "https://evil.example"),
            ("Origin", "null"),
        ] {
            let answer = stand.send((method, path), "bot", &[header], body);
            assert_eq!(answer.status, 403, "{method} {path} {header:?}: {answer:?}");
        }
        // Two names, of which one is right.
        let right = stand.address.clone();
        let both = [("Host", right.as_str()), ("Host", "evil.example")];
        let answer = stand.send((method, path), "bot", &both, body);
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    assert!(stand.orders("bot").is_empty());
    assert!(!stand.halted());
}

#[test]
fn a_page_that_asks_before_it_sends_is_told_nothing() {
    let stand = Stand::new();
    for path in [
        "/v1/place_order",
        "/api/trade/place-order",
        "/mcp",
        "/v1/kill-switch",
        "/v1/approvals",
    ] {
        for origin in ["http://localhost:3000", "https://evil.example"] {
            let headers = [
                ("Origin", origin),
                ("Access-Control-Request-Method", "POST"),
                (
                    "Access-Control-Request-Headers",
                    "authorization, content-type",
                ),
            ];
            let answer = stand.send(("OPTIONS", path), "nobody", &headers, "");
            let head = answer.head.to_ascii_lowercase();
            assert!(!head.contains("access-control-allow"), "{path}: {answer:?}");
        }
    }
}

/// What trades or administers, under every name there is.
const TOOLS: [&str; 30] = [
    "place_order",
    "modify_order",
    "cancel_order",
    "cancel_all_orders",
    "preview_order",
    "kill_switch",
    "set_default_account",
    "refresh_token",
    "connect",
    "disconnect",
    "gateway_control",
    "restart_workers",
    "add_account",
    "remove_account",
    "get_next_order_id",
    "PLACE_ORDER",
    "place_order ",
    "place-order",
    "mcp_tiger_place_order",
    "tiger_place_order",
    "mcp_tiger_cancel_order",
    "mcp_tiger_modify_order",
    "ibkr_place_order",
    "connect_tws",
    "disconnect_tws",
    "mcp_tiger_add_account",
    "mcp_tiger_remove_account",
    "mcp_tiger_set_default_trading_account",
    "mcp_tiger_refresh_token",
    "approve",
];

#[test]
fn a_key_that_reads_trades_and_administers_by_no_path_and_no_name() {
    let stand = Stand::new();
    let placed = stand.post("/v1/place_order", "bot", &resting("works"));
    assert_eq!(placed.status, 200, "{placed:?}");
    let id = placed.json()["data"]["order"]["order_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({
        "account": "one", "order_id": id, "orderId": id, "symbol": "AAPL", "action": "BUY",
        "order_type": "LMT", "quantity": 1, "limit_price": 100, "verdict": "approve",
    });
    let listed = stand.get("/api/endpoints", "reader");
    let listed = listed.json();
    let all = listed["data"]["endpoints"]
        .as_array()
        .or_else(|| listed["data"].as_array());
    let mut tried = 0;
    for endpoint in all.unwrap_or_else(|| panic!("{listed}")) {
        let role = endpoint["role"].as_str().unwrap_or_default();
        let path = endpoint["path"].as_str().unwrap();
        // Whoever reads may ask whether a connection is there, and is told so when it is.
        let asks_only = path.ends_with("/ensure-ready");
        if asks_only || !["trade", "admin", "approver"].contains(&role) {
            continue;
        }
        tried += 1;
        let path = path.replace("{order_id}", &id).replace("{orderId}", &id);
        let path = path.replace("{id}", "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let method = endpoint["method"].as_str().unwrap().to_ascii_uppercase();
        for key in ["reader", "nobody"] {
            let text = if method == "GET" {
                String::new()
            } else {
                body.to_string()
            };
            let answer = stand.send((&method, &path), key, &[], &text);
            assert!(answer.status >= 400, "{key} {method} {path}: {answer:?}");
        }
    }
    assert!(tried >= 20, "only {tried} paths were tried");
    for tool in TOOLS {
        for arguments in [&body, &resting("by name"), &json!({})] {
            let answer = bare(&stand, "reader", tool, arguments);
            assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer}");
        }
    }
    let orders = stand.orders("bot");
    assert_eq!(orders.len(), 1, "{orders:?}");
    assert_eq!(orders[0]["status"], "submitted", "it works as before");
    assert!(!stand.halted());
}

#[test]
fn the_same_name_at_once_over_both_faces_is_one_order() {
    let stand = Stand::new();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let stand = &stand;
        let all: Vec<_> = (0..12)
            .map(|number| {
                scope.spawn(move || {
                    if number % 2 == 0 {
                        stand
                            .post("/v1/place_order", "bot", &resting("once"))
                            .json()
                    } else {
                        let answer = bare(stand, "bot", "place_order", &resting("once"));
                        assert!(!failed(&answer), "{answer}");
                        answer["result"]["structuredContent"].clone()
                    }
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let first = answers
        .iter()
        .filter(|answer| answer["data"].get("duplicate_of").is_none())
        .count();
    for answer in &answers {
        assert_eq!(
            answer["data"]["order"]["client_order_id"], "once",
            "{answer}"
        );
    }
    assert_eq!(first, 1, "{answers:?}");
    assert_eq!(stand.orders("bot").len(), 1);
}

#[test]
fn clients_that_never_finish_their_sentence_hold_up_nobody() {
    let stand = Stand::new();
    let mut slow = Vec::new();
    for part in [
        "GET /v1/get_positions HTTP/1.1\r\nHost: 127.0",
        "POST /v1/place_order HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n{",
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    ] {
        for _ in 0..60 {
            let mut stream = stand.connect();
            stream.write_all(part.as_bytes()).unwrap();
            slow.push(stream);
        }
    }
    assert_eq!(stand.get("/health", "nobody").status, 200);
    let placed = stand.post("/v1/place_order", "bot", &resting("quick"));
    assert_eq!(placed.status, 200, "{placed:?}");
    // Whoever has no key is answered before its body has come.
    let mut unknown = slow.swap_remove(60);
    let mut bytes = vec![0; 64];
    let read = unknown.read(&mut bytes).unwrap();
    assert_eq!(parsed(&bytes[..read]).status, 401);
}

#[test]
fn paths_that_leave_their_folder_lead_nowhere() {
    let stand = Stand::new();
    for path in [
        "/page/../keys.json",
        "/page/../../broker-mcp.toml",
        "/page/%2e%2e/keys.json",
        "/page/..%2fkeys.json",
        "/page/%2e%2e%2f%2e%2e%2fetc/passwd",
        "/page//etc/passwd",
        "/page/..\\keys.json",
        "/page/page.css/../../keys.json",
        "/docs/../keys.json",
        "/keys.json",
        "/broker-mcp.sqlite",
        "/v1/audit/../../keys.json",
        "/v1/audit?text=../../keys.json",
        "/v1/approvals/..%2f..%2fkeys.json",
        "/v1/..%2fkeys.json",
        "/page/page.css%00.json",
    ] {
        for key in ["anna", "nobody"] {
            let answer = stand.get(path, key);
            assert!(!answer.body.contains("secrets"), "{path}: {answer:?}");
            assert!(!answer.body.contains("[brokers"), "{path}: {answer:?}");
            assert!(!answer.body.contains("root:"), "{path}: {answer:?}");
            let searched = path.contains("audit?") && key == "anna";
            assert!(answer.status >= 400 || searched, "{path}: {answer:?}");
        }
    }
}
