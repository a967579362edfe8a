use super::twice::said_twice;

#[test]
fn a_name_that_comes_twice_is_found_wherever_it_stands() {
    for (body, name) in [
        (r#"{"quantity":1,"quantity":1000}"#, "quantity"),
        (r#"{"order":{"side":"BUY","side":"SELL"}}"#, "side"),
        (r#"[1,{"a":[{"b":1,"b":1}]}]"#, "b"),
        // The same name, written otherwise.
        (r#"{"quantity":1,"quantit\u0079":1000}"#, "quantity"),
    ] {
        assert_eq!(said_twice(body.as_bytes()).as_deref(), Some(name), "{body}");
    }
}

#[test]
fn a_name_in_two_objects_is_not_twice_and_what_is_no_json_is_left_alone() {
    let deep = "[".repeat(100_000);
    for body in [
        r#"{"a":{"x":1},"b":{"x":1.5,"y":null,"z":true}}"#,
        r#"[{"a":1},{"a":-1}]"#,
        r#"{"a":1,"A":"a"}"#,
        "",
        "no json",
        r#"{"a":1,"#,
        deep.as_str(),
    ] {
        assert_eq!(said_twice(body.as_bytes()), None);
    }
}
