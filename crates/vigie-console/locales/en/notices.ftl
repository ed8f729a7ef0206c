# Notices to people.
notice-alarm-raised = A child may be at risk: an alarm was raised.
notice-deadline-near = A deadline is about to pass.
notice-deadline-missed = A deadline has passed.
notice-action-failed = An action could not be carried out.
notice-incident-taken-over = Who took an alarm for a child at risk has taken over an incident that you held.
notice-passkey-by-link = Somebody made a further passkey with a sign-in link. If you do not know of it, remove the passkeys.
notice-user-notice-ready = Silence about a request has ended. What the user is told is prepared: send it.
notice-gag-review = Silence about a request has no end. Look whether it still has to stand.
notice-do-not-act-met = Something was to be done to an account to which an authority asked that nothing be done. It waits.
notice-identity-by-link = Somebody joined a person to an account of the organisation with a sign-in link. If you do not know of it, part them again.
notice-look = Look, and put this notice away
notice-request-arrived = An authority asks something.
notice-request-ready = What a request asks for is here, and waits for a decision.
notice-request-stuck = Something of a request cannot be carried out.
notice-request-warning = A warning about a request waits to be settled.
notice-forgery-suspected = A request may be forged: it is frozen.
