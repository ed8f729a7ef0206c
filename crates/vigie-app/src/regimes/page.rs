//! A rule set as a page: everything that a screen or the guide shows of it, in the order in which it is shown.

use vigie_model::Moment;
use vigie_model::disclosure::{Category, IssuerRole, RequestKind};

use super::calendar_page::CalendarPage;
use super::remedy::Remedy;
use super::rows::AskedTime;
use super::rules::{Answer, Assurance, CategoryRules, Informs, Notification, RuleSet, Text, Unstated};
use super::words::Words as _;

vigie_model::names! {
    /// Whether somebody may ask for a category.
    pub enum Standing {
        /// Alone.
        Alone => "alone",
        /// With the validation of another.
        Validated => "validated",
        /// Not at all.
        No => "no",
    }
}

/// A rule set as a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegimePage {
    /// Its name with its version.
    pub name: String,
    /// What it is called.
    pub title: Text,
    /// The law.
    pub law: String,
    /// Whose law.
    pub country: String,
    /// What may be wanted under it.
    pub kinds: Vec<RequestKind>,
    /// Whether it binds.
    pub binding: bool,
    /// Whether nobody orders it.
    pub own_duty: bool,
    /// Since when requests are judged by it.
    pub valid_from: Moment,
    /// Until when.
    pub valid_until: Option<Moment>,
    /// Who reviewed it, or is to.
    pub reviewer: String,
    /// When; none is shown as "not reviewed".
    pub reviewed_at: Option<Moment>,
    /// In which form the house answers.
    pub answer: Answer,
    /// Who tells the user.
    pub informs_user: Informs,
    /// What counsel is to confirm beyond the rows that are marked.
    pub confirm: Vec<Text>,
    /// A row for each category.
    pub categories: Vec<CategoryRow>,
    /// A row for each test.
    pub tests: Vec<TestRow>,
    /// A row for each deadline.
    pub deadlines: Vec<DeadlineRow>,
    /// By what its working days are counted; none where no deadline counts any.
    pub calendar: Option<CalendarPage>,
    /// How many rows and keys wait for counsel.
    pub to_confirm: usize,
}

/// What holds for a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRow {
    /// Which.
    pub category: Category,
    /// Who may ask.
    pub standing: Vec<(IssuerRole, Standing)>,
    /// Who may validate.
    pub validators: Vec<IssuerRole>,
    /// Whether in an emergency the validation may follow.
    pub validation_may_follow: bool,
    /// The provision about who may.
    pub law: String,
    /// Whether counsel is to confirm it.
    pub confirm: bool,
    /// What the offence must be, in words, with its provision and mark.
    pub threshold: Option<(Text, String, bool)>,
    /// Whether an enforcing authority is notified.
    pub notification: Notification,
    /// How sure the house must be who asks.
    pub assurance: Assurance,
}

/// A test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRow {
    /// Its name.
    pub name: String,
    /// Of which categories; empty for all.
    pub categories: Vec<Category>,
    /// What must hold, in words.
    pub holds: Text,
    /// What follows when it does not.
    pub otherwise: Remedy,
    /// What follows when the document does not say.
    pub unstated: Unstated,
    /// What a person reads then.
    pub what: Text,
    /// The provision.
    pub law: String,
    /// Whether counsel is to confirm it.
    pub confirm: bool,
}

/// A deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadlineRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub label: Text,
    /// From what it runs.
    pub from: Text,
    /// How long.
    pub length: Text,
    /// To which documents it applies; none for every one.
    pub applies: Option<Text>,
    /// Whether it stands still while the authority is asked, or the request is suspended.
    pub pauses: bool,
    /// What satisfies it.
    pub satisfied_by: Text,
    /// Who has to keep it.
    pub kept_by: Text,
    /// Whether an end on a weekend moves.
    pub roll_over: bool,
    /// Whether the house set it.
    pub policy: bool,
    /// The provision.
    pub law: String,
    /// Whether counsel is to confirm it.
    pub confirm: bool,
}

impl RuleSet {
    /// All of it, as a screen shows it.
    #[must_use]
    pub fn page(&self) -> RegimePage {
        let categories: Vec<_> =
            self.category.iter().map(|(category, its)| category_row(*category, its)).collect();
        let tests: Vec<_> = self.test.iter().map(test_row).collect();
        let deadlines: Vec<_> = self.deadline.iter().map(deadline_row).collect();
        let counts = self.deadline.iter().any(|row| row.working_days.is_some() || row.roll_over);
        let calendar = counts.then(|| self.calendar_page());
        let marked = categories.iter().filter(|row| row.confirm).count()
            + categories
                .iter()
                .filter(|row| row.threshold.as_ref().is_some_and(|(_, _, confirm)| *confirm))
                .count()
            + tests.iter().filter(|row| row.confirm).count()
            + deadlines.iter().filter(|row| row.confirm).count();
        RegimePage {
            name: self.name(),
            title: self.title.clone(),
            law: self.law.clone(),
            country: self.country.clone(),
            kinds: self.kinds.clone(),
            binding: self.binding,
            own_duty: self.own_duty,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            reviewer: self.reviewer.clone(),
            reviewed_at: self.reviewed_at,
            answer: self.answer.clone(),
            informs_user: self.informs_user.clone(),
            confirm: self.confirm.clone(),
            to_confirm: marked
                + self.confirm.len()
                + usize::from(self.answer.confirm)
                + usize::from(self.informs_user.confirm),
            calendar,
            categories,
            tests,
            deadlines,
        }
    }
}

fn category_row(category: Category, its: &CategoryRules) -> CategoryRow {
    let standing = |role: IssuerRole| match role {
        role if its.issuers.contains(&role) => Standing::Alone,
        role if its.validated.contains(&role) => Standing::Validated,
        _ => Standing::No,
    };
    CategoryRow {
        category,
        standing: IssuerRole::ALL.iter().map(|role| (*role, standing(*role))).collect(),
        validators: its.validators.clone(),
        validation_may_follow: its.validation_may_follow,
        law: its.law.clone(),
        confirm: its.confirm,
        threshold: its.threshold.as_ref().map(|one| (one.holds.words(), one.law.clone(), one.confirm)),
        notification: its.notification,
        assurance: its.assurance.clone(),
    }
}

fn test_row(test: &super::rules::Test) -> TestRow {
    TestRow {
        name: test.name.clone(),
        categories: test.categories.clone(),
        holds: test.holds.words(),
        otherwise: test.otherwise,
        unstated: test.unstated,
        what: test.what.clone(),
        law: test.law.clone(),
        confirm: test.confirm,
    }
}

fn deadline_row(row: &super::rows::Deadline) -> DeadlineRow {
    let days = row.working_days.unwrap_or_default();
    let asked = row.answer_by == AskedTime::Earlier;
    let or_asked = |length: Text| match asked {
        true => Text::new(
            format!("{}, or by the time that the document sets, where that is earlier", length.en),
            format!("{}, ou à la date que fixe le document, si elle est antérieure", length.fr),
        ),
        false => length,
    };
    let working = || Text::new(format!("{days} working days"), format!("{days} jours ouvrés"));
    DeadlineRow {
        name: row.name.clone(),
        label: row.label.clone(),
        from: row.trigger.words(),
        length: or_asked(row.length.map_or_else(working, |length| length.words())),
        applies: row.applies.as_ref().map(super::words::Words::words),
        pauses: !row.pauses_on.is_empty(),
        satisfied_by: super::words::joined(&row.satisfied_by, " or ", " ou "),
        kept_by: row.kept_by.words(),
        roll_over: row.roll_over,
        policy: row.policy,
        law: row.law.clone(),
        confirm: row.confirm,
    }
}
