# What stands around every page.
skip = Skip to the content
menu = Menu
desks = Desks
looks = Display
signed-in-as = Signed in as
language = Language
theme = Appearance
theme-system = Automatic
theme-light = Light
theme-dark = Dark
single-keys = Single-key shortcuts
on = On
off = Off
sign-out = Sign out
you-are-here = You are here
close = Close
copy = Copy
waiting = waiting:
cancel = Cancel
state = State
you = you
reason = Reason
total = { $count ->
    [one] { $count } in all
   *[other] { $count } in all
}
form-wrong = The form is not complete
reason-missing = Give a reason: the second person and the ledger need it
what-will-happen = What will happen
ask-second-person = Ask a second person
reason-second-person = The second person reads it before they answer. It is kept in the ledger.

second-administrator = A second administrator is missing.
second-administrator-why = One alone could not be stopped by anybody.
second-administrator-name = Name a second administrator

group-desk = My desk
group-matching = Recognition
group-house = House
section-home = What waits for me
section-questions = Second person
section-banks = Banks
section-people = People and roles
section-tokens = API tokens

home-lead = Everything that waits for you, in one place.

keys-title = Keyboard
keys-lead = Everything here works by keyboard alone. No single key reveals media or sends anything.
key-help = show these keys
key-next-previous = next and previous row
key-open = open
keys-off-hint = Tab and Enter always work. Single-key shortcuts can be switched off in the menu under your name.

child-at-risk = Child at risk
key-alarm = child at risk: opens the form
group-review = Review
section-requests = Requests
section-regimes = Legal regimes
section-alarms = Alarms
section-actions = Actions
section-conversations = Conversations
section-overview = Overview
section-roster = Roster
section-bases = Detection bases
section-hunts = Retro-hunts
more = Show more
search-all = All
section-evidence = Evidence
