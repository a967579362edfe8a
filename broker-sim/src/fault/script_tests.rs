use super::*;

#[test]
fn a_script_survives_its_json_form() {
    for seed in 0..200 {
        let script = FaultScript::random(seed, 8);
        assert_eq!(
            FaultScript::from_json(&script.to_json()).unwrap(),
            script,
            "seed {seed}"
        );
    }
}

#[test]
fn an_unknown_fault_names_its_place() {
    let error = FaultScript::from_json(r#"[{"when":{"command":1},"fault":{"type":"explode"}}]"#)
        .unwrap_err();
    assert!(error.to_string().contains("explode"), "{error}");
}

#[test]
fn faults_that_strike_commands_are_triggered_by_commands() {
    for seed in 0..500 {
        for scheduled in FaultScript::random(seed, 8).faults() {
            if scheduled.fault.strikes_command() {
                assert!(matches!(scheduled.when, Trigger::Command(_)), "seed {seed}");
            }
        }
    }
}
