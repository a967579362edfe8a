use serde_json::json;

use super::p14_numbers::sentinel;

#[test]
fn a_long_number_is_a_name_but_no_figure() {
    let name = json!({"account": "21000000000000001", "execution_id": 41_000_000_000_000_002_i64});
    assert_eq!(sentinel(&name, "order"), None);
    let figure = json!({"price": "21000000000000001"});
    assert!(sentinel(&figure, "order").is_some());
}

#[test]
fn the_largest_numbers_of_a_machine_are_nobodys_name() {
    for text in [
        "2147483647",
        "-2147483648",
        "9223372036854775807",
        "18446744073709551615",
        "1.7976931348623157E308",
        "NaN",
    ] {
        let orders = json!([{"broker_order_ids": ["7", text]}]);
        assert!(sentinel(&orders, "orders").is_some(), "{text}");
    }
    assert!(sentinel(&json!({"list_id": i32::MAX}), "order").is_some());
}

#[test]
fn a_figure_inside_of_something_that_is_called_like_a_name_is_a_figure() {
    let nested = json!({"account": {"cash": f64::MAX}});
    assert!(sentinel(&nested, "summary").is_some());
}
