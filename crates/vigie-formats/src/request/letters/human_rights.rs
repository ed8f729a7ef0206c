//! The human-rights screen: questions before a decision, and the refusal.

use super::super::Language;
use super::super::paper::Paper;
use super::frame::{Frame, item, text};

vigie_model::names! {
    /// What the screen found in a request, or a legal officer saw in it.
    pub enum HumanRightsConcern {
        /// What is prosecuted is the expression of an opinion.
        Opinion => "opinion",
        /// The person is a journalist, a lawyer, a doctor, or the request looks for a source.
        PrivilegedOrPress => "privileged_or_press",
        /// The person defends human rights, or is in political opposition.
        Defender => "defender",
        /// What is prosecuted is an assembly or a protest.
        Assembly => "assembly",
        /// The person is pursued for origin, religion, sex, gender or orientation.
        Persecution => "persecution",
        /// No independent authority looked at the request.
        NoIndependentReview => "no_independent_review",
        /// The death penalty or treatment contrary to Article 3 of the European Convention is threatened.
        CruelPunishment => "cruel_punishment",
        /// More people are concerned than the facts can explain.
        ManyTargets => "many_targets",
        /// What is prosecuted is not punishable where the house is.
        DualCriminality => "dual_criminality",
        /// What is prosecuted is none of the offences for which the house discloses.
        OffenceMismatch => "offence_mismatch",
        /// There is concern about proceedings in the issuing State.
        IssuingState => "issuing_state",
    }
}

impl HumanRightsConcern {
    /// What is of concern, in words.
    #[must_use]
    pub const fn concern(self, language: Language) -> &'static str {
        match self {
            Self::Opinion => language.pick(
                "The facts appear to be the expression of an opinion.",
                "Les faits semblent relever de l’expression d’une opinion.",
            ),
            Self::PrivilegedOrPress => language.pick(
                "The request appears to concern a journalist, a journalistic source, or a person whose professional secrets are \
                 protected.",
                "La demande semble concerner un journaliste, une source journalistique ou une personne dont le secret \
                 professionnel est protégé.",
            ),
            Self::Defender => language.pick(
                "The request appears to concern a defender of human rights or a political opponent.",
                "La demande semble concerner un défenseur des droits humains ou un opposant politique.",
            ),
            Self::Assembly => language.pick(
                "The facts appear to be participation in an assembly or a protest.",
                "Les faits semblent relever de la participation à une réunion ou à une manifestation.",
            ),
            Self::Persecution => language.pick(
                "The person appears to be pursued for origin, religion, sex, gender identity or sexual orientation.",
                "La personne semble poursuivie en raison de son origine, de sa religion, de son sexe, de son identité de genre \
                 ou de son orientation sexuelle.",
            ),
            Self::NoIndependentReview => language.pick(
                "The document does not show that an independent authority examined it.",
                "Le document ne fait pas apparaître de contrôle par une autorité indépendante.",
            ),
            Self::CruelPunishment => language.pick(
                "The person may face the death penalty, or inhuman or degrading treatment.",
                "La personne pourrait encourir la peine de mort ou des traitements inhumains ou dégradants.",
            ),
            Self::ManyTargets => language.pick(
                "More people are concerned than the facts explain.",
                "Plus de personnes sont concernées que les faits ne l’expliquent.",
            ),
            Self::DualCriminality => language.pick(
                "As described, the facts do not appear to be an offence in the law that binds us.",
                "Tels que décrits, les faits ne semblent pas constituer une infraction au regard du droit qui nous est applicable.",
            ),
            Self::OffenceMismatch => language.pick(
                "The offence is none of those for which we disclose data without being obliged to.",
                "L’infraction n’est pas de celles pour lesquelles nous communiquons des données sans y être tenus.",
            ),
            Self::IssuingState => language.pick(
                "Independent bodies have raised concerns about the safeguards of such proceedings.",
                "Des organes indépendants ont exprimé des préoccupations quant aux garanties entourant de telles procédures.",
            ),
        }
    }

    /// What the authority is asked about it.
    #[must_use]
    pub const fn question(self, language: Language) -> &'static str {
        match self {
            Self::Opinion => language.pick(
                "Which act beyond the expression of an opinion is alleged, and under which provision?",
                "Quel acte, au-delà de l’expression d’une opinion, est reproché, et sur quel fondement ?",
            ),
            Self::PrivilegedOrPress => language.pick(
                "Which safeguards for sources and protected secrets were applied, and which judge lifted the protection, by \
                 which reasoned decision?",
                "Quelles garanties relatives au secret des sources et aux secrets protégés ont été appliquées, et quel juge a \
                 levé la protection, par quelle décision motivée ?",
            ),
            Self::Defender => language.pick(
                "Which facts, apart from the person’s public activity, ground the request?",
                "Quels faits, distincts de l’activité publique de la personne, fondent la demande ?",
            ),
            Self::Assembly => language.pick(
                "Which act of violence or other offence, apart from the assembly itself, is alleged against this person?",
                "Quel acte de violence ou quelle autre infraction, distincte de la réunion elle-même, est reproché à cette \
                 personne ?",
            ),
            Self::Persecution => language.pick(
                "Which facts, independent of these characteristics, ground the request?",
                "Quels faits, indépendants de ces caractéristiques, fondent la demande ?",
            ),
            Self::NoIndependentReview => language.pick(
                "Which court, judge or independent authority examined the request, and when?",
                "Quelle juridiction, quel juge ou quelle autorité indépendante a contrôlé la demande, et à quelle date ?",
            ),
            Self::CruelPunishment => language.pick(
                "Which binding assurances exclude that the data serves to impose or carry out such a sentence or treatment?",
                "Quelles assurances contraignantes excluent que les données servent à prononcer ou à exécuter une telle peine \
                 ou un tel traitement ?",
            ),
            Self::ManyTargets => language.pick(
                "Why is each of the persons concerned necessary to the enquiry, and why would fewer not do?",
                "En quoi chacune des personnes concernées est-elle nécessaire à l’enquête, et pourquoi un nombre moindre ne \
                 suffirait-il pas ?",
            ),
            Self::DualCriminality => language.pick(
                "Which acts exactly are alleged, so that they can be compared with the law that binds us?",
                "Quels actes précis sont reprochés, afin qu’ils puissent être comparés au droit qui nous est applicable ?",
            ),
            Self::OffenceMismatch => language.pick(
                "Which provision obliges us to disclose, and how do the facts fall under it?",
                "Quelle disposition nous oblige à communiquer ces données, et en quoi les faits en relèvent-ils ?",
            ),
            Self::IssuingState => language.pick(
                "Which court will review the use of the data, and how can the person concerned be heard there?",
                "Quelle juridiction contrôlera l’usage des données, et comment la personne concernée pourra-t-elle y être entendue ?",
            ),
        }
    }
}

/// Questions before a decision: the screen found something, and nothing is disclosed until it is answered.
#[must_use]
pub fn human_rights_questions(frame: &Frame<'_>, concerns: &[HumanRightsConcern]) -> Paper {
    let mut blocks = vec![text(frame.pick(
        "Before we decide on your document we examine every request for its effect on fundamental rights. This examination \
         raises the following questions. Nothing is disclosed and nothing is refused before you have answered.",
        "Avant de statuer sur votre document, nous examinons toute demande au regard des droits fondamentaux. Cet examen \
         soulève les questions suivantes. Rien n’est communiqué ni refusé avant votre réponse.",
    ))];
    for concern in concerns {
        blocks.push(item(format!(
            "{} {}",
            concern.concern(frame.language),
            concern.question(frame.language)
        )));
    }
    blocks.push(text(frame.pick(
        "Please also tell us which remedies the person concerned has in your law against this measure.",
        "Veuillez également indiquer les voies de recours dont la personne concernée dispose en droit interne contre cette \
         mesure.",
    )));
    blocks.push(text(frame.pick(
        "This letter does not say whether any account, identifier or data that your document names exists.",
        "La présente n’indique pas si un compte, un identifiant ou des données visés par votre document existent.",
    )));
    frame.paper(frame.pick("Questions before a decision", "Questions préalables à notre décision"), blocks)
}

/// That nothing is disclosed, because the screen found an abuse.
#[must_use]
pub fn human_rights_refusal(frame: &Frame<'_>, concerns: &[HumanRightsConcern], explanation: &str) -> Paper {
    let mut blocks = vec![text(frame.pick(
        "We will not carry out your document. Carrying it out would infringe fundamental rights, for the following reasons.",
        "Nous ne donnerons pas suite à votre document. Son exécution porterait atteinte aux droits fondamentaux, pour les \
         raisons suivantes.",
    ))];
    blocks.extend(concerns.iter().map(|concern| item(concern.concern(frame.language))));
    if !explanation.is_empty() {
        blocks.push(text(explanation));
    }
    blocks.push(text(frame.pick(
        "This decision says nothing on whether any account, identifier or data that your document names exists. If the reasons no longer hold, a new document can be sent at any time.",
        "La présente décision n’indique pas si un compte, un identifiant ou des données visés par votre document existent. Si ces raisons venaient à disparaître, un nouveau document peut nous être adressé à tout \
         moment.",
    )));
    frame.paper(
        frame.pick("Refusal on grounds of fundamental rights", "Refus fondé sur les droits fondamentaux"),
        blocks,
    )
}
