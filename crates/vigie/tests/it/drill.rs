//! `vigie drill` as an auditor runs it.

use serde_json::Value;

use crate::program::{Ran, vigie};

fn count(report: &Value, what: &str) -> u64 {
    report[what].as_u64().unwrap_or_else(|| panic!("{what} in {report}"))
}

fn numbered<'a>(report: &'a Value, number: &str) -> &'a Value {
    let requests = report["requests"].as_array().unwrap();
    requests.iter().find(|one| one["number"] == number).unwrap()
}

#[test]
fn the_fortnight_is_answered_in_time_and_what_is_forged_or_pretextual_gives_nothing() {
    let ran = vigie(["drill", "--format", "json"]);
    let report = ran.json_lines().remove(0);
    let mistaken = report["requests"].as_array().unwrap().iter().filter(|one| one["as_expected"] == false);
    assert_eq!((ran.code, mistaken.collect::<Vec<_>>()), (0, vec![]), "{}", ran.err);
    assert!(count(&report, "orders") >= 20 && count(&report, "clocks") >= 20, "{report}");
    assert_eq!(count(&report, "clocks_met"), count(&report, "clocks"));
    for (class, least) in
        [("forged", 3), ("pretextual", 3), ("over_broad", 3), ("wrong_period", 1), ("replayed", 1)]
    {
        assert!(count(&report, class) >= least, "{class}");
        assert_eq!(count(&report, &format!("{class}_stopped")), count(&report, class), "{class}");
    }
    assert_eq!((count(&report, "fields_outside_grant"), count(&report, "mistakes")), (0, 0));
    assert!(count(&report, "fields") > 0 && count(&report, "packages") > 5, "something left");
    for (number, reason) in [
        ("F 1", "unknown_authority"),
        ("F 3", "the authority knows nothing of it"),
        ("F 5", "names an identifier that nobody"),
        ("B 1", "group"),
        ("W 1", "ends before it begins"),
        ("X 1", "Invented: courts there try people"),
        ("X 3", "house policy"),
    ] {
        let reasons = numbered(&report, number)["reasons"].to_string();
        assert!(reasons.contains(reason), "{number}: {reasons}");
    }
    let steps = numbered(&report, "P 8")["steps"].to_string();
    assert!(steps.contains("alarm raised beside it"), "{steps}");
    let emergency = numbered(&report, "D 2");
    let clock = emergency["clocks"].as_array().unwrap().iter().find(|one| one["rule"] == "EU-EMERG").unwrap();
    assert_eq!((&clock["met"], &clock["of_law"]), (&true.into(), &true.into()));
}

#[test]
fn the_report_for_people_names_each_document_with_its_reason() {
    let Ran { code, out, err } = vigie(["drill"]);
    assert_eq!(code, 0, "{out}{err}");
    for told in ["a child is missing: eight hours", "because: ", "deadlines of ours", "The report is green."]
    {
        assert!(out.contains(told), "{told} in {out}");
    }
}
