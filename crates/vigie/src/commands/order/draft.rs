//! `vigie order draft`: a legal document as JSON, with every member it can have.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde_json::json;
use vigie_model::Clock as _;
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, DoNotAct, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, IssuerRole,
    Offence, Office, RequestKind, Silence, Span, SubjectRole, Wanted,
};

use crate::authority::{self, Keys};
use crate::clock::SystemClock;
use crate::commands::operator::Format;
use crate::output::Ending;

pub(super) const EXAMPLES: &str = "\
Examples:
  vigie order draft order.json --regime fr-77-1-1 --keys ~/unit-keys --reference \"PV 2026/17\" \\
    --issuer \"Parquet of Example\" --role prosecutor --identifier username=lakeside --service messenger.example \\
    --category subscriber --from 2026-10-01 --until 2026-11-01 --offence \"possession of abuse material\" \\
    --provision \"Art. 227-23 code penal\" --listed NATINF-22600 --maximum-years 5 --by-network

The draft is JSON; what is still empty is told. Correct it with any editor, then `vigie order sign` reads it back. With --keys the
answer is asked to be sealed to that folder's key. A day without a time begins at midnight UTC; a span goes up to and without its
last moment.";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to write the draft.
    file: PathBuf,
    /// The regime: the name of its rule set.
    #[arg(long)]
    regime: String,
    /// What is wanted: production, preservation, removal.
    #[arg(long, default_value = "production")]
    kind: RequestKind,
    /// The number that you give it.
    #[arg(long, default_value = "")]
    reference: String,
    /// The office that issues it.
    #[arg(long, default_value = "")]
    issuer: String,
    /// Its country: two letters.
    #[arg(long, default_value = "FR")]
    country: String,
    /// What it is: judge, court, investigating_judge, prosecutor, judicial_police_officer, …
    #[arg(long)]
    role: Option<IssuerRole>,
    /// Its file number.
    #[arg(long, default_value = "")]
    case: String,
    /// Who acts for it.
    #[arg(long, default_value = "")]
    official: String,
    /// Their mail address.
    #[arg(long, default_value = "")]
    mail: String,
    /// Their phone number.
    #[arg(long, default_value = "")]
    phone: String,
    /// Who is meant: user_id=…, username=…, phone_number=…, ip_address=…; once for each.
    #[arg(long = "identifier", value_name = "KIND=VALUE")]
    identifiers: Vec<String>,
    /// The messenger on which the identifiers name somebody.
    #[arg(long, default_value = "")]
    service: String,
    /// Which data: subscriber, identification, traffic, content; once for each.
    #[arg(long = "category", value_name = "CATEGORY")]
    categories: Vec<Category>,
    /// The first moment asked about.
    #[arg(long, value_name = "DAY|MOMENT", requires = "until", value_parser = moment)]
    from: Option<Moment>,
    /// The first moment not asked about any more.
    #[arg(long, value_name = "DAY|MOMENT", requires = "from", value_parser = moment)]
    until: Option<Moment>,
    /// A provision on which it relies; once for each.
    #[arg(long = "legal-basis", value_name = "TEXT")]
    legal_bases: Vec<String>,
    /// What is prosecuted.
    #[arg(long, value_name = "TEXT")]
    offence: Option<String>,
    /// The provision that makes it an offence.
    #[arg(long, default_value = "")]
    provision: String,
    /// Its code in a list.
    #[arg(long)]
    listed: Option<String>,
    /// The highest sentence, in years.
    #[arg(long, value_name = "YEARS")]
    maximum_years: Option<u32>,
    /// It was committed by means of a network.
    #[arg(long)]
    by_network: bool,
    /// What the person asked about is: suspect, convicted, victim, witness, missing.
    #[arg(long, default_value = "unstated")]
    subject_role: SubjectRole,
    /// It cannot wait, because of a threat to life: in words.
    #[arg(long, value_name = "TEXT")]
    emergency: Option<String>,
    /// By when the answer is wanted. A day without a time lasts until its end in UTC.
    #[arg(long, value_name = "DAY|MOMENT", value_parser = last_moment)]
    answer_by: Option<Moment>,
    /// The user is not to be told: the provision that allows it.
    #[arg(long, value_name = "PROVISION")]
    silence: Option<String>,
    /// Until when the user is not to be told.
    #[arg(long, value_name = "DAY|MOMENT", requires = "silence", value_parser = moment)]
    silence_until: Option<Moment>,
    /// Nothing is to be done to the accounts until then.
    #[arg(long, value_name = "DAY|MOMENT", value_parser = moment)]
    do_not_act_until: Option<Moment>,
    /// The request that it continues or withdraws, by your number.
    #[arg(long)]
    earlier: Option<String>,
    /// The facts, as far as the service is told them.
    #[arg(long, default_value = "")]
    facts: String,
    /// Why it is necessary and proportionate.
    #[arg(long, default_value = "")]
    necessity: String,
    /// The folder of keys: answers are sealed to its key.
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    let (file, format) = (arguments.file.clone(), arguments.format);
    ensure!(!file.exists(), "{} is there already", file.display());
    let instrument = arguments.instrument()?;
    let text = serde_json::to_string_pretty(&instrument).context("cannot write the draft as JSON")?;
    authority::write_new(&file, &format!("{text}\n"), 0o600)?;
    let empty = empty(&instrument);
    match format {
        Format::Json => {
            println!("{}", json!({ "file": file, "nonce": instrument.nonce, "empty": empty }));
        }
        Format::Text => {
            println!("{} is drafted\nnonce {}", file.display(), instrument.nonce);
            for (member, why) in empty {
                println!("still empty: {member}: {why}");
            }
        }
    }
    Ok(Ending::Fine)
}

impl Arguments {
    fn instrument(self) -> anyhow::Result<Instrument> {
        let now = SystemClock.now();
        ensure!(
            self.answer_by.is_none_or(|by| by > now),
            "the time by which the answer is wanted has passed"
        );
        let answer_to = self.keys.as_deref().map(Keys::open).transpose()?;
        let wanted = self.wanted()?;
        let offence = self.offence.map(|text| Offence {
            text,
            provision: self.provision,
            listed: self.listed,
            maximum_years: self.maximum_years,
            by_network: self.by_network.then_some(true),
            country: Some(self.country.clone()),
        });
        let issuer = Office {
            name: self.issuer,
            country: self.country,
            role: self.role,
            file: self.case,
            official: self.official,
            mail: self.mail,
            phone: self.phone,
            ..Office::default()
        };
        let ground = EmergencyGround::Life;
        Ok(Instrument {
            regime: self.regime,
            kind: self.kind,
            reference: self.reference,
            issued_at: Some(Moment::from_unix_seconds(now.unix_seconds())),
            issuer,
            validator: None,
            addressee: self.service,
            legal_bases: self.legal_bases,
            offence,
            subject_role: self.subject_role,
            emergency: self.emergency.map(|text| Emergency { ground, text, validation_follows: false }),
            answer_by: self.answer_by,
            notified: None,
            silence: self.silence.map(|basis| Silence {
                basis,
                until: self.silence_until,
                text: String::new(),
            }),
            do_not_act: self.do_not_act_until.map(|until| DoNotAct { until, text: String::new() }),
            earlier: self.earlier,
            wanted,
            facts: self.facts,
            necessity: self.necessity,
            answer_to: answer_to.map(|keys| keys.sealing.to_public().to_string()),
            nonce: super::nonce()?,
        })
    }

    fn wanted(&self) -> anyhow::Result<Vec<Wanted>> {
        let span = self.from.zip(self.until).map(|(from, until)| Span { from, until });
        ensure!(span.is_none_or(|span| span.is_possible()), "the span ends before it begins");
        let wanted = |text: &String| {
            let (kind, value) = text.split_once('=').with_context(|| format!("{text} is not KIND=VALUE"))?;
            let kind = IdentifierKind::from_str(kind)?;
            let identifier = Identifier { kind, value: value.to_owned(), service: self.service.clone() };
            Ok(Wanted { identifier, categories: self.categories.clone(), span, criterion: None, cap: None })
        };
        self.identifiers.iter().map(wanted).collect()
    }
}

/// What is still empty and will be missed, each with what it is for.
fn empty(instrument: &Instrument) -> Vec<(&'static str, &'static str)> {
    let wanted = &instrument.wanted;
    [
        (instrument.reference.is_empty(), "reference", "the number that you give it"),
        (instrument.issuer.name.is_empty(), "issuer.name", "who issues it"),
        (instrument.issuer.role.is_none(), "issuer.role", "some laws let only some issue it"),
        (instrument.legal_bases.is_empty(), "legal_bases", "the provisions on which it relies"),
        (instrument.offence.is_none(), "offence", "what is prosecuted; thresholds depend on it"),
        (wanted.is_empty(), "wanted", "about whom"),
        (wanted.iter().any(|one| one.categories.is_empty()), "wanted.categories", "which data"),
        (wanted.iter().any(|one| one.span.is_none()), "wanted.span", "of which time"),
        (instrument.answer_to.is_none(), "answer_to", "the age key to which the answer is sealed"),
    ]
    .into_iter()
    .filter_map(|(is_empty, member, why)| is_empty.then_some((member, why)))
    .collect()
}

/// A moment, or a day that stands for its midnight in UTC.
fn moment(text: &str) -> Result<Moment, String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole
        .parse()
        .map_err(|_| "this is neither a day, 2026-10-01, nor a moment, 2026-10-01T12:00:00Z".to_owned())
}

/// A moment, or a day that stands for its end in UTC.
fn last_moment(text: &str) -> Result<Moment, String> {
    let is_day = text.len() == 10;
    moment(text).map(|at| if is_day { at.after(Duration::from_secs(24 * 60 * 60)) } else { at })
}
