//! The frame around every page: what the layout needs to know.

use std::borrow::Borrow;

use vigie_app::queue::QueueQuery;
use vigie_app::{Resource, permits};
use vigie_model::alarm::{Notice, NoticeKind};
use vigie_model::{Caller, Operation, Role};

use crate::assets;
use crate::language::{Language, Words};
use crate::parts::{Icon, When};
use crate::section::{GROUPS, Section};
use crate::visit::{Theme, Visit};

/// What the layout shows around a page. Templates speak through it.
pub(crate) struct Frame {
    /// What the page is for: title of the window and, mostly, its heading.
    pub(crate) title: String,
    pub(crate) instance: String,
    pub(crate) theme: Theme,
    pub(crate) single_keys: bool,
    /// The page that the choices of language and looks come back to.
    pub(crate) here: String,
    pub(crate) person: Option<Who>,
    pub(crate) rail: Vec<Group>,
    pub(crate) crumbs: Vec<Crumb>,
    /// What was just done, said once.
    pub(crate) notice: Option<String>,
    /// Whether a second administrator still has to be named.
    pub(crate) needs_second_administrator: bool,
    /// What the person should know and has not seen yet.
    pub(crate) notices: Vec<Told>,
    /// Whether the person may raise the alarm for a child at risk; then the control is always there.
    pub(crate) may_raise_alarm: bool,
    /// What stands around a page of the portal, in place of the rail.
    pub(crate) portal: Option<Portal>,
    /// The incident of the page, on which the control raises the alarm.
    pub(crate) incident: String,
    words: Words,
}

/// The portal of an authority.
pub(crate) struct Portal {
    pub(crate) authority: String,
    pub(crate) links: Vec<PortalLink>,
}

/// A page of the portal in its row of links.
pub(crate) struct PortalLink {
    pub(crate) name: String,
    pub(crate) path: &'static str,
    pub(crate) is_here: bool,
}

/// The pages of the portal, each with its name.
const PORTAL: [(&str, &str); 4] = [
    ("portal-requests", "/portal"),
    ("portal-home", "/portal/authority"),
    ("portal-colleagues", "/portal/colleagues"),
    ("account-title", "/account"),
];

/// A notice on its way to a person.
pub(crate) struct Told {
    pub(crate) id: String,
    /// Others of its kind that are put away with it.
    pub(crate) also: Vec<String>,
    pub(crate) is_alarm: bool,
    pub(crate) text: String,
    pub(crate) subject: String,
    pub(crate) when: When,
}

/// The person, as the top bar names them.
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) roles: String,
}

/// A group of the rail.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) links: Vec<RailLink>,
}

/// A desk in the rail.
pub(crate) struct RailLink {
    pub(crate) name: String,
    pub(crate) path: &'static str,
    pub(crate) icon: Icon,
    pub(crate) letter: char,
    pub(crate) is_here: bool,
    /// How many things wait there; nothing is shown for none.
    pub(crate) waiting: String,
}

/// A step on the way to the page.
pub(crate) struct Crumb {
    pub(crate) name: String,
    pub(crate) path: String,
}

impl Frame {
    /// The frame of a page in this section, with this title. Counts that cannot be had are left out: no page fails for them.
    pub(crate) async fn of(visit: &Visit, section: Section, title: String) -> Self {
        let mut frame = Self::bare(visit, title);
        let Some(signed_in) = &visit.signed_in else { return frame };
        let caller = &signed_in.caller;
        let words = visit.words;
        if caller.has(Role::Official) {
            return frame.around_portal(visit, caller).await;
        }
        let roles: Vec<_> = caller.roles.iter().map(|role| words.name("role", role.name())).collect();
        frame.person = Some(Who { name: caller.name.clone(), roles: roles.join(", ") });
        let waiting = Waiting::count(visit, caller).await;
        frame.rail = rail(caller, words, section, |section| waiting.at(section));
        frame.may_raise_alarm = permits(caller, Operation::ChildAtRisk, Resource::Any);
        let notices = visit.console.app.notices(caller).await.unwrap_or_default();
        frame.notices = told(visit, notices);
        if caller.has(Role::Administrator) {
            let needs = visit.console.app.needs_second_administrator().await;
            frame.needs_second_administrator = needs.unwrap_or(false);
        }
        frame
    }

    /// The frame of the portal: the authority and its pages, and nothing of the house.
    async fn around_portal(mut self, visit: &Visit, caller: &Caller) -> Self {
        let Ok(own) = visit.console.app.enrolled_for(caller).await else { return self };
        let here = visit.here.split('?').next().unwrap_or("");
        let link = |(name, path): (&str, &'static str)| PortalLink {
            name: visit.words.say(name),
            path,
            is_here: here == path,
        };
        let role = visit.words.name("issuer-role", own.official.role.name());
        self.person = Some(Who { name: own.official.name, roles: role });
        self.portal = Some(Portal { authority: own.authority.name, links: PORTAL.map(link).into() });
        self
    }

    /// The frame of a page outside the desks.
    pub(crate) fn bare(visit: &Visit, title: String) -> Self {
        Self {
            title,
            instance: visit.console.app.settings.instance.clone(),
            theme: visit.theme,
            single_keys: visit.single_keys,
            here: visit.here.clone(),
            person: None,
            rail: vec![],
            crumbs: vec![],
            notice: None,
            needs_second_administrator: false,
            notices: vec![],
            may_raise_alarm: false,
            portal: None,
            incident: String::new(),
            words: visit.words,
        }
    }

    /// With a step on the way to the page.
    pub(crate) fn below(mut self, name_key: &str, path: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { name: self.words.say(name_key), path: path.into() });
        self
    }

    /// With a step on the way to the page that has a name of its own.
    pub(crate) fn within(mut self, name: String, path: String) -> Self {
        self.crumbs.push(Crumb { name, path });
        self
    }

    /// With a note on what was just done, by the word in the address. Words that are not ours say nothing.
    pub(crate) fn noting(mut self, done: &str) -> Self {
        let key = format!("done-{done}");
        let said = self.words.say(&key);
        self.notice = (!done.is_empty() && said != key).then_some(said);
        self
    }

    // What follows is for templates.

    pub(crate) fn say(&self, key: &str) -> String {
        self.words.say(key)
    }

    pub(crate) fn count(&self, key: &str, count: impl Borrow<usize>) -> String {
        self.words.count(key, *count.borrow())
    }

    pub(crate) fn about(&self, key: &str, name: &str) -> String {
        self.words.about(key, name)
    }

    /// The text with this key about the thing of this number.
    pub(crate) fn numbered(&self, key: &str, number: impl Borrow<i64>) -> String {
        self.words.about(key, &self.words.number(*number.borrow()))
    }

    pub(crate) fn name(&self, set: &str, name: &str) -> String {
        self.words.name(set, name)
    }

    pub(crate) fn language(&self) -> Language {
        self.words.0
    }

    pub(crate) fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    pub(crate) fn themes(&self) -> [Theme; 3] {
        Theme::ALL
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    pub(crate) fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }
}

/// Notices, the newest first. What only says that work came in is no alarm, and stands there once however much came.
fn told(visit: &Visit, notices: Vec<Notice>) -> Vec<Told> {
    let mut told: Vec<(NoticeKind, Told)> = Vec::new();
    for notice in notices {
        let is_alarm = !matches!(notice.kind, NoticeKind::RequestArrived | NoticeKind::RequestReady);
        let same = told.iter_mut().find(|(kind, _)| !is_alarm && *kind == notice.kind);
        if let Some((_, first)) = same {
            first.also.push(notice.id.to_string());
            "requests".clone_into(&mut first.subject);
            continue;
        }
        let one = Told {
            id: notice.id.to_string(),
            also: vec![],
            is_alarm,
            text: visit.words.name("notice", notice.kind.name()),
            subject: notice.subject,
            when: When::new(visit.words, notice.created_at, visit.now),
        };
        told.push((notice.kind, one));
    }
    told.into_iter().map(|(_, one)| one).collect()
}

/// What waits at the desks that a person may enter.
#[derive(Default)]
struct Waiting {
    questions: usize,
    alarms: usize,
    failed_actions: usize,
    incidents: usize,
    rereadings: usize,
    due_requests: usize,
    user_notices: usize,
}

impl Waiting {
    /// Asks at the desks that this person may enter, and at no other: a refusal would be a line in the log.
    async fn count(visit: &Visit, caller: &Caller) -> Self {
        let app = &visit.console.app;
        let admits = |section: Section| section.place().is_some_and(|place| place.admits(caller));
        let number = |count: i64| usize::try_from(count).unwrap_or(0);
        let mut waiting = Self::default();
        waiting.questions = app.waiting_questions(caller).await.map_or(0, |waiting| waiting.len());
        if admits(Section::Alarms) {
            waiting.alarms = app.running_alarms(caller).await.map_or(0, |running| running.len());
        }
        if admits(Section::Actions) {
            waiting.failed_actions = number(app.failed_actions(caller).await.unwrap_or(0));
        }
        if admits(Section::Queue) {
            let page = app.queue(caller, &QueueQuery::default(), None, 1).await;
            waiting.incidents = page.map_or(0, |page| number(page.total));
        }
        if admits(Section::Rereadings) {
            let told = app.rereadings(caller).await;
            waiting.rereadings = told.map_or(0, |told| number(told.waiting) + told.disputed.len());
        }
        if admits(Section::Requests) {
            let counts = app.request_counts(caller).await;
            waiting.due_requests = counts.map_or(0, |counts| number(counts.passed + counts.soon));
        }
        if admits(Section::UserNotices) {
            waiting.user_notices = number(app.waiting_user_notices(caller).await.unwrap_or(0));
        }
        waiting
    }

    fn at(&self, section: Section) -> usize {
        match section {
            Section::Questions => self.questions,
            Section::Alarms => self.alarms,
            Section::Actions => self.failed_actions,
            Section::Queue => self.incidents,
            Section::Rereadings => self.rereadings,
            Section::Requests => self.due_requests,
            Section::UserNotices => self.user_notices,
            _ => 0,
        }
    }
}

fn rail(caller: &Caller, words: Words, here: Section, waiting: impl Fn(Section) -> usize) -> Vec<Group> {
    let link = |section: &Section| {
        let place = section.place().filter(|place| place.admits(caller))?;
        let waiting = waiting(*section);
        Some(RailLink {
            name: words.say(place.name),
            path: place.path,
            icon: Icon(place.icon),
            letter: place.letter,
            is_here: *section == here,
            waiting: if waiting > 0 { words.number(waiting) } else { String::new() },
        })
    };
    let groups = GROUPS.iter().map(|(name, sections)| Group {
        name: words.say(name),
        links: sections.iter().filter_map(link).collect(),
    });
    groups.filter(|group| !group.links.is_empty()).collect()
}
