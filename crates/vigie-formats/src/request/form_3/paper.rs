//! Form 3 for people.

use vigie_model::disclosure::Office;

use super::super::letters::words;
use super::super::paper::{Block, Paper};
use super::{Certificate, NonExecution, Preservation, Reason};
use crate::request::Language;

/// The form as a paper, section by section, in the order of Annex III.
#[must_use]
pub fn paper(form: &NonExecution, language: Language) -> Paper {
    let mut sections = Sections { language, blocks: Vec::new() };
    sections.certificate(form);
    sections.issuer(&form.issuer);
    sections.heading('C', "Addressee of the certificate", "Destinataire du certificat");
    sections.fact("Addressee", "Destinataire", &form.contact.addressee);
    if !form.reasons.is_empty() {
        sections.heading('D', "Reasons for non-execution", "Motifs de non-exécution");
        form.reasons.iter().for_each(|reason| sections.reason(reason));
    }
    if let Some(conflict) = &form.conflict {
        sections.heading(
            'E',
            "Conflicting obligations under the law of a third country",
            "Obligations contradictoires découlant du droit d’un pays tiers",
        );
        sections.fact("Law", "Droit applicable", &conflict.law);
        sections.fact("Nature of the obligations", "Nature des obligations", &conflict.nature);
    }
    if !form.information_required.is_empty() {
        sections.heading(
            'F',
            "Information required from the issuing authority",
            "Informations demandées à l’autorité d’émission",
        );
        sections.blocks.push(Block::Text(form.information_required.clone()));
    }
    if !form.preservation.is_empty() {
        sections.heading('G', "Preservation of data", "Conservation des données");
        form.preservation.iter().for_each(|preservation| sections.preservation(preservation));
    }
    sections.signature(form);
    let title = language.pick(
        "Information on the impossibility to execute a certificate (Form 3)",
        "Informations sur l’impossibilité d’exécuter un certificat (formulaire 3)",
    );
    let mut sender = vec![form.contact.addressee.clone()];
    sender.extend(form.contact.address.iter().cloned());
    Paper {
        language,
        sender,
        recipient: vec![form.issuer.name.clone(), form.issuer.country.clone()],
        particulars: vec![(language.pick("Date", "Date").to_owned(), words::day(form.at, language))],
        title: title.to_owned(),
        blocks: sections.blocks,
    }
}

struct Sections {
    language: Language,
    blocks: Vec<Block>,
}

impl Sections {
    fn heading(&mut self, letter: char, english: &str, french: &str) {
        let section = self.language.pick("Section", "Section");
        self.blocks
            .push(Block::Heading(format!("{section} {letter}. {}", self.language.pick(english, french))));
    }

    /// A fact; none where there is nothing to say.
    fn fact(&mut self, english: &str, french: &str, value: &str) {
        if !value.is_empty() {
            self.blocks.push(Block::Fact(self.language.pick(english, french).to_owned(), value.to_owned()));
        }
    }

    fn certificate(&mut self, form: &NonExecution) {
        self.heading('A', "Certificate concerned", "Certificat concerné");
        let certificate = match form.certificate {
            Certificate::Epoc => self.language.pick(
                "European Production Order Certificate (EPOC)",
                "certificat d’injonction européenne de production (EPOC)",
            ),
            Certificate::EpocPr => self.language.pick(
                "European Preservation Order Certificate (EPOC-PR)",
                "certificat d’injonction européenne de conservation (EPOC-PR)",
            ),
        };
        self.fact("Certificate", "Certificat", certificate);
        self.fact("File number", "Numéro de dossier", &form.reference);
    }

    fn issuer(&mut self, issuer: &Office) {
        self.heading('B', "Issuing authority", "Autorité d’émission");
        self.fact("Authority", "Autorité", &issuer.name);
        self.fact("State", "État", &issuer.country);
        self.fact("File number", "Numéro de dossier", &issuer.file);
    }

    fn reason(&mut self, reason: &Reason) {
        let identifier = words::identifier(&reason.identifier, self.language);
        self.fact("Identifier", "Identifiant", &format!("{} – {identifier}", reason.number));
        for ground in &reason.grounds {
            self.fact("Reason", "Motif", words::ground(*ground, self.language));
        }
        self.fact("Explanation", "Explications", &reason.explanation);
    }

    fn preservation(&mut self, preservation: &Preservation) {
        let until = preservation.until.map(|until| words::day(until, self.language));
        let text = match (preservation.preserved, self.language, until) {
            (false, language, _) => language.pick("is not preserved", "non conservées").to_owned(),
            (true, language, None) => language.pick("is preserved", "conservées").to_owned(),
            (true, Language::English, Some(until)) => format!("is preserved until {until}"),
            (true, Language::French, Some(until)) => format!("conservées jusqu’au {until}"),
        };
        let (english, french) = (
            format!("Data on identifier {}", preservation.number),
            format!("Données, identifiant {}", preservation.number),
        );
        self.fact(&english, &french, &text);
    }

    fn signature(&mut self, form: &NonExecution) {
        self.heading('H', "Contact and signature", "Coordonnées et signature");
        self.fact("Name", "Nom", &form.contact.name);
        self.fact("Post", "Fonction", &form.contact.post);
        self.fact("Mail", "Courriel", &form.contact.mail);
        self.fact("Phone", "Téléphone", &form.contact.phone);
        self.fact("Date", "Date", &words::day(form.at, self.language));
    }
}
