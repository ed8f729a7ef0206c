//! The sheet that lies on a package: what is in it, and how not to misread it.

use vigie_model::disclosure::{Category, Field, Identifier, NilReturn, Span};

use super::super::Language;
use super::super::paper::Paper;
use super::frame::{Frame, fact, heading, item, text};
use super::words;

vigie_model::names! {
    /// Whether the ports of connections are there.
    pub enum Ports {
        /// With every connection.
        Present => "present",
        /// With some.
        Partly => "partly",
        /// With none: they were not kept.
        Absent => "absent",
        /// There are no connections in the package.
        NoConnections => "no_connections",
    }
}

vigie_model::names! {
    /// What an address may be besides somebody's own line.
    pub enum AddressWarning {
        /// The exit of a virtual private network or of Tor.
        Vpn => "vpn",
        /// A machine of a hosting provider.
        Hosting => "hosting",
        /// An address that a carrier shares among many subscribers at once.
        CarrierNat => "carrier_nat",
        /// The network of a company, a school, a café.
        SharedNetwork => "shared_network",
        /// An address of somebody's own network: not the user's connection was seen, but a proxy's.
        Private => "private",
        /// The address of the very machine that kept it.
        Loopback => "loopback",
        /// An address that is kept for something else than connections.
        Reserved => "reserved",
    }
}

/// One task of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoveredTask {
    /// Its number within the request, from 1.
    pub number: i64,
    /// Who was meant.
    pub identifier: Identifier,
    /// Which data.
    pub category: Category,
    /// Of which time.
    pub span: Option<Span>,
    /// Which fields were granted.
    pub fields: Vec<Field>,
    /// How many records are there.
    pub records: u64,
    /// Why there are none.
    pub nil: Option<NilReturn>,
}

/// What lies in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverSheet {
    /// The digest of the manifest, in hexadecimal digits.
    pub manifest: String,
    /// The number of the grant.
    pub grant: String,
    /// Its tasks.
    pub tasks: Vec<CoveredTask>,
    /// Whether ports are there.
    pub ports: Ports,
    /// Against what the reader is warned; all of them where nothing is known about the addresses.
    pub warnings: Vec<AddressWarning>,
}

/// The cover of a package.
#[must_use]
pub fn cover_sheet(frame: &Frame<'_>, sheet: &CoverSheet) -> Paper {
    let language = frame.language;
    let mut blocks = vec![
        text(frame.pick(
            "The package holds what your request named and the grant allows, and nothing else. The manifest proves it, and can be \
             checked offline.",
            "Le présent envoi contient ce que votre demande a désigné et que l’autorisation permet, et rien d’autre. Le \
             manifeste en apporte la preuve et peut être vérifié hors ligne.",
        )),
        fact(frame.pick("Grant", "Autorisation"), sheet.grant.as_str()),
        fact(frame.pick("Digest of the manifest", "Empreinte du manifeste"), sheet.manifest.as_str()),
    ];
    for task in &sheet.tasks {
        covered(&mut blocks, frame, task);
    }
    blocks.push(heading(frame.pick("How to read it", "Comment lire ces données")));
    if sheet.ports != Ports::NoConnections {
        blocks.push(item(frame.pick(
            "An address is a connection, not a person. It shows from where the account was reached at one moment; who was at \
             the device, and who owns the line, it does not show.",
            "Une adresse est une connexion, non une personne. Elle indique depuis quel point le compte a été joint à un instant \
             donné ; elle n’indique ni qui utilisait l’appareil, ni qui est titulaire de la ligne.",
        )));
    }
    blocks.push(item(frame.pick(
        "All times are in UTC, offset +00:00. Legal time at your place differs by an offset that changes within the year; \
         name the offset when you ask an access provider.",
        "Toutes les heures sont en UTC, décalage +00:00. L’heure légale de votre ressort en diffère d’un décalage variable dans \
         l’année ; indiquez ce décalage dans vos réquisitions aux fournisseurs d’accès.",
    )));
    blocks.extend(ports(sheet.ports, language).map(item));
    blocks.extend(sheet.warnings.iter().map(|warning| item(warned(*warning, language))));
    frame.paper(frame.pick("Cover sheet of a disclosure package", "Bordereau d’accompagnement"), blocks)
}

fn covered(blocks: &mut Vec<super::super::paper::Block>, frame: &Frame<'_>, task: &CoveredTask) {
    let language = frame.language;
    blocks.push(heading(format!("{} {}", frame.pick("Task", "Tâche"), task.number)));
    blocks.push(fact(frame.pick("Identifier", "Identifiant"), words::identifier(&task.identifier, language)));
    blocks.push(fact(frame.pick("Data", "Données"), words::category(task.category, language)));
    if let Some(span) = &task.span {
        blocks.push(fact(frame.pick("Period", "Période"), words::span(span, language)));
    }
    if !task.fields.is_empty() {
        let fields: Vec<_> = task.fields.iter().map(|field| words::field(*field, language)).collect();
        blocks.push(fact(frame.pick("Fields", "Champs"), fields.join(", ")));
    }
    blocks.push(fact(frame.pick("Records", "Enregistrements"), task.records.to_string()));
    blocks.extend(task.nil.map(|nil| text(words::nil_return(nil, language))));
}

const fn ports(ports: Ports, language: Language) -> Option<&'static str> {
    Some(match ports {
        Ports::Present => language.pick(
            "Every connection comes with its source port. Where an address is shared, only address, port and exact time \
             together name a subscriber.",
            "Chaque connexion est accompagnée de son port source. Lorsqu’une adresse est partagée, seuls l’adresse, le port et \
             l’heure exacte désignent ensemble un abonné.",
        ),
        Ports::Partly => language.pick(
            "The source port is given where it was kept. Without it, a shared address names no subscriber.",
            "Le port source est indiqué lorsqu’il a été conservé. À défaut, une adresse partagée ne désigne aucun abonné.",
        ),
        Ports::Absent => language.pick(
            "Source ports were not kept. An address that is shared by several subscribers therefore names none of them.",
            "Les ports source n’ont pas été conservés. Une adresse partagée entre plusieurs abonnés n’en désigne donc aucun.",
        ),
        Ports::NoConnections => return None,
    })
}

const fn warned(warning: AddressWarning, language: Language) -> &'static str {
    match warning {
        AddressWarning::Vpn => language.pick(
            "An address may be the exit of a virtual private network or of an anonymity network: behind it stand many persons, \
             and the subscriber is the operator of the network.",
            "Une adresse peut être le point de sortie d’un réseau privé virtuel ou d’un réseau d’anonymisation : plusieurs \
             personnes l’utilisent, et l’abonné est l’exploitant du réseau.",
        ),
        AddressWarning::Hosting => language.pick(
            "An address may belong to a machine of a hosting provider: the subscriber is who rented the machine, who need not \
             be who used the account.",
            "Une adresse peut être celle d’une machine d’un hébergeur : l’abonné est le locataire de la machine, qui n’est pas \
             nécessairement l’utilisateur du compte.",
        ),
        AddressWarning::CarrierNat => language.pick(
            "An address may be shared by a carrier among many subscribers at once (carrier-grade NAT): without port and exact \
             time it names nobody.",
            "Une adresse peut être partagée par un opérateur entre de nombreux abonnés simultanément (CGNAT) : sans port ni \
             heure exacte, elle ne désigne personne.",
        ),
        AddressWarning::SharedNetwork => language.pick(
            "An address may be that of a network that many people use in one place: a company, a school, a café.",
            "Une adresse peut être celle d’un réseau utilisé par plusieurs personnes en un même lieu : entreprise, \
             établissement scolaire, café.",
        ),
        AddressWarning::Private => language.pick(
            "There are addresses of private networks: what was seen is a proxy of the service and not the connection of the user. \
             They name nobody.",
            "Certaines adresses relèvent de réseaux privés : c’est un serveur mandataire du service qui a été vu, et non la \
             connexion de l’utilisateur. Elles ne désignent personne.",
        ),
        AddressWarning::Loopback => language.pick(
            "There are addresses of the very machine that kept them. They name nobody.",
            "Certaines adresses sont celles de la machine même qui les a enregistrées. Elles ne désignent personne.",
        ),
        AddressWarning::Reserved => language.pick(
            "There are addresses that are reserved for other uses than connections. They name nobody.",
            "Certaines adresses sont réservées à d’autres usages que des connexions. Elles ne désignent personne.",
        ),
    }
}
