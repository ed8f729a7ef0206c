# Notices to people.
notice-alarm-raised = A child may be at risk: an alarm was raised.
notice-deadline-near = A deadline is about to pass.
notice-deadline-missed = A deadline has passed.
notice-action-failed = An action could not be carried out.
notice-look = Look, and put this notice away
