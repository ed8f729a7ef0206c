//! Letters to the authority that asked: receipt, questions, refusal.

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Identifier, RefusalGround};

use super::super::Language;
use super::super::paper::Paper;
use super::frame::{Frame, fact, heading, item, text};
use super::words;

/// That a document came in. It is given nothing of what the document says or the house holds, so that its words are the same
/// for every case: it can tell nobody whether an account exists.
#[must_use]
pub fn acknowledgement(frame: &Frame<'_>) -> Paper {
    let mut blocks = vec![
        text(frame.pick(
            "We have received your document of the reference above.",
            "Nous avons bien reçu votre document portant la référence ci-dessus.",
        )),
        text(frame.pick(
            "This acknowledgement says nothing else. It does not say whether the document is valid, nor whether any account, \
             identifier or data that it names exists or is held by us. Its words are the same for every document.",
            "Le présent accusé de réception n’atteste rien d’autre. Il n’indique ni si le document est régulier, ni si un \
             compte, un identifiant ou des données qui y sont visés existent ou sont détenus par nous. Ses termes sont les \
             mêmes pour tout document.",
        )),
        text(frame.pick(
            "Before we act on it we verify who sent it. We may call your authority back, at a number that we take from an \
             independent directory and never from the document itself.",
            "Avant d’y donner suite, nous vérifions l’identité de son expéditeur. Nous pouvons rappeler votre service, à un \
             numéro tiré d’un annuaire indépendant et jamais du document lui-même.",
        )),
    ];
    if let Some(portal) = &frame.house.portal {
        let please = frame.pick(
            "Please use our portal for authorities for all that follows:",
            "Pour la suite, veuillez utiliser notre portail réservé aux autorités :",
        );
        blocks.push(text(format!("{please} {portal}")));
    }
    blocks.push(text(frame.pick(
        "Please name both references in every letter.",
        "Veuillez rappeler les deux références dans toute correspondance.",
    )));
    frame.paper(frame.pick("Acknowledgement of receipt", "Accusé de réception"), blocks)
}

/// One question to an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// About which identifier of the document; none where it is about the whole.
    pub identifier: Option<Identifier>,
    /// What is the matter. Written only where it is about the document itself: incomplete, mistaken, not sufficient. Anything
    /// else would tell something of what the house holds.
    pub ground: Option<RefusalGround>,
    /// What is asked, in the words of the legal officer.
    pub text: String,
}

/// What an authority is asked before a document can be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clarification {
    /// The questions.
    pub questions: Vec<Question>,
    /// Until when an answer is awaited.
    pub answer_by: Option<Moment>,
    /// Whether the house's own time limits stand still meanwhile: Regulation (EU) 2023/1543, Article 10(6).
    pub pauses: bool,
}

/// Questions before a document can be carried out. Nothing is refused by it.
#[must_use]
pub fn clarification(frame: &Frame<'_>, clarification: &Clarification) -> Paper {
    let mut blocks = vec![text(frame.pick(
        "Your document cannot be carried out as it stands. Nothing is refused by this letter; please answer the following.",
        "Votre document ne peut être exécuté en l’état. La présente ne vaut pas refus ; nous vous prions de répondre aux \
         questions suivantes.",
    ))];
    blocks.extend(clarification.questions.iter().map(|question| item(asked(frame.language, question))));
    if let Some(by) = clarification.answer_by {
        let by = words::day(by, frame.language);
        blocks.push(text(match frame.language {
            Language::English => format!("Please answer by {by}."),
            Language::French => format!("Nous vous remercions de répondre au plus tard le {by}."),
        }));
    }
    if clarification.pauses {
        blocks.push(text(frame.pick(
            "Until you have answered, the time limits that bind us do not run (Regulation (EU) 2023/1543, Article 10(6)).",
            "Jusqu’à votre réponse, les délais qui nous sont impartis ne courent pas (règlement (UE) 2023/1543, article 10, \
             paragraphe 6).",
        )));
    }
    blocks.push(text(frame.pick(
        "This letter does not say whether any account, identifier or data that your document names exists.",
        "La présente n’indique pas si un compte, un identifiant ou des données visés par votre document existent.",
    )));
    frame.paper(frame.pick("Request for clarification", "Demande de précisions"), blocks)
}

/// Which effect an order to act was given, in the words of the legal officer.
#[must_use]
pub fn effect(frame: &Frame<'_>, said: &str) -> Paper {
    let blocks = vec![
        text(frame.pick(
            "We have dealt with your order of the reference above, as follows.",
            "Votre injonction portant la référence ci-dessus a reçu la suite suivante.",
        )),
        text(said),
    ];
    frame.paper(frame.pick("Effect given to your order", "Suite donnée à votre injonction"), blocks)
}

/// What the house objects: the law of a third country forbids it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictObjection {
    /// What is objected to: the number of each task, whom it names, and which data.
    pub tasks: Vec<(i64, Identifier, Category)>,
    /// The provision of the third country.
    pub law: String,
    /// What it forbids, and why that applies.
    pub nature: String,
    /// The provision under which it is objected.
    pub under: String,
}

/// That the law of a third country forbids to carry out a document, with reasons. Nothing is refused by it, and nothing leaves before
/// it is answered.
#[must_use]
pub fn conflict_objection(frame: &Frame<'_>, objection: &ConflictObjection) -> Paper {
    let language = frame.language;
    let under = &objection.under;
    let mut blocks = vec![text(match language {
        Language::English => format!(
            "The law of a third country forbids us to carry out the parts of your document that are named below. This is our \
             reasoned objection ({under})."
        ),
        Language::French => format!(
            "Le droit d’un pays tiers nous interdit de donner suite aux éléments de votre document désignés ci-après. La présente \
             constitue notre objection motivée ({under})."
        ),
    })];
    blocks.push(fact(frame.pick("Provision", "Disposition"), objection.law.as_str()));
    blocks.push(fact(frame.pick("What it forbids", "Ce qu’elle interdit"), objection.nature.as_str()));
    for (number, identifier, category) in &objection.tasks {
        blocks.push(heading(format!("{} {number}", frame.pick("Task", "Tâche"))));
        blocks.push(fact(frame.pick("Identifier", "Identifiant"), words::identifier(identifier, language)));
        blocks.push(fact(frame.pick("Data", "Données"), words::category(*category, language)));
    }
    blocks.push(text(frame.pick(
        "What your document names stays preserved. Nothing of it is transmitted until you have answered: withdraw the document, or \
         let us know that it is upheld.",
        "Ce que vise votre document reste conservé. Rien n’en est transmis avant votre réponse\u{a0}: retirez le document, ou \
         faites-nous savoir qu’il est maintenu.",
    )));
    blocks.push(text(frame.pick(
        "This letter does not say whether any account, identifier or data that your document names exists.",
        "La présente n’indique pas si un compte, un identifiant ou des données visés par votre document existent.",
    )));
    frame.paper(frame.pick("Reasoned objection", "Objection motivée"), blocks)
}

fn asked(language: Language, question: &Question) -> String {
    let about = question.identifier.as_ref().map(|about| words::identifier(about, language));
    let ground = question.ground.filter(|ground| is_about_the_document(*ground));
    let ground = ground.map(|ground| words::ground(ground, language).to_owned());
    let parts: Vec<_> = about.into_iter().chain(ground).collect();
    match parts.is_empty() {
        true => question.text.clone(),
        false => format!("{}{} {}", parts.join(", "), language.pick(":", "\u{a0}:"), question.text),
    }
}

const fn is_about_the_document(ground: RefusalGround) -> bool {
    matches!(
        ground,
        RefusalGround::Incomplete | RefusalGround::ManifestError | RefusalGround::InsufficientInformation
    )
}

/// One task that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedTask {
    /// Its number within the request, from 1.
    pub number: i64,
    /// Who is meant.
    pub identifier: Identifier,
    /// Which data.
    pub category: Category,
    /// Why.
    pub ground: RefusalGround,
    /// Why, in the words of the legal officer.
    pub explanation: String,
}

/// That tasks are refused, each on its ground. (To an order of the Regulation Form 3 is the answer; this may go with it.)
#[must_use]
pub fn refusal(frame: &Frame<'_>, tasks: &[RefusedTask]) -> Paper {
    let language = frame.language;
    let mut blocks = vec![text(frame.pick(
        "We will not carry out the parts of your document that are named below, on the ground given for each. The refusal \
         concerns these parts only.",
        "Nous ne donnerons pas suite aux éléments de votre document désignés ci-après, pour le motif indiqué pour chacun. Le \
         refus ne porte que sur ces éléments.",
    ))];
    for task in tasks {
        blocks.push(heading(format!("{} {}", frame.pick("Task", "Tâche"), task.number)));
        blocks.push(fact(
            frame.pick("Identifier", "Identifiant"),
            words::identifier(&task.identifier, language),
        ));
        blocks.push(fact(frame.pick("Data", "Données"), words::category(task.category, language)));
        blocks.push(fact(frame.pick("Ground", "Motif"), words::ground(task.ground, language)));
        if !task.explanation.is_empty() {
            blocks.push(fact(frame.pick("Explanation", "Explications"), task.explanation.as_str()));
        }
    }
    blocks.push(text(frame.pick(
        "A document that removes the ground can be sent at any time. If you consider that the refusal is mistaken, please say \
         why; a person who did not take part in it will look at it again.",
        "Un document levant le motif de refus peut nous être adressé à tout moment. Si vous estimez ce refus infondé, veuillez \
         en indiquer les raisons ; une personne qui n’y a pas pris part procédera à un nouvel examen.",
    )));
    frame.paper(frame.pick("Refusal", "Refus"), blocks)
}
