# Notices to people.
notice-alarm-raised = A child may be at risk: an alarm was raised.
notice-deadline-near = A deadline is about to pass.
notice-deadline-missed = A deadline has passed.
notice-action-failed = An action could not be carried out.
notice-incident-taken-over = Who took an alarm for a child at risk has taken over an incident that you held.
notice-passkey-by-link = Somebody made a further passkey with a sign-in link. If you do not know of it, remove the passkeys.
notice-look = Look, and put this notice away
