//! What an operator sets about the disclosure desk.
//!
//! What it is not: what a law says; that is a rule set. To add one: a member with its default here, its key in `vigie`'s
//! `settings/disclosure.rs`, its line in `docs/guide/configuration.md`.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use vigie_model::disclosure::{Category, Identifier};

use crate::addresses::Addresses;
use crate::people::is_mail_address;
use crate::regimes::{ConcernTable, Held, HousePolicy, RuleSets};

/// The rule sets that come with the program: read once, with all their examples.
static SHIPPED: LazyLock<Arc<RuleSets>> =
    LazyLock::new(|| Arc::new(RuleSets::shipped().expect("a test holds that what is shipped can be read")));

/// The most lines that an address has, and the most characters of one: it stands at the head of a paper.
const ADDRESS: (usize, usize) = (6, 120);

/// Lines as papers show them.
fn lines(given: &[String], what: &str) -> Result<Vec<String>, String> {
    let (most, characters) = ADDRESS;
    let lines: Vec<String> = given.iter().map(|line| line.trim().to_owned()).collect();
    let is_line = |line: &String| {
        !line.is_empty() && line.chars().count() <= characters && !line.chars().any(char::is_control)
    };
    if lines.len() > most || !lines.iter().all(is_line) {
        return Err(format!("{what} has at most {most} lines of 1 to {characters} characters each"));
    }
    Ok(lines)
}

/// How papers say that the house is reached, besides its address of the web.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HouseContact {
    address: Vec<String>,
    mail: Option<String>,
    remedies: Vec<String>,
}

impl HouseContact {
    /// A postal address, a line each, and a mail address; either may be left out.
    ///
    /// # Errors
    /// A line is empty, too long or no line, there are too many, or the mail address is none.
    pub fn new(address: &[String], mail: Option<&str>) -> Result<Self, String> {
        let address = lines(address, "an address")?;
        let mail = mail.map(|mail| mail.trim().to_owned());
        match mail.as_deref().filter(|mail| !is_mail_address(mail)) {
            Some(mail) => Err(format!("{mail:?} is no mail address")),
            None => Ok(Self { address, mail, remedies: vec![] }),
        }
    }

    /// The same, with where users can turn to: the supervisory authority, a court; a line each.
    ///
    /// # Errors
    /// A line is empty, too long or no line, or there are too many.
    pub fn with_remedies(self, remedies: &[String]) -> Result<Self, String> {
        Ok(Self { remedies: lines(remedies, "where users can turn to")?, ..self })
    }

    /// Where users can turn to, a line each; empty where the operator named nobody.
    #[must_use]
    pub fn remedies(&self) -> &[String] {
        &self.remedies
    }

    /// The postal address, a line each; empty where none is known.
    #[must_use]
    pub fn address(&self) -> &[String] {
        &self.address
    }

    /// The mail address.
    #[must_use]
    pub fn mail(&self) -> Option<&str> {
        self.mail.as_deref()
    }
}

/// What an operator sets about the disclosure desk.
#[derive(Debug, Clone)]
pub struct DisclosureSettings {
    /// The rule sets by which requests are judged.
    pub rules: Arc<RuleSets>,
    /// The names of the services for which the house answers.
    pub services: Vec<String>,
    /// The names under which the house is addressed.
    pub addressees: Vec<String>,
    /// How papers say that the house is reached, besides its address of the web.
    pub contact: HouseContact,
    /// What the house holds, and for how long.
    pub held: Vec<Held>,
    /// The operator's table of concerns; without one the screen for human rights has nothing to go by.
    pub concerns: Option<ConcernTable>,
    /// Identifiers of people who are known to be protected: lawyers, journalists, doctors.
    pub protected: Vec<Identifier>,
    /// What the house asks before it gives anything of its own will.
    pub policy: Option<HousePolicy>,
    /// What is known of networks, for the warnings of packages.
    pub networks: Arc<Addresses>,
    /// How long anything may be taken under a grant.
    pub grant_life: Duration,
    /// How long a package can be fetched.
    pub package_life: Duration,
    /// How long a request that is over can be read. Then its key is destroyed.
    pub archive_after: Duration,
}

impl Default for DisclosureSettings {
    /// The rule sets that come with the program; phone numbers without limit, connections for a year; a grant of ten days,
    /// a package of thirty; five years until a request that is over is forgotten.
    fn default() -> Self {
        let day = Duration::from_secs(24 * 60 * 60);
        Self {
            rules: Arc::clone(&SHIPPED),
            services: vec![],
            addressees: vec![],
            contact: HouseContact::default(),
            held: vec![
                Held { category: Category::Subscriber, days: None },
                Held { category: Category::Identification, days: Some(365) },
            ],
            concerns: None,
            protected: vec![],
            policy: None,
            networks: Arc::default(),
            grant_life: day * 10,
            package_life: day * 30,
            archive_after: day * 5 * 365,
        }
    }
}
