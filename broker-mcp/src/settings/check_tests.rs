use super::*;

/// What is wrong with these settings of the server, in a file.
fn wrong(server: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let brokers = WITHOUT_A_FILE.split("[server]").next().unwrap();
    std::fs::write(&path, format!("{brokers}\n{server}")).unwrap();
    match read(Place::File(path), [], []) {
        Ok(_) => Vec::new(),
        Err(error) => error
            .problems()
            .iter()
            .map(|one| one.path.clone())
            .collect(),
    }
}

#[test]
fn other_machines_are_let_in_over_tls_or_behind_a_proxy_only() {
    assert_eq!(wrong("[server]\nlisten = \"0.0.0.0:1\""), ["server.listen"]);
    assert!(wrong("[server]\nlisten = \"0.0.0.0:1\"\nbehind_proxy = true").is_empty());
    let tls = "[server]\nlisten = \"0.0.0.0:1\"\n[server.tls]\ncertificate = \"c\"\nkey = \"k\"";
    assert!(wrong(tls).is_empty());
    assert!(wrong("[server]\nlisten = \"[::1]:1\"").is_empty());
}

#[test]
fn nobody_asks_without_a_key_from_another_machine() {
    assert!(wrong("[server]\nanonymous_read = true").is_empty());
    let open = "[server]\nlisten = \"0.0.0.0:1\"\nbehind_proxy = true\nanonymous_read = true";
    assert!(
        wrong(open)
            .iter()
            .all(|path| path == "server.anonymous_read")
    );
    assert!(!wrong(open).is_empty());
    assert!(!wrong("[server]\nbehind_proxy = true\nanonymous_read = true").is_empty());
}

#[test]
fn whoever_asks_does_not_approve() {
    let both = "[server.stdio]\nroles = [\"trade\", \"approver\"]";
    assert_eq!(wrong(both), ["server.stdio.roles"]);
}

#[test]
fn what_lets_orders_pass_counts_in_the_file_only() {
    for (path, value) in [
        ("server.confirm", "never"),
        ("server.stdio.confirm", "never"),
        ("server.stdio.roles", "[\"read\", \"trade\"]"),
    ] {
        let error = read(Place::BuiltIn, [], [(path.to_owned(), value.to_owned())]).unwrap_err();
        assert_eq!(error.problems()[0].path, path);
    }
    let said =
        "[server]\nconfirm = \"never\"\n[server.stdio]\nroles = [\"trade\"]\nconfirm = \"never\"";
    assert!(wrong(said).is_empty());
}

#[test]
fn an_origin_is_a_scheme_and_a_host() {
    for origin in ["*", "example.org", "file://x"] {
        let text = format!("[server]\norigins = [\"{origin}\"]");
        assert_eq!(wrong(&text), ["server.origins"], "{origin}");
    }
    assert!(wrong("[server]\norigins = [\"https://example.org\"]").is_empty());
}

#[test]
fn a_gateway_belongs_to_a_connection_and_starts_something() {
    let gateway = "[server.gateways.nobody]\nkind = \"systemd\"\nunit = \"x.service\"";
    assert_eq!(wrong(gateway), ["server.gateways.nobody"]);
    let gateway = "[server.gateways.paper]\nkind = \"command\"\nstart = []";
    assert_eq!(wrong(gateway), ["server.gateways.paper.start"]);
}
