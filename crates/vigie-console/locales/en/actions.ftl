# Actions on the messenger.
actions-title = Actions
actions-lead = What is done on the messenger. Every action shows its state until it ends in a receipt, a failure or a withdrawal.
actions-none = No action here
actions-none-why = Actions follow from decisions. Each appears here as soon as it is ordered.
actions-filter = Show by state
action-what = Action
action-target = Target
action-asked = Asked for
action-ended = Ended
action-result = Result
action-state-waiting = Waits for a second person
action-state-queued = Queued
action-state-sending = Being sent
action-state-done = Done
action-state-failed = Failed
action-state-withdrawn = Withdrawn
action-next-try = next attempt in { $name }
action-attempts = { $count ->
    [one] { $count } attempt
   *[other] { $count } attempts
}
action-step-asked = Asked for
action-step-preserved = Preserved before it is done
action-step-sent = Sent to the messenger
action-step-end = Answer of the messenger
action-preserved = A sealed copy is kept in the vault.
action-not-preserved-signals-only = No copy: the messenger sent only signals, never the bytes.
action-not-preserved-never-submitted = No copy: nothing of the target was ever submitted.
action-not-preserved-erased = No copy: it had been erased when its retention ended.
action-receipt = Receipt
action-outcome = Outcome
action-after = Target as it is now
action-facts = Facts
action-identifier = Identifier
action-reason-code = Reason given to the messenger
action-incident = Incident
action-incident-open = Open the incident
action-question = Second person
action-question-open = Open the question
action-retry = Send it again
action-retry-why = It is sent with the same identifier, so that it is never done twice.
action-withdraw = Withdraw
action-withdraw-why = Takes it back before it is done. Where the messenger may have done it already, its restoration is ordered.
action-service = Messenger
done-action-retried = The action is on its way again.
done-action-withdrawn = The action is withdrawn.
