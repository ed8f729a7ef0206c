//! The names of the elements and values of the forms, in one place.
//!
//! What it is: every name that the reader takes and the writer writes, with the namespace that the writer puts it into and
//! whether it is provisional: not found in any description of the forms that we could read, or only inferred. The reader
//! takes a name in any namespace of the forms. What it is not: the Commission's schemas; when they are at hand, a wrong name
//! is put right here, in one line.
//!
//! To add a name: a line in the table, and `UPDATE_EXPECT=1` for the list on the guide's page.

use vigie_model::disclosure::{
    Category, EmergencyGround, IdentifierKind, IssuerRole, RefusalGround, SubjectRole,
};

use crate::request::FormKind;

/// The namespace an element is written into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// That of the form itself.
    Form,
    /// What the forms share.
    Epoc,
    /// What they take from the European Investigation Order.
    Eio,
}

/// The name of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// The name, without prefix.
    pub text: &'static str,
    /// Where the writer puts it.
    pub home: Home,
    /// Whether it still has to be verified against the schemas.
    pub provisional: bool,
    /// What it says.
    pub meaning: &'static str,
}

/// Makes a constant of each line, and the list of them all.
macro_rules! table {
    ($($constant:ident = $text:literal, $home:ident, provisional: $provisional:literal, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $constant: Name =
                Name { text: $text, home: Home::$home, provisional: $provisional, meaning: $meaning };
        )+
        /// Every name.
        pub const ALL: &[Name] = &[$($constant),+];
    };
}

table! {
    ROOT_1 = "EPOC-FORM_1", Form, provisional: true, "root of Form 1";
    ROOT_2 = "EPOC-PR-FORM-2", Form, provisional: true, "root of Form 2";
    ROOT_3 = "EPOC-FORM-3", Form, provisional: true, "root of Form 3";
    ROOT_5 = "EPOC-PR-FORM-5", Form, provisional: true, "root of Form 5";
    ROOT_6 = "EPOC-PR-FORM-6", Form, provisional: true, "root of Form 6";
    SECTION_A = "SectionA", Form, provisional: true, "authorities and file numbers";
    SECTION_B = "SectionB", Form, provisional: false, "addressee";
    SECTION_C = "SectionC", Form, provisional: false, "Form 1: deadlines; Form 2: evidence; Forms 5 and 6: the earlier certificate";
    SECTION_D = "SectionD", Form, provisional: false, "Form 1: an earlier request; Form 3: reasons; Forms 5 and 6: signature";
    SECTION_E = "SectionE", Form, provisional: false, "Form 2: conditions; Form 3: conflicting obligations";
    SECTION_E_TO_F = "SectionEToF", Form, provisional: true, "Form 1: identifiers, and what is wanted about each";
    SECTION_F = "SectionF", Form, provisional: false, "Form 2: issuing authority; Form 3: information required";
    SECTION_G = "SectionG", Form, provisional: false, "Form 1: conditions; Form 2: validating authority; Form 3: preservation";
    SECTION_H = "SectionH", Form, provisional: false, "Form 1: information of the user; Form 3: contact and signature";
    SECTION_I = "SectionI", Form, provisional: false, "Form 1: issuing authority";
    SECTION_J = "SectionJ", Form, provisional: false, "Form 1: validating authority";
    SECTION_K = "SectionK", Form, provisional: true, "Form 1: enforcing authority that was notified";
    SECTION_M = "SectionM", Form, provisional: true, "Form 1: for the enforcing authority alone; never read";
    ISSUING_STATE = "IssuingState", Form, provisional: true, "country of the issuing authority";
    EMERGENCY_CASE = "EmergencyCase", Epoc, provisional: false, "addressed anew, because the addressee did not react in an emergency";
    ADDRESSEE = "Addressee", Epoc, provisional: false, "designated establishment or legal representative";
    AUTHORITY = "Authority", Epoc, provisional: true, "whom it is";
    SERVICE_PROVIDER = "ServiceProviderConcerned", Epoc, provisional: false, "the provider";
    SERVICE_PROVIDER_NAME = "NameOfServiceProvider", Epoc, provisional: true, "its name";
    TECHNICAL_IDENTIFIER = "TechnicalIdentifier", Epoc, provisional: false, "its identifier in the system";
    AUTHORITY_IDENTIFIER = "AuthorityTechnicalIdentifier", Eio, provisional: false, "an authority's identifier in the system";
    COUNTRY = "Country", Eio, provisional: false, "country of an identifier";
    NATIONAL_ID = "NationalId", Eio, provisional: false, "number of an identifier";
    DEADLINE = "DataProductionInRelationToDeadline", Form, provisional: false, "by when data is to be produced";
    WITHIN_TEN_DAYS = "WithinTenDays", Form, provisional: false, "at once, or at the end of ten days";
    DEADLINE_VALUE = "Value", Form, provisional: false, "ground of an emergency";
    OTHER_DEADLINE = "OtherDeadline", Form, provisional: true, "another time by which data is wanted";
    JUSTIFICATION = "Justification", Form, provisional: true, "why it cannot wait, in words";
    EARLIER_REFERENCE = "FileReferenceOfEarlierRequest", Form, provisional: true, "file number of the request that this one continues";
    EVIDENCE = "Evidence", Epoc, provisional: false, "one identifier, and what is wanted about it";
    IDENTIFIER = "Identifier", Epoc, provisional: true, "the identifier";
    IDENTIFIER_ID = "Id", Epoc, provisional: true, "its number within the form";
    IDENTIFIER_TYPE = "Type", Epoc, provisional: false, "its kind";
    IDENTIFIER_VALUE = "Value", Epoc, provisional: true, "its text";
    SERVICE_NAME = "ServiceName", Epoc, provisional: true, "the service on which it names somebody";
    DATE_TIME_RANGE = "DateTimeRange", Epoc, provisional: false, "of which time";
    START = "Start", Epoc, provisional: false, "from when";
    END = "End", Epoc, provisional: false, "until when";
    DATA_CATEGORIES = "DataCategories", Epoc, provisional: false, "which data";
    SUBSCRIBER = "Subscriber", Epoc, provisional: false, "subscriber data";
    USER_IDENTIFICATION = "UserIdentification", Epoc, provisional: false, "data for the sole purpose of identifying the user";
    TRAFFIC = "Traffic", Epoc, provisional: false, "traffic data";
    CONTENT = "Content", Epoc, provisional: false, "content data";
    OPTION = "Option", Epoc, provisional: false, "a tick within a category";
    LEGAL_BASIS = "LegalBasis", Form, provisional: true, "a provision relied on";
    OFFENCE_TEXT = "NatureOfOffence", Form, provisional: true, "what is prosecuted, in words";
    LEGAL_CLASSIFICATION = "LegalClassification", Form, provisional: true, "the provision that makes it an offence";
    LISTED_OFFENCE = "ListedOffence", Form, provisional: true, "code of a list of offences";
    MAXIMUM_YEARS = "MaximumPenaltyInYears", Form, provisional: true, "the highest sentence";
    BY_INFORMATION_SYSTEM = "CommittedByInformationSystem", Form, provisional: true, "whether it was committed by means of one";
    OFFENCE_COUNTRY = "CountryOfOffence", Form, provisional: true, "where it was committed";
    PERSON_ROLE = "RoleOfPersonConcerned", Form, provisional: true, "what the person is in the proceedings";
    SUMMARY = "SummaryOfFacts", Form, provisional: true, "the facts, as far as the addressee is told them";
    NECESSITY = "NecessityAndProportionality", Form, provisional: true, "why it is necessary";
    DELAY_CONDITIONS = "DelayConditions", Form, provisional: false, "not empty: the user is not told";
    DELAY_REASON = "Reason", Form, provisional: true, "why, in words";
    ISSUING_AND_CONTACT = "IssuingAndContactAuthority", Epoc, provisional: true, "who issued it";
    ISSUING_AUTHORITY = "IssuingAuthority", Epoc, provisional: true, "the authority itself";
    DETAILS = "Details", Epoc, provisional: false, "who validated it";
    AUTHORITY_TYPE = "Type", Epoc, provisional: false, "what an authority is";
    NAME_OF_AUTHORITY = "NameOfAuthority", Eio, provisional: true, "its name";
    FILE_REFERENCE = "FileReference", Eio, provisional: true, "its file number";
    NAME_OF_REPRESENTATIVE = "NameOfRepresentative", Eio, provisional: true, "who acted for it";
    POST_HELD = "PostHeld", Eio, provisional: true, "their post";
    PHONE = "TelNo", Eio, provisional: true, "their phone number";
    MAIL = "Email", Eio, provisional: true, "their mail address";
    ADDRESS = "Address", Eio, provisional: true, "an address; written in Form 3 alone";
    SIGNATURE_OF_AUTHORITY = "SignatureOfAuthority", Epoc, provisional: false, "signature of who issued it";
    SIGNATURE = "Signature", Epoc, provisional: false, "signature of who validated it";
    DATE = "Date", Epoc, provisional: false, "the date of a signature";
    CASE_WITHOUT_VALIDATION = "CaseWithoutValidation", Epoc, provisional: false, "a validation follows within 48 hours";
    ENFORCING_AUTHORITY = "EnforcingAuthority", Form, provisional: true, "the enforcing authority";
    CERTIFICATE = "CertificateConcerned", Form, provisional: true, "Form 3: EPOC or EPOC_PR";
    NON_EXECUTION = "NonExecutionReason", Form, provisional: false, "Form 3: why one identifier is not carried out";
    NON_EXECUTION_ID = "IdentifierId", Form, provisional: false, "Form 3: the identifier's number within the form";
    REASONS = "Reasons", Form, provisional: false, "Form 3: the reasons";
    REASON = "Reason", Form, provisional: true, "Form 3: one reason";
    EXPLANATION = "ExplanationOrOtherReason", Form, provisional: false, "Form 3: in words";
    CONFLICT = "NatureOfConflictingObligations", Form, provisional: false, "Form 3: what the law of a third country forbids";
    CONFLICT_LAW = "ApplicableLaw", Form, provisional: true, "Form 3: which law";
    INFORMATION_REQUIRED = "InformationRequiredFromIssuingAuthority", Form, provisional: false, "Form 3: what has to be said before it can be carried out";
    PRESERVATION = "PreservationOfData", Form, provisional: false, "Form 3: whether the data is held meanwhile";
    IS_PRESERVED = "Preserved", Form, provisional: true, "Form 3: true where it is";
    PRESERVED_UNTIL = "Until", Form, provisional: true, "Form 3: until when";
}

/// A value that an element can have. The guide lists these too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value<T> {
    /// As it is written.
    pub text: &'static str,
    /// What it means.
    pub means: T,
    /// Whether it still has to be verified against the schemas.
    pub provisional: bool,
}

const fn value<T>(text: &'static str, means: T) -> Value<T> {
    Value { text, means, provisional: false }
}

const fn guess<T>(text: &'static str, means: T) -> Value<T> {
    Value { text, means, provisional: true }
}

/// Kinds of identifiers. The first of a meaning is the one that is written.
pub const IDENTIFIERS: &[Value<IdentifierKind>] = &[
    value("USER_ID", IdentifierKind::UserId),
    value("PHONE_NUMBER", IdentifierKind::PhoneNumber),
    value("EMAIL", IdentifierKind::MailAddress),
    value("IPV_4", IdentifierKind::IpAddress),
    value("IPV_6", IdentifierKind::IpAddress),
    value("IP_ADDRESS_RANGE", IdentifierKind::IpAddress),
    value("IP_BLOCKS", IdentifierKind::IpAddress),
    value("IMEI_NUMBER", IdentifierKind::DeviceNumber),
    value("MAC_ADDRESS", IdentifierKind::DeviceNumber),
];

/// What an authority is. The forms name judge, court and investigating judge together.
pub const AUTHORITIES: &[Value<IssuerRole>] = &[
    value("JUDGE", IssuerRole::Judge),
    value("JUDGE_COURT_OR_INVESTIGATING_JUDGE", IssuerRole::Judge),
    value("PUBLIC_PROSECUTOR", IssuerRole::Prosecutor),
    value("OTHER_COMPETENT_AUTHORITY", IssuerRole::Investigator),
    guess("COURT", IssuerRole::Court),
    guess("INVESTIGATING_JUDGE", IssuerRole::InvestigatingJudge),
];

/// Grounds of an emergency.
pub const EMERGENCIES: &[Value<EmergencyGround>] = &[
    value("IMMINENT_THREAT_TO_LIFE", EmergencyGround::Life),
    value("IMMINENT_THREAT_TO_CRITICAL_INFRASTRUCTURE", EmergencyGround::Infrastructure),
];

/// What a person is in the proceedings.
pub const PERSONS: &[Value<SubjectRole>] = &[
    guess("SUSPECT", SubjectRole::Suspect),
    guess("CONVICTED", SubjectRole::Convicted),
    guess("VICTIM", SubjectRole::Victim),
    guess("WITNESS", SubjectRole::Witness),
    guess("MISSING", SubjectRole::Missing),
];

/// At once, within ten days.
pub const AT_ONCE: &str = "AS_SOON_AS_POSSIBLE";
/// At the end of ten days, because an enforcing authority was notified.
pub const AT_THE_END: &str = "AT_THE_END_OF_TEN_DAYS";
/// The tick among subscriber data that covers a phone number.
pub const USER_INFORMATION: &str = "USER_INFORMATION";

/// Reasons of Form 3, section D. No list of the values could be read: all are provisional.
pub const REFUSALS: &[Value<RefusalGround>] = &[
    guess("INCOMPLETE", RefusalGround::Incomplete),
    guess("MANIFEST_ERRORS", RefusalGround::ManifestError),
    guess("INSUFFICIENT_INFORMATION", RefusalGround::InsufficientInformation),
    guess("DATA_NOT_STORED", RefusalGround::NotStored),
    guess("DE_FACTO_IMPOSSIBILITY", RefusalGround::Impossible),
    guess("NOT_ISSUED_OR_VALIDATED_BY_COMPETENT_AUTHORITY", RefusalGround::NotCompetent),
    guess("OFFENCE_NOT_COVERED", RefusalGround::OffenceOutOfScope),
    guess("SERVICE_NOT_COVERED", RefusalGround::ServiceNotCovered),
    guess("IMMUNITIES_PRIVILEGES_OR_PRESS_FREEDOM", RefusalGround::PrivilegeOrPress),
    guess("CONFLICT_WITH_THIRD_COUNTRY_LAW", RefusalGround::ThirdCountryConflict),
];

/// The reason under which Form 3 says what is none of its own; the words then say which.
pub const OTHER_REFUSAL: &str = "OTHER";

/// The element of a category.
#[must_use]
pub const fn category(category: Category) -> Name {
    match category {
        Category::Subscriber => SUBSCRIBER,
        Category::Identification => USER_IDENTIFICATION,
        Category::Traffic => TRAFFIC,
        Category::Content => CONTENT,
    }
}

/// The root of a form.
#[must_use]
pub const fn root(form: FormKind) -> Name {
    match form {
        FormKind::Form1 => ROOT_1,
        FormKind::Form2 => ROOT_2,
        FormKind::Form5 => ROOT_5,
        FormKind::Form6 => ROOT_6,
    }
}

/// What a text means, among these values.
pub(super) fn meaning<T: Copy>(values: &[Value<T>], text: &str) -> Option<T> {
    values.iter().find(|value| value.text == text).map(|value| value.means)
}

/// How something is written, among these values.
pub(in crate::request) fn written<T: PartialEq>(values: &[Value<T>], means: &T) -> Option<&'static str> {
    values.iter().find(|value| value.means == *means).map(|value| value.text)
}
