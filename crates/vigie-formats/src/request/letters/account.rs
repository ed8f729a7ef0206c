//! Papers for users: the notice when silence has ended, and the statement on an account.

use vigie_model::Moment;
use vigie_model::disclosure::{Field, Span};

use super::super::Language;
use super::super::paper::Paper;
use super::frame::{Frame, fact, item, text};
use super::words;

/// What a user is told of a disclosure, once it may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserNotice {
    /// The account, as its user knows it.
    pub account: String,
    /// The authority, where it may be named.
    pub authority: Option<String>,
    /// On which provisions the request relied.
    pub legal_bases: Vec<String>,
    /// When the data left; none where nothing did.
    pub disclosed_at: Option<Moment>,
    /// What left.
    pub fields: Vec<Field>,
    /// Of which time.
    pub span: Option<Span>,
    /// Under which provision nothing could be said until now, and until when that held; none where nothing forbade it.
    pub silence: Option<(String, Moment)>,
    /// Where the user can turn to, a line each: the authority of data protection, a court.
    pub remedies: Vec<String>,
    /// The entry of the public ledger under which the disclosure stands.
    pub ledger_entry: Option<u64>,
}

/// Tells a user that an authority asked for data of the account.
#[must_use]
pub fn user_notice(frame: &Frame<'_>, notice: &UserNotice) -> Paper {
    let language = frame.language;
    let mut blocks = vec![text(frame.pick(
        "An authority asked us for data of your account. We tell you so that you can judge whether that was lawful. The \
         request alone does not mean that you are suspected of anything.",
        "Une autorité nous a demandé des données relatives à votre compte. Nous vous en informons afin que vous puissiez en \
         apprécier la légalité. Cette demande ne signifie pas à elle seule que vous soyez soupçonné de quoi que ce soit.",
    ))];
    blocks.push(fact(frame.pick("Account", "Compte"), notice.account.as_str()));
    if let Some(authority) = &notice.authority {
        blocks.push(fact(frame.pick("Authority", "Autorité"), authority.as_str()));
    }
    if !notice.legal_bases.is_empty() {
        blocks.push(fact(
            frame.pick("Legal basis", "Fondement juridique"),
            notice.legal_bases.join(frame.pick("; ", "\u{a0}; ")),
        ));
    }
    match notice.disclosed_at {
        Some(at) => {
            let fields: Vec<_> = notice.fields.iter().map(|field| words::field(*field, language)).collect();
            blocks.push(fact(frame.pick("Disclosed on", "Communication le"), words::day(at, language)));
            blocks.push(fact(frame.pick("Disclosed", "Données communiquées"), fields.join(", ")));
        }
        None => blocks
            .push(fact(frame.pick("Disclosed", "Données communiquées"), frame.pick("nothing", "aucune"))),
    }
    if let Some(span) = &notice.span {
        blocks.push(fact(frame.pick("Period", "Période"), words::span(span, language)));
    }
    blocks.extend(notice.silence.as_ref().map(|silence| text(silenced(language, silence))));
    if !notice.remedies.is_empty() {
        blocks.push(text(frame.pick("You can turn to:", "Vous pouvez vous adresser à :")));
        blocks.extend(notice.remedies.iter().map(|remedy| item(remedy.as_str())));
    }
    if let Some(entry) = notice.ledger_entry {
        blocks.push(text(match language {
            Language::English => format!(
                "The disclosure is entry {entry} of our public ledger. The proof that comes with this notice shows that it was \
                 recorded when it happened and was not changed since; anybody can check it without us."
            ),
            Language::French => format!(
                "La communication constitue l’entrée n° {entry} de notre registre public. La preuve jointe à cette \
                 notification établit qu’elle y a été inscrite au moment des faits et n’a pas été modifiée depuis ; chacun peut \
                 la vérifier sans nous."
            ),
        }));
    }
    let title = frame.pick(
        "An authority asked for data of your account",
        "Une autorité a demandé des données relatives à votre compte",
    );
    frame.paper(title, blocks)
}

fn silenced(language: Language, (basis, until): &(String, Moment)) -> String {
    let until = words::day(*until, language);
    match language {
        Language::English => format!("Until {until} the law forbade us to tell you ({basis})."),
        Language::French => {
            format!("Jusqu’au {until}, la loi nous interdisait de vous en informer ({basis}).")
        }
    }
}

/// What is said of an account on which there is nothing that may be reported. It is given nothing else: whether nothing was
/// disclosed, or the law forbids to say so, cannot be told from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountStatement {
    /// The account, as its user knows it.
    pub account: String,
    /// The size of the ledger up to which this is said.
    pub ledger_size: u64,
    /// The root of the ledger at that size, in hexadecimal digits.
    pub ledger_root: String,
}

/// States that up to a size of the ledger there is no disclosure on an account that may be reported. To be signed.
#[must_use]
pub fn account_statement(frame: &Frame<'_>, statement: &AccountStatement) -> Paper {
    let size = statement.ledger_size;
    let blocks = vec![
        fact(frame.pick("Account", "Compte"), statement.account.as_str()),
        fact(frame.pick("Ledger, size", "Registre, taille"), size.to_string()),
        fact(frame.pick("Ledger, root", "Registre, racine"), statement.ledger_root.as_str()),
        text(match frame.language {
            Language::English => {
                format!("Up to ledger size {size} there is no disclosure on this account that may be reported.")
            }
            Language::French => format!(
                "Jusqu’à la taille {size} du registre, il n’existe aucune communication relative à ce compte dont il puisse \
                 être fait état."
            ),
        }),
        text(frame.pick(
            "These words are the same for every account on which there is nothing that may be reported: where nothing was \
             disclosed, and where the law forbids to say that something was. They therefore do not prove that nothing was. When \
             such a prohibition ends, the user is told, and the entry of the ledger shows when it was made.",
            "Ces termes sont les mêmes pour tout compte pour lequel il n’y a rien dont il puisse être fait état : que rien n’ait \
             été communiqué, ou que la loi interdise de le dire. Ils ne prouvent donc pas l’absence de communication. Lorsqu’une \
             telle interdiction prend fin, l’utilisateur en est informé et l’entrée du registre établit sa date.",
        )),
    ];
    frame.paper(frame.pick("Statement on an account", "Attestation relative à un compte"), blocks)
}
