use super::Place;

#[test]
fn an_address_is_read_as_it_is_written() {
    let places = [
        (Place::Status, "broker://status"),
        (Place::Accounts, "broker://accounts"),
        (Place::Limits, "broker://limits"),
        (Place::Positions("DU1".into()), "broker://positions/DU1"),
        (Place::Orders("ib/DU1".into()), "broker://orders/ib/DU1"),
        (
            Place::Quotes("AAPL  270115C00150000".into()),
            "broker://quotes/AAPL%20%20270115C00150000",
        ),
    ];
    for (place, uri) in places {
        assert_eq!(place.uri(), uri);
        assert_eq!(Place::parse(uri), Some(place));
    }
}

#[test]
fn what_is_no_address_is_none() {
    for uri in [
        "",
        "broker://",
        "broker://status/",
        "broker://status/x",
        "broker://positions",
        "broker://positions/",
        "broker://quotes/%",
        "broker://quotes/%0a",
        "broker://quotes/%ff",
        "file:///etc/passwd",
        "broker://secrets/x",
    ] {
        assert_eq!(Place::parse(uri), None, "{uri}");
    }
    let long = format!("broker://quotes/{}", "A".repeat(600));
    assert_eq!(Place::parse(&long), None);
}
