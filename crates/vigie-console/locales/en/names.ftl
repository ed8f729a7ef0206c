# The words for closed sets of names: roles, scopes, verdicts, acts.
role-reviewer = Reviewer
role-meaning-reviewer = Reviews incidents, sees media step by step, raises the alarm for a child at risk.
role-senior-reviewer = Senior reviewer
role-meaning-senior-reviewer = Reviews, decides what was escalated, is the second person for what is hard to undo, keeps the banks.
role-legal-officer = Legal officer
role-meaning-legal-officer = Answers requests of authorities.
role-releaser = Releaser
role-meaning-releaser = Is the second person for a disclosure.
role-analyst = Analyst
role-meaning-analyst = Works on the cases of a unit.
role-unit-head = Unit head
role-meaning-unit-head = Heads a unit.
role-magistrate = Magistrate
role-meaning-magistrate = Reads a case.
role-data-protection-officer = Data protection officer
role-meaning-data-protection-officer = Guards the rights of the people whose data this is; enters detection bases, keeps the banks with a senior reviewer.
role-auditor = Auditor
role-meaning-auditor = Reads the ledger and the statistics, never material.
role-administrator = Administrator
role-meaning-administrator = Looks after people, tokens and the roster, never sees material.

scope-submit = Submit
scope-meaning-submit = Send uploads, signals, conversations and reports of participants.
scope-receipts = Match receipts
scope-meaning-receipts = Receive distance, bank and entry with the answer.
scope-hma-match = HMA: match
scope-meaning-hma-match = Hash and match through the interface of Hasher-Matcher-Actioner.
scope-hma-curate = HMA: curate
scope-meaning-hma-curate = Change banks through the interface of Hasher-Matcher-Actioner.
scope-banks = Banks
scope-meaning-banks = Read and fill banks.

verdict-allow = Allow, with a note
verdict-meaning-allow = The upload is published; the match is noted and joins an incident.
verdict-review = Hold for review
verdict-meaning-review = The message is held back until a person looked.
verdict-block = Block
verdict-meaning-block = The upload is not published.

act-unknown = An act
act-make-bank = Make a bank
