//! The configuration from files. (The environment is tested with the binary, whose environment is its own.)

use vigie_app::wellbeing::ReviewSettings;

use super::*;

fn read(text: &str) -> anyhow::Result<Settings> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Settings::read(Some(file.path()))
}

/// Reads a configuration that must be refused, and returns why.
#[track_caller]
fn refused(text: &str) -> String {
    crate::output::chain(read(text).unwrap_err().as_ref())
}

#[test]
fn the_example_of_the_guide_is_one() {
    let guide = include_str!("../../../../docs/guide/configuration.md");
    let example = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let settings = read(example).unwrap();
    assert_eq!(settings.listen.port(), 8420);
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(Settings::default().log_format, LogFormat::Text);
    assert_eq!(settings.hma.allowed_hosts, ["media.example.org"]);
    assert!(
        !settings.media.first_pass && !Settings::default().media.first_pass,
        "the exact pass is the usual one"
    );
    assert!(read("[media]\nfirst_pass = true").unwrap().media.first_pass);
}

#[test]
fn a_key_that_nobody_knows_is_named() {
    assert!(refused("lisen = \"127.0.0.1:1\"").contains("lisen"));
    assert!(refused("[hma]\nanonymus = true").contains("anonymus"));
}

#[test]
fn strangers_are_let_in_on_this_machine_alone() {
    assert!(read("listen = \"127.0.0.1:9000\"\n[hma]\nanonymous = true").is_ok());
    assert!(refused("listen = \"0.0.0.0:9000\"\n[hma]\nanonymous = true").contains("hma.anonymous"));
}

#[test]
fn addresses_for_people_are_safe_or_local() {
    assert!(read("public_url = \"https://vigie.example.org\"").is_ok());
    assert!(refused("public_url = \"http://vigie.example.org\"").contains("public_url"));
    assert!(refused("evidence_url = \"https://vigie.example.org/evidence\"").contains("evidence_url"));
}

#[test]
fn what_is_called_outside_is_called_by_tls() {
    for table in ["messenger", "pager"] {
        let called = |url: &str| format!("[{table}]\nurl = \"{url}\"\nsecret = \"mellon\"");
        assert!(refused(&called("http://chat.example.org")).contains(&format!("{table}.url")));
        assert!(refused(&called("ftp://localhost")).contains(&format!("{table}.url")));
        assert!(read(&called("https://chat.example.org")).is_ok());
        assert!(read(&called("http://127.0.0.1:9000")).is_ok(), "this very machine");
    }
    let key = "witness.example.net+ebc4877e+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
    let witness = |url: &str| format!("[[ledger.witnesses]]\nurl = \"{url}\"\nvkey = \"{key}\"");
    assert!(refused(&witness("http://witness.example.net")).contains("ledger.witnesses.url"));
    assert!(read(&witness("https://witness.example.net")).is_ok());
}

#[test]
fn records_come_from_messengers_that_can_be_told_apart() {
    let at = |service: &str, kind: &str, rest: &str| {
        format!("[[records]]\nservice = \"{service}\"\nkind = \"{kind}\"\n{rest}\n")
    };
    let here = "url = \"http://127.0.0.1:8008\"\nsecret = \"mellon\"";
    let settings = read(&(at("one", "synapse", here) + &at("two", "signed_pull", here))).unwrap();
    let kinds: Vec<_> = settings.records.iter().map(|one| (one.service.as_str(), one.kind)).collect();
    assert_eq!(kinds, [("one", RecordsKind::Synapse), ("two", RecordsKind::SignedPull)]);
    assert!(!format!("{settings:?}").contains("mellon"), "a secret is not for logs");
    for (text, named) in [
        (at("one", "synapse", here) + &at("one", "signed_pull", here), "`records.service` names one twice"),
        (at(" ", "synapse", here), "`records.service` is empty"),
        (at("one", "telegram", here), "kind"),
        (at("one", "synapse", "url = \"http://chat.example.org\"\nsecret = \"mellon\""), "`records.url`"),
        (at("one", "synapse", "url = \"http://localhost\""), "`records` of one needs one of `secret`"),
        (
            at("one", "synapse", &format!("{here}\nsecret_file = \"x\"")),
            "`records` of one needs one of `secret`",
        ),
        (at("one", "synapse", &format!("{here}\ntoken = \"x\"")), "token"),
    ] {
        let why = refused(&text);
        assert!(why.contains(named), "{named}: {why}");
    }
}

#[test]
fn a_database_on_another_machine_is_reached_by_tls() {
    let database = |address: &str| format!("database = \"{address}\"");
    for good in [
        "sqlite:///srv/vigie.db",
        "postgres://vigie@localhost/vigie",
        "postgres://vigie@[::1]:5433/vigie",
        "postgres:///vigie?host=/run/postgresql",
        "postgres://%2Frun%2Fpostgresql/vigie",
        "postgresql://vigie@db.example.org/vigie?sslmode=verify-full&sslrootcert=/etc/vigie/ca.pem",
    ] {
        read(&database(good)).unwrap();
    }
    for bad in [
        "postgres://vigie@db.example.org/vigie",
        "postgres://vigie@db.example.org/vigie?sslmode=prefer",
        "postgres://vigie@db.example.org/vigie?sslmode=require",
        "postgres://vigie@db.example.org/vigie?sslmode=verify-full&sslmode=disable",
        "postgres://vigie@localhost/vigie?host=db.example.org",
        "mysql://localhost/vigie",
    ] {
        assert!(refused(&database(bad)).contains("`database`"), "{bad}");
    }
}

#[test]
fn what_asks_for_passkeys_needs_an_address_with_a_name() {
    use vigie_model::access::{PasskeyRule, StepUp};
    let usual = Settings::default().access;
    assert_eq!((usual.passkeys, usual.step_up), (PasskeyRule::Offered, StepUp::Passkey));
    let numbers = "public_url = \"https://192.0.2.1\"\n[access]\n";
    assert!(refused(numbers).contains("access.step_up"));
    assert!(refused(&format!("{numbers}step_up = \"none\"\npasskeys = \"required\"")).contains("public_url"));
    assert!(read(&format!("{numbers}step_up = \"none\"")).is_ok());
    assert!(refused("[access]\npasskeys = \"requierd\"").contains("offered, required"));
}

#[test]
fn a_sign_in_service_is_named_whole_or_refused_by_the_key_at_fault() {
    assert!(read("").unwrap().access.oidc.is_none(), "without the table there is none");
    let oidc =
        "[access.oidc]\nissuer = \"https://login.example.org\"\nclient_id = \"vigie\"\nname = \"Staff\"\n";
    let whole = format!("{oidc}client_secret = \"mellon\"\n");
    let settings = read(&whole).unwrap();
    assert!(!format!("{settings:?}").contains("mellon"));
    let provider = settings.access.oidc.unwrap().provider().unwrap();
    assert_eq!((provider.client_secret.as_str(), provider.name.as_str()), ("mellon", "Staff"));
    for (from, to, key) in [
        ("https://login.example.org", "http://login.example.org", "access.oidc.issuer"),
        ("https://login.example.org", "https://login.example.org/?tenant=1", "access.oidc.issuer"),
        ("https://login.example.org", "login.example.org", "access.oidc.issuer"),
        ("\"vigie\"", "\" \"", "access.oidc.client_id"),
        ("\"Staff\"", "\"\"", "access.oidc.name"),
        ("client_secret = \"mellon\"", "", "client_secret_file"),
        (
            "client_secret = \"mellon\"",
            "client_secret = \"a\"\nclient_secret_file = \"b\"",
            "client_secret_file",
        ),
        ("name =", "nmae =", "nmae"),
    ] {
        let why = refused(&whole.replace(from, to));
        assert!(why.contains(key), "{to}: {why}");
    }
    let hollow = format!("[access]\npasskeys = \"required\"\nstep_up = \"none\"\n{whole}");
    assert!(refused(&hollow).contains("access.step_up"));
    assert!(read(&hollow.replace("\"none\"", "\"passkey\"")).is_ok());
}

#[test]
fn a_secret_is_stated_once_and_never_printed() {
    let messenger = "[messenger]\nurl = \"https://chat.example.org\"\n";
    assert!(refused(messenger).contains("secret_file"));
    assert!(refused(&format!("{messenger}secret = \"a\"\nsecret_file = \"b\"")).contains("secret_file"));
    let settings = read(&format!("{messenger}secret = \"mellon\"")).unwrap();
    assert!(!format!("{settings:?}").contains("mellon"));
    assert_eq!(settings.messenger.unwrap().secret().unwrap().bytes(), b"mellon");
}

#[test]
fn mail_leaves_this_machine_encrypted_alone() {
    let mail =
        "[mail]\nhost = \"smtp.example.org\"\nfrom = \"vigie@example.org\"\nto = \"duty@example.org\"\n";
    assert!(read(mail).is_ok());
    assert!(refused(&format!("{mail}encryption = \"none\"")).contains("mail.encryption"));
    assert!(read(&format!("{mail}encryption = \"none\"").replace("smtp.example.org", "localhost")).is_ok());
    assert!(refused(&format!("{mail}encryption = \"ssl\"")).contains("encryption"));
    for half in
        ["user = \"vigie\"", "password = \"mellon\"", "user = \"v\"\npassword = \"a\"\npassword_file = \"b\""]
    {
        assert!(refused(&format!("{mail}{half}")).contains("mail.user"), "{half}");
    }
    let settings = read(&format!("{mail}user = \"vigie\"\npassword = \"mellon\"")).unwrap();
    assert!(!format!("{settings:?}").contains("mellon"));
    let login = settings.mail.unwrap().login().unwrap();
    assert_eq!(login, Some(("vigie".to_owned(), "mellon".to_owned())));
}

#[test]
fn the_high_water_mark_lies_apart_and_witnesses_have_keys_of_witnesses() {
    assert!(read("data = \"/srv/vigie\"\n[ledger]\nhigh_water = \"/srv/vigie-mark\"").is_ok());
    let within = refused("data = \"/srv/vigie\"\n[ledger]\nhigh_water = \"/srv/vigie/mark\"");
    assert!(within.contains("ledger.high_water"), "{within}");
    assert!(refused("[ledger]\nwitnesses_needed = 1").contains("ledger.witnesses_needed"));
    assert!(refused("[ledger]\norigin = \"two words\"").contains("ledger.origin"));
    let log = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let witness = format!("[[ledger.witnesses]]\nurl = \"https://witness.example.net\"\nvkey = \"{log}\"");
    assert!(refused(&witness).contains("key of a log"));
}

#[test]
fn evidence_is_kept_for_a_year_unless_told_otherwise_and_never_for_ever() {
    assert_eq!(Settings::default().retention.evidence_days, 365);
    let settings = read("[retention]\nevidence_days = 90").unwrap();
    assert_eq!(settings.retention.for_app().evidence.as_secs(), 90 * 24 * 60 * 60);
    for days in [0, 29, 3_651] {
        let why = refused(&format!("[retention]\nevidence_days = {days}"));
        assert!(why.contains("retention.evidence_days"), "{why}");
    }
}

#[test]
fn the_second_listener_follows_the_first() {
    assert_eq!(read("listen = \"[::1]:5000\"").unwrap().evidence_listen().to_string(), "[::1]:5001");
    assert_eq!(read("listen = \"127.0.0.1:0\"").unwrap().evidence_listen().port(), 0);
    assert!(refused("evidence_listen = \"127.0.0.1:8420\"").contains("evidence_listen"));
}

#[test]
fn nobody_is_left_without_a_limit_by_mistake() {
    let read_again = read("[quality]\nreread_percent = 20").unwrap();
    let settings = read_again.wellbeing.for_app(&read_again.quality);
    assert_eq!(settings, ReviewSettings { reread_percent: 20, ..ReviewSettings::default() });
    let set = read("[wellbeing]\nminutes_in_a_row = 15\npause_minutes = 20").unwrap();
    let limits = set.wellbeing.for_app(&set.quality).exposure;
    assert_eq!((limits.time_in_a_row.as_secs(), limits.pause.as_secs()), (900, 1200));
    for wrong in ["items_per_day = 0", "minutes_in_a_row = 0", "pause_minutes = 0", "pause_minutes = 721"] {
        assert!(refused(&format!("[wellbeing]\n{wrong}")).contains("wellbeing"), "{wrong}");
    }
    assert!(refused("[quality]\nreread_percent = 101").contains("reread_percent"));
}

#[test]
fn the_contact_of_the_house_is_checked_before_a_paper_names_it() {
    let set = "[disclosure.contact]\naddress = [\"1 quai des Brumes\"]\nmail = \"law@chat.example\"";
    let for_app = read(set).unwrap().disclosure.for_app(std::iter::empty()).unwrap();
    assert_eq!(for_app.contact.mail(), Some("law@chat.example"));
    for wrong in ["mail = \"chat.example\"", "address = [\"\"]", "address = [\"a\\nb\"]"] {
        let why = refused(&format!("[disclosure.contact]\n{wrong}"));
        assert!(why.contains("disclosure.contact"), "{why}");
    }
    assert!(refused("[disclosure.contact]\nphone = \"1\"").contains("phone"));
}
