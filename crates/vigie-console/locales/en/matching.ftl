# A bank's page, checking a file, waves.
section-check = Check a file
section-waves = Waves
bank-entries = Entries
bank-active = { $name } active
bank-search = Digits of a signal, a label, or words of a note
search = Search
bank-entries-none = No entry here
bank-entries-none-why = Import a list, or search for something else.
bank-facts = The bank
entry = Entry
entry-signals = Signals
entry-state-active = Active
entry-state-quarantined = In quarantine
entry-state-removed = Removed
bank-quarantine = { $count ->
    [one] { $count } entry came past the hourly limit of its token.
   *[other] { $count } entries came past the hourly limit of their token.
}
quarantine-release = Release
quarantine-discard = Discard
done-quarantine-released = The entries are released and match.
done-quarantine-discarded = The entries are discarded.
done-bank-changed = The bank is changed.
bank-change = Change the bank
bank-enabled = Takes part in matching
bank-change-then = Arming it with “block”, or widening a bank that is not illegal, asks a second person. The rest happens at once.
import = Import a list
import-how = CSV, JSON lines, or one signal a line. Where a line is faulty, nothing is applied.
import-file = File
import-paste = Or paste it
import-long = 64 digits without a name are
import-dry-run = Only tell what would happen
import-faulty = { $count ->
    [one] { $count } line could not be understood: nothing was imported.
   *[other] { $count } lines could not be understood: nothing was imported.
}
import-dry = The list is sound: it holds { $name } entries. Nothing was imported.
import-done = Imported: { $name }.
import-quarantined = { $count } wait in quarantine.
import-empty = Without a signal: { $name }.
import-line = Line
export = Export the bank
export-then = A second person has to agree. You may then fetch it from the question, for a day; each time is in the ledger.
export-format = Format
export-plain = One signal a line
export-fetch = Fetch the export
check-title = Check a file
check-lead = Compare one file with the banks, and see hashes and distances. Each check is written down, 60 an hour at most.
check-drop = Choose a picture, or drop it here
check = Check
check-forgotten = The file is not kept.
check-none = Nothing resembles it
check-none-why = No entry of a bank that is switched on is near enough.
check-distance = Distance / limit
check-effect = Effect
check-file = The file
check-answer = A submission would be answered
effect-counts = The verdict of the bank counts
effect-notes = Noted only
effect-suppresses = Takes the force from perceptual matches
effect-suppressed = Its force is taken by a bank that is not illegal
waves-title = Waves
waves-lead = Incidents that share one item. They are decided once, after a sample, by two people; accounts stay individual.
waves-none = No wave
waves-none-why = As soon as two incidents share an item, they form a wave here.
wave-title = Wave no. { $number }
wave-pivot = Shared
wave-state-open = waits
wave-state-decided = decided
wave-sample = Sample
wave-items = { $count ->
    [one] { $count } item shares it.
   *[other] { $count } items share it.
}
wave-sample-size = { $count } have to be looked at first.
wave-sampled = You have looked at { $count }.
wave-sample-none = No picture came with them: the messenger sent signals alone. They are decided by what matched, which each incident shows.
wave-sample-how = Open incidents below and reveal the shared item, step by step.
wave-incidents = Its incidents
wave-decide = Decide the wave
wave-measures = Done about each item
wave-then-question = A second person sees exactly this proposal and agrees or refuses.
wave-then-bulk = Once they agree, every incident of the wave is decided and its content removed, each with a receipt.
wave-then-accounts = Accounts are not touched: each stays a decision of its own.
wave-receipts = Receipts
wave-shared-entry = bank entry { $name }
label-titled = { $code }: { $meaning }
bank-on = On
bank-off = Off
